//! The statements of one batch.

use domain::{inventory::Allocation, money::Money, orders::OrderEvent};
use event_store::{RecordedEvent, copy::CopyRows};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{
    edit::{self, Agreed},
    progress::Progress,
    project::Folded,
};
use crate::columns::Word;

const ORDER_COLUMNS: &[&str] = &[
    "id",
    "customer",
    "external_id",
    "country",
    "zone",
    "fulfilment",
    "payment_method",
    "payment_status",
    "delivery_status",
    "status",
    "currency",
    "exponent",
    "subtotal",
    "discount",
    "delivery",
    "tax",
    "rounding",
    "total",
    "credited",
    "line_count",
    "units",
    "invoice_number",
    "part_companies",
    "part_warehouses",
    "part_statuses",
    "cancel_reason",
    "version",
    "placed_at",
    "recorded_at",
    "updated_at",
];

const LINE_COLUMNS: &[&str] = &[
    "order_id",
    "number",
    "product",
    "sku",
    "quantity",
    "unit_price_micros",
    "total",
    "discount",
    "tax",
    "tax_basis_points",
    "tax_treatment",
    "tax_rate",
    "company",
    "warehouses",
    "quantities",
];

pub(super) async fn write(connection: &mut PgConnection, folded: &Folded<'_>) -> Result<(), sqlx::Error> {
    let mut orders = CopyRows::into_table("orders", ORDER_COLUMNS);
    let mut lines = CopyRows::into_table("order_lines", LINE_COLUMNS);
    for (id, (placed, event)) in &folded.placed {
        if let Some(progress) = folded.progress.get(id) {
            let agreed = folded.edited.get(id).copied().or_else(|| Agreed::of(placed));
            let Some(agreed) = agreed else { continue };
            write_order(&mut orders, *id, placed, event, (agreed, progress));
            write_lines(&mut lines, *id, agreed);
        }
    }
    for (id, agreed) in folded.edited.iter().filter(|(id, _)| !folded.placed.contains_key(id)) {
        edit::replace(connection, *id, *agreed).await?;
        write_lines(&mut lines, *id, *agreed);
    }
    orders.send(connection).await?;
    lines.send(connection).await?;
    update_orders(connection, folded).await?;
    write_returned(connection, folded).await?;
    write_pending(connection, folded).await
}

