//! `why-stock`: what is on hand and what is available, as a ledger: what came and went by cause, then who has taken
//! what is not available.

use std::{collections::BTreeMap, io::Write};

use domain::{
    decider::Decider,
    ids::{HoldId, OrderId, WarehouseId},
    inventory::{Movement, Stock, StockEvent, StockState, Warehouse},
};
use event_store::{EventFilter, LogPosition};
use serde::Serialize;

use crate::{
    cli,
    failure::{Code, failure},
    moment,
    output::{self, Table},
    source::Source,
    stock,
};

const PAGE: usize = 1_000;

/// The document; in base units.
#[derive(Serialize)]
struct Document {
    product: String,
    /// Up to where the log was looked at.
    as_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    warehouse: Option<String>,
    /// These add up to what is on hand.
    causes: Vec<Entry>,
    on_hand: i64,
    /// What is on hand and these add up to what is available.
    taken: Vec<Entry>,
    available: i64,
}

/// One line of the ledger.
#[derive(Debug, Clone, Serialize)]
struct Entry {
    /// `received`, `returned`, `transferred`, `adjusted`, `wasted`, `shipped`; `reserved`, `held`.
    what: &'static str,
    /// The reason of an adjustment; why units were written off; the order or hold that has taken units.
    #[serde(skip_serializing_if = "Option::is_none")]
    of: Option<String>,
    events: u64,
    /// Signed: what has been taken is negative.
    units: i64,
    /// The sum up to this line.
    balance: i64,
    first_position: i64,
    last_position: i64,
}

/// In the order in which the ledger tells them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Cause {
    Received,
    Returned,
    /// Between warehouses: adds up to nothing where all are looked at.
    Transferred,
    Adjusted(String),
    Wasted(&'static str),
    Shipped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Taker {
    Order(OrderId),
    Hold(HoldId),
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    events: u64,
    units: i64,
    first: i64,
    last: i64,
}

impl Sum {
    fn add(&mut self, units: i64, position: i64) {
        if self.events == 0 {
            self.first = position;
        }
        self.events += 1;
        self.units = self.units.saturating_add(units);
        self.last = position;
    }
}

#[derive(Default)]
struct Ledger {
    causes: BTreeMap<Cause, Sum>,
    taken: BTreeMap<Taker, Sum>,
}

impl Ledger {
    fn add(&mut self, event: &StockEvent, movement: &Movement, position: i64) {
        let (cause, taker) = match event {
            StockEvent::StockReceived { .. } => (Some(Cause::Received), None),
            StockEvent::StockReturned { .. } => (Some(Cause::Returned), None),
            StockEvent::StockTransferred { .. } => (Some(Cause::Transferred), None),
            StockEvent::StockWasted { cause, .. } => (Some(Cause::Wasted(cause.as_str())), None),
            StockEvent::StockAdjusted { reason, .. } => (Some(Cause::Adjusted(reason.to_string())), None),
            StockEvent::StockDeducted { order, .. } => (Some(Cause::Shipped), Some(Taker::Order(*order))),
            StockEvent::StockReserved { order, .. } | StockEvent::StockReleased { order, .. } => {
                (None, Some(Taker::Order(*order)))
            }
            StockEvent::StockHeld { hold, .. } | StockEvent::HoldReleased { hold, .. } => {
                (None, Some(Taker::Hold(*hold)))
            }
            StockEvent::StockThresholdSet { .. }
            | StockEvent::ReorderRuleSet { .. }
            | StockEvent::ReorderPointReached { .. }
            | StockEvent::StockFellLow { .. }
            | StockEvent::StockRanOut { .. }
            | StockEvent::StockRecovered { .. } => (None, None),
        };
        if let Some(cause) = cause {
            self.causes.entry(cause).or_default().add(movement.on_hand, position);
        }
        if let Some(taker) = taker {
            let sum = self.taken.entry(taker).or_default();
            sum.add(-(movement.reserved + movement.held), position);
            // Whoever has given everything back takes no line of the ledger.
            if sum.units == 0 {
                self.taken.remove(&taker);
            }
        }
    }

    fn lines(self) -> (Vec<Entry>, Vec<Entry>) {
        let mut balance = 0_i64;
        let mut entry = |what, of, sum: Sum| {
            balance = balance.saturating_add(sum.units);
            Entry {
                what,
                of,
                events: sum.events,
                units: sum.units,
                balance,
                first_position: sum.first,
                last_position: sum.last,
            }
        };
        let mut causes = Vec::new();
        for (cause, sum) in self.causes {
            let (what, of) = match cause {
                Cause::Received => ("received", None),
                Cause::Returned => ("returned", None),
                Cause::Transferred => ("transferred", None),
                Cause::Adjusted(reason) => ("adjusted", Some(reason)),
                Cause::Wasted(cause) => ("wasted", Some(cause.to_owned())),
                Cause::Shipped => ("shipped", None),
            };
            causes.push(entry(what, of, sum));
        }
        let mut taken = Vec::new();
        for (taker, sum) in self.taken {
            let (what, of) = match taker {
                Taker::Order(order) => ("reserved", order.to_string()),
                Taker::Hold(hold) => ("held", hold.to_string()),
            };
            taken.push(entry(what, Some(of), sum));
        }
        (causes, taken)
    }
}

pub(crate) async fn run(source: &Source, wanted: cli::Stock, is_json: bool) -> anyhow::Result<()> {
    let last = moment::resolve(wanted.as_of, source).await?;
    let product = stock::find(source, &wanted.product).await?;
    let mut ledger = Ledger::default();
    let mut state = StockState::default();
    let mut chosen = Chosen {
        source,
        code: wanted.warehouse.clone(),
        known: BTreeMap::new(),
    };
    let mut filter = EventFilter {
        up_to: Some(last),
        aggregate_type: Some(Stock::KIND.to_owned()),
        aggregate_id: Some(product.stream()),
        ..EventFilter::default()
    };
    loop {
        let page = source.read(&filter, PAGE).await?;
        for event in &page {
            let stock: &StockEvent = event.typed()?;
            Stock::evolve(&mut state, stock);
            let mut movements = Vec::new();
            stock.each_movement(|movement| movements.push(movement));
            for movement in movements {
                if chosen.has(movement.warehouse).await? {
                    ledger.add(stock, &movement, event.position);
                }
            }
        }
        match page.last() {
            Some(last) if page.len() == PAGE => filter.after = last.position,
            _ => break,
        }
    }
    let (causes, taken) = ledger.lines();
    let on_hand = causes.last().map_or(0, |entry| entry.balance);
    let document = Document {
        product: product.to_string(),
        as_of: LogPosition { position: last, ..source.head() }.to_string(),
        warehouse: wanted.warehouse,
        available: taken.last().map_or(on_hand, |entry| entry.balance),
        causes,
        on_hand,
        taken,
    };
    prove(&document, &state, &chosen.known)?;
    if is_json {
        output::document(&document)
    } else {
        tell(&document)
    }
}

/// Which warehouses are looked at.
struct Chosen<'a> {
    source: &'a Source,
    code: Option<String>,
    known: BTreeMap<WarehouseId, bool>,
}

