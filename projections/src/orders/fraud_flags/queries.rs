//! Reading flags, with what the list of orders knows of their orders.

use domain::{
    ids::AccountId,
    money::{Currency, Money},
    orders::{Flag, OrderStatus},
    text::Zone,
};
use sqlx::{FromRow, PgPool, Postgres, QueryBuilder, Row, postgres::PgRow};

use super::FlagRow;
use crate::{
    columns::{Columns, Word},
    page::{Holds, Key, Order, Page, PageRequest, ReadError, Sort},
};

const COLUMNS: &str = "f.order_id, f.status, f.score, f.reasons, f.model_version, f.note, f.reviewed_by, f.reviewed_at, \
     f.version, f.flagged_at, f.updated_at, o.customer, o.zone, o.status as order_status, o.currency, o.total";

/// What a list of flags can be in the order of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FlagSort {
    /// When they were flagged last.
    #[default]
    FlaggedAt,
    /// Their points.
    Score,
}

/// Which flags.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlagFilter {
    /// With this status.
    pub status: Option<Flag>,
    /// Of orders into these zones; of all where it is absent.
    pub zones: Option<Vec<Zone>>,
}

/// A flag and its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlaggedOrder {
    /// The flag.
    pub flag: FlagRow,
    /// Who buys.
    pub customer: Option<AccountId>,
    /// Where the goods go.
    pub zone: Option<String>,
    /// How far the order has come.
    pub order_status: OrderStatus,
    /// What it comes to.
    pub total: Money,
}

impl FromRow<'_, PgRow> for FlaggedOrder {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency: Currency = row.currency("currency")?;
        Ok(Self {
            flag: FlagRow::from_row(row)?,
            customer: row.maybe_id("customer", AccountId::from_uuid)?,
            zone: row.try_get("zone")?,
            order_status: row.word("order_status")?,
            total: row.money("total", currency)?,
        })
    }
}

fn push(query: &mut QueryBuilder<'_, Postgres>, filter: &FlagFilter) {
    query.push("from fraud_flags_v1.flags f join order_list_v2.orders o on o.id = f.order_id where true");
    if let Some(status) = filter.status {
        // As a constant, so that the index on open ones serves.
        query.push(format_args!(" and f.status = '{}'", status.word()));
    }
    if let Some(zones) = &filter.zones {
        let zones: Vec<String> = zones.iter().map(ToString::to_string).collect();
        query.push(" and o.zone = any(").push_bind(zones).push(")");
    }
}

/// Flags that pass `filter`, page by page.
///
/// # Errors
/// When the cursor belongs to another list or order, or the database fails.
pub async fn list(
    pool: &PgPool,
    filter: &FlagFilter,
    sort: Sort<FlagSort>,
    page: &PageRequest,
) -> Result<Page<FlaggedOrder>, ReadError> {
    let (name, column, holds) = match sort.key {
        FlagSort::FlaggedAt => ("fraud_flags.flagged_at", "f.flagged_at", Holds::Time),
        FlagSort::Score => ("fraud_flags.score", "f.score", Holds::Number),
    };
    let order = Order {
        name,
        column,
        id: "f.order_id",
        descending: sort.descending,
        holds,
    };
    let place = |row: &FlaggedOrder| {
        let key = match sort.key {
            FlagSort::FlaggedAt => Key::time(row.flag.flagged_at),
            FlagSort::Score => Key::Number(row.flag.score.into()),
        };
        (key, row.flag.order.as_uuid())
    };
    order.page(pool, COLUMNS, |query| push(query, filter), page, place).await
}
