//! The same sums, from the log.

use std::collections::{HashMap, HashSet};

use domain::{
    ids::ProductId,
    inventory::StockEvent,
    money::Money,
    orders::{OrderEvent, ReturnEvent},
    text::Country,
};
use event_store::{EventFilter, Log, LogError, RecordedEvent};
use uuid::Uuid;

use super::{
    Phase, Progress,
    figures::{Figures, NO_COUNTRY},
    plan::Kind,
    row::CURRENCY,
};

const EVENTS_PER_READ: usize = 5_000;

/// Sums all events of the commands in `keys`.
pub(super) async fn figures(
    log: &Log,
    keys: &HashSet<Uuid>,
    codes: &HashMap<ProductId, String>,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Figures, LogError> {
    let mut sums = Sums {
        figures: Figures::default(),
        adjusting: HashSet::new(),
        codes,
    };
    let mut filter = EventFilter {
        event_types: ["OrderPlaced", "ReturnRequested", "CreditIssued", "StockAdjusted"]
            .map(str::to_owned)
            .to_vec(),
        ..EventFilter::default()
    };
    let mut done = 0;
    loop {
        let events = log.reader().read(&filter, EVENTS_PER_READ).await?;
        for event in events.iter().filter(|event| keys.contains(&event.metadata.command_id)) {
            sums.add(event)?;
        }
        let Some(last) = events.last() else { break };
        filter.after = last.position;
        done += u64::try_from(events.len()).unwrap_or(0);
        progress(Progress { phase: Phase::Checking, done, total: None });
    }
    Ok(sums.figures)
}

struct Sums<'a> {
    figures: Figures,
    /// Commands that corrected stock: an invoice may do so in several rows.
    adjusting: HashSet<Uuid>,
    codes: &'a HashMap<ProductId, String>,
}

impl Sums<'_> {
    fn add(&mut self, event: &RecordedEvent) -> Result<(), LogError> {
        match event.event_type.as_str() {
            "OrderPlaced" => self.order(event.typed()?),
            "ReturnRequested" | "CreditIssued" => self.credit(event.typed()?),
            "StockAdjusted" => self.adjustment(event, event.typed()?),
            _ => {}
        }
        Ok(())
    }

    fn order(&mut self, event: &OrderEvent) {
        let OrderEvent::OrderPlaced { country, lines, .. } = event else {
            return;
        };
        self.figures.add_document(Kind::Order);
        for line in lines {
            let units = i64::from(line.quantity.get());
            self.figures.add_line(Kind::Order, name(country.as_ref()), line.sku.as_str(), units, line.total);
            self.figures.free_order_lines += u64::from(line.unit_price.micros() == 0);
        }
    }

    fn credit(&mut self, event: &ReturnEvent) {
        match event {
            ReturnEvent::ReturnRequested { country, lines, .. } => {
                for line in lines {
                    let (units, country) = (i64::from(line.quantity.get()), name(country.as_ref()));
                    self.figures.add_line(Kind::Credit, country, line.sku.as_str(), units, line.total);
                }
            }
            ReturnEvent::CreditIssued { .. } => self.figures.add_document(Kind::Credit),
            ReturnEvent::ReturnApproved
            | ReturnEvent::ReturnReceived { .. }
            | ReturnEvent::ReturnRejected { .. } => {}
        }
    }

    fn adjustment(&mut self, event: &RecordedEvent, adjusted: &StockEvent) {
        let StockEvent::StockAdjusted { delta, .. } = adjusted else {
            return;
        };
        if self.adjusting.insert(event.metadata.command_id) {
            self.figures.add_document(Kind::Adjustment);
        }
        let product = Uuid::try_parse(&event.aggregate_id).ok().map(ProductId::from_uuid);
        let code = product.and_then(|product| self.codes.get(&product)).map_or("", String::as_str);
        self.figures.add_line(Kind::Adjustment, NO_COUNTRY, code, *delta, Money::zero(CURRENCY));
    }
}

fn name(country: Option<&Country>) -> &str {
    country.map_or(NO_COUNTRY, Country::as_str)
}
