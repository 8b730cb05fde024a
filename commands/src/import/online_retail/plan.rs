//! What each invoice will become, and what becomes nothing.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, OrderId},
    money::UnitPrice,
    orders::MAX_LINES,
    quantity::Quantity,
    text::{Country, ExternalId, Sku},
};
use event_store::Idempotency;

use super::{
    keys::{self, Hash},
    read::Sheet,
    row::Row,
};

/// Rows that became nothing, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unplaced {
    /// The invoice's number, as far as it could be read.
    pub invoice: String,
    /// The rows' numbers in the file, from 1, the header not counted.
    pub rows: Vec<u64>,
    /// Why.
    pub reason: String,
}

/// What an invoice becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Order,
    Credit,
    Adjustment,
}

/// One row on its way into the log.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub(super) ordinal: u64,
    pub(super) sku: Sku,
    /// The units of an order or a credit; those of an adjustment without their sign.
    pub(super) quantity: Quantity,
    /// The sign of an adjustment; true for what comes in.
    pub(super) adds: bool,
    pub(super) price: UnitPrice,
    pub(super) description: Option<Arc<str>>,
    /// For a credit: the order and its line that the units were sold with.
    pub(super) sold_in: Option<(OrderId, u16)>,
}

impl Line {
    /// Units with the sign of an adjustment.
    pub(super) fn delta(&self) -> i64 {
        let units = i64::from(self.quantity.get());
        if self.adds { units } else { -units }
    }
}

/// One invoice on its way into the log.
#[derive(Debug, Clone)]
pub(super) struct Planned {
    pub(super) number: ExternalId,
    pub(super) kind: Kind,
    pub(super) at: DateTime<Utc>,
    pub(super) customer: Option<AccountId>,
    pub(super) country: Option<Country>,
    pub(super) lines: Vec<Line>,
    pub(super) idempotency: Idempotency,
}

impl Planned {
    pub(super) fn unplaced(&self, reason: impl Into<String>) -> Unplaced {
        Unplaced {
            invoice: self.number.to_string(),
            rows: self.lines.iter().map(|line| line.ordinal).collect(),
            reason: reason.into(),
        }
    }
}

/// What will be booked, in this order.
pub(super) struct Plan {
    pub(super) digest: Vec<u8>,
    pub(super) rows: u64,
    pub(super) rows_without_customer: u64,
    /// In order of time, then of first appearance.
    pub(super) invoices: Vec<Planned>,
    pub(super) products: Vec<PlannedProduct>,
    pub(super) unplaced: Vec<Unplaced>,
}

/// A product as the file knows it.
#[derive(Debug, Clone)]
pub(super) struct PlannedProduct {
    pub(super) sku: Sku,
    pub(super) title: String,
    pub(super) price: UnitPrice,
    pub(super) is_service: bool,
}

/// Codes of charges and bookkeeping, in any case: never counted.
const SERVICES: &[&str] = &[
    "ADJUST",
    "ADJUST2",
    "AMAZONFEE",
    "B",
    "BANK CHARGES",
    "C2",
    "C3",
    "CRUK",
    "D",
    "DOT",
    "M",
    "POST",
    "S",
];

pub(super) fn is_service(code: &str) -> bool {
    SERVICES.iter().any(|service| service.eq_ignore_ascii_case(code))
}

pub(super) fn plan(sheet: Sheet) -> Plan {
    let mut unplaced = sheet.unplaced;
    let mut catalogue = Catalogue::default();
    let mut invoices = Vec::with_capacity(sheet.invoices.len());
    for rows in sheet.invoices {
        invoices.extend(planned(rows, &mut catalogue, &mut unplaced));
    }
    // Rows come in by time already, but nothing promises it.
    invoices.sort_by_key(|invoice| (invoice.at, invoice.lines.first().map(|line| line.ordinal)));
    unplaced.sort_by_key(|rows| rows.rows.first().copied());
    Plan {
        digest: sheet.digest,
        rows: sheet.rows,
        rows_without_customer: sheet.rows_without_customer,
        invoices,
        products: catalogue.products(),
        unplaced,
    }
}

fn planned(rows: Vec<Row>, catalogue: &mut Catalogue, unplaced: &mut Vec<Unplaced>) -> Option<Planned> {
    let first = rows.first()?.clone();
    let whole = |reason: &str| Unplaced {
        invoice: first.invoice.to_string(),
        rows: rows.iter().map(|row| row.ordinal).collect(),
        reason: reason.to_owned(),
    };
    let kind = match kind_of(&first.invoice, &rows) {
        Ok(kind) => kind,
        Err(reason) => {
            unplaced.push(whole(reason));
            return None;
        }
    };
    let Ok(number) = ExternalId::parse(&first.invoice) else {
        unplaced.push(whole("the invoice number is too long"));
        return None;
    };
    if rows.len() > MAX_LINES {
        unplaced.push(whole("the invoice has too many lines"));
        return None;
    }
    let idempotency = key_of(kind, &rows);
    let at = rows.iter().map(|row| row.at).min().unwrap_or(first.at);
    let mut lines = Vec::with_capacity(rows.len());
    for row in rows {
        match line_of(kind, &first, &row) {
            Ok(line) => {
                catalogue.see(kind, &line);
                lines.push(line);
            }
            Err(reason) => unplaced.push(Unplaced {
                invoice: row.invoice.to_string(),
                rows: vec![row.ordinal],
                reason: reason.to_owned(),
            }),
        }
    }
    (!lines.is_empty()).then(|| Planned {
        number,
        kind,
        at,
        customer: first.customer.as_deref().map(keys::customer),
        country: first.country.as_deref().and_then(|country| Country::parse(country).ok()),
        lines,
        idempotency,
    })
}

