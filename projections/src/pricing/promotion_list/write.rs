//! The statements of one batch.

use std::collections::HashMap;

use domain::{
    orders::AppliedDiscount,
    pricing::{CouponTerms, Grant, PromotionTerms},
};
use event_store::copy::CopyRows;
use serde::Serialize;
use sqlx::PgConnection;
use uuid::Uuid;

use super::project::{Change, Folded};

const PROMOTION_COLUMNS: &[&str] = &[
    "id",
    "terms",
    "kind",
    "priority",
    "activation",
    "stacking",
    "valid_from",
    "valid_until",
    "ended",
    "end_reason",
    "version",
    "created_at",
    "updated_at",
];

const COUPON_COLUMNS: &[&str] = &[
    "code",
    "id",
    "terms",
    "promotion",
    "valid_from",
    "valid_until",
    "ended",
    "end_reason",
    "version",
    "created_at",
    "updated_at",
];

const DISCOUNT_COLUMNS: &[&str] = &[
    "order_id",
    "number",
    "promotion",
    "coupon",
    "currency",
    "exponent",
    "amount",
    "lines",
    "cancelled",
];

pub(super) async fn write(connection: &mut PgConnection, folded: &Folded<'_>) -> Result<(), sqlx::Error> {
    insert_promotions(connection, &folded.promotions).await?;
    insert_coupons(connection, &folded.coupons).await?;
    update_promotions(connection, &folded.promotions).await?;
    update_coupons(connection, &folded.coupons).await?;
    write_discounts(connection, folded).await?;
    write_usage(connection, folded).await
}

fn json(value: &impl Serialize) -> String {
    // Terms were read from JSON, so they can be written as such.
    serde_json::to_string(value).unwrap_or_default()
}

async fn insert_promotions(
    connection: &mut PgConnection,
    promotions: &HashMap<Uuid, Change<'_, PromotionTerms>>,
) -> Result<(), sqlx::Error> {
    let mut copy = CopyRows::into_table("promotions", PROMOTION_COLUMNS);
    for (id, change) in promotions {
        let (Some(made_by), Some(terms)) = (change.made_by, change.terms) else {
            continue;
        };
        copy.row()
            .uuid(*id)
            .text(&json(terms))
            .text(terms.offer.reward.kind())
            .int4(terms.priority.into())
            .text(terms.activation.as_str())
            .text(terms.offer.stacking.as_str())
            .time(terms.validity.from)
            .maybe_time(terms.validity.until)
            .bool(change.ended)
            .maybe_text(change.end_reason)
            .int8(change.version)
            .time(made_by.recorded_at)
            .time(change.updated_at);
    }
    copy.send(connection).await
}

async fn insert_coupons(
    connection: &mut PgConnection,
    coupons: &HashMap<&str, Change<'_, CouponTerms>>,
) -> Result<(), sqlx::Error> {
    let mut copy = CopyRows::into_table("coupons", COUPON_COLUMNS);
    for (code, change) in coupons {
        let (Some(made_by), Some(terms)) = (change.made_by, change.terms) else {
            continue;
        };
        copy.row()
            .text(code)
            .uuid(made_by.metadata.event_id)
            .text(&json(terms))
            .maybe_uuid(promotion_of(terms))
            .time(terms.validity.from)
            .maybe_time(terms.validity.until)
            .bool(change.ended)
            .maybe_text(change.end_reason)
            .int8(change.version)
            .time(made_by.recorded_at)
            .time(change.updated_at);
    }
    copy.send(connection).await
}

fn promotion_of(terms: &CouponTerms) -> Option<Uuid> {
    match &terms.grant {
        Grant::Promotion(promotion) => Some(promotion.as_uuid()),
        Grant::Offer(_) => None,
    }
}

