//! Random histories that the domain itself allows: every event is what a decider answered to some command.

mod accounts;
mod vendors;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    catalog::{
        AttributeValues, Image, Presentation, Prices, Product, ProductCommand, ProductDetails, ProductKind,
        ProductState, RegisterProduct, ReviseProduct,
    },
    decider::{Decider, Event},
    identity::AccountState,
    ids::{AccountId, CategoryId, CompanyId, HoldId, OrderId, ProductId, ReturnId, WarehouseId},
    inventory::{
        Allocation, ReleaseCause, Stock, StockCommand, StockEvent, StockState, Warehouse, WarehouseCommand,
        WarehouseState,
    },
    money::{Currency, Money, UnitPrice},
    orders::{
        Counter, CounterCommand, CounterState, CreditLine, Fulfilment, Order, OrderCommand, OrderState,
        OrderStatus, PaymentMethod, PlaceLine, PlaceOrder, RequestReturn, Return, ReturnCommand, ReturnState,
        ReturnedLine,
    },
    quantity::Quantity,
    text::{Barcode, Code, Country, ExternalId, LocalizedText, Reason, Sku, Tag, Zone},
};
use event_store::{Actor, Metadata};
use uuid::Uuid;

use super::chance::Chance;
pub(crate) use super::written::Written;

/// Everything that the deciders know.
#[derive(Debug, Clone, Default)]
struct World {
    products: BTreeMap<ProductId, ProductState>,
    warehouses: BTreeMap<WarehouseId, WarehouseState>,
    stocks: BTreeMap<ProductId, StockState>,
    orders: BTreeMap<OrderId, OrderState>,
    returns: BTreeMap<ReturnId, ReturnState>,
    holds: BTreeMap<HoldId, ProductId>,
    accounts: BTreeMap<AccountId, AccountState>,
    invoices: CounterState,
    credits: CounterState,
    versions: BTreeMap<(&'static str, String), i64>,
    skus: u64,
    vendors: vendors::Vendors,
}

/// A history in the making.
pub(crate) struct History {
    chance: Chance,
    world: World,
    now: DateTime<Utc>,
    /// Events of the unit at hand.
    unit: Vec<(&'static str, String, &'static str, u16, String)>,
    pub(crate) events: Vec<Written>,
}

const COUNTRIES: &[&str] = &["United Kingdom", "EIRE", "France", "Iraq"];
const ZONES: &[&str] = &["erbil", "duhok", "north"];
const CURRENCIES: &[Currency] = &[Currency::GBP, Currency::GBP, Currency::IQD];

fn text<T, E: std::fmt::Debug>(parse: impl Fn(&str) -> Result<T, E>, value: &str) -> T {
    parse(value).unwrap()
}

impl History {
    /// At least `events` events.
    pub(crate) fn random(seed: u64, events: usize) -> Vec<Written> {
        let mut history = Self {
            chance: Chance::new(seed),
            world: World::default(),
            now: "2010-12-20T08:00:00Z".parse().unwrap(),
            unit: Vec::new(),
            events: Vec::new(),
        };
        while history.events.len() < events {
            history.step();
        }
        let events = super::offers::appended(seed, history.events, 200);
        let events = super::people::appended(seed, events, 120);
        let events = super::categories::appended(seed, events, 60);
        let events = super::price_lists::appended(seed, events, 40);
        let events = super::shelf::appended(seed, events, 40);
        let events = super::units::appended(seed, events, 80);
        let events = super::carts::appended(seed, events, 40);
        let events = super::movements::appended(seed, events, 120);
        let events = super::stores::appended(seed, events, 40);
        let events = super::replenishment::appended(seed, events, 150);
        let events = super::reviews::appended(seed, events, 120);
        let events = super::demand::appended(seed, events, 120);
        super::flags::appended(seed, events, 60)
    }