fn kind_of(number: &str, rows: &[Row]) -> Result<Kind, &'static str> {
    let (letter, digits) = number.split_at_checked(1).unwrap_or(("", number));
    if letter.eq_ignore_ascii_case("a") && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err("an invoice A… is bookkeeping, neither a sale nor a return");
    }
    if letter.eq_ignore_ascii_case("c") {
        return Ok(Kind::Credit);
    }
    if rows.iter().all(|row| row.price.micros() == 0) {
        return Ok(Kind::Adjustment);
    }
    Ok(Kind::Order)
}

fn line_of(kind: Kind, first: &Row, row: &Row) -> Result<Line, &'static str> {
    if row.customer != first.customer {
        return Err("the row has another customer than the invoice's first row");
    }
    if row.country != first.country {
        return Err("the row has another country than the invoice's first row");
    }
    if row.price.is_negative() {
        return Err("a price below zero is neither a sale nor a return");
    }
    let fits = match kind {
        Kind::Order if row.quantity < 0 => Err("a sale has a quantity below zero"),
        Kind::Credit if row.quantity > 0 => Err("a credit has a quantity above zero"),
        Kind::Adjustment if is_service(&row.code) => Err("a service has no stock to correct"),
        Kind::Order | Kind::Credit | Kind::Adjustment => Ok(()),
    };
    fits?;
    let units = u32::try_from(row.quantity.unsigned_abs()).map_err(|_| "the quantity is too large")?;
    Ok(Line {
        ordinal: row.ordinal,
        sku: Sku::parse(&row.code).map_err(|_| "the stock code is too long")?,
        quantity: Quantity::new(units).ok_or("the quantity is zero")?,
        adds: row.quantity > 0,
        price: row.price,
        description: row.description.clone(),
        sold_in: None,
    })
}

/// The key names the invoice and where its rows stand; the fingerprint holds all that they say.
fn key_of(kind: Kind, rows: &[Row]) -> Idempotency {
    let name = match kind {
        Kind::Order => "order",
        Kind::Credit => "credit",
        Kind::Adjustment => "adjustment",
    };
    let number = rows.first().map_or("", |row| &row.invoice);
    let mut key = Hash::of("unit").text(name).text(number);
    let mut content = Hash::of("content").text(name).text(number);
    for row in rows {
        let ordinal = i64::try_from(row.ordinal).unwrap_or(i64::MAX);
        key = key.number(ordinal);
        content = content
            .number(ordinal)
            .text(&row.code)
            .text(row.description.as_deref().unwrap_or_default())
            .number(row.quantity)
            .number(row.price.micros())
            .number(row.at.timestamp())
            .text(row.customer.as_deref().unwrap_or_default())
            .text(row.country.as_deref().unwrap_or_default());
    }
    Idempotency { key: key.uuid(), fingerprint: content.finish() }
}

/// Votes of the rows on what a product is called and costs.
#[derive(Default)]
struct Catalogue {
    seen: HashMap<Sku, usize>,
    votes: Vec<Votes>,
}

struct Votes {
    sku: Sku,
    titles: HashMap<Arc<str>, Vote>,
    prices: HashMap<i64, Vote>,
}

/// How often, and where first, so that ties always end the same way. Sales count before anything else: their
/// descriptions are titles, while those of corrections are remarks.
#[derive(Default, Clone, Copy)]
struct Vote {
    sales: u64,
    others: u64,
    first: u64,
}

impl Catalogue {
    fn see(&mut self, kind: Kind, line: &Line) {
        let place = *self.seen.entry(line.sku.clone()).or_insert_with(|| {
            self.votes.push(Votes {
                sku: line.sku.clone(),
                titles: HashMap::new(),
                prices: HashMap::new(),
            });
            self.votes.len() - 1
        });
        let Some(votes) = self.votes.get_mut(place) else {
            return;
        };
        let cast = |vote: &mut Vote| {
            if vote.sales + vote.others == 0 {
                vote.first = line.ordinal;
            }
            match kind {
                Kind::Order => vote.sales += 1,
                Kind::Credit | Kind::Adjustment => vote.others += 1,
            }
        };
        if let Some(title) = &line.description {
            cast(votes.titles.entry(Arc::clone(title)).or_default());
        }
        if line.price.micros() > 0 {
            cast(votes.prices.entry(line.price.micros()).or_default());
        }
    }

    fn products(self) -> Vec<PlannedProduct> {
        self.votes
            .into_iter()
            .map(|votes| PlannedProduct {
                title: winner(&votes.titles).map_or_else(|| votes.sku.to_string(), |title| title.to_string()),
                price: UnitPrice::from_micros(
                    winner(&votes.prices).copied().unwrap_or(0),
                    super::row::CURRENCY,
                ),
                is_service: is_service(votes.sku.as_str()),
                sku: votes.sku,
            })
            .collect()
    }
}

fn winner<T>(votes: &HashMap<T, Vote>) -> Option<&T> {
    votes
        .iter()
        .max_by_key(|(_, vote)| (vote.sales, vote.others, std::cmp::Reverse(vote.first)))
        .map(|(choice, _)| choice)
}
