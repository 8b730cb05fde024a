//! Reading categories.

use domain::ids::CategoryId;
use sqlx::{PgPool, Postgres, QueryBuilder};
use uuid::Uuid;

use super::{CategoryFilter, CategoryRow};
use crate::page::{Holds, Key, Order, Page, PageRequest, ReadError};

/// The slug as JSON, because it is read as what it is in events.
pub(super) const COLUMNS: &str = "c.id, c.parent, c.name::text as name, to_json(c.slug)::text as slug_json, \
     c.description::text as description, c.image::text as image, c.sort_order, c.shown_on_home, c.active, c.version, \
     c.created_at, c.updated_at";

/// One category.
///
/// # Errors
/// When the database fails.
pub async fn get(pool: &PgPool, id: CategoryId) -> Result<Option<CategoryRow>, sqlx::Error> {
    sqlx::query_as(&format!("select {COLUMNS} from category_list_v1.categories c where c.id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(pool)
        .await
}

/// The category that has, or had, a slug.
///
/// # Errors
/// When the database fails.
pub async fn by_slug(pool: &PgPool, slug: &str) -> Result<Option<CategoryRow>, sqlx::Error> {
    let sql = format!(
        "select {COLUMNS} from category_list_v1.category_slugs s \
           join category_list_v1.categories c on c.id = s.category where s.slug = $1"
    );
    sqlx::query_as(&sql).bind(slug).fetch_optional(pool).await
}

/// Every category, sisters in their order.
///
/// # Errors
/// When the database fails.
pub async fn all(pool: &PgPool) -> Result<Vec<CategoryRow>, sqlx::Error> {
    let sql = format!("select {COLUMNS} from category_list_v1.categories c order by c.sort_order, c.id");
    sqlx::query_as(&sql).fetch_all(pool).await
}

/// A category and everything below it.
///
/// # Errors
/// When the database fails.
pub async fn descendants(pool: &PgPool, id: CategoryId) -> Result<Vec<CategoryId>, sqlx::Error> {
    let rows: Vec<Uuid> = sqlx::query_scalar(
        "with recursive below (id) as ( \
             select c.id from category_list_v1.categories c where c.id = $1 \
             union \
             select c.id from category_list_v1.categories c join below b on c.parent = b.id) \
         select id from below",
    )
    .bind(id.as_uuid())
    .fetch_all(pool)
    .await?;
    Ok(rows.into_iter().map(CategoryId::from_uuid).collect())
}

/// Categories that pass `filter`, by their order among sisters, page by page.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn list(
    pool: &PgPool,
    filter: &CategoryFilter,
    page: &PageRequest,
) -> Result<Page<CategoryRow>, ReadError> {
    let order = Order {
        name: "categories.sort_order",
        column: "c.sort_order",
        id: "c.id",
        descending: false,
        holds: Holds::Number,
    };
    order
        .page(
            pool,
            COLUMNS,
            |query| push_filter(query, filter),
            page,
            |row: &CategoryRow| (Key::Number(row.details.sort_order.into()), row.id.as_uuid()),
        )
        .await
}

fn push_filter(query: &mut QueryBuilder<'_, Postgres>, filter: &CategoryFilter) {
    query.push("from category_list_v1.categories c where true");
    match filter.parent {
        Some(Some(parent)) => drop(query.push(" and c.parent = ").push_bind(parent.as_uuid())),
        Some(None) => drop(query.push(" and c.parent is null")),
        None => {}
    }
    if let Some(active) = filter.active {
        query.push(" and c.active = ").push_bind(active);
    }
    if let Some(shown) = filter.shown_on_home {
        query.push(" and c.shown_on_home = ").push_bind(shown);
    }
}