    /// One unit: all of its decisions are accepted, or none of its events are written.
    fn step(&mut self) {
        let before = self.world.clone();
        self.now += TimeDelta::milliseconds(i64::try_from(self.chance.below(40_000)).unwrap());
        let accepted = match self.chance.below(32) {
            0 => self.register_product(),
            1 => self.change_product(),
            2 => self.open_warehouse(),
            3 if self.chance.one_in(6) => self.close_warehouse(),
            3..=5 => self.receive(),
            6 => self.adjust(),
            7 => self.threshold(),
            8 => self.hold(),
            9 => self.release_hold(),
            10..=13 => self.place(),
            14 => self.confirm(),
            15..=18 => self.advance(),
            19 if self.chance.one_in(2) => self.cancel(),
            19 | 20 => self.ask_return(),
            21..=23 => self.advance_return(),
            24 | 25 => self.account(),
            _ => self.vendor(),
        };
        let unit = std::mem::take(&mut self.unit);
        if accepted.is_none() {
            self.world = before;
            return;
        }
        self.write(unit);
    }

    fn write(&mut self, unit: Vec<(&'static str, String, &'static str, u16, String)>) {
        let effective_at = self
            .chance
            .one_in(3)
            .then(|| self.now - TimeDelta::hours(i64::try_from(self.chance.below(24 * 45)).unwrap()));
        let actor = match self.chance.below(3) {
            0 => Actor::SYSTEM,
            1 => Actor::ANONYMOUS,
            _ => Actor::account(AccountId::from_uuid(self.chance.uuid())),
        };
        for (kind, id, name, version, payload) in unit {
            let sequence = self.world.versions.entry((kind, id.clone())).or_default();
            *sequence += 1;
            let sequence = *sequence;
            let metadata = Metadata {
                event_id: self.chance.uuid(),
                command_id: self.chance.uuid(),
                correlation_id: self.chance.uuid(),
                causation_id: None,
                actor,
                effective_at,
            };
            let recorded_at = self.now;
            self.events.push(Written {
                kind,
                id,
                sequence,
                name,
                version,
                payload,
                metadata,
                recorded_at,
            });
        }
    }

    fn decide<D: Decider>(
        unit: &mut Vec<(&'static str, String, &'static str, u16, String)>,
        state: &mut D::State,
        id: String,
        command: D::Command,
    ) -> Option<Vec<D::Event>> {
        let events = D::decide(state, command).ok()?;
        for event in &events {
            D::evolve(state, event);
            let payload = serde_json::to_string(event).unwrap();
            unit.push((D::KIND, id.clone(), event.name(), event.version(), payload));
        }
        Some(events)
    }

    fn product(&mut self, id: ProductId, command: ProductCommand) -> Option<()> {
        let state = self.world.products.entry(id).or_default();
        Self::decide::<Product>(&mut self.unit, state, id.stream(), command).map(drop)
    }

    fn stock(&mut self, id: ProductId, command: StockCommand) -> Option<Vec<StockEvent>> {
        let state = self.world.stocks.entry(id).or_default();
        Self::decide::<Stock>(&mut self.unit, state, id.stream(), command)
    }

    fn order(&mut self, id: OrderId, command: OrderCommand) -> Option<()> {
        let state = self.world.orders.entry(id).or_default();
        Self::decide::<Order>(&mut self.unit, state, id.stream(), command).map(drop)
    }

    fn return_(&mut self, id: ReturnId, command: ReturnCommand) -> Option<()> {
        let state = self.world.returns.entry(id).or_default();
        Self::decide::<Return>(&mut self.unit, state, id.stream(), command).map(drop)
    }

    fn number(&mut self, series: &'static str, document: String) -> Option<u64> {
        let state = if series == "invoice" {
            &mut self.world.invoices
        } else {
            &mut self.world.credits
        };
        let issue = CounterCommand::Issue { document };
        Self::decide::<Counter>(&mut self.unit, state, series.to_owned(), issue)?;
        Some(state.last)
    }

