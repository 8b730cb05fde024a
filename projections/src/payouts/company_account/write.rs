//! Writing what a batch folded.

use std::collections::HashMap;

use domain::payouts::Item;
use event_store::copy::CopyRows;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    ItemRow, PayoutRow,
    fold::{Folded, amounts},
};
use crate::fold::json;

const ITEM_COLUMNS: &[&str] = &[
    "kind",
    "source",
    "number",
    "company",
    "order_id",
    "currency",
    "exponent",
    "sales",
    "commission",
    "refunds",
    "refunded_commission",
    "delivery_fees",
    "position",
    "effective_at",
    "recorded_at",
    "payout",
];

const PAYOUT_COLUMNS: &[&str] = &[
    "id",
    "company",
    "status",
    "currency",
    "exponent",
    "item_count",
    "sales",
    "commission",
    "refunds",
    "refunded_commission",
    "delivery_fees",
    "total",
    "reference",
    "failure_reason",
    "version",
    "created_at",
    "paid_at",
    "updated_at",
];

pub(super) async fn write(connection: &mut PgConnection, folded: Folded) -> Result<(), sqlx::Error> {
    replace(connection, "pending_orders", "order_id", &folded.orders).await?;
    replace(connection, "pending_refunds", "return_id", &folded.refunds).await?;
    let mut items = CopyRows::into_table("items", ITEM_COLUMNS);
    folded.items.iter().for_each(|item| write_item(&mut items, item));
    items.send(&mut *connection).await?;
    let mut payouts = CopyRows::into_table("payouts", PAYOUT_COLUMNS);
    folded.payouts.values().for_each(|payout| write_payout(&mut payouts, payout));
    payouts.send(&mut *connection).await?;
    assign(connection, &folded).await?;
    add_up(connection, &folded).await
}

/// Writes pending rows anew; those that are settled only go.
async fn replace<T: serde::Serialize>(
    connection: &mut PgConnection,
    table: &str,
    key: &str,
    rows: &HashMap<Uuid, Option<T>>,
) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    let touched: Vec<Uuid> = rows.keys().copied().collect();
    sqlx::query(&format!("delete from {table} where {key} = any($1)"))
        .bind(touched)
        .execute(&mut *connection)
        .await?;
    let mut copy = CopyRows::into_table(table, &[key, "content"]);
    for (id, content) in rows {
        if let Some(content) = content {
            copy.row().uuid(*id).text(&json(content));
        }
    }
    copy.send(connection).await
}

/// Of an item: the order's or return's UUID, and the number.
fn key(item: &Item) -> (Uuid, u16) {
    match item {
        Item::Line(order, number) | Item::Delivery(order, number) => (order.as_uuid(), *number),
        Item::Refund(return_id, number) => (return_id.as_uuid(), *number),
    }
}

fn write_item(copy: &mut CopyRows, row: &ItemRow) {
    let (source, number) = key(&row.item);
    let currency = row.earnings.currency();
    let [sales, commission, refunds, refunded_commission, delivery_fees] = amounts(&row.earnings);
    copy.row()
        .text(row.item.kind())
        .uuid(source)
        .int4(number.into())
        .uuid(row.company.as_uuid())
        .uuid(row.order.as_uuid())
        .text(currency.code())
        .int2(currency.exponent().into())
        .int8(sales)
        .int8(commission)
        .int8(refunds)
        .int8(refunded_commission)
        .int8(delivery_fees)
        .int8(row.position)
        .time(row.effective_at)
        .time(row.recorded_at)
        .maybe_uuid(None);
}

fn write_payout(copy: &mut CopyRows, row: &PayoutRow) {
    let currency = row.total.currency();
    let [sales, commission, refunds, refunded_commission, delivery_fees] = amounts(&row.earnings);
    copy.row()
        .uuid(row.id.as_uuid())
        .uuid(row.company.as_uuid())
        .text(row.status.as_str())
        .text(currency.code())
        .int2(currency.exponent().into())
        .int4(i32::try_from(row.item_count).unwrap_or(i32::MAX))
        .int8(sales)
        .int8(commission)
        .int8(refunds)
        .int8(refunded_commission)
        .int8(delivery_fees)
        .int8(row.total.minor())
        .maybe_text(row.reference.as_deref())
        .maybe_text(row.failure_reason.as_deref())
        .int8(row.version)
        .time(row.created_at)
        .maybe_time(row.paid_at)
        .time(row.updated_at);
}

