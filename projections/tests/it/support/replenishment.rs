//! Suppliers and replenishment orders, after whatever else has happened; and what an independent fold says.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    decider::Decider,
    ids::{ProductId, ReorderId, SupplierId, WarehouseId},
    inventory::{
        Reorder, ReorderCommand, ReorderEvent, ReorderRule, ReorderState, Stock, StockCommand, StockState,
        Supplier, SupplierCommand, SupplierDetails, SupplierEvent, SupplierState, WantedStock,
    },
    text::{Code, LocalizedText, Reason},
};

use super::{chance::Chance, history::Written};

struct Office {
    chance: Chance,
    now: DateTime<Utc>,
    suppliers: BTreeMap<SupplierId, (SupplierState, i64)>,
    reorders: BTreeMap<ReorderId, (ReorderState, i64)>,
    codes: u64,
    events: Vec<Written>,
}

/// `events`, and at least so many more about suppliers and replenishment orders.
pub(crate) fn appended(seed: u64, events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let now = events.last().map_or_else(|| "2011-01-01T00:00:00Z".parse().unwrap(), |last| last.recorded_at);
    let mut office = Office {
        chance: Chance::new(seed.wrapping_mul(97)),
        now,
        suppliers: BTreeMap::new(),
        reorders: BTreeMap::new(),
        codes: 0,
        events,
    };
    office.rule();
    while office.events.len() < wanted {
        office.step();
    }
    office.events
}

impl Office {
    /// A stock asks for more; of a product that is in no other read model, and with no units.
    fn rule(&mut self) {
        let product = ProductId::from_uuid(self.chance.uuid());
        let warehouse = WarehouseId::from_uuid(self.chance.uuid());
        let rule = ReorderRule {
            reorder_at: 3,
            quantity: self.chance.quantity(9),
            supplier: None,
        };
        let command = StockCommand::SetReorderRule { warehouse, rule: Some(rule) };
        let events = Stock::decide(&StockState::default(), command).unwrap();
        let stream = product.stream();
        for (event, sequence) in events.iter().zip(1..) {
            let stream = (stream.as_str(), sequence);
            self.events.push(Written::by_souk::<Stock>(event, stream, &mut self.chance, self.now));
        }
    }

    fn step(&mut self) {
        self.now += TimeDelta::seconds(i64::try_from(self.chance.below(900)).unwrap() + 1);
        let suppliers: Vec<SupplierId> = self.suppliers.keys().copied().collect();
        let reorders: Vec<ReorderId> = self.reorders.keys().copied().collect();
        match self.chance.below(10) {
            0 => {
                let id = SupplierId::from_uuid(self.chance.uuid());
                let details = self.details();
                self.supplier(id, SupplierCommand::Add { details });
            }
            1 | 2 if !suppliers.is_empty() => {
                let id = self.chance.pick(&suppliers);
                let command = if self.chance.one_in(5) {
                    SupplierCommand::Retire { reason: None }
                } else {
                    SupplierCommand::Revise { details: self.details() }
                };
                self.supplier(id, command);
            }
            3..=5 => {
                let id = ReorderId::from_uuid(self.chance.uuid());
                let wanted = WantedStock {
                    product: ProductId::from_uuid(self.chance.uuid()),
                    warehouse: WarehouseId::from_uuid(uuid::Uuid::from_u64_pair(6, self.chance.below(3))),
                    quantity: self.chance.quantity(60),
                    supplier: suppliers.first().copied(),
                };
                let available = self.chance.below(9);
                self.reorder(id, ReorderCommand::Open { wanted, available });
            }
            _ if !reorders.is_empty() => {
                let id = self.chance.pick(&reorders);
                let command = match self.chance.below(4) {
                    0 | 1 => ReorderCommand::Approve,
                    2 => ReorderCommand::Receive { quantity: self.chance.maybe(|chance| chance.quantity(9)) },
                    _ => ReorderCommand::Cancel { reason: Reason::parse("o'Hara \"says\" no").ok() },
                };
                self.reorder(id, command);
            }
            _ => {}
        }
    }

    fn details(&mut self) -> SupplierDetails {
        self.codes += 1;
        SupplierDetails {
            code: Code::parse(&format!("S{}", self.codes)).unwrap(),
            name: LocalizedText::single("ar", "مورد").unwrap(),
            lead_time_days: u16::try_from(self.chance.below(30)).unwrap(),
        }
    }

    fn supplier(&mut self, id: SupplierId, command: SupplierCommand) {
        let (state, version) = self.suppliers.entry(id).or_default();
        let Ok(events) = Supplier::decide(state, command) else {
            return;
        };
        for event in &events {
            Supplier::evolve(state, event);
            *version += 1;
            let stream = (&*id.stream(), *version);
            self.events.push(Written::by_souk::<Supplier>(event, stream, &mut self.chance, self.now));
        }
    }

    fn reorder(&mut self, id: ReorderId, command: ReorderCommand) {
        let (state, version) = self.reorders.entry(id).or_default();
        let Ok(events) = Reorder::decide(state, command) else {
            return;
        };
        for event in &events {
            Reorder::evolve(state, event);
            *version += 1;
            let stream = (&*id.stream(), *version);
            self.events.push(Written::by_souk::<Reorder>(event, stream, &mut self.chance, self.now));
        }
    }
}

/// Suppliers by id: code, days, status, version; replenishment orders by id: quantity, received, status, version.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct ExpectedOffice {
    pub(crate) suppliers: BTreeMap<SupplierId, (String, i32, &'static str, i64)>,
    pub(crate) reorders: BTreeMap<ReorderId, (i64, Option<i64>, &'static str, i64)>,
}

impl ExpectedOffice {
    pub(crate) fn of(events: &[Written]) -> Self {
        let mut all = Self::default();
        for event in events {
            let version = event.sequence;
            if event.kind == Supplier::KIND {
                let id = SupplierId::from_uuid(event.id.parse().unwrap());
                match serde_json::from_str(&event.payload).unwrap() {
                    SupplierEvent::SupplierAdded { details } | SupplierEvent::SupplierRevised { details } => {
                        let row =
                            (details.code.to_string(), details.lead_time_days.into(), "active", version);
                        all.suppliers.insert(id, row);
                    }
                    SupplierEvent::SupplierRetired { .. } => {
                        let row = all.suppliers.get_mut(&id).unwrap();
                        (row.2, row.3) = ("retired", version);
                    }
                }
            }
            if event.kind == Reorder::KIND {
                let row = all.reorders.entry(ReorderId::from_uuid(event.id.parse().unwrap())).or_default();
                row.3 = version;
                match serde_json::from_str(&event.payload).unwrap() {
                    ReorderEvent::ReorderOpened { quantity, .. } => {
                        (row.0, row.2) = (quantity.get().into(), "open");
                    }
                    ReorderEvent::ReorderApproved => row.2 = "approved",
                    ReorderEvent::ReorderReceived { quantity } => {
                        (row.1, row.2) = (Some(quantity.get().into()), "received");
                    }
                    ReorderEvent::ReorderCancelled { .. } => row.2 = "cancelled",
                }
            }
        }
        all
    }
}