/// The changing columns of promotions of earlier batches, all in one statement.
async fn update_promotions(
    connection: &mut PgConnection,
    promotions: &HashMap<Uuid, Change<'_, PromotionTerms>>,
) -> Result<(), sqlx::Error> {
    let changed: Vec<_> = promotions.iter().filter(|(_, change)| change.made_by.is_none()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let terms = || changed.iter().map(|(_, change)| change.terms);
    sqlx::query(
        "update promotions p set terms = coalesce(c.terms::json, p.terms), kind = coalesce(c.kind, p.kind), \
                priority = coalesce(c.priority, p.priority), activation = coalesce(c.activation, p.activation), \
                stacking = coalesce(c.stacking, p.stacking), valid_from = coalesce(c.valid_from, p.valid_from), \
                valid_until = case when c.terms is null then p.valid_until else c.valid_until end, \
                ended = p.ended or c.ended, end_reason = coalesce(c.end_reason, p.end_reason), \
                version = c.version, updated_at = c.updated_at \
         from unnest($1::uuid[], $2::text[], $3::text[], $4::integer[], $5::text[], $6::text[], \
                     $7::timestamptz[], $8::timestamptz[], $9::boolean[], $10::text[], $11::bigint[], \
                     $12::timestamptz[]) \
              as c (id, terms, kind, priority, activation, stacking, valid_from, valid_until, ended, end_reason, \
                    version, updated_at) \
         where p.id = c.id",
    )
    .bind(changed.iter().map(|(id, _)| **id).collect::<Vec<_>>())
    .bind(terms().map(|terms| terms.map(json)).collect::<Vec<_>>())
    .bind(terms().map(|terms| terms.map(|terms| terms.offer.reward.kind())).collect::<Vec<_>>())
    .bind(terms().map(|terms| terms.map(|terms| i32::from(terms.priority))).collect::<Vec<_>>())
    .bind(terms().map(|terms| terms.map(|terms| terms.activation.as_str())).collect::<Vec<_>>())
    .bind(terms().map(|terms| terms.map(|terms| terms.offer.stacking.as_str())).collect::<Vec<_>>())
    .bind(terms().map(|terms| terms.map(|terms| terms.validity.from)).collect::<Vec<_>>())
    .bind(terms().map(|terms| terms.and_then(|terms| terms.validity.until)).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, change)| change.ended).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, change)| change.end_reason).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, change)| change.version).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, change)| change.updated_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// The changing columns of coupons of earlier batches, all in one statement.
async fn update_coupons(
    connection: &mut PgConnection,
    coupons: &HashMap<&str, Change<'_, CouponTerms>>,
) -> Result<(), sqlx::Error> {
    let changed: Vec<_> = coupons.iter().filter(|(_, change)| change.made_by.is_none()).collect();
    if changed.is_empty() {
        return Ok(());
    }
    let terms = || changed.iter().map(|(_, change)| change.terms);
    sqlx::query(
        "update coupons p set terms = coalesce(c.terms::json, p.terms), \
                promotion = case when c.terms is null then p.promotion else c.promotion end, \
                valid_from = coalesce(c.valid_from, p.valid_from), \
                valid_until = case when c.terms is null then p.valid_until else c.valid_until end, \
                ended = p.ended or c.ended, end_reason = coalesce(c.end_reason, p.end_reason), \
                version = c.version, updated_at = c.updated_at \
         from unnest($1::text[], $2::text[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::boolean[], \
                     $7::text[], $8::bigint[], $9::timestamptz[]) \
              as c (code, terms, promotion, valid_from, valid_until, ended, end_reason, version, updated_at) \
         where p.code = c.code",
    )
    .bind(changed.iter().map(|(code, _)| **code).collect::<Vec<_>>())
    .bind(terms().map(|terms| terms.map(json)).collect::<Vec<_>>())
    .bind(terms().map(|terms| terms.and_then(promotion_of)).collect::<Vec<_>>())
    .bind(terms().map(|terms| terms.map(|terms| terms.validity.from)).collect::<Vec<_>>())
    .bind(terms().map(|terms| terms.and_then(|terms| terms.validity.until)).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, change)| change.ended).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, change)| change.end_reason).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, change)| change.version).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, change)| change.updated_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_discounts(connection: &mut PgConnection, folded: &Folded<'_>) -> Result<(), sqlx::Error> {
    if !folded.replaced.is_empty() {
        sqlx::query("delete from order_discounts where order_id = any($1)")
            .bind(&folded.replaced)
            .execute(&mut *connection)
            .await?;
    }
    let mut copy = CopyRows::into_table("order_discounts", DISCOUNT_COLUMNS);
    for (order, taken) in &folded.taken {
        for (number, discount) in (1_i32..).zip(taken.discounts) {
            write_discount(&mut copy, *order, number, discount, taken.cancelled);
        }
    }
    copy.send(connection).await?;
    if !folded.cancelled.is_empty() {
        sqlx::query("update order_discounts set cancelled = true where order_id = any($1) and not cancelled")
            .bind(&folded.cancelled)
            .execute(connection)
            .await?;
    }
    Ok(())
}

