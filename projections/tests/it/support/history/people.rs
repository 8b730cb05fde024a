//! Accounts, what their owners tell, and their addresses.

use domain::{
    customers::{AddressBook, AddressBookCommand},
    identity::{Account, AccountCommand, Role},
    ids::{AccountId, AddressId, DataKeyId},
    sealed::Sealed,
    text::Zone,
};

use super::{History, text};
use crate::support::chance::Chance;

fn sealed(chance: &mut Chance, person: AccountId) -> Sealed {
    let ciphertext = chance.uuid().simple().to_string();
    Sealed::try_new(person, DataKeyId::from_uuid(person.as_uuid()), "AAAAAAAAAAAAAAAA".to_owned(), ciphertext)
        .unwrap()
}

fn change(chance: &mut Chance, id: AccountId) -> AccountCommand {
    match chance.below(16) {
        0..=4 => AccountCommand::Deactivate,
        5..=9 => AccountCommand::Reactivate,
        10 => AccountCommand::Erase,
        _ => AccountCommand::ReviseProfile {
            display_name: Some(sealed(chance, id)),
            phone: chance.maybe(|chance| sealed(chance, id)),
            locale: chance.maybe(|chance| sealed(chance, id)),
        },
    }
}

impl History {
    pub(super) fn account(&mut self) -> Option<()> {
        let known = Self::any(&mut self.chance, &self.world.accounts).filter(|_| !self.chance.one_in(3));
        let (id, command) = match known {
            Some(id) if self.chance.one_in(3) => return self.address(id),
            Some(id) => (id, change(&mut self.chance, id)),
            None => {
                let command = AccountCommand::Register {
                    role: self.chance.pick(&[Role::Customer, Role::Vendor, Role::LocationAdmin]),
                    zones: self.chance.maybe(|_| text(Zone::parse, "erbil")).into_iter().collect(),
                    company: self.company(),
                };
                (AccountId::from_uuid(self.chance.uuid()), command)
            }
        };
        let state = self.world.accounts.entry(id).or_default();
        Self::decide::<Account>(&mut self.unit, state, id.stream(), command).map(drop)
    }

    /// Nobody keeps addresses who is erased.
    fn address(&mut self, customer: AccountId) -> Option<()> {
        if self.world.accounts.get(&customer).is_some_and(|account| account.is_erased()) {
            return None;
        }
        let state = self.world.addresses.entry(customer).or_default();
        let known = state.default_address().filter(|_| self.chance.one_in(2));
        let details = sealed(&mut self.chance, customer);
        let zone = self.chance.maybe(|_| text(Zone::parse, "erbil"));
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
        Self::decide::<AddressBook>(&mut self.unit, state, customer.stream(), command).map(drop)
    }
}
