//! Reading price lists.

use sqlx::{PgPool, Postgres, QueryBuilder};

use super::{PriceListFilter, PriceListRow};
use crate::{
    page::{Holds, Key, Order, Page, PageRequest, ReadError},
    pricing::promotion_list::push_phase,
};

pub(super) const COLUMNS: &str = "p.id, p.name::text as name, p.customers, p.groups, p.currency, p.valid_from, \
     p.valid_until, p.priority, p.prices, p.ended, p.retire_reason, p.version, p.created_at, p.updated_at";

/// Price lists that pass `filter`, newest first, page by page.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn list(
    pool: &PgPool,
    filter: &PriceListFilter,
    page: &PageRequest,
) -> Result<Page<PriceListRow>, ReadError> {
    let order = Order {
        name: "price_lists.created_at",
        column: "p.created_at",
        id: "p.id",
        descending: true,
        holds: Holds::Time,
    };
    order
        .page(
            pool,
            COLUMNS,
            |query| push_filter(query, filter),
            page,
            |row: &PriceListRow| (Key::time(row.created_at), row.id.as_uuid()),
        )
        .await
}

fn push_filter(query: &mut QueryBuilder<'_, Postgres>, filter: &PriceListFilter) {
    query.push("from price_lists_v1.price_lists p where true");
    push_phase(query, filter.phase, filter.now);
    if let Some(customer) = filter.customer {
        query.push(" and p.customers @> array[").push_bind(customer.as_uuid()).push("]");
    }
    if let Some(group) = &filter.group {
        query.push(" and p.groups @> array[").push_bind(group.as_str().to_owned()).push("]");
    }
}
