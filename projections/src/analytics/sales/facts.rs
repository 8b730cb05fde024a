//! What an order or a return contributes to the figures, and how it is remembered.

use std::collections::HashMap;

use chrono::NaiveDate;
use domain::{
    decider::Decider,
    money::{Currency, Money},
    orders::{Order, OrderEvent, OrderLine, ReturnEvent, Totals},
};
use event_store::{RecordedEvent, beginnings, copy::CopyRows, newest_before, subscription::ProjectionError};
use sqlx::{PgConnection, Row, postgres::PgRow};
use uuid::Uuid;

use crate::{
    columns::{Columns, UnknownWord, undecodable},
    fold::stream_id,
};

const RETURN_COLUMNS: &[&str] = &[
    "return_id",
    "country",
    "currency",
    "total",
    "products",
    "skus",
    "quantities",
    "totals",
];

/// One line of an order or a credit; amounts in minor units.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineFact {
    pub(super) product: Uuid,
    pub(super) quantity: i64,
    pub(super) total: i64,
    pub(super) discount: i64,
}

/// An order; amounts in minor units.
#[derive(Debug)]
pub(super) struct OrderFact {
    pub(super) day: NaiveDate,
    pub(super) country: String,
    pub(super) currency: Currency,
    pub(super) subtotal: i64,
    pub(super) discount: i64,
    pub(super) delivery: i64,
    pub(super) tax: i64,
    pub(super) rounding: i64,
    pub(super) total: i64,
    pub(super) lines: Vec<LineFact>,
}

/// A return; amounts in minor units.
#[derive(Debug)]
pub(super) struct ReturnFact {
    pub(super) country: String,
    pub(super) currency: Currency,
    pub(super) total: i64,
    pub(super) lines: Vec<LineFact>,
    pub(super) skus: Vec<String>,
}

impl OrderFact {
    /// `None` for an event that places no order.
    pub(super) fn of(event: &OrderEvent, recorded: &RecordedEvent) -> Option<Self> {
        let OrderEvent::OrderPlaced { country, lines, totals, .. } = event else {
            return None;
        };
        let country = country.as_ref().map_or_else(String::new, |country| country.as_str().to_owned());
        Some(Self::agreed((recorded.effective_at().date_naive(), country), lines, totals))
    }

    /// The same order after an edit: it stays in its day and country.
    pub(super) fn edited(self, lines: &[OrderLine], totals: &Totals) -> Self {
        Self::agreed((self.day, self.country), lines, totals)
    }

    fn agreed((day, country): (NaiveDate, String), lines: &[OrderLine], totals: &Totals) -> Self {
        let lines = lines.iter().map(|line| LineFact {
            product: line.product.as_uuid(),
            quantity: line.quantity.get().into(),
            total: line.total.minor(),
            discount: line.discount.map_or(0, Money::minor),
        });
        Self {
            day,
            country,
            currency: totals.total.currency(),
            subtotal: totals.subtotal.minor(),
            discount: totals.discount.minor(),
            delivery: totals.delivery.minor(),
            tax: totals.tax.minor(),
            rounding: totals.rounding.minor(),
            total: totals.total.minor(),
            lines: lines.collect(),
        }
    }
}

impl ReturnFact {
    /// `None` for an event that requests no return.
    pub(super) fn of(event: &ReturnEvent, orders_country: Option<&str>) -> Option<Self> {
        let ReturnEvent::ReturnRequested { country, lines, total, .. } = event else {
            return None;
        };
        let country = country.as_ref().map(|country| country.as_str()).or(orders_country);
        Some(Self {
            country: country.unwrap_or_default().to_owned(),
            currency: total.currency(),
            total: total.minor(),
            skus: lines.iter().map(|line| line.sku.as_str().to_owned()).collect(),
            lines: lines
                .iter()
                .map(|line| LineFact {
                    product: line.product.as_uuid(),
                    quantity: line.quantity.get().into(),
                    // Product figures know no taxes on top.
                    total: line.net().minor(),
                    discount: 0,
                })
                .collect(),
        })
    }

    fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            country: row.try_get("country")?,
            currency: row.currency("currency")?,
            total: row.try_get("total")?,
            lines: read_lines(row)?,
            skus: row.try_get("skus")?,
        })
    }
}

fn read_lines(row: &PgRow) -> Result<Vec<LineFact>, sqlx::Error> {
    let products: Vec<Uuid> = row.try_get("products")?;
    let quantities: Vec<i64> = row.try_get("quantities")?;
    let totals: Vec<i64> = row.try_get("totals")?;
    if products.len() != quantities.len() || products.len() != totals.len() {
        return Err(undecodable("products", UnknownWord("arrays of different lengths".to_owned())));
    }
    let lines = products.into_iter().zip(quantities).zip(totals);
    Ok(lines
        .map(|((product, quantity), total)| LineFact { product, quantity, total, discount: 0 })
        .collect())
}

/// Orders that were placed before position `first` as they were agreed on by then, from the log: only those that are
/// cancelled or edited, or are returned without a country, are ever asked for.
pub(super) async fn load_orders(
    connection: &mut PgConnection,
    ids: &[String],
    first: i64,
) -> Result<HashMap<Uuid, OrderFact>, ProjectionError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut facts = HashMap::with_capacity(ids.len());
    let edits = newest_before(&mut *connection, Order::KIND, ids, "OrderEdited", first).await?;
    for (id, placed) in beginnings(connection, Order::KIND, ids).await? {
        let Some(mut fact) = OrderFact::of(placed.typed()?, &placed) else {
            continue;
        };
        if let Some(edit) = edits.get(&id)
            && let OrderEvent::OrderEdited { lines, totals, .. } = edit.typed()?
        {
            fact = fact.edited(lines, totals);
        }
        facts.insert(stream_id(&placed)?, fact);
    }
    Ok(facts)
}

pub(super) async fn load_returns(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, ReturnFact>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!("select {} from return_facts where return_id = any($1)", RETURN_COLUMNS.join(", "));
    let rows = sqlx::query(&sql).bind(ids).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get("return_id")?, ReturnFact::read(row)?))).collect()
}

pub(super) async fn insert_returns(
    connection: &mut PgConnection,
    facts: &HashMap<Uuid, ReturnFact>,
) -> Result<(), sqlx::Error> {
    let mut copy = CopyRows::into_table("return_facts", RETURN_COLUMNS);
    for (id, fact) in facts {
        let skus: Vec<&str> = fact.skus.iter().map(String::as_str).collect();
        copy.row()
            .uuid(*id)
            .text(&fact.country)
            .text(fact.currency.code())
            .int8(fact.total)
            .uuids(&products(&fact.lines))
            .texts(&skus)
            .int8s(&column(&fact.lines, |line| line.quantity))
            .int8s(&column(&fact.lines, |line| line.total));
    }
    copy.send(connection).await
}

fn products(lines: &[LineFact]) -> Vec<Option<Uuid>> {
    lines.iter().map(|line| Some(line.product)).collect()
}

fn column(lines: &[LineFact], of: fn(&LineFact) -> i64) -> Vec<i64> {
    lines.iter().map(of).collect()
}
