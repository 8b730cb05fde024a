//! Coupons are created, revised and ended.

use chrono::{DateTime, Utc};
use domain::{
    pricing::{
        Activation, Coupon, CouponCode, CouponCommand, CouponTerms, Grant, Limits, PricingError, Promotion,
        PromotionState, Validity,
    },
    text::Reason,
};
use event_store::{Decision, Executed, StreamRef, Unit};

use super::{COUPON_PROMOTION_AUTOMATIC, COUPON_PROMOTION_UNKNOWN, CouponAccepted, Pricing};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
};

/// All of a coupon but its code, as somebody writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponDraft {
    /// What it stands for.
    pub grant: Grant,
    /// From when on it is taken; at once, or as before, where it is absent.
    pub from: Option<DateTime<Utc>>,
    /// When it is over.
    pub until: Option<DateTime<Utc>>,
    /// How many orders may have it.
    pub limits: Limits,
}

impl CouponDraft {
    fn terms(&self, from: DateTime<Utc>) -> CouponTerms {
        CouponTerms {
            grant: self.grant.clone(),
            validity: Validity { from: self.from.unwrap_or(from), until: self.until },
            limits: self.limits,
        }
    }

    fn reads(&self, unit: Unit, code: &CouponCode) -> Unit {
        let unit = unit.reads(StreamRef::of::<Coupon>(code.as_str()));
        match &self.grant {
            Grant::Promotion(promotion) => unit.reads(StreamRef::of::<Promotion>(promotion.stream())),
            Grant::Offer(_) => unit,
        }
    }
}

impl Pricing {
    /// Makes a coupon. Its code is its own for ever.
    ///
    /// # Errors
    /// `pricing.coupon_code_taken`, `pricing.coupon_promotion_unknown`, `pricing.coupon_promotion_automatic`, and the
    /// rules of its terms.
    pub async fn create_coupon(
        &self,
        call: &Call,
        code: CouponCode,
        draft: CouponDraft,
    ) -> Result<Executed<CouponAccepted>, CommandError> {
        call.require(UseCase::CreateCoupon)?;
        let unit = draft.reads(call.unit(), &code);
        execute(&self.log, call, unit, move |decision| {
            check_grant(decision, &draft.grant)?;
            let now = decision.now();
            let create = CouponCommand::Create { terms: draft.terms(now), now };
            judge::<Coupon>(decision, code.as_str(), create)?;
            accepted(decision, &code)
        })
        .await
    }

    /// Replaces all of a coupon but its code, from now on; placed orders keep what they got.
    ///
    /// # Errors
    /// `pricing.coupon_not_found`, `PreconditionFailed`, and as [`Self::create_coupon`].
    pub async fn revise_coupon(
        &self,
        call: &Call,
        code: CouponCode,
        draft: CouponDraft,
        expected_version: Option<i64>,
    ) -> Result<Executed<CouponAccepted>, CommandError> {
        call.require(UseCase::ReviseCoupon)?;
        let unit = draft.reads(call.unit(), &code);
        execute(&self.log, call, unit, move |decision| {
            let Some(known) = decision.state::<Coupon>(code.as_str())?.coupon() else {
                return refuse(Refused::of(&PricingError::CouponNotFound));
            };
            let terms = draft.terms(known.terms.validity.from);
            check_version::<Coupon>(decision, code.as_str(), expected_version)?;
            check_grant(decision, &terms.grant)?;
            let now = decision.now();
            judge::<Coupon>(decision, code.as_str(), CouponCommand::Revise { terms, now })?;
            accepted(decision, &code)
        })
        .await
    }

    /// Ends a coupon for good. Ending an ended one changes nothing.
    ///
    /// # Errors
    /// `pricing.coupon_not_found`, `PreconditionFailed`.
    pub async fn end_coupon(
        &self,
        call: &Call,
        code: CouponCode,
        reason: Option<Reason>,
        expected_version: Option<i64>,
    ) -> Result<Executed<CouponAccepted>, CommandError> {
        call.require(UseCase::EndCoupon)?;
        let unit = call.unit().reads(StreamRef::of::<Coupon>(code.as_str()));
        execute(&self.log, call, unit, move |decision| {
            if !decision.state::<Coupon>(code.as_str())?.exists() {
                return refuse(Refused::of(&PricingError::CouponNotFound));
            }
            check_version::<Coupon>(decision, code.as_str(), expected_version)?;
            judge::<Coupon>(decision, code.as_str(), CouponCommand::End { reason: reason.clone() })?;
            accepted(decision, &code)
        })
        .await
    }
}

/// A coupon stands for a promotion that waits for coupons and has not ended.
fn check_grant(decision: &mut Decision<'_>, grant: &Grant) -> Ruling<()> {
    let Grant::Promotion(promotion) = grant else {
        return Ok(());
    };
    match decision.state::<Promotion>(&promotion.stream())? {
        PromotionState::Absent | PromotionState::Ended(_) => {
            refuse(COUPON_PROMOTION_UNKNOWN.refusal_at("/promotion_id"))
        }
        PromotionState::Live(known) if known.terms.activation == Activation::Automatic => {
            refuse(COUPON_PROMOTION_AUTOMATIC.refusal_at("/promotion_id"))
        }
        PromotionState::Live(_) => Ok(()),
    }
}

fn accepted(decision: &mut Decision<'_>, code: &CouponCode) -> Ruling<CouponAccepted> {
    let version = decision.version::<Coupon>(code.as_str())?;
    Ok(CouponAccepted { code: code.clone(), version })
}
