//! The coupon: a code that an order can be given.

use super::{CouponCommand, CouponEvent, CouponTerms, PricingError, rules};
use crate::decider::Decider;

/// A code that stands for a promotion or an offer of its own; the stream's id is the code.
#[derive(Debug)]
pub struct Coupon;

/// What is known of a coupon.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CouponState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It is taken, within its validity.
    Live(IssuedCoupon),
    /// It was ended; what it was stays readable.
    Ended(IssuedCoupon),
}

/// What a coupon is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuedCoupon {
    /// All of it.
    pub terms: Box<CouponTerms>,
    /// The greatest limit per customer that it ever had; 0 without any.
    pub slots: u16,
}

impl CouponState {
    /// It was created, whether or not it was ended.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.coupon().is_some()
    }

    /// All that is known of it.
    #[must_use]
    pub const fn coupon(&self) -> Option<&IssuedCoupon> {
        match self {
            Self::Absent => None,
            Self::Live(coupon) | Self::Ended(coupon) => Some(coupon),
        }
    }
}

impl Decider for Coupon {
    const KIND: &'static str = "coupon";

    type State = CouponState;
    type Command = CouponCommand;
    type Event = CouponEvent;
    type Error = PricingError;

    fn decide(state: &CouponState, command: CouponCommand) -> Result<Vec<CouponEvent>, PricingError> {
        match command {
            CouponCommand::Create { .. } if state.exists() => Err(PricingError::CouponCodeTaken),
            CouponCommand::Create { terms, now } => {
                rules::check_coupon(&terms, now)?;
                Ok(vec![CouponEvent::CouponCreated { terms: Box::new(terms) }])
            }
            CouponCommand::Revise { terms, now } => {
                let old = match state {
                    CouponState::Absent => return Err(PricingError::CouponNotFound),
                    CouponState::Ended(_) => return Err(PricingError::CouponEnded),
                    CouponState::Live(coupon) => &coupon.terms,
                };
                if **old == terms {
                    return Ok(Vec::new());
                }
                rules::check_coupon(&terms, now)?;
                rules::check_limits_stay(&old.limits, &terms.limits)?;
                Ok(vec![CouponEvent::CouponRevised { terms: Box::new(terms) }])
            }
            CouponCommand::End { reason } => match state {
                CouponState::Absent => Err(PricingError::CouponNotFound),
                CouponState::Ended(_) => Ok(Vec::new()),
                CouponState::Live(_) => Ok(vec![CouponEvent::CouponEnded { reason }]),
            },
        }
    }

    fn evolve(state: &mut CouponState, event: &CouponEvent) {
        match event {
            CouponEvent::CouponCreated { terms } | CouponEvent::CouponRevised { terms } => {
                let before = state.coupon().map_or(0, |coupon| coupon.slots);
                let slots = before.max(terms.limits.per_customer.unwrap_or(0));
                *state = CouponState::Live(IssuedCoupon { terms: terms.clone(), slots });
            }
            CouponEvent::CouponEnded { reason: _ } => {
                *state = match std::mem::take(state) {
                    CouponState::Absent => CouponState::Absent,
                    CouponState::Live(coupon) | CouponState::Ended(coupon) => CouponState::Ended(coupon),
                };
            }
        }
    }
}
