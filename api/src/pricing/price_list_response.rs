//! Price lists as answers show them.

use chrono::{DateTime, Utc};
use commands::pricing::{PriceListAccepted, PriceListView};
use domain::pricing::ListPrice;
use projections::pricing::price_lists::PriceListRow;
use serde::Serialize;
use utoipa::ToSchema;

use super::response::strings;
use crate::http::shapes::{Texts, texts};

/// A price list, without its prices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceListSummary)]
pub(crate) struct PriceListSummaryBody {
    /// `plt_…`
    pub id: String,
    /// What it is called, by language.
    pub name: Texts,
    /// The customers (`usr_…`) whose prices it holds.
    pub customers: Vec<String>,
    /// The customer groups whose prices it holds.
    pub groups: Vec<String>,
    /// ISO 4217 code of all its prices.
    pub currency: &'static str,
    /// From when on they hold.
    pub from: DateTime<Utc>,
    /// When they hold no more; null without an end.
    pub until: Option<DateTime<Utc>>,
    /// The greatest is looked into first.
    pub priority: i32,
    /// How many prices it holds.
    pub price_count: i32,
    /// `scheduled`, `running`, `over`, or `ended` where it was retired.
    pub phase: &'static str,
    /// Why it was retired.
    pub retire_reason: Option<String>,
    /// For `If-Match`.
    pub version: i64,
    /// When its creation was recorded.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl PriceListSummaryBody {
    pub(super) fn new(row: &PriceListRow, now: DateTime<Utc>) -> Self {
        Self {
            id: row.id.to_string(),
            name: texts(&row.name),
            customers: strings(&row.customers),
            groups: strings(&row.groups),
            currency: row.currency.code(),
            from: row.validity.from,
            until: row.validity.until,
            priority: row.priority,
            price_count: row.prices,
            phase: row.phase(now).as_str(),
            retire_reason: row.retire_reason.clone(),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A price list with all its prices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceList)]
pub(crate) struct PriceListBody {
    /// `plt_…`
    pub id: String,
    /// What it is called, by language.
    pub name: Texts,
    /// The customers (`usr_…`) whose prices it holds.
    pub customers: Vec<String>,
    /// The customer groups whose prices it holds.
    pub groups: Vec<String>,
    /// ISO 4217 code of all its prices.
    pub currency: &'static str,
    /// From when on they hold.
    pub from: DateTime<Utc>,
    /// When they hold no more; null without an end.
    pub until: Option<DateTime<Utc>>,
    /// The greatest is looked into first.
    pub priority: i16,
    /// It was retired: its prices hold no more.
    pub retired: bool,
    /// By product, then by quantity.
    pub prices: Vec<ListPriceBody>,
    /// For `If-Match`.
    pub version: i64,
}

/// The price of one product, from so many units on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ListPrice)]
pub(crate) struct ListPriceBody {
    /// `prd_…`
    pub product_id: String,
    /// It holds for lines of at least so many base units.
    pub from_quantity: u32,
    /// Plain decimal in the list's currency.
    pub unit_price: String,
}

impl From<&ListPrice> for ListPriceBody {
    fn from(price: &ListPrice) -> Self {
        Self {
            product_id: price.product.to_string(),
            from_quantity: price.from_quantity.get(),
            unit_price: price.unit_price.decimal(),
        }
    }
}

impl From<&PriceListView> for PriceListBody {
    fn from(view: &PriceListView) -> Self {
        let terms = &view.terms;
        Self {
            id: view.list.to_string(),
            name: texts(&terms.name),
            customers: strings(&terms.audience.customers),
            groups: strings(&terms.audience.groups),
            currency: terms.currency.code(),
            from: terms.validity.from,
            until: terms.validity.until,
            priority: terms.priority,
            retired: view.is_retired,
            prices: terms.prices.iter().map(Into::into).collect(),
            version: view.version,
        }
    }
}

/// What became of a price list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceListAccepted)]
pub(crate) struct PriceListAcceptedBody {
    /// `plt_…`
    pub id: String,
    /// For `If-Match`.
    pub version: i64,
}

impl From<&PriceListAccepted> for PriceListAcceptedBody {
    fn from(accepted: &PriceListAccepted) -> Self {
        Self { id: accepted.list.to_string(), version: accepted.version }
    }
}
