//! `stock`: the story of one product's stock, with the balance of the warehouse after each step.

use std::{
    collections::{BTreeMap, HashMap},
    io::Write,
};

use domain::{
    decider::Decider,
    ids::{ProductId, WarehouseId},
    inventory::{Movement, Stock, StockEvent, Warehouse},
};
use event_store::{AsOf, EventFilter, LogReader, RecordedEvent};
use uuid::Uuid;

use crate::{
    cli,
    describe::cause_of_stock,
    moment,
    output::{self, time, write_row},
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

pub(crate) async fn run(reader: &LogReader, wanted: cli::Stock) -> anyhow::Result<()> {
    let last = reader.position_as_of(moment::resolve(wanted.as_of, reader)?).await?;
    let product = find(reader, &wanted.product).await?;
    let mut story = Story {
        reader,
        only: wanted.warehouse,
        codes: HashMap::new(),
        balances: BTreeMap::new(),
        out: output::stdout(),
    };
    writeln!(story.out, "{product}")?;
    write_row(&mut story.out, &HEADINGS.map(str::to_owned), &WIDTHS)?;
    write_row(&mut story.out, &WIDTHS.map(|width| "-".repeat(width)), &WIDTHS)?;
    let mut filter = EventFilter {
        up_to: Some(last),
        aggregate_type: Some(Stock::KIND.to_owned()),
        aggregate_id: Some(product.stream()),
        ..EventFilter::default()
    };
    loop {
        let page = reader.read(&filter, PAGE).await?;
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
async fn find(reader: &LogReader, text: &str) -> anyhow::Result<ProductId> {
    if let Ok(product) = text.parse() {
        return Ok(product);
    }
    let holder: Option<String> =
        sqlx::query_scalar("select holder from claims where scope = $1 and key = $2")
            .bind(SKU_SCOPE)
            .bind(text)
            .fetch_optional(reader.pool())
            .await?;
    // A SKU goes first: it may look like a UUID.
    holder
        .as_deref()
        .or(Some(text))
        .and_then(|id| Uuid::try_parse(id).ok())
        .map(ProductId::from_uuid)
        .ok_or_else(|| anyhow::anyhow!("there is no product {text}: neither as a SKU nor as an id"))
}

struct Story<'a, W> {
    reader: &'a LogReader,
    only: Option<String>,
    codes: HashMap<WarehouseId, String>,
    balances: BTreeMap<WarehouseId, Balance>,
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
            | StockEvent::StockHeld { .. }
            | StockEvent::HoldReleased { .. } => {}
        }
        for movement in movements {
            let balance = self.balances.entry(movement.warehouse).or_default();
            balance.add(&movement);
            let Balance { on_hand, reserved, held } = *balance;
            let code = self.code(movement.warehouse).await?;
            if self.only.as_ref().is_some_and(|only| *only != code) {
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
        let loaded = self.reader.load::<Warehouse>(&warehouse.stream(), AsOf::Now).await?;
        let code = loaded.state.premises().map_or_else(|| warehouse.to_string(), |at| at.code.to_string());
        self.codes.insert(warehouse, code.clone());
        Ok(code)
    }

    fn end(mut self) -> anyhow::Result<()> {
        writeln!(self.out)?;
        let mut available = 0_i64;
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
