//! Keeping addresses. Everybody keeps their own; nobody keeps another's.

use domain::{
    customers::{AddressBook, AddressBookCommand, AddressDetails, DETAILS},
    identity::{Account, AccountError},
    ids::{AccountId, AddressId, EventId},
    sealed::{Place, Sealed},
    text::{Country, Zone},
};
use event_store::{Decision, Executed, StreamRef, ids};

use super::{AddressAccepted, Customers};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{FORBIDDEN, Ruling, check_version, execute, judge_as, refuse},
};

/// An address as its owner gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAddress {
    /// Its country.
    pub country: Option<Country>,
    /// The zone that delivers there.
    pub zone: Option<Zone>,
    /// The address itself.
    pub details: AddressDetails,
}

impl Customers {
    /// Adds an address; the first one becomes the default, a further one if asked.
    ///
    /// # Errors
    /// `permission_denied`, `customers.too_many_addresses`, `identity.account_erased`.
    pub async fn add_address(
        &self,
        call: &Call,
        new: NewAddress,
        is_default: bool,
    ) -> Result<Executed<AddressAccepted>, CommandError> {
        let owner = owner(call)?;
        let address = AddressId::from_uuid(ids::uuid());
        let (event, details) = self.seal(owner, &new.details).await?;
        let command = AddressBookCommand::Add {
            address,
            country: new.country,
            zone: new.zone,
            details,
            is_default,
        };
        self.change(call, owner, address, event, command, None).await
    }

    /// Puts another address in an address's place.
    ///
    /// # Errors
    /// `permission_denied`, `customers.address_not_found`, `identity.account_erased`, or the addresses were changed since
    /// `expected`.
    pub async fn revise_address(
        &self,
        call: &Call,
        address: AddressId,
        new: NewAddress,
        expected: Option<i64>,
    ) -> Result<Executed<AddressAccepted>, CommandError> {
        let owner = owner(call)?;
        let (event, details) = self.seal(owner, &new.details).await?;
        let command = AddressBookCommand::Revise { address, country: new.country, zone: new.zone, details };
        self.change(call, owner, address, event, command, expected).await
    }

    /// Takes an address away. Orders that went there keep their copy.
    ///
    /// # Errors
    /// As [`Self::revise_address`].
    pub async fn remove_address(
        &self,
        call: &Call,
        address: AddressId,
        expected: Option<i64>,
    ) -> Result<Executed<AddressAccepted>, CommandError> {
        let owner = owner(call)?;
        let event = EventId::from_uuid(ids::uuid());
        self.change(call, owner, address, event, AddressBookCommand::Remove { address }, expected).await
    }

    /// Makes an address the default.
    ///
    /// # Errors
    /// As [`Self::revise_address`].
    pub async fn choose_default(
        &self,
        call: &Call,
        address: AddressId,
        expected: Option<i64>,
    ) -> Result<Executed<AddressAccepted>, CommandError> {
        let owner = owner(call)?;
        let event = EventId::from_uuid(ids::uuid());
        self.change(call, owner, address, event, AddressBookCommand::ChooseDefault { address }, expected)
            .await
    }

    async fn seal(
        &self,
        owner: AccountId,
        details: &AddressDetails,
    ) -> Result<(EventId, Sealed), CommandError> {
        let event = EventId::from_uuid(ids::uuid());
        let text = serde_json::to_string(details).map_err(|error| CommandError::Fault(error.to_string()))?;
        let keys = self.vault.keys([owner]).await?;
        let sealed = keys.seal(owner, Place { event, field: DETAILS }, &text)?;
        Ok((event, sealed.ok_or_else(|| Refused::of(&AccountError::Erased))?))
    }

    async fn change(
        &self,
        call: &Call,
        owner: AccountId,
        address: AddressId,
        event: EventId,
        command: AddressBookCommand,
        expected: Option<i64>,
    ) -> Result<Executed<AddressAccepted>, CommandError> {
        let id = owner.stream();
        let unit = call
            .unit()
            .reads(StreamRef::of::<AddressBook>(id.as_str()))
            .reads(StreamRef::of::<Account>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            must_be_alive(decision, &id)?;
            check_version::<AddressBook>(decision, &id, expected)?;
            judge_as::<AddressBook>(decision, &id, event, command.clone())?;
            let is_default = decision.state::<AddressBook>(&id)?.default_address() == Some(address);
            Ok(AddressAccepted {
                address,
                is_default,
                version: decision.version::<AddressBook>(&id)?,
            })
        })
        .await
    }
}

fn owner(call: &Call) -> Result<AccountId, CommandError> {
    call.require(UseCase::ChangeAddresses)?;
    call.caller.account().ok_or_else(|| FORBIDDEN.refusal().into())
}

/// Under the append lock: whatever this node has in memory, nothing is sealed into the log for somebody who is erased.
pub(super) fn must_be_alive(decision: &mut Decision<'_>, account: &str) -> Ruling<()> {
    if decision.state::<Account>(account)?.is_erased() {
        return refuse(Refused::of(&AccountError::Erased));
    }
    Ok(())
}
