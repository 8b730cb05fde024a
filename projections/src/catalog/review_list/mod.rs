//! Reviews: one row per review that was not removed. Texts are sealed as their events hold them; those of the erased
//! are blanked, their ratings still count.

mod project;
mod queries;

use chrono::{DateTime, Utc};
use domain::{
    catalog::{FlagReason, Rating, ReviewStatus},
    ids::{AccountId, EventId, OrderId, ProductId, ReviewId},
    sealed::Sealed,
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::ReviewList;
pub use queries::{RatingSummary, ReviewFilter, ReviewSort, list, of_customer, summary};

use crate::columns::{Columns, Word, undecodable, words};

words! {
    ReviewStatus { Pending = "pending", Published = "published", Rejected = "rejected" }
    FlagReason {
        Spam = "spam",
        Offensive = "offensive",
        OffTopic = "off_topic",
        PersonalData = "personal_data",
        Fake = "fake",
        Other = "other",
    }
}

/// One review.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewRow {
    /// Which.
    pub id: ReviewId,
    /// About which product.
    pub product: ProductId,
    /// Who wrote it.
    pub customer: AccountId,
    /// How many stars of five.
    pub rating: Rating,
    /// Title, text and pictures, at `/content` of the event; `None` once the author is erased.
    pub content: Option<Sealed>,
    /// The event, under which the content opens.
    pub event: EventId,
    /// The order that brought the product to the author.
    pub purchase: Option<OrderId>,
    /// Who may read it.
    pub status: ReviewStatus,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// Why readers flagged it since it was last moderated, in their order.
    pub flags: Vec<FlagReason>,
    /// The stream's version.
    pub version: i64,
    /// When it was first written.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

fn rating(row: &PgRow, column: &str) -> Result<Rating, sqlx::Error> {
    let stars: i16 = row.try_get(column)?;
    let stars = u8::try_from(stars).map_err(|error| undecodable(column, error))?;
    Rating::try_from(stars).map_err(|error| undecodable(column, error))
}

impl FromRow<'_, PgRow> for ReviewRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let flags: Vec<String> = row.try_get("flags")?;
        let flags = flags.iter().map(|word| FlagReason::from_word(word));
        Ok(Self {
            id: row.id("id", ReviewId::from_uuid)?,
            product: row.id("product", ProductId::from_uuid)?,
            customer: row.id("customer", AccountId::from_uuid)?,
            rating: rating(row, "rating")?,
            content: row.maybe_json("content")?,
            event: row.id("content_event", EventId::from_uuid)?,
            purchase: row.maybe_id("purchase", OrderId::from_uuid)?,
            status: row.word("status")?,
            reason: row.try_get("reason")?,
            flags: flags.collect::<Result<_, _>>().map_err(|error| undecodable("flags", error))?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}
