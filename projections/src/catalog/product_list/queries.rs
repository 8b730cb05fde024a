//! Reading products.

use domain::{
    ids::{CategoryId, ProductId},
    slug::Slug,
    text::{ExternalId, Sku},
};
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{ProductFilter, ProductRow, ProductSort};
use crate::{
    checkpoint::with_checkpoint,
    columns::Word,
    page::{Holds, Key, Order, Page, PageRequest, ReadError, Sort, contains_pattern},
};

pub(super) const SELECT: &str = "select p.id, p.sku, p.kind, p.title, p.description, p.categories, p.tags, p.barcode, p.images, \
     p.attributes, p.currency, p.base_micros, p.discounted_micros, p.wholesale_micros, p.min_order_quantity, p.company, \
     p.external_id, p.slug, p.featured, p.sale_zones, p.status, p.version, p.created_at, p.updated_at, coalesce(s.available, 0) as available ";

pub(super) const FROM: &str =
    "from product_list_v3.products p left join product_list_v3.product_stock s on s.product = p.id ";

/// One product.
///
/// # Errors
/// When the database fails.
pub async fn get(pool: &PgPool, id: ProductId) -> Result<Option<ProductRow>, sqlx::Error> {
    sqlx::query_as(&format!("{SELECT}{FROM}where p.id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(pool)
        .await
}

/// One product, and the position that the read model had reached in the same snapshot (0 before the first event):
/// what a cache needs to tell whether an entry is new enough.
///
/// # Errors
/// When the database fails.
pub async fn get_with_checkpoint(
    pool: &PgPool,
    id: ProductId,
) -> Result<(Option<ProductRow>, i64), sqlx::Error> {
    let select = format!("{SELECT}{FROM}where p.id = $1");
    with_checkpoint(pool, "product_list_v3", &select, id.as_uuid()).await
}

/// The product with a code.
///
/// # Errors
/// When the database fails.
pub async fn by_sku(pool: &PgPool, sku: &Sku) -> Result<Option<ProductRow>, sqlx::Error> {
    sqlx::query_as(&format!("{SELECT}{FROM}where p.sku = $1"))
        .bind(sku.as_str())
        .fetch_optional(pool)
        .await
}

/// The product with an id of another system.
///
/// # Errors
/// When the database fails.
pub async fn by_external_id(pool: &PgPool, id: &ExternalId) -> Result<Option<ProductRow>, sqlx::Error> {
    let sql = format!("{SELECT}{FROM}where p.external_id = $1");
    sqlx::query_as(&sql).bind(id.as_str()).fetch_optional(pool).await
}

/// The product that has, or had, a slug.
///
/// # Errors
/// When the database fails.
pub async fn by_slug(pool: &PgPool, slug: &Slug) -> Result<Option<ProductRow>, sqlx::Error> {
    let sql = format!(
        "{SELECT}{FROM}where p.id = (select product from product_list_v3.product_slugs where slug = $1)"
    );
    sqlx::query_as(&sql).bind(slug.as_str()).fetch_optional(pool).await
}

/// Those of the products that exist, in no order.
///
/// # Errors
/// When the database fails.
pub async fn by_ids(pool: &PgPool, ids: &[ProductId]) -> Result<Vec<ProductRow>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(ProductId::as_uuid).collect();
    sqlx::query_as(&format!("{SELECT}{FROM}where p.id = any($1)")).bind(ids).fetch_all(pool).await
}

/// Those of the products that pass `filter`, in no order.
///
/// # Errors
/// When the database fails.
pub async fn by_ids_that_pass(
    pool: &PgPool,
    ids: &[ProductId],
    filter: &ProductFilter,
) -> Result<Vec<ProductRow>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(ProductId::as_uuid).collect();
    let mut query = QueryBuilder::new(SELECT);
    query.push(FROM);
    push_filter(&mut query, filter);
    query.push(" and p.id = any(").push_bind(ids).push(")");
    query.build_query_as().fetch_all(pool).await
}

