//! `stock`: the story of one product's stock, with the balance of the warehouse after each step.

use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
};

use chrono::{DateTime, Utc};
use domain::{
    decider::Decider,
    ids::{ProductId, WarehouseId},
    inventory::{Movement, Stock, StockEvent, Warehouse},
};
use event_store::{EventFilter, LogPosition, RecordedEvent};
use serde::Serialize;
use uuid::Uuid;

use crate::{
    cli,
    describe::cause_of_stock,
    failure::{Code, failure},
    moment,
    output::{self, time, write_row},
    source::Source,
};

/// The scope of the claims on SKUs; the holder is the product's stream.
const SKU_SCOPE: &str = "sku";

const PAGE: usize = 1_000;

const HEADINGS: [&str; 9] = [
    "position",
    "happened",
    "warehouse",
    "event",
    "change",
    "on hand",
    "reserved",
    "held",
    "cause",
];
const WIDTHS: [usize; 9] = [10, 20, 12, 17, 8, 8, 8, 8, 60];

/// What is in one warehouse. Signed, so that a damaged log is shown as it is.
#[derive(Debug, Clone, Copy, Default)]
struct Balance {
    on_hand: i64,
    reserved: i64,
    held: i64,
}

impl Balance {
    fn add(&mut self, movement: &Movement) {
        self.on_hand = self.on_hand.saturating_add(movement.on_hand);
        self.reserved = self.reserved.saturating_add(movement.reserved);
        self.held = self.held.saturating_add(movement.held);
    }

    const fn available(self) -> i64 {
        self.on_hand - self.reserved - self.held
    }
}

/// The document. Numbers are base units; those of a movement say how each figure changed.
#[derive(Serialize)]
struct Document {
    product: String,
    /// Up to where the log was looked at.
    as_of: String,
    movements: Vec<Moved>,
    warehouses: Vec<Stored>,
    available: i64,
}

#[derive(Serialize)]
struct Moved {
    position: i64,
    recorded_at: DateTime<Utc>,
    /// When it happened.
    effective_at: DateTime<Utc>,
    warehouse: String,
    event_type: String,
    on_hand: i64,
    reserved: i64,
    held: i64,
    /// Of the warehouse, afterwards.
    balance: Figures,
    cause: String,
}

#[derive(Serialize)]
struct Stored {
    warehouse: String,
    id: String,
    #[serde(flatten)]
    balance: Figures,
}

#[derive(Serialize)]
struct Figures {
    on_hand: i64,
    reserved: i64,
    held: i64,
    available: i64,
}

impl From<Balance> for Figures {
    fn from(balance: Balance) -> Self {
        let Balance { on_hand, reserved, held } = balance;
        Self { on_hand, reserved, held, available: balance.available() }
    }
}

pub(crate) async fn run(source: &Source, wanted: cli::Stock, is_json: bool) -> anyhow::Result<()> {
    let last = moment::resolve(wanted.as_of, source).await?;
    let product = find(source, &wanted.product).await?;
    let mut story = Story {
        source,
        only: wanted.warehouse,
        codes: HashMap::new(),
        balances: BTreeMap::new(),
        document: is_json.then(|| Document {
            product: product.to_string(),
            as_of: LogPosition { position: last, ..source.head() }.to_string(),
            movements: Vec::new(),
            warehouses: Vec::new(),
            available: 0,
        }),
        out: output::stdout(),
    };
    if story.document.is_none() {
        writeln!(story.out, "{product}")?;
        write_row(&mut story.out, &HEADINGS.map(str::to_owned), &WIDTHS)?;
        write_row(&mut story.out, &WIDTHS.map(|width| "-".repeat(width)), &WIDTHS)?;
    }
    let mut filter = EventFilter {
        up_to: Some(last),
        aggregate_type: Some(Stock::KIND.to_owned()),
        aggregate_id: Some(product.stream()),
        ..EventFilter::default()
    };
    loop {
        let page = source.read(&filter, PAGE).await?;
        for event in &page {
            story.tell(event).await?;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => filter.after = last.position,
            _ => return story.end(),
        }
    }
}

/// By id, or by SKU.
pub(crate) async fn find(source: &Source, text: &str) -> anyhow::Result<ProductId> {
    if let Ok(product) = text.parse() {
        return Ok(product);
    }
    let holder = source.claim(SKU_SCOPE, text).await?;
    // A SKU goes first: it may look like a UUID.
    holder
        .as_deref()
        .or(Some(text))
        .and_then(|id| Uuid::try_parse(id).ok())
        .map(ProductId::from_uuid)
        .ok_or_else(|| {
            failure(Code::NotFound, format!("there is no product {text}: neither as a SKU nor as an id"))
        })
}

