//! Price lists are created, revised and retired; the book is written in the same unit.

use chrono::{DateTime, Utc};
use domain::{
    identity::{Account, Role},
    ids::PriceListId,
    money::Currency,
    pricing::{
        Audience, ListPrice, PRICE_BOOK, PriceBook, PriceBookCommand, PriceList, PriceListCommand,
        PriceListState, PriceListTerms, PricingError, Validity,
    },
    text::{LocalizedText, Reason},
};
use event_store::{AsOf, Decision, Executed, StreamRef, Unit, ids};

use super::{CUSTOMER_UNKNOWN, PriceListAccepted, PriceListView, Pricing};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
};

/// All of a price list, as somebody writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PriceListDraft {
    /// What it is called.
    pub name: LocalizedText,
    /// Whose prices it holds.
    pub audience: Audience,
    /// The currency of all its prices.
    pub currency: Currency,
    /// From when on they hold; at once, or as before, where it is absent.
    pub from: Option<DateTime<Utc>>,
    /// When they hold no more.
    pub until: Option<DateTime<Utc>>,
    /// The greatest first.
    pub priority: i16,
    /// In any order.
    pub prices: Vec<ListPrice>,
}

impl PriceListDraft {
    fn terms(&self, from: DateTime<Utc>) -> PriceListTerms {
        PriceListTerms {
            name: self.name.clone(),
            audience: self.audience.clone(),
            currency: self.currency,
            validity: Validity { from: self.from.unwrap_or(from), until: self.until },
            priority: self.priority,
            prices: self.prices.clone(),
        }
    }

    fn reads(&self, mut unit: Unit) -> Unit {
        for customer in &self.audience.customers {
            unit = unit.reads(StreamRef::of::<Account>(customer.stream()));
        }
        unit.reads(StreamRef::of::<PriceBook>(PRICE_BOOK))
    }
}

impl Pricing {
    /// A price list, a retired one too.
    ///
    /// # Errors
    /// `pricing.price_list_not_found`.
    pub async fn price_list(&self, call: &Call, list: PriceListId) -> Result<PriceListView, CommandError> {
        call.require(UseCase::ShowPriceList)?;
        let known = self.log.reader().load::<PriceList>(&list.stream(), AsOf::Now).await?;
        let is_retired = matches!(known.state, PriceListState::Retired(_));
        match known.state.terms() {
            Some(terms) => Ok(PriceListView {
                list,
                terms: terms.clone(),
                is_retired,
                version: known.version,
            }),
            None => Err(Refused::of(&PricingError::PriceListNotFound).into()),
        }
    }

    /// Lets a list's prices hold.
    ///
    /// # Errors
    /// `pricing.customer_unknown`, `pricing.too_many_price_lists`, and the rules of its terms.
    pub async fn create_price_list(
        &self,
        call: &Call,
        draft: PriceListDraft,
    ) -> Result<Executed<PriceListAccepted>, CommandError> {
        call.require(UseCase::CreatePriceList)?;
        let list = PriceListId::from_uuid(ids::uuid());
        let id = list.stream();
        let unit = draft.reads(call.unit().reads(StreamRef::new_of::<PriceList>(id.as_str())));
        execute(&self.log, call, unit, move |decision| {
            check_customers(decision, &draft.audience)?;
            let now = decision.now();
            let terms = draft.terms(now);
            judge::<PriceList>(decision, &id, PriceListCommand::Create { terms: terms.clone(), now })?;
            enter(decision, list, terms)?;
            accepted(decision, list)
        })
        .await
    }

    /// Replaces all of a list, from now on; placed orders keep their prices.
    ///
    /// # Errors
    /// `pricing.price_list_not_found`, `PreconditionFailed`, and as [`Self::create_price_list`].
    pub async fn revise_price_list(
        &self,
        call: &Call,
        list: PriceListId,
        draft: PriceListDraft,
        expected_version: Option<i64>,
    ) -> Result<Executed<PriceListAccepted>, CommandError> {
        call.require(UseCase::RevisePriceList)?;
        let id = list.stream();
        let unit = draft.reads(call.unit().reads(StreamRef::of::<PriceList>(id.as_str())));
        execute(&self.log, call, unit, move |decision| {
            let Some(from) = decision.state::<PriceList>(&id)?.terms().map(|terms| terms.validity.from)
            else {
                return refuse(Refused::of(&PricingError::PriceListNotFound));
            };
            check_version::<PriceList>(decision, &id, expected_version)?;
            check_customers(decision, &draft.audience)?;
            let (terms, now) = (draft.terms(from), decision.now());
            let revise = PriceListCommand::Revise { terms: terms.clone(), now };
            if !judge::<PriceList>(decision, &id, revise)?.is_empty() {
                enter(decision, list, terms)?;
            }
            accepted(decision, list)
        })
        .await
    }

    /// Lets a list's prices hold no more, for good. Retiring a retired one changes nothing.
    ///
    /// # Errors
    /// `pricing.price_list_not_found`, `PreconditionFailed`.
    pub async fn retire_price_list(
        &self,
        call: &Call,
        list: PriceListId,
        reason: Option<Reason>,
        expected_version: Option<i64>,
    ) -> Result<Executed<PriceListAccepted>, CommandError> {
        call.require(UseCase::RetirePriceList)?;
        let id = list.stream();
        let unit = call
            .unit()
            .reads(StreamRef::of::<PriceList>(id.as_str()))
            .reads(StreamRef::of::<PriceBook>(PRICE_BOOK));
        execute(&self.log, call, unit, move |decision| {
            if !decision.state::<PriceList>(&id)?.exists() {
                return refuse(Refused::of(&PricingError::PriceListNotFound));
            }
            check_version::<PriceList>(decision, &id, expected_version)?;
            judge::<PriceList>(decision, &id, PriceListCommand::Retire { reason: reason.clone() })?;
            judge::<PriceBook>(decision, PRICE_BOOK, PriceBookCommand::Strike { list })?;
            accepted(decision, list)
        })
        .await
    }
}

/// Those who are named are customers: a slip in an id would give prices to nobody, and nobody would notice.
fn check_customers(decision: &mut Decision<'_>, audience: &Audience) -> Ruling<()> {
    for customer in &audience.customers {
        if decision.state::<Account>(&customer.stream())?.role() != Some(Role::Customer) {
            return refuse(CUSTOMER_UNKNOWN.refusal_at("/customers"));
        }
    }
    Ok(())
}

fn enter(decision: &mut Decision<'_>, list: PriceListId, terms: PriceListTerms) -> Ruling<()> {
    let enter = PriceBookCommand::Enter { list, terms: Box::new(terms), now: decision.now() };
    judge::<PriceBook>(decision, PRICE_BOOK, enter)?;
    Ok(())
}

fn accepted(decision: &mut Decision<'_>, list: PriceListId) -> Ruling<PriceListAccepted> {
    let version = decision.version::<PriceList>(&list.stream())?;
    Ok(PriceListAccepted { list, version })
}
