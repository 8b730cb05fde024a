//! The promotion: created, revised as a whole, ended for good.

use serde::{Deserialize, Serialize};

use super::{PricingError, PromotionCommand, PromotionEvent, PromotionTerms, rules};
use crate::decider::Decider;

/// A reduction that orders get by themselves or by coupons.
#[derive(Debug)]
pub struct Promotion;

/// What is known of a promotion.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PromotionState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It runs, will run, or its time is over.
    Live(RunPromotion),
    /// It was ended; what it was stays readable.
    Ended(RunPromotion),
}

/// What a promotion is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunPromotion {
    /// All of it.
    pub terms: Box<PromotionTerms>,
    /// The greatest limit per customer that it ever had; 0 without any.
    pub slots: u16,
}

impl PromotionState {
    /// It was created, whether or not it was ended.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.promotion().is_some()
    }

    /// All that is known of it.
    #[must_use]
    pub const fn promotion(&self) -> Option<&RunPromotion> {
        match self {
            Self::Absent => None,
            Self::Live(promotion) | Self::Ended(promotion) => Some(promotion),
        }
    }

    fn live(&self) -> Result<&RunPromotion, PricingError> {
        match self {
            Self::Absent => Err(PricingError::PromotionNotFound),
            Self::Ended(_) => Err(PricingError::PromotionEnded),
            Self::Live(promotion) => Ok(promotion),
        }
    }
}

impl Decider for Promotion {
    const KIND: &'static str = "promotion";

    type State = PromotionState;
    type Command = PromotionCommand;
    type Event = PromotionEvent;
    type Error = PricingError;

    fn decide(
        state: &PromotionState,
        command: PromotionCommand,
    ) -> Result<Vec<PromotionEvent>, PricingError> {
        match command {
            PromotionCommand::Create { .. } if state.exists() => Err(PricingError::PromotionExists),
            PromotionCommand::Create { terms, now } => {
                rules::check_promotion(&terms, now)?;
                Ok(vec![PromotionEvent::PromotionCreated { terms: Box::new(terms) }])
            }
            PromotionCommand::Revise { terms, now } => {
                let old = &state.live()?.terms;
                if **old == terms {
                    return Ok(Vec::new());
                }
                rules::check_promotion(&terms, now)?;
                rules::check_limits_stay(&old.limits, &terms.limits)?;
                // Its coupons stand for it: it cannot begin to apply without them.
                if old.activation != terms.activation {
                    return Err(PricingError::ActivationChanged);
                }
                Ok(vec![PromotionEvent::PromotionRevised { terms: Box::new(terms) }])
            }
            PromotionCommand::End { reason } => match state {
                PromotionState::Absent => Err(PricingError::PromotionNotFound),
                PromotionState::Ended(_) => Ok(Vec::new()),
                PromotionState::Live(_) => Ok(vec![PromotionEvent::PromotionEnded { reason }]),
            },
        }
    }

    fn evolve(state: &mut PromotionState, event: &PromotionEvent) {
        match event {
            PromotionEvent::PromotionCreated { terms } | PromotionEvent::PromotionRevised { terms } => {
                let before = state.promotion().map_or(0, |promotion| promotion.slots);
                let slots = before.max(terms.limits.per_customer.unwrap_or(0));
                *state = PromotionState::Live(RunPromotion { terms: terms.clone(), slots });
            }
            PromotionEvent::PromotionEnded { reason: _ } => {
                *state = match std::mem::take(state) {
                    PromotionState::Absent => PromotionState::Absent,
                    PromotionState::Live(promotion) | PromotionState::Ended(promotion) => {
                        PromotionState::Ended(promotion)
                    }
                };
            }
        }
    }
}
