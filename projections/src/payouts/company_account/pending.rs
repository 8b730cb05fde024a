//! What has been ordered or asked back, and does not count yet.

use std::collections::HashMap;

use domain::{
    ids::CompanyId,
    money::{Currency, Money},
    orders::{CreditLine, OrderLine, Part},
    payouts::Earnings,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::{PgConnection, Row};
use uuid::Uuid;

use crate::columns::Columns;

/// Vendors' lines and fees of one order that have not arrived whole. Amounts are in minor units of the currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PendingOrder {
    currency: Currency,
    lines: Vec<PendingLine>,
    fees: Vec<PendingFee>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PendingLine {
    number: u16,
    company: CompanyId,
    sales: i64,
    commission: i64,
    /// The parts that hold units of it and have not arrived.
    waits_for: Vec<u16>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PendingFee {
    part: u16,
    company: CompanyId,
    fee: i64,
}

/// Something that counts from now on: kind, number, whose, amounts.
pub(super) type Earned = (&'static str, u16, CompanyId, Earnings);

impl PendingOrder {
    /// `None` where no vendor has a part in it.
    pub(super) fn of(currency: Currency, lines: &[OrderLine], parts: &[Part]) -> Option<Self> {
        let lines: Vec<PendingLine> = lines
            .iter()
            .filter_map(|line| {
                let holds = |part: &&Part| line.is_in(part);
                Some(PendingLine {
                    number: line.number,
                    company: line.company?,
                    sales: line.revenue().minor(),
                    commission: line.commission.map_or(0, |commission| commission.amount.minor()),
                    waits_for: parts.iter().filter(holds).map(|part| part.number).collect(),
                })
            })
            .collect();
        let fees = parts.iter().filter_map(|part| {
            Some(PendingFee {
                part: part.number,
                company: part.company?,
                fee: part.delivery_fee?.minor(),
            })
        });
        let fees: Vec<PendingFee> = fees.collect();
        (!lines.is_empty()).then_some(Self { currency, lines, fees })
    }

    pub(super) const fn is_done(&self) -> bool {
        self.lines.is_empty() && self.fees.is_empty()
    }

    pub(super) fn vendor_of(&self, line: u16) -> Option<CompanyId> {
        self.lines.iter().find(|known| known.number == line).map(|known| known.company)
    }

    /// A part has arrived: what counts with it is taken out.
    pub(super) fn arrive(&mut self, part: u16) -> Vec<Earned> {
        let money = |minor| Money::from_minor(minor, self.currency);
        let none = Earnings::zero(self.currency);
        let mut earned = Vec::new();
        self.lines.retain_mut(|line| {
            line.waits_for.retain(|waited| *waited != part);
            if !line.waits_for.is_empty() {
                return true;
            }
            let (sales, commission) = (money(line.sales), money(line.commission));
            earned.push(("line", line.number, line.company, Earnings { sales, commission, ..none }));
            false
        });
        self.fees.retain(|fee| {
            if fee.part == part {
                let delivery_fees = money(fee.fee);
                earned.push(("delivery", part, fee.company, Earnings { delivery_fees, ..none }));
            }
            fee.part != part
        });
        earned
    }
}

/// What one return will charge, line by line; those whose order is unknown are no vendor's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PendingRefund {
    pub(super) lines: Vec<RefundLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RefundLine {
    pub(super) number: u16,
    pub(super) order: Uuid,
    pub(super) line: u16,
    pub(super) refund: Money,
    pub(super) commission: Money,
}

impl PendingRefund {
    pub(super) fn of(lines: &[CreditLine]) -> Option<Self> {
        let lines: Vec<RefundLine> = lines
            .iter()
            .filter_map(|line| {
                let sold = line.sold_in?;
                Some(RefundLine {
                    number: line.number,
                    order: sold.order.as_uuid(),
                    line: sold.line,
                    refund: line.total,
                    commission: line.commission.unwrap_or(Money::zero(line.total.currency())),
                })
            })
            .collect();
        (!lines.is_empty()).then_some(Self { lines })
    }
}

/// What is stored under these ids in `table` (`pending_orders` by `order_id`, `pending_refunds` by `return_id`).
pub(super) async fn load<T: DeserializeOwned>(
    connection: &mut PgConnection,
    table: &str,
    key: &str,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, T>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!("select {key} as id, content::text as content from {table} where {key} = any($1)");
    let rows = sqlx::query(&sql).bind(ids).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, row.json("content")?))).collect()
}

/// Whose these lines are, of those that count already.
pub(super) async fn vendors_of(
    connection: &mut PgConnection,
    lines: &[(Uuid, u16)],
) -> Result<HashMap<(Uuid, u16), CompanyId>, sqlx::Error> {
    if lines.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query(
        "select i.source, i.number, i.company from unnest($1::uuid[], $2::integer[]) w (source, number) \
         join items i on i.source = w.source and i.number = w.number and i.kind = 'line'",
    )
    .bind(lines.iter().map(|(order, _)| *order).collect::<Vec<_>>())
    .bind(lines.iter().map(|(_, line)| i32::from(*line)).collect::<Vec<_>>())
    .fetch_all(connection)
    .await?;
    let mut vendors = HashMap::with_capacity(rows.len());
    for row in &rows {
        let number: i32 = row.try_get("number")?;
        let key = (row.try_get("source")?, u16::try_from(number).unwrap_or_default());
        vendors.insert(key, row.id("company", CompanyId::from_uuid)?);
    }
    Ok(vendors)
}