fn write_discount(
    copy: &mut CopyRows,
    order: Uuid,
    number: i32,
    discount: &AppliedDiscount,
    cancelled: bool,
) {
    let currency = discount.amount.currency();
    let lines: Vec<(u16, i64)> =
        discount.lines.iter().map(|share| (share.line, share.amount.minor())).collect();
    copy.row()
        .uuid(order)
        .int4(number)
        .maybe_uuid(discount.promotion.map(|id| id.as_uuid()))
        .maybe_text(discount.coupon.as_ref().map(|code| code.as_str()))
        .text(currency.code())
        .int2(currency.exponent().into())
        .int8(discount.amount.minor())
        .text(&json(&lines))
        .bool(cancelled);
}

async fn write_usage(connection: &mut PgConnection, folded: &Folded<'_>) -> Result<(), sqlx::Error> {
    let of_promotions: Vec<_> = folded.of_promotions.iter().filter(|(_, tally)| **tally != (0, 0)).collect();
    if !of_promotions.is_empty() {
        sqlx::query(
            "insert into promotion_usage as u (promotion, currency, orders, granted) \
             select * from unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[]) \
             on conflict (promotion, currency) do update \
             set orders = u.orders + excluded.orders, granted = u.granted + excluded.granted",
        )
        .bind(of_promotions.iter().map(|((id, _), _)| *id).collect::<Vec<_>>())
        .bind(of_promotions.iter().map(|((_, currency), _)| *currency).collect::<Vec<_>>())
        .bind(of_promotions.iter().map(|(_, tally)| tally.0).collect::<Vec<_>>())
        .bind(of_promotions.iter().map(|(_, tally)| tally.1).collect::<Vec<_>>())
        .execute(&mut *connection)
        .await?;
        sqlx::query("delete from promotion_usage where orders = 0").execute(&mut *connection).await?;
    }
    let of_coupons: Vec<_> = folded.of_coupons.iter().filter(|(_, tally)| **tally != (0, 0)).collect();
    if !of_coupons.is_empty() {
        sqlx::query(
            "insert into coupon_usage as u (code, currency, orders, granted) \
             select * from unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[]) \
             on conflict (code, currency) do update \
             set orders = u.orders + excluded.orders, granted = u.granted + excluded.granted",
        )
        .bind(of_coupons.iter().map(|((code, _), _)| code.as_str()).collect::<Vec<_>>())
        .bind(of_coupons.iter().map(|((_, currency), _)| *currency).collect::<Vec<_>>())
        .bind(of_coupons.iter().map(|(_, tally)| tally.0).collect::<Vec<_>>())
        .bind(of_coupons.iter().map(|(_, tally)| tally.1).collect::<Vec<_>>())
        .execute(&mut *connection)
        .await?;
        sqlx::query("delete from coupon_usage where orders = 0").execute(connection).await?;
    }
    Ok(())
}
