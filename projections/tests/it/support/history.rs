//! Random histories that the domain itself allows: every event is what a decider answered to some command.

mod accounts;
mod catalog;
mod orders;
mod stock;
mod vendors;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    catalog::{Product, ProductCommand, ProductKind, ProductState},
    decider::{Decider, Event},
    identity::AccountState,
    ids::{AccountId, HoldId, OrderId, ProductId, ReturnId, WarehouseId},
    inventory::{Stock, StockCommand, StockEvent, StockState, WarehouseState},
    money::Currency,
    orders::{
        Counter, CounterCommand, CounterState, Order, OrderCommand, OrderState, Return, ReturnCommand,
        ReturnState,
    },
    text::Reason,
};
use event_store::{Actor, Metadata};

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
        let events = super::loyalty::appended(seed, events, 120);
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
}
