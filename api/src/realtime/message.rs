//! One message, who may hear it, and how it is written.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, CompanyId, OrderId},
    text::Zone,
};
use event_store::{LogPosition, RecordedEvent};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::name::Name;
use crate::{
    http::auth::Signed,
    orders::{Whose, reaches},
};

/// The data of a message: which event it tells, and of what. What an order or a product is like now is read by its id.
#[derive(Debug, Default, Serialize, ToSchema)]
#[schema(as = FeedMessage)]
pub struct MessageBody {
    /// What it is about: `order:new`, `stock:low`, …; also the name of the server-sent event.
    pub(super) name: &'static str,
    /// Where the event stands in the log (`1.42`); also the id of the server-sent event. A read that sends it as
    /// `Min-Event-Position` sees what is told.
    pub(super) position: String,
    /// The event's own id.
    pub(super) event_id: Uuid,
    /// The event's name in the log: `PartShipped`, …
    pub(super) event_type: String,
    /// When it was recorded.
    pub(super) recorded_at: DateTime<Utc>,
    /// When it happened.
    pub(super) effective_at: DateTime<Utc>,
    /// The version of the order, or of the product's stock, that it made.
    pub(super) version: i64,
    /// Of an order: which (`ord_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) order_id: Option<String>,
    /// Of an order: where it goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) zone: Option<String>,
    /// Of a part of an order: its number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<u16>,
    /// Of stock: of which product (`prd_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) product_id: Option<String>,
    /// Of stock: in which warehouse (`wrh_…`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) warehouse_id: Option<String>,
    /// Of stock: how many units are left.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) available: Option<u64>,
    /// Of stock: at or below how many units it is low.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) threshold: Option<u32>,
}

impl MessageBody {
    /// What every message says of its event.
    pub(super) fn of(event: &RecordedEvent, name: Name, epoch: u32) -> Self {
        Self {
            name: name.as_str(),
            position: LogPosition { epoch, position: event.position }.to_string(),
            event_id: event.metadata.event_id,
            event_type: event.event_type.clone(),
            recorded_at: event.recorded_at,
            effective_at: event.effective_at(),
            version: event.sequence,
            ..Self::default()
        }
    }
}

/// Whose business it is.
#[derive(Debug)]
pub(super) enum About {
    Order {
        id: OrderId,
        customer: Option<AccountId>,
        zone: Option<String>,
        /// Of all its parts; of one, where only that one has moved.
        companies: Vec<Option<CompanyId>>,
    },
    Stock {
        company: Option<CompanyId>,
        /// Those that the warehouse serves.
        zones: Vec<String>,
    },
}

/// A message, ready to be sent.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) position: i64,
    pub(super) name: Name,
    pub(super) about: About,
    frame: Bytes,
}

impl Message {
    pub(super) fn new(
        position: i64,
        name: Name,
        about: About,
        body: &MessageBody,
    ) -> Result<Self, serde_json::Error> {
        // JSON without line ends of its own is one line of data.
        let data = serde_json::to_string(body)?;
        let frame = format!("id: {}\nevent: {}\ndata: {data}\n\n", body.position, body.name);
        Ok(Self { position, name, about, frame: frame.into() })
    }

    /// As it goes over the wire (WHATWG HTML, 9.2.5).
    pub(super) fn frame(&self) -> &[u8] {
        &self.frame
    }

    /// Whether the caller may hear it.
    pub(super) fn is_for(&self, signed: &Signed) -> bool {
        signed.may(self.name.use_case().permission()) && self.about.is_in_reach(signed)
    }
}

impl About {
    fn is_in_reach(&self, signed: &Signed) -> bool {
        match self {
            Self::Order { id: _, customer, zone, companies } => {
                reaches(signed, &Whose { customer: *customer, zone: zone.as_deref(), companies })
            }
            Self::Stock { company, zones } => {
                let serves =
                    |own: &[Zone]| own.iter().any(|own| zones.iter().any(|zone| own.as_str() == zone));
                !signed.is_foreign(*company) && signed.zones().is_none_or(serves)
            }
        }
    }
}
