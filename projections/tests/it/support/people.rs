//! Accounts, what their owners tell, their addresses and their erasure, after whatever else has happened.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    customers::{AddressBook, AddressBookCommand, AddressBookState},
    decider::Decider,
    identity::{Account, AccountCommand, AccountState, Role},
    ids::{AccountId, AddressId, DataKeyId},
    sealed::Sealed,
    text::Zone,
};

use super::{chance::Chance, history::Written};

struct People {
    chance: Chance,
    now: DateTime<Utc>,
    accounts: BTreeMap<AccountId, AccountState>,
    addresses: BTreeMap<AccountId, AddressBookState>,
    versions: BTreeMap<(&'static str, String), i64>,
    events: Vec<Written>,
}

/// `events`, and at least so many more about people.
pub(crate) fn appended(seed: u64, events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let mut people = People {
        chance: Chance::new(seed.wrapping_mul(37)),
        now: events.last().map_or_else(|| "2011-01-01T00:00:00Z".parse().unwrap(), |event| event.recorded_at),
        accounts: BTreeMap::new(),
        addresses: BTreeMap::new(),
        versions: BTreeMap::new(),
        events,
    };
    while people.events.len() < wanted {
        people.step();
    }
    people.events
}

pub(crate) fn sealed(chance: &mut Chance, person: AccountId) -> Sealed {
    let (key, ciphertext) = (DataKeyId::from_uuid(person.as_uuid()), chance.uuid().simple().to_string());
    Sealed::try_new(person, key, "AAAAAAAAAAAAAAAA".to_owned(), ciphertext).unwrap()
}

impl People {
    fn step(&mut self) -> Option<()> {
        self.now += TimeDelta::milliseconds(i64::try_from(self.chance.below(9_000)).unwrap() + 1);
        let known: Vec<AccountId> = self.accounts.keys().copied().collect();
        if known.is_empty() || self.chance.one_in(8) {
            return self.register();
        }
        let id = self.chance.pick(&known);
        match self.chance.below(16) {
            0 => self.change(id, AccountCommand::Deactivate),
            1 => self.change(id, AccountCommand::Reactivate),
            2 => self.change(id, AccountCommand::Erase),
            3..=6 => {
                let chance = &mut self.chance;
                let command = AccountCommand::ReviseProfile {
                    display_name: Some(sealed(chance, id)),
                    phone: chance.maybe(|chance| sealed(chance, id)),
                    locale: chance.maybe(|chance| sealed(chance, id)),
                };
                self.change(id, command)
            }
            _ => self.address(id),
        }
    }

    fn register(&mut self) -> Option<()> {
        let id = AccountId::from_uuid(self.chance.uuid());
        let command = AccountCommand::Register {
            role: self.chance.pick(&[Role::Customer, Role::Driver]),
            zones: self.chance.maybe(|_| Zone::parse("erbil").unwrap()).into_iter().collect(),
            company: None,
        };
        self.change(id, command)
    }

    fn change(&mut self, id: AccountId, command: AccountCommand) -> Option<()> {
        let mut state = self.accounts.remove(&id).unwrap_or_default();
        let done = self.decide::<Account>(&mut state, &id.stream(), command);
        self.accounts.insert(id, state);
        done
    }

    /// Nobody keeps addresses who is erased.
    fn address(&mut self, customer: AccountId) -> Option<()> {
        if self.accounts.get(&customer)?.is_erased() {
            return None;
        }
        let mut state = self.addresses.remove(&customer).unwrap_or_default();
        let known = state.default_address().filter(|_| self.chance.one_in(2));
        let details = sealed(&mut self.chance, customer);
        let zone = self.chance.maybe(|_| Zone::parse("erbil").unwrap());
        let command = match known {
            None => AddressBookCommand::Add {
                address: AddressId::from_uuid(self.chance.uuid()),
                country: None,
                zone,
                details,
                is_default: self.chance.one_in(3),
            },
            Some(address) if self.chance.one_in(2) => AddressBookCommand::Remove { address },
            Some(address) => AddressBookCommand::Revise { address, country: None, zone, details },
        };
        let done = self.decide::<AddressBook>(&mut state, &customer.stream(), command);
        self.addresses.insert(customer, state);
        done
    }

    fn decide<D: Decider>(&mut self, state: &mut D::State, id: &str, command: D::Command) -> Option<()> {
        for event in D::decide(state, command).ok()? {
            D::evolve(state, &event);
            let sequence = self.versions.entry((D::KIND, id.to_owned())).or_default();
            *sequence += 1;
            let stream = (id, *sequence);
            self.events.push(Written::by_souk::<D>(&event, stream, &mut self.chance, self.now));
        }
        Some(())
    }
}