    fn any<K: Copy + Ord, V>(chance: &mut Chance, of: &BTreeMap<K, V>) -> Option<K> {
        if of.is_empty() {
            return None;
        }
        let index = usize::try_from(chance.below(u64::try_from(of.len()).unwrap())).unwrap();
        of.keys().nth(index).copied()
    }

    fn any_goods(&mut self) -> Option<ProductId> {
        let id = Self::any(&mut self.chance, &self.world.products)?;
        (self.world.products[&id].listing()?.kind == ProductKind::Goods).then_some(id)
    }

    fn any_warehouse(&mut self) -> Option<WarehouseId> {
        let id = Self::any(&mut self.chance, &self.world.warehouses)?;
        self.world.warehouses[&id].is_open().then_some(id)
    }

    fn reason(&mut self) -> Reason {
        text(Reason::parse, self.chance.pick(&["damaged", "found; drop table x --", "wrong colour"]))
    }

    fn details(&mut self) -> ProductDetails {
        let word = self.chance.pick(&["Rice", "TEA LIGHT 50% off_", "Lámpara", "أرز", "O'Hara's \"Mug\""]);
        let number = self.chance.below(100);
        let mut title = BTreeMap::from([("ar".to_owned(), format!("رز {number}"))]);
        if !self.chance.one_in(4) {
            title.insert("en".to_owned(), format!("{word} {number}"));
        }
        ProductDetails {
            title: LocalizedText::try_new(title).unwrap(),
            description: self.chance.maybe(|_| LocalizedText::single("en", "line\nline").unwrap()),
            categories: (0..self.chance.below(3))
                .map(|n| CategoryId::from_uuid(Uuid::from_u64_pair(7, n)))
                .collect(),
            tags: self.chance.maybe(|_| text(Tag::parse, "new")).into_iter().collect(),
            barcode: self.chance.maybe(|chance| text(Barcode::parse, &format!("50{}", chance.below(9_999)))),
            images: Vec::from_iter(
                self.chance.maybe(|_| Image { url: "/images/1.jpg".to_owned(), alt: None }),
            ),
            // Of a number that is drawn anyway, so that histories stay what they were.
            attributes: if number.is_multiple_of(3) {
                super::written::attributes()
            } else {
                AttributeValues::new()
            },
        }
    }

    fn prices(&mut self, currency: Currency) -> Prices {
        // Whole minor units now and then, thousandths otherwise.
        let base = i64::try_from(self.chance.below(20_000)).unwrap() * 1_000 + 1_000;
        Prices {
            base: UnitPrice::from_micros(base, currency),
            discounted: self.chance.maybe(|_| UnitPrice::from_micros(base / 2, currency)),
            wholesale: self.chance.maybe(|_| UnitPrice::from_micros(base / 4, currency)),
        }
    }

    fn company(&mut self) -> Option<CompanyId> {
        let n = self.chance.below(3);
        (n > 0).then(|| CompanyId::from_uuid(Uuid::from_u64_pair(8, n)))
    }

    fn register_product(&mut self) -> Option<()> {
        let id = ProductId::from_uuid(self.chance.uuid());
        self.world.skus += 1;
        let sku =
            text(Sku::parse, &format!("{}{}", self.chance.pick(&["A-", "b%", "8407"]), self.world.skus));
        let currency = self.chance.pick(CURRENCIES);
        let kind = if self.chance.one_in(5) {
            ProductKind::Service
        } else {
            ProductKind::Goods
        };
        let skus = self.world.skus;
        let command = RegisterProduct {
            sku,
            kind,
            details: self.details(),
            prices: self.prices(currency),
            min_order_quantity: self.chance.quantity(3),
            external_id: self.chance.maybe(|_| text(ExternalId::parse, &format!("ext-{skus}"))),
            company: self.company(),
            presentation: Presentation::default(),
        };
        self.product(id, ProductCommand::Register(command))
    }

