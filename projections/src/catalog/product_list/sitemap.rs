//! The addresses of products on sale, for search engines.

use chrono::{DateTime, Utc};
use domain::ids::ProductId;
use sqlx::{PgPool, Row};
use uuid::Uuid;

const LISTED: &str = "from product_list_v3.products p where p.slug is not null and p.status = 'active' \
     and not exists (select from product_list_v3.companies c where c.company = p.company and not c.is_active)";

/// One address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SitemapEntry {
    /// Which product.
    pub id: ProductId,
    /// Its slug.
    pub slug: String,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

/// How many products have an address.
///
/// # Errors
/// When the database fails.
pub async fn sitemap_count(pool: &PgPool) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar(&format!("select count(*) {LISTED}")).fetch_one(pool).await
}

/// Up to `limit` of them in the order of their ids: those behind `after`, or else without the first `skipped`.
///
/// # Errors
/// When the database fails.
pub async fn sitemap_page(
    pool: &PgPool,
    after: Option<ProductId>,
    skipped: i64,
    limit: i64,
) -> Result<Vec<SitemapEntry>, sqlx::Error> {
    let sql = format!(
        "select p.id, p.slug, p.updated_at {LISTED} and ($1::uuid is null or p.id > $1) order by p.id \
         offset case when $1 is null then $2 else 0 end limit $3"
    );
    let rows = sqlx::query(&sql)
        .bind(after.map(|id| id.as_uuid()))
        .bind(skipped)
        .bind(limit)
        .fetch_all(pool)
        .await?;
    rows.iter()
        .map(|row| {
            Ok(SitemapEntry {
                id: ProductId::from_uuid(row.try_get::<Uuid, _>("id")?),
                slug: row.try_get("slug")?,
                updated_at: row.try_get("updated_at")?,
            })
        })
        .collect()
}