/// Which payout has which item after the batch. What a failed payout had is free first, because another one of the
/// same batch may have taken it.
async fn assign(connection: &mut PgConnection, folded: &Folded) -> Result<(), sqlx::Error> {
    let mut copy = CopyRows::into_table("payout_items", &["payout", "kind", "source", "number"]);
    for (payout, items) in &folded.created {
        for item in items {
            let (source, number) = key(item);
            copy.row().uuid(*payout).text(item.kind()).uuid(source).int4(number.into());
        }
    }
    copy.send(&mut *connection).await?;
    if !folded.failed.is_empty() {
        sqlx::query("update items set payout = null where payout = any($1)")
            .bind(folded.failed.iter().copied().collect::<Vec<_>>())
            .execute(&mut *connection)
            .await?;
    }
    let taken: Vec<(Uuid, &Item)> = folded
        .created
        .iter()
        .filter(|(payout, _)| !folded.failed.contains(*payout))
        .flat_map(|(payout, items)| items.iter().map(|item| (*payout, item)))
        .collect();
    if taken.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "update items i set payout = t.payout \
         from unnest($1::uuid[], $2::text[], $3::uuid[], $4::integer[]) as t (payout, kind, source, number) \
         where i.source = t.source and i.number = t.number and i.kind = t.kind",
    )
    .bind(taken.iter().map(|(payout, _)| *payout).collect::<Vec<_>>())
    .bind(taken.iter().map(|(_, item)| item.kind()).collect::<Vec<_>>())
    .bind(taken.iter().map(|(_, item)| key(item).0).collect::<Vec<_>>())
    .bind(taken.iter().map(|(_, item)| i32::from(key(item).1)).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds the batch to the accounts, all in one statement.
async fn add_up(connection: &mut PgConnection, folded: &Folded) -> Result<(), sqlx::Error> {
    let accounts = &folded.accounts;
    if accounts.is_empty() {
        return Ok(());
    }
    let mut figures: [Vec<String>; 7] = Default::default();
    for delta in accounts.values() {
        let [sales, commission, refunds, refunded_commission, delivery_fees] = delta.earnings;
        let all = [
            sales,
            commission,
            refunds,
            refunded_commission,
            delivery_fees,
            delta.in_payout,
            delta.paid,
        ];
        for (column, figure) in figures.iter_mut().zip(all) {
            column.push(figure.to_string());
        }
    }
    let mut query = sqlx::query(
        "insert into accounts as a (company, currency, exponent, lines, sales, commission, refunds, \
                refunded_commission, delivery_fees, in_payout, paid) \
         select company, currency, exponent, lines, sales::numeric, commission::numeric, refunds::numeric, \
                refunded_commission::numeric, delivery_fees::numeric, in_payout::numeric, paid::numeric \
         from unnest($1::uuid[], $2::text[], $3::smallint[], $4::bigint[], $5::text[], $6::text[], $7::text[], \
                     $8::text[], $9::text[], $10::text[], $11::text[]) \
              as d (company, currency, exponent, lines, sales, commission, refunds, refunded_commission, \
                    delivery_fees, in_payout, paid) \
         on conflict (company, currency) do update set lines = a.lines + excluded.lines, \
                sales = a.sales + excluded.sales, commission = a.commission + excluded.commission, \
                refunds = a.refunds + excluded.refunds, \
                refunded_commission = a.refunded_commission + excluded.refunded_commission, \
                delivery_fees = a.delivery_fees + excluded.delivery_fees, \
                in_payout = a.in_payout + excluded.in_payout, paid = a.paid + excluded.paid",
    )
    .bind(accounts.keys().map(|(company, _)| company.as_uuid()).collect::<Vec<_>>())
    .bind(accounts.keys().map(|(_, currency)| currency.code()).collect::<Vec<_>>())
    .bind(accounts.keys().map(|(_, currency)| i16::from(currency.exponent())).collect::<Vec<_>>())
    .bind(accounts.values().map(|delta| delta.lines).collect::<Vec<_>>());
    for column in figures {
        query = query.bind(column);
    }
    query.execute(connection).await?;
    Ok(())
}