    fn change_product(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.products)?;
        let currency = self.world.products[&id].listing()?.prices.base.currency();
        if self.chance.one_in(8) {
            let reason = Some(self.reason());
            return self.product(id, ProductCommand::Discontinue { reason });
        }
        let (details, prices) = (self.details(), self.prices(currency));
        let command = ReviseProduct {
            details: self.chance.maybe(|_| details),
            prices: self.chance.maybe(|_| prices),
            min_order_quantity: self.chance.maybe(|chance| chance.quantity(5)),
            ..ReviseProduct::default()
        };
        self.product(id, ProductCommand::Revise(command))
    }

    fn open_warehouse(&mut self) -> Option<()> {
        if self.world.warehouses.len() > 3 {
            return None;
        }
        let id = WarehouseId::from_uuid(self.chance.uuid());
        let command = WarehouseCommand::Open {
            code: text(Code::parse, &format!("W{}", self.world.warehouses.len())),
            name: LocalizedText::single("en", "Main").unwrap(),
            country: self.chance.maybe(|_| text(Country::parse, "Iraq")),
            zones: vec![text(Zone::parse, "erbil")],
        };
        let state = self.world.warehouses.entry(id).or_default();
        Self::decide::<Warehouse>(&mut self.unit, state, id.stream(), command).map(drop)
    }

    fn close_warehouse(&mut self) -> Option<()> {
        let id = self.any_warehouse()?;
        let state = self.world.warehouses.entry(id).or_default();
        let command = WarehouseCommand::Close { reason: None };
        Self::decide::<Warehouse>(&mut self.unit, state, id.stream(), command).map(drop)
    }

    fn receive(&mut self) -> Option<()> {
        let (product, warehouse) = (self.any_goods()?, self.any_warehouse()?);
        let quantity = self.chance.quantity(60);
        let reference = Some(self.reason());
        let reference = self.chance.maybe(|_| reference).flatten();
        self.stock(product, StockCommand::Receive { warehouse, quantity, reference, lot: None }).map(drop)
    }

    fn adjust(&mut self) -> Option<()> {
        let (product, warehouse) = (self.any_goods()?, self.any_warehouse()?);
        let delta = i64::try_from(self.chance.below(21)).unwrap() - 10;
        let reason = self.reason();
        self.stock(product, StockCommand::Adjust { warehouse, delta, reason, lot: None }).map(drop)
    }

    fn threshold(&mut self) -> Option<()> {
        let (product, warehouse) = (self.any_goods()?, self.any_warehouse()?);
        let threshold = u32::try_from(self.chance.below(20)).unwrap();
        self.stock(product, StockCommand::SetThreshold { warehouse, threshold }).map(drop)
    }

    fn hold(&mut self) -> Option<()> {
        let product = self.any_goods()?;
        let hold = HoldId::from_uuid(self.chance.uuid());
        let command = StockCommand::Hold {
            hold,
            quantity: self.chance.quantity(12),
            preferred: Vec::new(),
            expires_at: self.now + TimeDelta::minutes(10),
            now: self.now,
        };
        self.stock(product, command)?;
        self.world.holds.insert(hold, product);
        Some(())
    }

    fn release_hold(&mut self) -> Option<()> {
        let hold = Self::any(&mut self.chance, &self.world.holds)?;
        let product = self.world.holds.remove(&hold)?;
        let cause = self.chance.pick(&[ReleaseCause::GivenBack, ReleaseCause::Expired]);
        let now = self.now;
        self.stock(product, StockCommand::ReleaseHold { hold, cause, now }).map(drop)
    }

