//! Where an order goes: read where it was sealed, in the log, and opened for those who may see it.

use domain::{
    decider::Decider,
    ids::{EventId, OrderId},
    orders::{DELIVERY_ADDRESS, Order, OrderEvent},
    sealed::Place,
};
use event_store::AsOf;
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
