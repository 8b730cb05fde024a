//! Where an order goes, and from what device it came: read where it was sealed, in the log, and opened for those who may see
//! it.

use domain::{
    decider::Decider,
    ids::{EventId, OrderId},
    orders::{DELIVERY_ADDRESS, Order, OrderEvent},
    sealed::Place,
};
use event_store::{AsOf, RecordedEvent};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    customers::response::{DestinationBody, destination},
    http::Problem,
    souk::Souk,
};

/// Where an order goes, as the customer's address was when it was placed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = DeliveryAddress)]
pub(crate) enum DeliveryAddressBody {
    /// The address.
    Destination(Box<DestinationBody>),
    /// Nobody can read it any more.
    Erased {
        /// Always true: the customer's data were erased.
        erased: bool,
    },
}

/// The address of an order; `None` where it has none.
pub(crate) async fn of_order(souk: &Souk, id: OrderId) -> Result<Option<DeliveryAddressBody>, Problem> {
    let events = souk.reads.log.read_stream(Order::KIND, &id.stream(), 0, AsOf::Now).await?;
    let Some(event) = events.first() else {
        return Ok(None);
    };
    let placed = event.typed::<OrderEvent>().map_err(|error| Problem::internal(&error))?;
    let OrderEvent::OrderPlaced { delivery_address: Some(sealed), .. } = placed else {
        return Ok(None);
    };
    let place = Place {
        event: EventId::from_uuid(event.metadata.event_id),
        field: DELIVERY_ADDRESS,
    };
    let keys = souk.identity.vault().keys([sealed.person()]).await?;
    Ok(Some(match destination(&keys, place, sealed)? {
        Some(destination) => DeliveryAddressBody::Destination(Box::new(destination)),
        None => DeliveryAddressBody::Erased { erased: true },
    }))
}

/// The placements among these orders that name the device which they came from.
pub(crate) async fn placements_from_devices(
    souk: &Souk,
    orders: &[OrderId],
) -> Result<Vec<RecordedEvent>, Problem> {
    let mut placements = Vec::new();
    for order in orders {
        let events = souk.reads.log.read_stream(Order::KIND, &order.stream(), 0, AsOf::Now).await?;
        placements.extend(events.into_iter().take(1).filter(|event| {
            matches!(event.typed::<OrderEvent>(), Ok(OrderEvent::OrderPlaced { device: Some(_), .. }))
        }));
    }
    Ok(placements)
}
