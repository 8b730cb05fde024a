//! Reading suppliers and replenishment orders.

use domain::ids::{ProductId, WarehouseId};
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{ReorderRow, ReorderStatus, SupplierRow, SupplierStatus};
use crate::{
    columns::Word,
    page::{Holds, Key, Order, Page, PageRequest, ReadError},
};

/// Suppliers by code; with `active` only those that goods are ordered from.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn suppliers(
    pool: &PgPool,
    active: bool,
    page: &PageRequest,
) -> Result<Page<SupplierRow>, ReadError> {
    let order = Order {
        name: "suppliers.code",
        column: "s.code",
        id: "s.id",
        descending: false,
        holds: Holds::Text,
    };
    let push_filter = |query: &mut QueryBuilder<'_, Postgres>| {
        query.push("from replenishment_v1.suppliers s where true");
        if active {
            query.push(" and s.status = ").push_bind(SupplierStatus::Active.word());
        }
    };
    let columns = "s.id, s.code, s.name, s.lead_time_days, s.status, s.version";
    let place = |row: &SupplierRow| (Key::Text(row.code.clone()), row.id.as_uuid());
    order.page(pool, columns, push_filter, page, place).await
}

/// Which replenishment orders are wanted; what is `None` or empty does not restrict.
#[derive(Debug, Clone, Copy, Default)]
pub struct ReorderFilter<'a> {
    /// As far as this.
    pub status: Option<ReorderStatus>,
    /// Of this product.
    pub product: Option<ProductId>,
    /// For one of these warehouses.
    pub warehouses: &'a [WarehouseId],
}

/// Replenishment orders, the newest first.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn reorders(
    pool: &PgPool,
    filter: &ReorderFilter<'_>,
    page: &PageRequest,
) -> Result<Page<ReorderRow>, ReadError> {
    let order = Order {
        name: "reorders",
        column: "r.opened_at",
        id: "r.id",
        descending: true,
        holds: Holds::Time,
    };
    let push_filter = |query: &mut QueryBuilder<'_, Postgres>| {
        query.push("from replenishment_v1.reorders r where true");
        if let Some(status) = filter.status {
            query.push(" and r.status = ").push_bind(status.word());
        }
        if let Some(product) = filter.product {
            query.push(" and r.product = ").push_bind(product.as_uuid());
        }
        if !filter.warehouses.is_empty() {
            let ids: Vec<Uuid> = filter.warehouses.iter().map(WarehouseId::as_uuid).collect();
            query.push(" and r.warehouse = any(").push_bind(ids).push(")");
        }
    };
    let columns = "r.id, r.product, r.warehouse, r.supplier, r.quantity, r.available, r.received, r.status, \
                   r.reason, r.version, r.opened_at, r.updated_at";
    let place = |row: &ReorderRow| (Key::time(row.opened_at), row.id.as_uuid());
    order.page(pool, columns, push_filter, page, place).await
}
