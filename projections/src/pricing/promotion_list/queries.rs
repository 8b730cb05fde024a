//! Reading promotions, coupons, and what was taken off orders.

use chrono::{DateTime, Utc};
use domain::{
    ids::{OrderId, PromotionId},
    pricing::CouponCode,
};
use sqlx::{PgPool, Postgres, QueryBuilder};

use super::{CouponFilter, CouponRow, DiscountRow, Phase, PromotionFilter, PromotionRow, PromotionSort};
use crate::page::{Holds, Key, Order, Page, PageRequest, ReadError, Sort};

const PROMOTION: &str = "p.id, p.terms, p.ended, p.end_reason, p.version, p.created_at, p.updated_at, \
     (select coalesce(json_agg(json_build_object('currency', u.currency, 'orders', u.orders, \
                                                 'granted', u.granted) order by u.currency), '[]'::json) \
      from promotion_list_v1.promotion_usage u where u.promotion = p.id) as usage";

const COUPON: &str = "p.code, p.id, p.terms, p.ended, p.end_reason, p.version, p.created_at, p.updated_at, \
     (select coalesce(json_agg(json_build_object('currency', u.currency, 'orders', u.orders, \
                                                 'granted', u.granted) order by u.currency), '[]'::json) \
      from promotion_list_v1.coupon_usage u where u.code = p.code) as usage";

/// One promotion.
///
/// # Errors
/// When the database fails.
pub async fn promotion(pool: &PgPool, id: PromotionId) -> Result<Option<PromotionRow>, sqlx::Error> {
    sqlx::query_as(&format!("select {PROMOTION} from promotion_list_v1.promotions p where p.id = $1"))
        .bind(id.as_uuid())
        .fetch_optional(pool)
        .await
}

/// One coupon.
///
/// # Errors
/// When the database fails.
pub async fn coupon(pool: &PgPool, code: &CouponCode) -> Result<Option<CouponRow>, sqlx::Error> {
    sqlx::query_as(&format!("select {COUPON} from promotion_list_v1.coupons p where p.code = $1"))
        .bind(code.as_str())
        .fetch_optional(pool)
        .await
}

/// What was taken off an order, in the order in which it was; also of a cancelled one.
///
/// # Errors
/// When the database fails.
pub async fn discounts_of(pool: &PgPool, order: OrderId) -> Result<Vec<DiscountRow>, sqlx::Error> {
    sqlx::query_as(
        "select d.promotion, d.coupon, d.currency, d.amount, d.lines \
         from promotion_list_v1.order_discounts d where d.order_id = $1 order by d.number",
    )
    .bind(order.as_uuid())
    .fetch_all(pool)
    .await
}

/// Promotions that pass `filter`, in order, page by page.
///
/// # Errors
/// When the cursor belongs to another list or order, or the database fails.
pub async fn promotions(
    pool: &PgPool,
    filter: &PromotionFilter,
    sort: Sort<PromotionSort>,
    page: &PageRequest,
) -> Result<Page<PromotionRow>, ReadError> {
    let order = order(sort);
    order
        .page(
            pool,
            PROMOTION,
            |query| push_promotions(query, filter),
            page,
            |row: &PromotionRow| (key(sort.key, row), row.id.as_uuid()),
        )
        .await
}

/// Coupons that pass `filter`, newest first, page by page.
///
/// # Errors
/// When the cursor belongs to another list, or the database fails.
pub async fn coupons(
    pool: &PgPool,
    filter: &CouponFilter,
    page: &PageRequest,
) -> Result<Page<CouponRow>, ReadError> {
    let order = Order {
        name: "coupons.created_at",
        column: "p.created_at",
        id: "p.id",
        descending: true,
        holds: Holds::Time,
    };
    order
        .page(
            pool,
            COUPON,
            |query| push_coupons(query, filter),
            page,
            |row: &CouponRow| (Key::time(row.created_at), row.id),
        )
        .await
}

fn push_promotions(query: &mut QueryBuilder<'_, Postgres>, filter: &PromotionFilter) {
    query.push("from promotion_list_v1.promotions p where true");
    push_phase(query, filter.phase, filter.now);
    if let Some(activation) = filter.activation {
        query.push(" and p.activation = ").push_bind(activation.as_str());
    }
    if let Some(kind) = filter.kind {
        query.push(" and p.kind = ").push_bind(kind);
    }
}

fn push_coupons(query: &mut QueryBuilder<'_, Postgres>, filter: &CouponFilter) {
    query.push("from promotion_list_v1.coupons p where true");
    push_phase(query, filter.phase, filter.now);
    if let Some(promotion) = filter.promotion {
        query.push(" and p.promotion = ").push_bind(promotion.as_uuid());
    }
}

/// Restricts the rows `p` of promotions, coupons or price lists to a phase.
pub(in crate::pricing) fn push_phase(
    query: &mut QueryBuilder<'_, Postgres>,
    phase: Option<Phase>,
    now: DateTime<Utc>,
) {
    match phase {
        None => {}
        Some(Phase::Ended) => {
            query.push(" and p.ended");
        }
        Some(Phase::Over) => {
            query.push(" and not p.ended and p.valid_until <= ").push_bind(now);
        }
        Some(Phase::Scheduled) => {
            query.push(" and not p.ended and p.valid_from > ").push_bind(now);
            query.push(" and (p.valid_until is null or p.valid_until > ").push_bind(now).push(")");
        }
        Some(Phase::Running) => {
            query.push(" and not p.ended and p.valid_from <= ").push_bind(now);
            query.push(" and (p.valid_until is null or p.valid_until > ").push_bind(now).push(")");
        }
    }
}

fn order(sort: Sort<PromotionSort>) -> Order {
    let (name, column, holds) = match sort.key {
        PromotionSort::CreatedAt => ("promotions.created_at", "p.created_at", Holds::Time),
        PromotionSort::Priority => ("promotions.priority", "p.priority", Holds::Number),
        PromotionSort::From => ("promotions.from", "p.valid_from", Holds::Time),
    };
    Order { name, column, id: "p.id", descending: sort.descending, holds }
}

fn key(sort: PromotionSort, row: &PromotionRow) -> Key {
    match sort {
        PromotionSort::CreatedAt => Key::time(row.created_at),
        PromotionSort::Priority => Key::Number(row.terms.priority.into()),
        PromotionSort::From => Key::time(row.terms.validity.from),
    }
}
