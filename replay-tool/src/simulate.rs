//! `simulate-promotion`: what a draft would have done to past orders, by the code that `POST /promotions/simulate` goes by.

use std::{collections::HashMap, io::Write, path::Path};

use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    customers::CustomerGroupsEvent,
    ids::AccountId,
    money::Currency,
    pricing::{PromotionTerms, Simulated, Simulation},
    text::Code as Group,
};
use event_store::{EventFilter, ids};
use projections::{
    Sum,
    orders::order_list::{self, PastCursor},
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    cli,
    failure::{Code, failure},
    output::{self, Table},
    source::Source,
};

/// Orders of one look-up.
const PAGE: i64 = 2_000;
/// Events of one look-up.
const BATCH: usize = 5_000;

/// The document.
#[derive(Serialize)]
struct Document {
    /// Orders that were placed from then on.
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<DateTime<Utc>>,
    /// Orders that were placed before then.
    until: DateTime<Utc>,
    currencies: Vec<Sums>,
    /// Orders that would not have had it, by the code of the reason.
    passed: HashMap<&'static str, u64>,
}

/// Orders in one currency.
#[derive(Serialize)]
struct Sums {
    currency: &'static str,
    orders: u64,
    orders_touched: u64,
    net: Amount,
    cost: Amount,
    net_after: Amount,
    margin: Amount,
    margin_after: Amount,
    net_without_cost_price: Amount,
}

/// Exact, however large.
#[derive(Serialize)]
struct Amount {
    amount: String,
    currency: &'static str,
    exponent: u8,
}

pub(crate) async fn run(
    source: &Source,
    wanted: cli::SimulatePromotion,
    is_json: bool,
) -> anyhow::Result<()> {
    let Source::Database(reader) = source else {
        return Err(failure(
            Code::Usage,
            "orders are read from a database: an exported log has no read models",
        ));
    };
    let now = ids::now();
    let terms = draft(&wanted.file, now)?;
    let needs_groups = !terms.offer.scope.customer_groups.is_empty();
    let mut simulation = Simulation::new(terms, now)
        .map_err(|refusal| failure(Code::Usage, format!("the draft: {refusal}")))?;
    let groups = if needs_groups {
        groups(source).await?
    } else {
        HashMap::new()
    };
    // The last moment belongs to it; times have microseconds.
    let until = wanted.to.map_or(now, |to| to + TimeDelta::microseconds(1));
    let mut cursor = Some(PastCursor::new(wanted.from.unwrap_or(DateTime::UNIX_EPOCH)));
    let mut seen = 0_u64;
    let bar = output::progress("replaying orders", 0);
    while let Some(place) = cursor {
        let (orders, next) = order_list::past(reader.pool(), place, until, PAGE).await?;
        seen += u64::try_from(orders.len())?;
        for mut order in orders {
            order.groups = order.customer.and_then(|id| groups.get(&id)).cloned().unwrap_or_default();
            simulation.order(order)?;
        }
        bar.set_length(seen);
        bar.set_position(seen);
        cursor = next;
    }
    bar.finish_and_clear();
    let document = Document {
        from: wanted.from,
        until,
        currencies: simulation.sums().map(sums).collect(),
        passed: simulation.passed().iter().map(|(code, orders)| (*code, *orders)).collect(),
    };
    if is_json {
        output::document(&document)
    } else {
        tell(&document)
    }
}

/// The terms of a file; when it would run does not matter, and may be left out.
fn draft(file: &Path, now: DateTime<Utc>) -> anyhow::Result<PromotionTerms> {
    let text = if file == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(file)
    };
    let text = text.with_context(|| format!("{} cannot be read", file.display()))?;
    let mut value: Value = serde_json::from_str(&text)
        .map_err(|error| failure(Code::Usage, format!("{} is no JSON: {error}", file.display())))?;
    if let Some(terms) = value.as_object_mut() {
        terms.entry("validity").or_insert_with(|| json!({"from": now}));
    }
    serde_json::from_value(value)
        .map_err(|error| failure(Code::Usage, format!("{} is no promotion's terms: {error}", file.display())))
}

/// The groups that customers are in now.
async fn groups(source: &Source) -> anyhow::Result<HashMap<AccountId, Vec<Group>>> {
    let mut filter = EventFilter {
        event_types: vec!["CustomerGrouped".to_owned()],
        ..EventFilter::default()
    };
    let mut groups = HashMap::new();
    loop {
        let events = source.read(&filter, BATCH).await?;
        let Some(last) = events.last() else {
            return Ok(groups);
        };
        filter.after = last.position;
        for event in &events {
            let CustomerGroupsEvent::CustomerGrouped { groups: of } = event.typed()?;
            if let Ok(id) = event.aggregate_id.parse() {
                groups.insert(AccountId::from_uuid(id), of.iter().cloned().collect());
            }
        }
    }
}

fn sums((currency, sums): (Currency, Simulated)) -> Sums {
    let amount = |minor: i128| Amount {
        amount: Sum { minor, currency }.decimal(),
        currency: currency.code(),
        exponent: currency.exponent(),
    };
    Sums {
        currency: currency.code(),
        orders: sums.orders,
        orders_touched: sums.touched,
        net: amount(sums.net),
        cost: amount(sums.cost),
        net_after: amount(sums.net.saturating_sub(sums.cost)),
        margin: amount(sums.margin),
        margin_after: amount(sums.margin_after),
        net_without_cost_price: amount(sums.net_of_unknown_cost),
    }
}

fn tell(document: &Document) -> anyhow::Result<()> {
    let mut out = output::stdout();
    for sums in &document.currencies {
        let mut table = Table::new(["", sums.currency]);
        for (what, value) in [
            ("orders", sums.orders.to_string()),
            ("would have had it", sums.orders_touched.to_string()),
            ("paid for goods", sums.net.amount.clone()),
            ("cost", sums.cost.amount.clone()),
            ("would have been paid", sums.net_after.amount.clone()),
            ("margin", sums.margin.amount.clone()),
            ("margin with it", sums.margin_after.amount.clone()),
            ("paid for goods of unknown cost", sums.net_without_cost_price.amount.clone()),
        ] {
            table.row([what.to_owned(), value]);
        }
        table.write(&mut out)?;
        writeln!(out)?;
    }
    let mut passed: Vec<_> = document.passed.iter().collect();
    passed.sort();
    for (code, orders) in passed {
        writeln!(out, "{orders} orders would not have had it: {code}")?;
    }
    if document.currencies.is_empty() {
        writeln!(out, "there were no orders")?;
    }
    Ok(out.flush()?)
}