/// Products that pass `filter`, in order, page by page.
///
/// # Errors
/// When the cursor belongs to another list or order, or the database fails.
pub async fn list(
    pool: &PgPool,
    filter: &ProductFilter,
    sort: Sort<ProductSort>,
    page: &PageRequest,
) -> Result<Page<ProductRow>, ReadError> {
    let order = order(sort);
    let mut query = QueryBuilder::new(SELECT);
    query.push(FROM);
    push_filter(&mut query, filter);
    order.push_after(&mut query, page.after.as_deref())?;
    order.push_order(&mut query, page.fetch());
    let rows: Vec<ProductRow> = query.build_query_as().fetch_all(pool).await?;
    let total = if page.with_total {
        Some(count(pool, filter).await?)
    } else {
        None
    };
    Ok(Page::cut(rows, page, total, |row| order.cursor(key(sort.key, row), row.id.as_uuid())))
}

async fn count(pool: &PgPool, filter: &ProductFilter) -> Result<i64, sqlx::Error> {
    let mut query = QueryBuilder::new("select count(*) ");
    query.push(FROM);
    push_filter(&mut query, filter);
    query.build_query_scalar().fetch_one(pool).await
}

pub(super) fn push_filter(query: &mut QueryBuilder<'_, Postgres>, filter: &ProductFilter) {
    query.push("where true");
    if let Some(categories) = &filter.categories {
        let ids: Vec<Uuid> = categories.iter().map(CategoryId::as_uuid).collect();
        query.push(" and p.categories && ").push_bind(ids);
    }
    if let Some(currency) = filter.currency {
        query.push(" and p.currency = ").push_bind(currency.code());
    }
    if let Some(least) = filter.price_gte_micros {
        query.push(" and p.price_micros >= ").push_bind(least);
    }
    if let Some(most) = filter.price_lte_micros {
        query.push(" and p.price_micros <= ").push_bind(most);
    }
    if let Some(wanted) = filter.in_stock {
        query.push(" and (p.kind = 'service' or coalesce(s.available, 0) > 0) = ").push_bind(wanted);
    }
    if let Some(company) = filter.company {
        query.push(" and p.company = ").push_bind(company.as_uuid());
    }
    if let Some(tag) = &filter.tag {
        query.push(" and ").push_bind(tag.as_str().to_owned()).push(" = any(p.tags)");
    }
    if let Some((code, value)) = &filter.attribute {
        query.push(" and p.attributes ->> ").push_bind(code.as_str().to_owned());
        query.push(" = ").push_bind(value.as_str().to_owned());
    }
    if let Some(sku) = &filter.sku {
        query.push(" and p.sku = ").push_bind(sku.as_str().to_owned());
    }
    if let Some(status) = filter.status {
        query.push(" and p.status = ").push_bind(status.word());
    }
    if filter.on_sale {
        query.push(
            " and p.status = 'active' and not exists (select from product_list_v3.companies c \
                    where c.company = p.company and not c.is_active)",
        );
    }
    if let Some(zones) = &filter.zones {
        let zones: Vec<String> = zones.iter().map(ToString::to_string).collect();
        query.push(" and (p.sale_zones = '{}' or p.sale_zones && ").push_bind(zones).push(")");
    }
    if let Some(featured) = filter.featured {
        query.push(" and p.featured = ").push_bind(featured);
    }
    for word in filter.q.iter().flat_map(|q| q.split_whitespace()) {
        query.push(" and p.search ilike ").push_bind(contains_pattern(word));
    }
}

fn order(sort: Sort<ProductSort>) -> Order {
    let (name, column, holds) = match sort.key {
        ProductSort::CreatedAt => ("products.created_at", "p.created_at", Holds::Time),
        ProductSort::Price => ("products.price", "p.price_micros", Holds::Number),
        ProductSort::Sku => ("products.sku", "p.sku", Holds::Text),
        ProductSort::Title => ("products.title", "p.sort_title", Holds::Text),
    };
    Order { name, column, id: "p.id", descending: sort.descending, holds }
}

fn key(sort: ProductSort, row: &ProductRow) -> Key {
    match sort {
        ProductSort::CreatedAt => Key::time(row.created_at),
        ProductSort::Price => Key::Number(row.price().micros()),
        ProductSort::Sku => Key::Text(row.sku.clone()),
        ProductSort::Title => Key::Text(row.sort_title()),
    }
}
