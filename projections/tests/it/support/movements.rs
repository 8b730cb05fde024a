//! Stock in lots that arrives, moves between warehouses, is sold and is written off, after whatever else has happened; and
//! what an independent fold says of the lots.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::{
    catalog::{
        AttributeValues, Prices, Product, ProductCommand, ProductDetails, ProductKind, RegisterProduct,
    },
    decider::Decider,
    ids::{OrderId, ProductId, WarehouseId},
    inventory::{
        Lot, Stock, StockCommand, StockState, Warehouse, WarehouseCommand, WarehouseState, WasteCause,
    },
    money::{Currency, UnitPrice},
    text::{Code, LocalizedText, LotCode, Reason, Sku},
};

use super::{chance::Chance, history::Written};

struct Depot {
    chance: Chance,
    now: DateTime<Utc>,
    stocks: BTreeMap<ProductId, (StockState, i64)>,
    warehouses: Vec<WarehouseId>,
    orders: Vec<(ProductId, OrderId)>,
    events: Vec<Written>,
}

/// `events`, and at least so many more about two products of their own in three warehouses of their own.
pub(crate) fn appended(seed: u64, events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let now = events.last().map_or_else(|| "2011-01-01T00:00:00Z".parse().unwrap(), |last| last.recorded_at);
    let mut depot = Depot {
        chance: Chance::new(seed.wrapping_mul(67)),
        now,
        stocks: BTreeMap::new(),
        warehouses: Vec::new(),
        orders: Vec::new(),
        events,
    };
    for n in 0..2 {
        depot.register(n);
    }
    for n in 0..3 {
        depot.open(n);
    }
    while depot.events.len() < wanted {
        depot.step();
    }
    depot.events
}

impl Depot {
    fn write<D: Decider>(&mut self, events: &[D::Event], id: &str, first: i64) {
        for (event, sequence) in events.iter().zip(first..) {
            self.events.push(Written::by_souk::<D>(event, (id, sequence), &mut self.chance, self.now));
        }
    }

    fn register(&mut self, n: u64) {
        let id = ProductId::from_uuid(self.chance.uuid());
        let base = UnitPrice::from_micros(1_250_000, Currency::GBP);
        let command = ProductCommand::Register(RegisterProduct {
            sku: Sku::parse(&format!("DAIRY-{n}")).unwrap(),
            kind: ProductKind::Goods,
            details: ProductDetails {
                title: LocalizedText::single("en", "Milk").unwrap(),
                description: None,
                categories: Vec::new(),
                tags: Vec::new(),
                barcode: None,
                images: Vec::new(),
                attributes: AttributeValues::new(),
            },
            prices: Prices { base, discounted: None, wholesale: None },
            min_order_quantity: self.chance.quantity(1),
            external_id: None,
            company: None,
            presentation: Default::default(),
        });
        let events = Product::decide(&Default::default(), command).unwrap();
        self.write::<Product>(&events, &id.stream(), 1);
        self.stocks.insert(id, (StockState::default(), 0));
    }

    fn open(&mut self, n: u64) {
        let id = WarehouseId::from_uuid(self.chance.uuid());
        let command = WarehouseCommand::Open {
            code: Code::parse(&format!("COLD{n}")).unwrap(),
            name: LocalizedText::single("en", "Cold store").unwrap(),
            country: None,
            zones: Vec::new(),
        };
        let events = Warehouse::decide(&WarehouseState::default(), command).unwrap();
        self.write::<Warehouse>(&events, &id.stream(), 1);
        self.warehouses.push(id);
    }

    fn lot(&mut self) -> Option<Lot> {
        let code = self.chance.maybe(|chance| LotCode::parse(chance.pick(&["L1", "o'L", "شحنة"])).unwrap());
        let days = i64::try_from(self.chance.below(40)).unwrap() - 5;
        let today = self.now.date_naive();
        let day: Option<NaiveDate> = self.chance.maybe(|_| today + TimeDelta::days(days));
        Lot::of(code, day)
    }