    fn place(&mut self) -> Option<()> {
        let id = OrderId::from_uuid(self.chance.uuid());
        let currency = self.chance.pick(CURRENCIES);
        let mut lines = Vec::new();
        let mut seen = Vec::new();
        for _ in 0..self.chance.below(3) + 1 {
            let product = Self::any(&mut self.chance, &self.world.products)?;
            if seen.contains(&product) {
                continue;
            }
            seen.push(product);
            let listing = self.world.products[&product].listing()?.clone();
            if listing.prices.base.currency() != currency {
                continue;
            }
            let quantity = self.chance.quantity(8);
            let allocations = if listing.kind == ProductKind::Goods {
                self.reserve(id, product, quantity)?
            } else {
                Vec::new()
            };
            lines.push(PlaceLine {
                product,
                sku: listing.sku,
                quantity,
                unit_price: listing.prices.base,
                tax: None,
                company: listing.company,
                allocations,
            });
        }
        let money = |minor: u64| Money::from_minor(i64::try_from(minor).unwrap(), currency);
        let payment_method = self.chance.pick(&[PaymentMethod::Cash, PaymentMethod::Invoice]);
        let number = self.world.orders.len();
        let order = PlaceOrder {
            customer: self
                .chance
                .maybe(|chance| AccountId::from_uuid(Uuid::from_u64_pair(9, chance.below(4)))),
            external_id: self.chance.maybe(|_| text(ExternalId::parse, &format!("5363{number}"))),
            country: self.chance.maybe(|chance| text(Country::parse, chance.pick(COUNTRIES))),
            zone: self.chance.maybe(|chance| text(Zone::parse, chance.pick(ZONES))),
            delivery_address: None,
            device: None,
            fulfilment: self.chance.pick(&[Fulfilment::Delivery, Fulfilment::Pickup]),
            payment_method,
            currency,
            lines,
            discounts: Vec::new(),
            discount: money(self.chance.below(3)),
            delivery: money(self.chance.below(500)),
            tax: money(self.chance.below(100)),
            cash_step: None,
            terms: self.terms(currency),
        };
        self.order(id, OrderCommand::Place(order))?;
        match payment_method {
            PaymentMethod::Cash => self.confirm_order(id),
            PaymentMethod::Invoice => Some(()),
        }
    }

    fn reserve(&mut self, order: OrderId, product: ProductId, quantity: Quantity) -> Option<Vec<Allocation>> {
        let hold = self.world.holds.iter().find(|(_, held)| **held == product).map(|(hold, _)| *hold);
        let hold = hold.filter(|_| !self.chance.one_in(4));
        if let Some(hold) = hold {
            self.world.holds.remove(&hold);
        }
        let command = StockCommand::Reserve { order, quantity, preferred: Vec::new(), hold, now: self.now };
        self.stock(product, command)?.into_iter().find_map(|event| match event {
            StockEvent::StockReserved { allocations, .. } => Some(allocations),
            _ => None,
        })
    }

    fn confirm_order(&mut self, id: OrderId) -> Option<()> {
        let invoice_number = self.number("invoice", id.to_string())?;
        self.order(id, OrderCommand::Confirm { invoice_number })
    }

