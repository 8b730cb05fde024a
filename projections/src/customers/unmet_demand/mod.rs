//! What customers want and cannot have: who waits for which product, and items that are in no catalogue.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{
    customers::NeededItemStatus,
    ids::{AccountId, EventId, NeededItemId, ProductId},
    sealed::Sealed,
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::UnmetDemand;
pub use queries::{NeededItemFilter, alerts_of_customer, alerts_of_product, demand, needed_items};

use crate::columns::{Columns, words};

/// Somebody who waits for a product, or was told that it is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlertRow {
    /// Which product.
    pub product: ProductId,
    /// Who.
    pub customer: AccountId,
    /// Since when.
    pub requested_at: DateTime<Utc>,
    /// When the customer was told; `None` while it waits.
    pub served_at: Option<DateTime<Utc>>,
}

impl FromRow<'_, PgRow> for AlertRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            product: row.id("product", ProductId::from_uuid)?,
            customer: row.id("customer", AccountId::from_uuid)?,
            requested_at: row.try_get("requested_at")?,
            served_at: row.try_get("served_at")?,
        })
    }
}

/// How many want a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DemandRow {
    /// Which product.
    pub product: ProductId,
    /// How many wait.
    pub waiting: i64,
    /// How many were told, and are listed still.
    pub served: i64,
    /// Since when the first of those waits who wait.
    pub waiting_since: Option<DateTime<Utc>>,
}

impl FromRow<'_, PgRow> for DemandRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            product: row.id("product", ProductId::from_uuid)?,
            waiting: row.try_get("waiting")?,
            served: row.try_get("served")?,
            waiting_since: row.try_get("waiting_since")?,
        })
    }
}

words! {
    NeededItemStatus { Open = "open", Sourcing = "sourcing", Available = "available", Declined = "declined" }
}

/// A wish for an item that is in no catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededItemRow {
    /// Which.
    pub id: NeededItemId,
    /// Whose.
    pub customer: AccountId,
    /// Where it is needed.
    pub zone: Option<String>,
    /// How many.
    pub quantity: Option<i64>,
    /// How far it has come.
    pub status: NeededItemStatus,
    /// What, at `/description` of the event.
    pub description: Sealed,
    /// The event under which the description opens.
    pub description_event: EventId,
    /// The product that it is.
    pub product: Option<ProductId>,
    /// The answer at `/answer` of its event.
    pub answer: Option<(Sealed, EventId)>,
    /// How often it was changed.
    pub version: i64,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it was last answered.
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for NeededItemRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let answer: Option<Sealed> = row.maybe_json("answer")?;
        Ok(Self {
            id: row.id("id", NeededItemId::from_uuid)?,
            customer: row.id("customer", AccountId::from_uuid)?,
            zone: row.try_get("zone")?,
            quantity: row.try_get("quantity")?,
            status: row.word("status")?,
            description: row.json("description")?,
            description_event: row.id("description_event", EventId::from_uuid)?,
            product: row.maybe_id("product", ProductId::from_uuid)?,
            answer: answer.zip(row.maybe_id("answer_event", EventId::from_uuid)?),
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}
