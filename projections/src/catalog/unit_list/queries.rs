//! Reading units.

use domain::ids::{ProductId, UnitId};
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{SellingUnitRow, UnitRow};
use crate::page::{Holds, Key, Order, Page, PageRequest, ReadError};

const UNIT: &str = "u.id, u.code, u.name::text as name, u.symbol::text as symbol, u.dimension, u.scale_numerator, \
     u.scale_denominator, u.retired, u.version, u.created_at, u.updated_at";

const SELLING_UNIT: &str = "s.id, s.product, s.unit, s.name::text as name, s.numerator, s.denominator, s.price_micros, \
     s.currency, s.barcode, s.sku, s.retired, s.version, s.created_at, s.updated_at";

/// What a product is sold by now.
const OFFERED: &str = "from unit_list_v1.selling_units s where not s.retired \
     and not exists (select from unit_list_v1.discontinued d where d.product = s.product)";

/// Units of measure in the order of their codes, page by page: all of them, or those that are not retired.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn units(
    pool: &PgPool,
    with_retired: bool,
    page: &PageRequest,
) -> Result<Page<UnitRow>, ReadError> {
    let order = Order {
        name: "units.code",
        column: "u.code",
        id: "u.id",
        descending: false,
        holds: Holds::Text,
    };
    let filter = |query: &mut QueryBuilder<'_, Postgres>| {
        query.push("from unit_list_v1.units u where (not u.retired or ").push_bind(with_retired).push(")");
    };
    order
        .page(pool, UNIT, filter, page, |row: &UnitRow| (Key::Text(row.code.clone()), row.id.as_uuid()))
        .await
}

/// Those of the units that exist, in no order.
///
/// # Errors
/// When the database fails.
pub async fn units_by_ids(pool: &PgPool, ids: &[UnitId]) -> Result<Vec<UnitRow>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(UnitId::as_uuid).collect();
    sqlx::query_as(&format!("select {UNIT} from unit_list_v1.units u where u.id = any($1)"))
        .bind(ids)
        .fetch_all(pool)
        .await
}

/// What products are sold by, newest last, page by page.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn selling_units(pool: &PgPool, page: &PageRequest) -> Result<Page<SellingUnitRow>, ReadError> {
    let order = Order {
        name: "selling_units.created_at",
        column: "s.created_at",
        id: "s.id",
        descending: false,
        holds: Holds::Time,
    };
    let place = |row: &SellingUnitRow| (Key::time(row.created_at), row.id.as_uuid());
    order
        .page(
            pool,
            SELLING_UNIT,
            |query| {
                query.push(OFFERED);
            },
            page,
            place,
        )
        .await
}

/// What a product is sold by, the smallest first.
///
/// # Errors
/// When the database fails.
pub async fn selling_units_of(pool: &PgPool, product: ProductId) -> Result<Vec<SellingUnitRow>, sqlx::Error> {
    let sql = format!(
        "select {SELLING_UNIT} {OFFERED} and s.product = $1 \
         order by s.numerator::numeric / s.denominator, s.created_at, s.id"
    );
    sqlx::query_as(&sql).bind(product.as_uuid()).fetch_all(pool).await
}
