//! Wishes for what is not there, after whatever else has happened.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    customers::{
        ALERT_REGISTER, AlertRegister, AlertRegisterState, ClearServedAlerts, NeededItem, NeededItemCommand,
        NeededItemState, NeededItemStatus, StockAlerts, StockAlertsCommand, StockAlertsState,
    },
    decider::Decider,
    identity::{Account, AccountCommand, AccountState, Role},
    ids::{AccountId, DataKeyId, NeededItemId, ProductId},
    quantity::Quantity,
    sealed::Sealed,
    text::Zone,
};

use super::{chance::Chance, history::Written, written::Streams};

struct Wishes {
    chance: Chance,
    now: DateTime<Utc>,
    accounts: BTreeMap<AccountId, AccountState>,
    products: BTreeMap<ProductId, StockAlertsState>,
    items: BTreeMap<NeededItemId, NeededItemState>,
    register: AlertRegisterState,
    streams: Streams,
}

/// `events`, and at least so many more about wishes. The last ones are wishes that nobody has answered.
pub(crate) fn appended(seed: u64, events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let streams = Streams::after(events);
    let mut wishes = Wishes {
        chance: Chance::new(seed.wrapping_mul(71)),
        now: streams.now(),
        accounts: BTreeMap::new(),
        products: BTreeMap::new(),
        items: BTreeMap::new(),
        register: AlertRegisterState::default(),
        streams,
    };
    for _ in 0..4 {
        wishes.register();
        let product = ProductId::from_uuid(wishes.chance.uuid());
        wishes.products.insert(product, StockAlertsState::default());
    }
    while wishes.streams.events.len() < wanted {
        wishes.step();
    }
    let customer = wishes.register();
    let products: Vec<ProductId> = wishes.products.keys().copied().collect();
    wishes.alert(products[0], StockAlertsCommand::Request { customer, available: 0 });
    wishes.ask(customer);
    wishes.streams.events
}

impl Wishes {
    fn step(&mut self) {
        self.now += TimeDelta::milliseconds(i64::try_from(self.chance.below(9_000)).unwrap() + 1);
        let alive = self.accounts.iter().filter(|(_, state)| !state.is_erased());
        let alive: Vec<AccountId> = alive.map(|(id, _)| *id).collect();
        if alive.len() < 3 || self.chance.one_in(12) {
            self.register();
            return;
        }
        let customer = self.chance.pick(&alive);
        let products: Vec<ProductId> = self.products.keys().copied().collect();
        let product = self.chance.pick(&products);
        match self.chance.below(16) {
            0 => {
                let mut state = self.accounts.remove(&customer).unwrap();
                self.decide::<Account>(&mut state, &customer.stream(), AccountCommand::Erase);
                self.accounts.insert(customer, state);
            }
            1 => {
                let mut state = self.register;
                self.decide::<AlertRegister>(&mut state, ALERT_REGISTER, ClearServedAlerts);
                self.register = state;
            }
            2 | 3 => self.alert(product, StockAlertsCommand::Serve { available: 3, at_most: 2 }),
            4 => self.alert(product, StockAlertsCommand::Withdraw { customer }),
            5..=9 => self.alert(product, StockAlertsCommand::Request { customer, available: 0 }),
            10..=12 => self.ask(customer),
            _ => self.answer(),
        }
    }

    fn register(&mut self) -> AccountId {
        let id = AccountId::from_uuid(self.chance.uuid());
        let command = AccountCommand::Register { role: Role::Customer, zones: Vec::new(), company: None };
        let mut state = AccountState::default();
        self.decide::<Account>(&mut state, &id.stream(), command);
        self.accounts.insert(id, state);
        id
    }

    fn alert(&mut self, product: ProductId, command: StockAlertsCommand) {
        let mut state = self.products.remove(&product).unwrap();
        self.decide::<StockAlerts>(&mut state, &product.stream(), command);
        self.products.insert(product, state);
    }

    fn ask(&mut self, customer: AccountId) {
        let item = NeededItemId::from_uuid(self.chance.uuid());
        let command = NeededItemCommand::Ask {
            customer,
            zone: self.chance.maybe(|_| Zone::parse("erbil").unwrap()),
            quantity: self.chance.maybe(|_| Quantity::new(5).unwrap()),
            description: self.sealed(customer),
        };
        let mut state = NeededItemState::default();
        self.decide::<NeededItem>(&mut state, &item.stream(), command);
        self.items.insert(item, state);
    }

    fn answer(&mut self) {
        let known: Vec<NeededItemId> = self.items.keys().copied().collect();
        if known.is_empty() {
            return;
        }
        let item = self.chance.pick(&known);
        let mut state = self.items.remove(&item).unwrap();
        let customer = state.wish().unwrap().customer;
        let answer = self.sealed(customer);
        let command = NeededItemCommand::Answer {
            status: self.chance.pick(&[
                NeededItemStatus::Sourcing,
                NeededItemStatus::Available,
                NeededItemStatus::Declined,
            ]),
            product: self.chance.maybe(|chance| ProductId::from_uuid(chance.uuid())),
            answer: self.chance.maybe(|_| answer),
        };
        // Nobody answers who is erased.
        if !self.accounts[&customer].is_erased() {
            self.decide::<NeededItem>(&mut state, &item.stream(), command);
        }
        self.items.insert(item, state);
    }

    fn sealed(&mut self, person: AccountId) -> Sealed {
        let key = DataKeyId::from_uuid(person.as_uuid());
        let ciphertext = self.chance.uuid().simple().to_string();
        Sealed::try_new(person, key, "AAAAAAAAAAAAAAAA".to_owned(), ciphertext).unwrap()
    }

    fn decide<D: Decider>(&mut self, state: &mut D::State, id: &str, command: D::Command) {
        self.streams.decide::<D>(state, id, command, (&mut self.chance, self.now));
    }
}
