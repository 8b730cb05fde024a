//! Reading who wants what.

use domain::{
    customers::NeededItemStatus,
    ids::{AccountId, ProductId},
    text::Zone,
};
use sqlx::{PgPool, Postgres, QueryBuilder};

use super::{AlertRow, DemandRow, NeededItemRow};
use crate::{
    columns::Word,
    page::{Holds, Key, Order, Page, PageRequest, ReadError},
};

const ALERT: &str = "a.product, a.customer, a.requested_at, a.served_at";

/// What a customer waits for, and what it was told of, the newest first.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn alerts_of_customer(
    pool: &PgPool,
    customer: AccountId,
    page: &PageRequest,
) -> Result<Page<AlertRow>, ReadError> {
    let order = Order {
        name: "alerts_of_customer",
        column: "a.requested_at",
        id: "a.product",
        descending: true,
        holds: Holds::Time,
    };
    let push_filter = |query: &mut QueryBuilder<'_, Postgres>| {
        query.push("from unmet_demand_v1.stock_alerts a where a.customer = ").push_bind(customer.as_uuid());
    };
    let place = |row: &AlertRow| (Key::time(row.requested_at), row.product.as_uuid());
    order.page(pool, ALERT, push_filter, page, place).await
}

/// Who waits for a product, and who was told, the first to come first.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn alerts_of_product(
    pool: &PgPool,
    product: ProductId,
    page: &PageRequest,
) -> Result<Page<AlertRow>, ReadError> {
    let order = Order {
        name: "alerts_of_product",
        column: "a.requested_at",
        id: "a.customer",
        descending: false,
        holds: Holds::Time,
    };
    let push_filter = |query: &mut QueryBuilder<'_, Postgres>| {
        query.push("from unmet_demand_v1.stock_alerts a where a.product = ").push_bind(product.as_uuid());
    };
    let place = |row: &AlertRow| (Key::time(row.requested_at), row.customer.as_uuid());
    order.page(pool, ALERT, push_filter, page, place).await
}

/// How many want which product, the most wanted first.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn demand(pool: &PgPool, page: &PageRequest) -> Result<Page<DemandRow>, ReadError> {
    let order = Order {
        name: "demand",
        column: "d.waiting",
        id: "d.product",
        descending: true,
        holds: Holds::Number,
    };
    let push_filter = |query: &mut QueryBuilder<'_, Postgres>| {
        query.push(
            "from (select product, count(*) filter (where served_at is null) as waiting, \
                          count(served_at) as served, \
                          min(requested_at) filter (where served_at is null) as waiting_since \
                     from unmet_demand_v1.stock_alerts group by product) d where true",
        );
    };
    let place = |row: &DemandRow| (Key::Number(row.waiting), row.product.as_uuid());
    order.page(pool, "d.product, d.waiting, d.served, d.waiting_since", push_filter, page, place).await
}

/// Which wishes are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, Copy, Default)]
pub struct NeededItemFilter<'a> {
    /// Of this customer.
    pub customer: Option<AccountId>,
    /// In one of these zones; of none at all, where there are none.
    pub zones: Option<&'a [Zone]>,
    /// As far as this.
    pub status: Option<NeededItemStatus>,
}

/// Wishes for items that are in no catalogue, the newest first.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn needed_items(
    pool: &PgPool,
    filter: &NeededItemFilter<'_>,
    page: &PageRequest,
) -> Result<Page<NeededItemRow>, ReadError> {
    let order = Order {
        name: "needed_items",
        column: "n.created_at",
        id: "n.id",
        descending: true,
        holds: Holds::Time,
    };
    let push_filter = |query: &mut QueryBuilder<'_, Postgres>| {
        query.push("from unmet_demand_v1.needed_items n where true");
        if let Some(customer) = filter.customer {
            query.push(" and n.customer = ").push_bind(customer.as_uuid());
        }
        if let Some(zones) = filter.zones {
            let zones: Vec<String> = zones.iter().map(|zone| zone.as_str().to_owned()).collect();
            query.push(" and n.zone = any(").push_bind(zones).push(")");
        }
        if let Some(status) = filter.status {
            query.push(" and n.status = ").push_bind(status.word());
        }
    };
    let columns = "n.id, n.customer, n.zone, n.quantity, n.status, n.description, n.description_event, n.product, \
                   n.answer, n.answer_event, n.version, n.created_at, n.updated_at";
    let place = |row: &NeededItemRow| (Key::time(row.created_at), row.id.as_uuid());
    order.page(pool, columns, push_filter, page, place).await
}