    fn confirm(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.orders)?;
        self.confirm_order(id)
    }

    fn advance(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.orders)?;
        let parts = u64::try_from(self.world.orders[&id].parts().len()).unwrap();
        let part = u16::try_from(self.chance.below(parts)).unwrap() + 1;
        let taken = self.world.orders[&id].allocations_of_part(part);
        let part = Some(part);
        match self.world.orders[&id].part_status(part?)? {
            OrderStatus::Confirmed => self.order(id, OrderCommand::Process { part }),
            OrderStatus::Processing => {
                self.order(id, OrderCommand::Ship { part })?;
                for (product, allocations) in taken {
                    let now = self.now;
                    self.stock(product, StockCommand::Deduct { order: id, allocations, now })?;
                }
                Some(())
            }
            OrderStatus::Shipped => self.order(id, OrderCommand::Deliver { part }),
            OrderStatus::Pending | OrderStatus::Delivered | OrderStatus::Cancelled => None,
        }
    }

    fn cancel(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.orders)?;
        let taken = self.world.orders[&id].allocations();
        let reason = self.reason();
        self.order(id, OrderCommand::Cancel { reason })?;
        for (product, _) in taken {
            let cause = ReleaseCause::Cancelled;
            self.stock(product, StockCommand::Release { order: id, allocations: None, cause })?;
        }
        Some(())
    }

    fn ask_return(&mut self) -> Option<()> {
        let id = ReturnId::from_uuid(self.chance.uuid());
        let reason = self.reason();
        if self.chance.one_in(4) {
            return self.ask_legacy_return(id, reason);
        }
        let order = Self::any(&mut self.chance, &self.world.orders)?;
        let state = self.world.orders[&order].clone();
        let mut lines = Vec::new();
        for line in state.lines() {
            let left = state.returnable_units(line.number);
            if left > 0 {
                let quantity = self.chance.quantity(left.into());
                lines.push(ReturnedLine { line: line.number, quantity });
            }
        }
        let request = RequestReturn {
            order: Some(order),
            customer: state.customer(),
            external_id: None,
            country: self.chance.maybe(|_| state.country().cloned()).flatten(),
            currency: state.currency()?,
            lines: state.credit_for(order, &lines).ok()?,
            reason,
        };
        self.return_(id, ReturnCommand::Request(request))?;
        self.order(order, OrderCommand::ReturnLines { return_id: id, lines })
    }

    fn ask_legacy_return(&mut self, id: ReturnId, reason: Reason) -> Option<()> {
        let product = Self::any(&mut self.chance, &self.world.products)?;
        let listing = self.world.products[&product].listing()?.clone();
        let quantity = self.chance.quantity(5);
        let unit_price = listing.prices.base;
        let line = CreditLine {
            number: 1,
            product,
            sku: listing.sku,
            quantity,
            unit_price,
            total: unit_price.total(quantity).ok()?,
            tax: None,
            commission: None,
            sold_in: None,
        };
        let number = self.world.returns.len();
        let request = RequestReturn {
            order: None,
            customer: None,
            external_id: Some(text(ExternalId::parse, &format!("C5363{number}"))),
            country: self.chance.maybe(|chance| text(Country::parse, chance.pick(COUNTRIES))),
            currency: unit_price.currency(),
            lines: vec![line],
            reason,
        };
        self.return_(id, ReturnCommand::Request(request))
    }

    fn advance_return(&mut self) -> Option<()> {
        let id = Self::any(&mut self.chance, &self.world.returns)?;
        let state = self.world.returns[&id].clone();
        match state {
            ReturnState::Requested(_) if self.chance.one_in(3) => {
                let reason = self.reason();
                self.return_(id, ReturnCommand::Reject { reason })?;
                match state.order() {
                    Some(order) => self.order(order, OrderCommand::WithdrawReturn { return_id: id }),
                    None => Some(()),
                }
            }
            ReturnState::Requested(_) => self.return_(id, ReturnCommand::Approve),
            ReturnState::Approved(_) => {
                let warehouse = self.any_warehouse()?;
                self.return_(id, ReturnCommand::Receive { warehouse })?;
                let mut units: BTreeMap<ProductId, Quantity> = BTreeMap::new();
                for line in state.lines() {
                    let sum = units
                        .get(&line.product)
                        .map_or(Some(line.quantity), |sum| sum.checked_add(line.quantity));
                    units.insert(line.product, sum?);
                }
                for (product, quantity) in units {
                    if self.world.products[&product].listing()?.kind == ProductKind::Goods {
                        self.stock(product, StockCommand::Return { return_id: id, warehouse, quantity })?;
                    }
                }
                Some(())
            }
            ReturnState::Received { .. } => {
                let credit_number = self.number("credit", id.to_string())?;
                self.return_(id, ReturnCommand::Credit { credit_number })
            }
            ReturnState::Absent | ReturnState::Credited { .. } | ReturnState::Rejected(_) => None,
        }
    }
}
