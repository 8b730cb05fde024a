//! The statements of one batch.

use chrono::NaiveDate;
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    facts::insert_returns,
    project::Folded,
    sheet::{DayDelta, DayKey, ProductDelta, Sheet},
};

pub(super) async fn write(connection: &mut PgConnection, folded: &Folded) -> Result<(), sqlx::Error> {
    let days: Vec<&(DayKey, DayDelta)> =
        folded.sheet.days.iter().filter(|(_, delta)| *delta != DayDelta::default()).collect();
    let products = changed_products(&folded.sheet);
    upsert_days(connection, &days).await?;
    upsert_products(connection, &folded.sheet, &products).await?;
    upsert_adjustments(connection, &folded.sheet).await?;
    insert_returns(connection, &folded.returns).await?;
    if folded.has_cancelled_earlier {
        drop_emptied(connection, &days, &products).await?;
    }
    if !folded.settled.is_empty() {
        sqlx::query("delete from return_facts where return_id = any($1)")
            .bind(&folded.settled)
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Sums are handed over as text: they may outgrow 64 bits.
fn wide<T>(rows: &[T], of: impl Fn(&T) -> i128) -> Vec<String> {
    rows.iter().map(|row| of(row).to_string()).collect()
}

fn narrow<T>(rows: &[T], of: impl Fn(&T) -> i64) -> Vec<i64> {
    rows.iter().map(of).collect()
}

async fn upsert_days(connection: &mut PgConnection, rows: &[&(DayKey, DayDelta)]) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into sales_days as d (day, country, currency, exponent, orders, order_lines, units_sold, subtotal, \
                discount, delivery, tax, total, credits, credit_lines, units_returned, credited, rounding) \
         select day, country, currency, exponent, orders, order_lines, units_sold, subtotal::numeric, \
                discount::numeric, delivery::numeric, tax::numeric, total::numeric, credits, credit_lines, \
                units_returned, credited::numeric, rounding::numeric \
         from unnest($1::date[], $2::text[], $3::text[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[], \
                     $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], \
                     $15::bigint[], $16::text[], $17::text[]) \
              as t (day, country, currency, exponent, orders, order_lines, units_sold, subtotal, discount, delivery, \
                    tax, total, credits, credit_lines, units_returned, credited, rounding) \
         on conflict (day, country, currency) do update set \
                orders = d.orders + excluded.orders, order_lines = d.order_lines + excluded.order_lines, \
                units_sold = d.units_sold + excluded.units_sold, subtotal = d.subtotal + excluded.subtotal, \
                discount = d.discount + excluded.discount, delivery = d.delivery + excluded.delivery, \
                tax = d.tax + excluded.tax, rounding = d.rounding + excluded.rounding, total = d.total + excluded.total, \
                credits = d.credits + excluded.credits, credit_lines = d.credit_lines + excluded.credit_lines, \
                units_returned = d.units_returned + excluded.units_returned, \
                credited = d.credited + excluded.credited",
    )
    .bind(rows.iter().map(|(key, _)| key.day).collect::<Vec<_>>())
    .bind(rows.iter().map(|(key, _)| key.country.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(key, _)| key.currency.code()).collect::<Vec<_>>())
    .bind(rows.iter().map(|(key, _)| i16::from(key.currency.exponent())).collect::<Vec<_>>())
    .bind(narrow(rows, |(_, delta)| delta.orders))
    .bind(narrow(rows, |(_, delta)| delta.order_lines))
    .bind(narrow(rows, |(_, delta)| delta.units_sold))
    .bind(wide(rows, |(_, delta)| delta.subtotal))
    .bind(wide(rows, |(_, delta)| delta.discount))
    .bind(wide(rows, |(_, delta)| delta.delivery))
    .bind(wide(rows, |(_, delta)| delta.tax))
    .bind(wide(rows, |(_, delta)| delta.total))
    .bind(narrow(rows, |(_, delta)| delta.credits))
    .bind(narrow(rows, |(_, delta)| delta.credit_lines))
    .bind(narrow(rows, |(_, delta)| delta.units_returned))
    .bind(wide(rows, |(_, delta)| delta.credited))
    .bind(wide(rows, |(_, delta)| delta.rounding))
    .execute(connection)
    .await?;
    Ok(())
}

/// One row of `product_days` to change.
struct ProductChange<'a> {
    key: &'a DayKey,
    product: Uuid,
    delta: &'a ProductDelta,
}

/// Sorted like the key, so that neighbours in the index are written together.
fn changed_products(sheet: &Sheet) -> Vec<ProductChange<'_>> {
    let mut rows: Vec<ProductChange<'_>> = sheet
        .products
        .iter()
        .filter(|(_, delta)| **delta != ProductDelta::default())
        .filter_map(|((place, product), delta)| {
            let (key, _) = sheet.days.get(*place)?;
            Some(ProductChange { key, product: *product, delta })
        })
        .collect();
    rows.sort_unstable_by_key(|row| (row.key.day, row.product));
    rows
}

