//! Addresses: one row per address, and one per customer who ever had any.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{
    ids::{AddressId, EventId},
    sealed::Sealed,
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::AddressList;
pub use queries::of_customer;

use crate::columns::Columns;

/// One address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressRow {
    /// Which.
    pub id: AddressId,
    /// Its country.
    pub country: Option<String>,
    /// The zone that delivers there.
    pub zone: Option<String>,
    /// The address itself, at `/details` of the event.
    pub details: Sealed,
    /// The event, under which the details open.
    pub event: EventId,
    /// Orders go there unless they name another.
    pub is_default: bool,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it was last changed.
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for AddressRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id("id", AddressId::from_uuid)?,
            country: row.try_get("country")?,
            zone: row.try_get("zone")?,
            details: row.json("details")?,
            event: row.id("details_event", EventId::from_uuid)?,
            is_default: row.try_get("is_default")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// A customer's addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AddressBookRow {
    /// The version of all of them: the number of the stream's events.
    pub version: i64,
    /// In the order in which they were added.
    pub addresses: Vec<AddressRow>,
}
