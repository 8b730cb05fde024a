//! Reading reviews.

use domain::{
    catalog::{Rating, ReviewStatus},
    ids::{AccountId, ProductId},
};
use sqlx::{PgPool, Postgres, QueryBuilder, Row};

use super::{ReviewRow, rating};
use crate::{
    columns::Word,
    page::{Holds, Key, Order, Page, PageRequest, ReadError, Sort},
};

const COLUMNS: &str = "r.id, r.product, r.customer, r.rating, r.content, r.content_event, r.purchase, r.status, r.reason, \
     r.flags, r.version, r.created_at, r.updated_at";

/// What a list of reviews can be in the order of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReviewSort {
    /// When they were first written.
    #[default]
    CreatedAt,
    /// Their stars.
    Rating,
}

/// Which reviews.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReviewFilter {
    /// About this product.
    pub product: Option<ProductId>,
    /// With this status.
    pub status: Option<ReviewStatus>,
    /// With so many stars.
    pub rating: Option<Rating>,
    /// Whether an order had brought the product to the author.
    pub is_verified: Option<bool>,
    /// Whether somebody has flagged it since it was last moderated.
    pub is_flagged: Option<bool>,
}

fn push(query: &mut QueryBuilder<'_, Postgres>, filter: &ReviewFilter) {
    query.push("from review_list_v1.reviews r where true");
    if let Some(product) = filter.product {
        query.push(" and r.product = ").push_bind(product.as_uuid());
    }
    if let Some(status) = filter.status {
        // As a constant, so that the index on published ones serves.
        query.push(format_args!(" and r.status = '{}'", status.word()));
    }
    if let Some(rating) = filter.rating {
        query.push(" and r.rating = ").push_bind(i16::from(rating.stars()));
    }
    if let Some(is_verified) = filter.is_verified {
        query.push(" and (r.purchase is not null) = ").push_bind(is_verified);
    }
    if let Some(is_flagged) = filter.is_flagged {
        query.push(" and (cardinality(r.flags) > 0) = ").push_bind(is_flagged);
    }
}

/// Reviews that pass `filter`, page by page.
///
/// # Errors
/// When the cursor belongs to another list or order, or the database fails.
pub async fn list(
    pool: &PgPool,
    filter: &ReviewFilter,
    sort: Sort<ReviewSort>,
    page: &PageRequest,
) -> Result<Page<ReviewRow>, ReadError> {
    let (name, column, holds) = match sort.key {
        ReviewSort::CreatedAt => ("reviews.created_at", "r.created_at", Holds::Time),
        ReviewSort::Rating => ("reviews.rating", "r.rating", Holds::Number),
    };
    let order = Order { name, column, id: "r.id", descending: sort.descending, holds };
    let place = |row: &ReviewRow| {
        let key = match sort.key {
            ReviewSort::CreatedAt => Key::time(row.created_at),
            ReviewSort::Rating => Key::Number(row.rating.stars().into()),
        };
        (key, row.id.as_uuid())
    };
    order.page(pool, COLUMNS, |query| push(query, filter), page, place).await
}

/// All that a customer has written, the oldest first: at most one review of each product.
///
/// # Errors
/// When the database fails.
pub async fn of_customer(pool: &PgPool, customer: AccountId) -> Result<Vec<ReviewRow>, sqlx::Error> {
    let sql = format!(
        "select {COLUMNS} from review_list_v1.reviews r where r.customer = $1 order by r.created_at, r.id"
    );
    sqlx::query_as(&sql).bind(customer.as_uuid()).fetch_all(pool).await
}

/// What the published reviews of a product come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RatingSummary {
    by_stars: [i64; 5],
}

impl RatingSummary {
    /// How many reviews there are with each rating, the worst first.
    pub fn histogram(&self) -> impl Iterator<Item = (Rating, i64)> + '_ {
        Rating::ALL.into_iter().zip(self.by_stars)
    }

    /// How many reviews there are.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.by_stars.iter().fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// All stars together.
    #[must_use]
    pub fn stars(&self) -> i64 {
        self.histogram()
            .fold(0, |sum, (rating, count)| sum.saturating_add(count.saturating_mul(rating.stars().into())))
    }

    /// The mean in hundredths, rounded half to even; `None` without reviews.
    #[must_use]
    pub fn mean_hundredths(&self) -> Option<i64> {
        let count = self.count();
        let hundredfold = self.stars().checked_mul(100)?;
        let (whole, rest) = (hundredfold.checked_div(count)?, hundredfold.checked_rem(count)?);
        let up = match rest.saturating_mul(2).cmp(&count) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Equal => whole % 2,
            std::cmp::Ordering::Greater => 1,
        };
        whole.checked_add(up)
    }
}

/// What the published reviews of a product come to.
///
/// # Errors
/// When the database fails.
pub async fn summary(pool: &PgPool, product: ProductId) -> Result<RatingSummary, sqlx::Error> {
    let rows = sqlx::query(
        "select rating, count(*) as reviews from review_list_v1.reviews \
         where product = $1 and status = 'published' group by rating",
    )
    .bind(product.as_uuid())
    .fetch_all(pool)
    .await?;
    let mut summary = RatingSummary::default();
    for row in &rows {
        let index = usize::from(rating(row, "rating")?.stars()).saturating_sub(1);
        if let Some(count) = summary.by_stars.get_mut(index) {
            *count = row.try_get("reviews")?;
        }
    }
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_is_exact_and_rounded_half_to_even() {
        let mean = |by_stars| RatingSummary { by_stars }.mean_hundredths();
        assert_eq!(mean([0; 5]), None);
        assert_eq!(mean([0, 0, 0, 0, 1]), Some(500));
        assert_eq!(mean([1, 0, 0, 1, 1]), Some(333));
        // 4.125 and 4.375: seven and five of eight stand above four.
        assert_eq!(mean([0, 0, 0, 7, 1]), Some(412));
        assert_eq!(mean([0, 0, 0, 5, 3]), Some(438));
        let summary = RatingSummary { by_stars: [1, 2, 3, 4, 5] };
        assert_eq!((summary.count(), summary.stars()), (15, 55));
    }
}