impl Chosen<'_> {
    async fn has(&mut self, warehouse: WarehouseId) -> anyhow::Result<bool> {
        if let Some(has) = self.known.get(&warehouse) {
            return Ok(*has);
        }
        let has = match &self.code {
            None => true,
            Some(code) => {
                let state = self.source.load::<Warehouse>(&warehouse.stream(), i64::MAX).await?;
                state.premises().is_some_and(|premises| premises.code.to_string() == *code)
            }
        };
        self.known.insert(warehouse, has);
        Ok(has)
    }
}

/// The ledger adds up to what the decisions go by.
fn prove(
    document: &Document,
    state: &StockState,
    warehouses: &BTreeMap<WarehouseId, bool>,
) -> anyhow::Result<()> {
    let (mut on_hand, mut available) = (0_i128, 0_i128);
    for (warehouse, _) in warehouses.iter().filter(|(_, is_chosen)| **is_chosen) {
        let level = state.level(*warehouse);
        on_hand += i128::from(level.on_hand);
        available += i128::from(level.on_hand) - i128::from(level.reserved) - i128::from(level.held);
    }
    if (i128::from(document.on_hand), i128::from(document.available)) == (on_hand, available) {
        return Ok(());
    }
    let message = format!(
        "the ledger says {} on hand and {} available, the state {on_hand} and {available}",
        document.on_hand, document.available
    );
    Err(failure(Code::Damaged, message))
}

fn tell(document: &Document) -> anyhow::Result<()> {
    let mut table = Table::new(["what", "of", "events", "units", "balance", "positions"]);
    document.causes.iter().for_each(|entry| table.row(entry.cells()));
    table.row(total("= on hand", document.on_hand));
    document.taken.iter().for_each(|entry| table.row(entry.cells()));
    table.row(total("= available", document.available));
    let mut out = output::stdout();
    let place = document.warehouse.as_ref().map(|code| format!(" in {code}")).unwrap_or_default();
    writeln!(out, "{}{place} at {}", document.product, document.as_of)?;
    table.write(&mut out)?;
    Ok(out.flush()?)
}

fn total(what: &str, units: i64) -> [String; 6] {
    let none = String::new;
    [what.to_owned(), none(), none(), none(), units.to_string(), none()]
}

impl Entry {
    fn cells(&self) -> [String; 6] {
        let positions = if self.first_position == self.last_position {
            self.first_position.to_string()
        } else {
            format!("{} to {}", self.first_position, self.last_position)
        };
        [
            self.what.to_owned(),
            self.of.clone().unwrap_or_default(),
            self.events.to_string(),
            format!("{:+}", self.units),
            self.balance.to_string(),
            positions,
        ]
    }
}