fn write_order(
    copy: &mut CopyRows,
    id: Uuid,
    placed: &OrderEvent,
    event: &RecordedEvent,
    (agreed, progress): (Agreed<'_>, &Progress),
) {
    let OrderEvent::OrderPlaced {
        customer,
        external_id,
        country,
        zone,
        // Sealed, and read where it stands: in the log.
        delivery_address: _,
        device: _,
        fulfilment,
        payment_method,
        // As they were agreed on last.
        lines: _,
        parts: _,
        totals: _,
        // In the read models of `pricing`.
        discounts: _,
    } = placed
    else {
        return;
    };
    let Agreed { lines, totals, .. } = agreed;
    let statuses: Vec<&str> = progress.part_statuses.iter().map(|status| status.as_str()).collect();
    let currency = totals.total.currency();
    copy.row()
        .uuid(id)
        .maybe_uuid(customer.map(|id| id.as_uuid()))
        .maybe_text(external_id.as_ref().map(|text| text.as_str()))
        .maybe_text(country.as_ref().map(|text| text.as_str()))
        .maybe_text(zone.as_ref().map(|text| text.as_str()))
        .text(fulfilment.word())
        .text(payment_method.word())
        .text(progress.payment_status().word())
        .text(progress.delivery_status().word())
        .text(progress.status().as_str())
        .text(currency.code())
        .int2(currency.exponent().into())
        .int8(totals.subtotal.minor())
        .int8(totals.discount.minor())
        .int8(totals.delivery.minor())
        .int8(totals.tax.minor())
        .int8(totals.rounding.minor())
        .int8(totals.total.minor())
        .int8(progress.credited)
        .int4(i32::try_from(lines.len()).unwrap_or(i32::MAX))
        .int8(agreed.units())
        .maybe_int8(progress.invoice_number)
        .uuids(&agreed.companies())
        .uuids(&agreed.warehouses())
        .texts(&statuses)
        .maybe_text(progress.cancel_reason.as_deref())
        .int8(progress.version)
        .time(event.effective_at())
        .time(event.recorded_at)
        .time(progress.updated_at);
}

fn write_lines(copy: &mut CopyRows, order: Uuid, agreed: Agreed<'_>) {
    for line in agreed.lines {
        let allocations = line.allocations.iter();
        let warehouses: Vec<Option<Uuid>> =
            allocations.clone().map(|allocation| Some(allocation.warehouse.as_uuid())).collect();
        let units = |allocation: &Allocation| i64::from(allocation.quantity.get());
        let quantities: Vec<i64> = allocations.map(units).collect();
        copy.row()
            .uuid(order)
            .int4(line.number.into())
            .uuid(line.product.as_uuid())
            .text(line.sku.as_str())
            .int8(line.quantity.get().into())
            .int8(line.unit_price.micros())
            .int8(line.total.minor())
            .int8(line.discount.map_or(0, Money::minor))
            .maybe_int8(line.tax.map(|tax| tax.amount.minor()))
            .maybe_int4(line.tax.map(|tax| tax.rate.get().into()))
            .maybe_text(line.tax.map(|tax| tax.treatment.word()))
            .maybe_uuid(line.tax.map(|tax| tax.tax_rate.as_uuid()))
            .maybe_uuid(line.company.map(|id| id.as_uuid()))
            .uuids(&warehouses)
            .int8s(&quantities);
    }
}

/// The changing columns of orders of earlier batches, all in one statement.
async fn update_orders(connection: &mut PgConnection, folded: &Folded<'_>) -> Result<(), sqlx::Error> {
    if folded.changed.is_empty() {
        return Ok(());
    }
    let changed: Vec<(Uuid, &Progress)> =
        folded.changed.iter().filter_map(|id| folded.progress.get(id).map(|row| (*id, row))).collect();
    let column =
        |of: fn(&Progress) -> &'static str| changed.iter().map(|(_, row)| of(row)).collect::<Vec<_>>();
    // An array of arrays would have to be rectangular; statuses are single words, so a list in one text does.
    let parts: Vec<String> = changed
        .iter()
        .map(|(_, row)| row.part_statuses.iter().map(|s| s.as_str()).collect::<Vec<_>>().join(","))
        .collect();
    sqlx::query(
        "update orders o set payment_status = c.payment_status, delivery_status = c.delivery_status, \
                status = c.status, part_statuses = string_to_array(c.part_statuses, ','), credited = c.credited, \
                invoice_number = c.invoice_number, cancel_reason = c.cancel_reason, version = c.version, \
                updated_at = c.updated_at \
         from unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[], \
                     $8::text[], $9::bigint[], $10::timestamptz[]) \
              as c (id, payment_status, delivery_status, status, part_statuses, credited, invoice_number, \
                    cancel_reason, version, updated_at) \
         where o.id = c.id",
    )
    .bind(changed.iter().map(|(id, _)| *id).collect::<Vec<_>>())
    .bind(column(|row| row.payment_status().word()))
    .bind(column(|row| row.delivery_status().word()))
    .bind(column(|row| row.status().as_str()))
    .bind(parts)
    .bind(changed.iter().map(|(_, row)| row.credited).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, row)| row.invoice_number).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, row)| row.cancel_reason.as_deref()).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, row)| row.version).collect::<Vec<_>>())
    .bind(changed.iter().map(|(_, row)| row.updated_at).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    Ok(())
}

async fn write_returned(connection: &mut PgConnection, folded: &Folded<'_>) -> Result<(), sqlx::Error> {
    if !folded.withdrawn.is_empty() {
        // The order's id leads the key: an order event withdraws a return of its own order.
        sqlx::query("delete from returned_lines where order_id = any($1) and return_id = any($2)")
            .bind(folded.changed.iter().copied().collect::<Vec<_>>())
            .bind(&folded.withdrawn)
            .execute(&mut *connection)
            .await?;
    }
    let mut copy = CopyRows::into_table("returned_lines", &["order_id", "return_id", "line", "quantity"]);
    for (return_id, lines) in &folded.returned {
        for (order, line, units) in merged(lines) {
            copy.row().uuid(order).uuid(*return_id).int4(line.into()).int8(units);
        }
    }
    copy.send(connection).await
}

/// A return may name a line twice; the table holds it once.
fn merged(lines: &[(Uuid, u16, u32)]) -> Vec<(Uuid, u16, i64)> {
    let mut merged: Vec<(Uuid, u16, i64)> = Vec::with_capacity(lines.len());
    for (order, line, units) in lines {
        match merged.iter_mut().find(|(o, l, _)| o == order && l == line) {
            Some((_, _, sum)) => *sum = sum.saturating_add(i64::from(*units)),
            None => merged.push((*order, *line, i64::from(*units))),
        }
    }
    merged
}

async fn write_pending(connection: &mut PgConnection, folded: &Folded<'_>) -> Result<(), sqlx::Error> {
    if !folded.settled.is_empty() {
        sqlx::query("delete from pending_credits where return_id = any($1)")
            .bind(&folded.settled)
            .execute(&mut *connection)
            .await?;
    }
    let mut copy = CopyRows::into_table("pending_credits", &["return_id", "order_id", "amount"]);
    for (return_id, credit) in &folded.pending {
        if folded.requested.contains(return_id) {
            copy.row().uuid(*return_id).uuid(credit.order).int8(credit.amount);
        }
    }
    copy.send(connection).await
}
