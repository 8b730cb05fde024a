//! Promotions are created, revised and ended; the book is written in the same unit.

use chrono::{DateTime, Utc};
use domain::{
    ids::PromotionId,
    pricing::{
        Activation, BOOK, BookCommand, Limits, Offer, PricingError, Promotion, PromotionBook,
        PromotionCommand, PromotionTerms, Validity,
    },
    text::{LocalizedText, Reason},
};
use event_store::{Decision, Executed, StreamRef, ids};

use super::{Pricing, PromotionAccepted};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
};

/// All of a promotion, as somebody writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotionDraft {
    /// What it is called.
    pub name: LocalizedText,
    /// When it begins; at once, or as before, where it is absent.
    pub from: Option<DateTime<Utc>>,
    /// When it is over.
    pub until: Option<DateTime<Utc>>,
    /// What it offers.
    pub offer: Offer,
    /// How many orders may have it.
    pub limits: Limits,
    /// The greatest first.
    pub priority: i16,
    /// How an order comes to it.
    pub activation: Activation,
}

impl PromotionDraft {
    pub(super) fn terms(&self, from: DateTime<Utc>) -> PromotionTerms {
        PromotionTerms {
            name: self.name.clone(),
            validity: Validity { from: self.from.unwrap_or(from), until: self.until },
            offer: self.offer.clone(),
            limits: self.limits,
            priority: self.priority,
            activation: self.activation,
        }
    }
}

impl Pricing {
    /// Lets a promotion run.
    ///
    /// # Errors
    /// `pricing.exclusive_overlap` with the others and their times, `pricing.too_many_live`, and the rules of its terms.
    pub async fn create_promotion(
        &self,
        call: &Call,
        draft: PromotionDraft,
    ) -> Result<Executed<PromotionAccepted>, CommandError> {
        call.require(UseCase::CreatePromotion)?;
        let promotion = PromotionId::from_uuid(ids::uuid());
        let id = promotion.stream();
        let unit = call
            .unit()
            .reads(StreamRef::new_of::<Promotion>(id.as_str()))
            .reads(StreamRef::of::<PromotionBook>(BOOK));
        execute(&self.log, call, unit, move |decision| {
            let now = decision.now();
            let terms = draft.terms(now);
            judge::<Promotion>(decision, &id, PromotionCommand::Create { terms: terms.clone(), now })?;
            list(decision, promotion, terms)?;
            accepted(decision, promotion)
        })
        .await
    }

    /// Replaces all of a promotion, from now on; placed orders keep what they got.
    ///
    /// # Errors
    /// `pricing.promotion_not_found`, `PreconditionFailed`, and as [`Self::create_promotion`].
    pub async fn revise_promotion(
        &self,
        call: &Call,
        promotion: PromotionId,
        draft: PromotionDraft,
        expected_version: Option<i64>,
    ) -> Result<Executed<PromotionAccepted>, CommandError> {
        call.require(UseCase::RevisePromotion)?;
        let id = promotion.stream();
        let unit = call
            .unit()
            .reads(StreamRef::of::<Promotion>(id.as_str()))
            .reads(StreamRef::of::<PromotionBook>(BOOK));
        execute(&self.log, call, unit, move |decision| {
            let now = decision.now();
            let Some(known) = decision.state::<Promotion>(&id)?.promotion() else {
                return refuse(Refused::of(&PricingError::PromotionNotFound));
            };
            let terms = draft.terms(known.terms.validity.from);
            check_version::<Promotion>(decision, &id, expected_version)?;
            let revise = PromotionCommand::Revise { terms: terms.clone(), now };
            if !judge::<Promotion>(decision, &id, revise)?.is_empty() {
                list(decision, promotion, terms)?;
            }
            accepted(decision, promotion)
        })
        .await
    }

    /// Ends a promotion for good. Ending an ended one changes nothing.
    ///
    /// # Errors
    /// `pricing.promotion_not_found`, `PreconditionFailed`.
    pub async fn end_promotion(
        &self,
        call: &Call,
        promotion: PromotionId,
        reason: Option<Reason>,
        expected_version: Option<i64>,
    ) -> Result<Executed<PromotionAccepted>, CommandError> {
        call.require(UseCase::EndPromotion)?;
        let id = promotion.stream();
        let unit = call
            .unit()
            .reads(StreamRef::of::<Promotion>(id.as_str()))
            .reads(StreamRef::of::<PromotionBook>(BOOK));
        execute(&self.log, call, unit, move |decision| {
            if !decision.state::<Promotion>(&id)?.exists() {
                return refuse(Refused::of(&PricingError::PromotionNotFound));
            }
            check_version::<Promotion>(decision, &id, expected_version)?;
            judge::<Promotion>(decision, &id, PromotionCommand::End { reason: reason.clone() })?;
            judge::<PromotionBook>(decision, BOOK, BookCommand::Delist { promotion })?;
            accepted(decision, promotion)
        })
        .await
    }
}

fn list(decision: &mut Decision<'_>, promotion: PromotionId, terms: PromotionTerms) -> Ruling<()> {
    let now = decision.now();
    let state = decision.state::<Promotion>(&promotion.stream())?;
    let slots = state.promotion().map_or(0, |known| known.slots);
    judge::<PromotionBook>(
        decision,
        BOOK,
        BookCommand::List { promotion, terms: Box::new(terms), slots, now },
    )?;
    Ok(())
}

fn accepted(decision: &mut Decision<'_>, promotion: PromotionId) -> Ruling<PromotionAccepted> {
    let version = decision.version::<Promotion>(&promotion.stream())?;
    Ok(PromotionAccepted { promotion, version })
}