struct Story<'a, W> {
    source: &'a Source,
    only: Option<String>,
    codes: HashMap<WarehouseId, String>,
    balances: BTreeMap<WarehouseId, Balance>,
    /// What a machine gets instead of the table.
    document: Option<Document>,
    out: W,
}

impl<W: Write> Story<'_, W> {
    /// One line for each warehouse that the event moves units in; one line for an event that moves none.
    async fn tell(&mut self, event: &RecordedEvent) -> anyhow::Result<()> {
        let stock = event.typed::<StockEvent>()?;
        let mut movements = Vec::new();
        stock.each_movement(|movement| movements.push(movement));
        match stock {
            StockEvent::StockThresholdSet { warehouse, .. }
            | StockEvent::ReorderRuleSet { warehouse, .. }
            | StockEvent::ReorderPointReached { warehouse, .. }
            | StockEvent::StockFellLow { warehouse, .. }
            | StockEvent::StockRanOut { warehouse }
            | StockEvent::StockRecovered { warehouse, .. } => {
                movements.push(Movement { warehouse: *warehouse, on_hand: 0, reserved: 0, held: 0 })
            }
            StockEvent::StockReceived { .. }
            | StockEvent::StockAdjusted { .. }
            | StockEvent::StockReserved { .. }
            | StockEvent::StockReleased { .. }
            | StockEvent::StockDeducted { .. }
            | StockEvent::StockReturned { .. }
            | StockEvent::StockTransferred { .. }
            | StockEvent::StockWasted { .. }
            | StockEvent::StockHeld { .. }
            | StockEvent::HoldReleased { .. } => {}
        }
        for movement in movements {
            let balance = self.balances.entry(movement.warehouse).or_default();
            balance.add(&movement);
            let balance = *balance;
            let Balance { on_hand, reserved, held } = balance;
            let code = self.code(movement.warehouse).await?;
            if self.only.as_ref().is_some_and(|only| *only != code) {
                continue;
            }
            if let Some(document) = &mut self.document {
                document.movements.push(Moved {
                    position: event.position,
                    recorded_at: event.recorded_at,
                    effective_at: event.effective_at(),
                    warehouse: code,
                    event_type: event.event_type.clone(),
                    on_hand: movement.on_hand,
                    reserved: movement.reserved,
                    held: movement.held,
                    balance: balance.into(),
                    cause: cause_of_stock(stock),
                });
                continue;
            }
            let cells = [
                event.position.to_string(),
                time(event.effective_at()),
                code,
                event.event_type.clone(),
                change(&movement),
                on_hand.to_string(),
                reserved.to_string(),
                held.to_string(),
                cause_of_stock(stock),
            ];
            write_row(&mut self.out, &cells, &WIDTHS)?;
        }
        Ok(())
    }

    async fn code(&mut self, warehouse: WarehouseId) -> anyhow::Result<String> {
        if let Some(code) = self.codes.get(&warehouse) {
            return Ok(code.clone());
        }
        let loaded = self.source.load::<Warehouse>(&warehouse.stream(), i64::MAX).await?;
        let code = loaded.premises().map_or_else(|| warehouse.to_string(), |at| at.code.to_string());
        self.codes.insert(warehouse, code.clone());
        Ok(code)
    }

    fn end(mut self) -> anyhow::Result<()> {
        let mut available = 0_i64;
        if let Some(mut document) = self.document {
            for (warehouse, balance) in self.balances {
                let code = self.codes.get(&warehouse).cloned().unwrap_or_default();
                if self.only.as_ref().is_none_or(|only| *only == code) {
                    available = available.saturating_add(balance.available());
                    let id = warehouse.to_string();
                    document.warehouses.push(Stored { warehouse: code, id, balance: balance.into() });
                }
            }
            document.available = available;
            return output::document(&document);
        }
        writeln!(self.out)?;
        for (warehouse, balance) in &self.balances {
            let code = self.codes.get(warehouse).cloned().unwrap_or_default();
            if self.only.as_ref().is_some_and(|only| *only != code) {
                continue;
            }
            available = available.saturating_add(balance.available());
            let Balance { on_hand, reserved, held } = balance;
            writeln!(
                self.out,
                "{code}: {on_hand} on hand, {reserved} reserved, {held} held, {} available",
                balance.available()
            )?;
        }
        writeln!(self.out, "{available} available")?;
        Ok(self.out.flush()?)
    }
}

/// The figure that changed: units on hand where they moved, else those taken.
fn change(movement: &Movement) -> String {
    [movement.on_hand, movement.reserved, movement.held]
        .into_iter()
        .find(|units| *units != 0)
        .map(|units| format!("{units:+}"))
        .unwrap_or_default()
}
