//! Asking for items that are in no catalogue, and answering. What a customer writes may say anything about the customer,
//! so it is sealed with the customer's key, and so is the answer.

use domain::{
    catalog::{Product, ProductError, ProductState},
    customers::{
        NEEDED_ANSWER, NEEDED_DESCRIPTION, NeededItem, NeededItemCommand, NeededItemError, NeededItemStatus,
        NeededText,
    },
    identity::{Account, AccountError},
    ids::{AccountId, EventId, NeededItemId, ProductId},
    quantity::Quantity,
    sealed::{Place, Sealed},
};
use event_store::{AsOf, Executed, StreamRef, ids};
use serde::{Deserialize, Serialize};

use super::{Customers, address::must_be_alive};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{FORBIDDEN, check_version, execute, judge_as, refuse},
};

/// A wish for an item that is in no catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNeededItem {
    /// What.
    pub description: NeededText,
    /// How many.
    pub quantity: Option<Quantity>,
}

/// An answer to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededItemAnswer {
    /// How far it has come.
    pub status: NeededItemStatus,
    /// The product that it is.
    pub product: Option<ProductId>,
    /// The answer in words.
    pub answer: Option<NeededText>,
}

/// What became of a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeededItemAccepted {
    /// Which.
    pub item: NeededItemId,
    /// How far it has come.
    pub status: NeededItemStatus,
    /// How often it was changed: the `ETag`.
    pub version: i64,
}

impl Customers {
    /// Asks for an item. It is needed in the customer's first zone.
    ///
    /// # Errors
    /// `permission_denied`, `identity.account_erased`.
    pub async fn ask_for_item(
        &self,
        call: &Call,
        new: NewNeededItem,
    ) -> Result<Executed<NeededItemAccepted>, CommandError> {
        call.require(UseCase::AskForItem)?;
        let customer = call.caller.account().ok_or_else(|| FORBIDDEN.refusal())?;
        let zone = call.caller.principal().and_then(|principal| principal.zones.first().cloned());
        let item = NeededItemId::from_uuid(ids::uuid());
        let event = EventId::from_uuid(ids::uuid());
        let place = Place { event, field: NEEDED_DESCRIPTION };
        let description = self.seal_text(customer, place, &new.description).await?;
        let ask = NeededItemCommand::Ask { customer, zone, quantity: new.quantity, description };
        let (id, account) = (item.stream(), customer.stream());
        let unit =
            call.unit()
                .reads(StreamRef::new_of::<NeededItem>(id.as_str()))
                .reads(StreamRef::of::<Account>(account.as_str()));
        execute(&self.log, call, unit, move |decision| {
            must_be_alive(decision, &account)?;
            judge_as::<NeededItem>(decision, &id, event, ask.clone())?;
            let version = decision.version::<NeededItem>(&id)?;
            Ok(NeededItemAccepted { item, status: NeededItemStatus::Open, version })
        })
        .await
    }

    /// Answers a wish in one of the caller's zones.
    ///
    /// # Errors
    /// `customers.needed_item_not_found` also where it is needed in another zone, `customers.needed_item_settled`,
    /// `customers.needed_item_no_answer`, `catalog.product_not_found`, or it was changed since `expected`.
    pub async fn answer_needed_item(
        &self,
        call: &Call,
        item: NeededItemId,
        answer: NeededItemAnswer,
        expected: Option<i64>,
    ) -> Result<Executed<NeededItemAccepted>, CommandError> {
        call.require(UseCase::AnswerNeededItem)?;
        let id = item.stream();
        let not_found = || Refused::of(&NeededItemError::NotFound);
        let known = self.log.reader().load::<NeededItem>(&id, AsOf::Now).await?.state;
        let wish = known.wish().cloned().ok_or_else(not_found)?;
        let is_foreign =
            |own: &[domain::text::Zone]| wish.zone.as_ref().is_none_or(|zone| !own.contains(zone));
        if call.caller.zones().is_some_and(is_foreign) {
            return Err(not_found().into());
        }
        let event = EventId::from_uuid(ids::uuid());
        let words = match &answer.answer {
            None => None,
            Some(words) => {
                let place = Place { event, field: NEEDED_ANSWER };
                Some(self.seal_text(wish.customer, place, words).await?)
            }
        };
        let NeededItemAnswer { status, product, .. } = answer;
        let account = wish.customer.stream();
        let mut unit =
            call.unit()
                .reads(StreamRef::of::<NeededItem>(id.as_str()))
                .reads(StreamRef::of::<Account>(account.as_str()));
        if let Some(product) = product {
            unit = unit.reads(StreamRef::of::<Product>(product.stream()));
        }
        execute(&self.log, call, unit, move |decision| {
            must_be_alive(decision, &account)?;
            check_version::<NeededItem>(decision, &id, expected)?;
            if let Some(product) = product
                && *decision.state::<Product>(&product.stream())? == ProductState::Absent
            {
                return refuse(Refused::of(&ProductError::NotFound));
            }
            let answer = NeededItemCommand::Answer { status, product, answer: words.clone() };
            judge_as::<NeededItem>(decision, &id, event, answer)?;
            Ok(NeededItemAccepted { item, status, version: decision.version::<NeededItem>(&id)? })
        })
        .await
    }

    /// Seals a text with a person's key.
    async fn seal_text(
        &self,
        person: AccountId,
        place: Place,
        text: &NeededText,
    ) -> Result<Sealed, CommandError> {
        let keys = self.vault.keys([person]).await?;
        let sealed = keys.seal(person, place, text.as_str())?;
        Ok(sealed.ok_or_else(|| Refused::of(&AccountError::Erased))?)
    }
}