    fn step(&mut self) {
        self.now += TimeDelta::minutes(i64::try_from(self.chance.below(400)).unwrap() + 1);
        let products: Vec<ProductId> = self.stocks.keys().copied().collect();
        let product = self.chance.pick(&products);
        let warehouses = self.warehouses.clone();
        let (warehouse, to) = (self.chance.pick(&warehouses), self.chance.pick(&warehouses));
        let now = self.now;
        let reason = Reason::parse("a count").unwrap();
        let known: Vec<Lot> = self.stocks[&product].0.lots(warehouse).map(|(lot, _)| lot.clone()).collect();
        let of_those = (!known.is_empty() && self.chance.one_in(2)).then(|| self.chance.pick(&known));
        let quantity = self.chance.quantity(9);
        let command = match self.chance.below(9) {
            0..=2 => {
                let lot = self.lot();
                StockCommand::Receive { warehouse, quantity, reference: None, lot }
            }
            3 => {
                let delta = i64::try_from(self.chance.below(11)).unwrap() - 5;
                StockCommand::Adjust { warehouse, delta, reason, lot: of_those }
            }
            4 | 5 => {
                let reason = self.chance.maybe(|_| reason);
                StockCommand::Transfer { from: warehouse, to, quantity, lot: of_those, reason, now }
            }
            6 => {
                let cause = self.chance.pick(&[WasteCause::Expired, WasteCause::Damaged, WasteCause::Lost]);
                let note = self.chance.maybe(|_| reason);
                StockCommand::Waste { warehouse, quantity, cause, lot: of_those, note }
            }
            7 => {
                let order = OrderId::from_uuid(self.chance.uuid());
                self.orders.push((product, order));
                StockCommand::Reserve { order, quantity, preferred: vec![warehouse], hold: None, now }
            }
            _ => {
                let Some((product, order)) = self.orders.pop() else {
                    return;
                };
                let allocations = self.stocks[&product].0.reserved_for(order).to_vec();
                return self.decide(product, StockCommand::Deduct { order, allocations, now });
            }
        };
        self.decide(product, command);
    }

    fn decide(&mut self, product: ProductId, command: StockCommand) {
        let (state, version) = self.stocks.get_mut(&product).unwrap();
        let Ok(events) = Stock::decide(state, command) else {
            return;
        };
        events.iter().for_each(|event| Stock::evolve(state, event));
        let first = *version + 1;
        *version += i64::try_from(events.len()).unwrap();
        self.write::<Stock>(&events, &product.stream(), first);
    }
}

/// By product, warehouse, code and last day: units, told from the stored texts alone.
pub(crate) type ExpectedLots = BTreeMap<(String, String, Option<String>, Option<String>), i64>;

/// What the table of lots must hold.
pub(crate) fn expected_lots(events: &[Written]) -> ExpectedLots {
    let mut lots = ExpectedLots::new();
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let mut add = |product: &str, place: &serde_json::Value, lot: &serde_json::Value, units: i64| {
        let key = (product.to_owned(), text(place).unwrap(), text(&lot["code"]), text(&lot["expires_on"]));
        *lots.entry(key).or_default() += units;
    };
    for event in events.iter().filter(|event| event.kind == Stock::KIND) {
        let body: serde_json::Value = serde_json::from_str(&event.payload).unwrap();
        let body = &body[event.name];
        if !body["lot"].is_null() {
            add(&event.id, &body["warehouse"], &body["lot"], body["quantity"].as_i64().unwrap());
        }
        let sign = match event.name {
            "StockAdjusted" => body["delta"].as_i64().unwrap().signum(),
            _ => -1,
        };
        for part in body["lots"].as_array().into_iter().flatten() {
            let units = part["quantity"].as_i64().unwrap();
            add(&event.id, &part["warehouse"], &part["lot"], sign * units);
            if event.name == "StockTransferred" {
                add(&event.id, &body["to"], &part["lot"], units);
            }
        }
    }
    lots.retain(|_, units| *units != 0);
    lots
}