async fn upsert_products(
    connection: &mut PgConnection,
    sheet: &Sheet,
    rows: &[ProductChange<'_>],
) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    // A product without a code here is only taken out: its row has one.
    let sku = |row: &ProductChange<'_>| sheet.skus.get(&row.product).map_or("", String::as_str).to_owned();
    sqlx::query(
        "insert into product_days as d (day, product, country, currency, exponent, sku, lines_sold, units_sold, \
                gross, discount, lines_returned, units_returned, credited) \
         select day, product, country, currency, exponent, sku, lines_sold, units_sold, gross::numeric, \
                discount::numeric, lines_returned, units_returned, credited::numeric \
         from unnest($1::date[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::bigint[], \
                     $8::bigint[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::text[]) \
              as t (day, product, country, currency, exponent, sku, lines_sold, units_sold, gross, discount, \
                    lines_returned, units_returned, credited) \
         on conflict (day, product, country, currency) do update set \
                lines_sold = d.lines_sold + excluded.lines_sold, units_sold = d.units_sold + excluded.units_sold, \
                gross = d.gross + excluded.gross, discount = d.discount + excluded.discount, \
                lines_returned = d.lines_returned + excluded.lines_returned, \
                units_returned = d.units_returned + excluded.units_returned, \
                credited = d.credited + excluded.credited",
    )
    .bind(rows.iter().map(|row| row.key.day).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.product).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.key.country.as_str()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| row.key.currency.code()).collect::<Vec<_>>())
    .bind(rows.iter().map(|row| i16::from(row.key.currency.exponent())).collect::<Vec<_>>())
    .bind(rows.iter().map(sku).collect::<Vec<_>>())
    .bind(narrow(rows, |row| row.delta.lines_sold))
    .bind(narrow(rows, |row| row.delta.units_sold))
    .bind(wide(rows, |row| row.delta.gross))
    .bind(wide(rows, |row| row.delta.discount))
    .bind(narrow(rows, |row| row.delta.lines_returned))
    .bind(narrow(rows, |row| row.delta.units_returned))
    .bind(wide(rows, |row| row.delta.credited))
    .execute(connection)
    .await?;
    Ok(())
}

async fn upsert_adjustments(connection: &mut PgConnection, sheet: &Sheet) -> Result<(), sqlx::Error> {
    if sheet.adjustments.is_empty() {
        return Ok(());
    }
    let (days, products): (Vec<NaiveDate>, Vec<Uuid>) = sheet.adjustments.keys().copied().unzip();
    let (counts, units): (Vec<i64>, Vec<i64>) = sheet.adjustments.values().copied().unzip();
    sqlx::query(
        "insert into adjustment_days as d (day, product, adjustments, units) \
         select * from unnest($1::date[], $2::uuid[], $3::bigint[], $4::bigint[]) \
         on conflict (day, product) do update set \
                adjustments = d.adjustments + excluded.adjustments, units = d.units + excluded.units",
    )
    .bind(days)
    .bind(products)
    .bind(counts)
    .bind(units)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes away the rows that a cancellation left without any order or credit, so that the tables are the same whether
/// an order was cancelled in the batch that placed it or in a later one.
async fn drop_emptied(
    connection: &mut PgConnection,
    days: &[&(DayKey, DayDelta)],
    products: &[ProductChange<'_>],
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "delete from sales_days d using unnest($1::date[], $2::text[], $3::text[]) as t (day, country, currency) \
         where d.day = t.day and d.country = t.country and d.currency = t.currency \
           and d.orders = 0 and d.credits = 0",
    )
    .bind(days.iter().map(|(key, _)| key.day).collect::<Vec<_>>())
    .bind(days.iter().map(|(key, _)| key.country.as_str()).collect::<Vec<_>>())
    .bind(days.iter().map(|(key, _)| key.currency.code()).collect::<Vec<_>>())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "delete from product_days d \
         using unnest($1::date[], $2::uuid[], $3::text[], $4::text[]) as t (day, product, country, currency) \
         where d.day = t.day and d.product = t.product and d.country = t.country and d.currency = t.currency \
           and d.lines_sold = 0 and d.lines_returned = 0",
    )
    .bind(products.iter().map(|row| row.key.day).collect::<Vec<_>>())
    .bind(products.iter().map(|row| row.product).collect::<Vec<_>>())
    .bind(products.iter().map(|row| row.key.country.as_str()).collect::<Vec<_>>())
    .bind(products.iter().map(|row| row.key.currency.code()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}
