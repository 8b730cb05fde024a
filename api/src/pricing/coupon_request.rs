//! What may be asked of coupons.

use chrono::{DateTime, Utc};
use commands::pricing::CouponDraft;
use domain::pricing::{CouponCode, Grant, Stacking};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::request::{LimitsRequest, OfferParts, RewardRequest, ScopeRequest, time};
use crate::http::{Fields, Problem, shapes::AmountRequest};

/// All of a coupon: its code, and what it stands for: `promotion_id`, or an offer of its own (`reward` and what belongs
/// to it).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "WELCOME-5",
    "reward": {"type": "fixed", "amount": {"amount": "5000", "currency": "IQD"}},
    "minimum": {"amount": "30000", "currency": "IQD"},
    "limits": {"per_customer": 1},
}))]
pub struct CouponRequest {
    /// 3 to 32 letters, digits and hyphens; capitals and small letters are the same. A revision may leave it out, and
    /// cannot change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The promotion that it stands for (`prm_…`), which waits for coupons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion_id: Option<String>,
    /// What it takes off itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<RewardRequest>,
    /// For what and whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeRequest>,
    /// Only when the order's lines come to at least this, before any discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<AmountRequest>,
    /// Never more than this off one order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<AmountRequest>,
    /// `stackable` or `exclusive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub stacking: Option<Stacking>,
    /// From when on it is taken; at once where it is absent, or as before in a revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// When it is over; never where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// How many orders may have it.
    #[serde(default)]
    pub limits: LimitsRequest,
}

impl CouponRequest {
    /// A new coupon.
    ///
    /// # Errors
    /// 422 with every fault.
    pub(super) fn create(self) -> Result<(CouponCode, CouponDraft), Problem> {
        let mut fields = Fields::default();
        let code = match &self.code {
            Some(code) => fields.check("/code", CouponCode::parse(code)),
            None => {
                fields.refuse("/code", "missing", "a new coupon needs a code");
                None
            }
        };
        let draft = self.draft(&mut fields);
        code.zip(draft).ok_or_else(|| fields.into_problem())
    }

    /// The coupon `code` as it shall be.
    ///
    /// # Errors
    /// 422 with every fault.
    pub(super) fn revise(self, code: &CouponCode) -> Result<CouponDraft, Problem> {
        let mut fields = Fields::default();
        let named = fields.check_optional("/code", self.code.as_deref(), CouponCode::parse);
        if named.flatten().is_some_and(|named| named != *code) {
            fields.refuse("/code", "code-changed", "a coupon keeps its code");
        }
        let draft = self.draft(&mut fields);
        draft.filter(|_| fields.is_clean()).ok_or_else(|| fields.into_problem())
    }

    fn draft(&self, fields: &mut Fields) -> Option<CouponDraft> {
        let from = time(fields, "/from", self.from);
        let until = time(fields, "/until", self.until);
        let grant = self.grant(fields);
        Some(CouponDraft {
            grant: grant?,
            from: from?,
            until: until?,
            limits: self.limits.into(),
        })
    }

    fn grant(&self, fields: &mut Fields) -> Option<Grant> {
        let has_parts =
            self.scope.is_some() || self.minimum.is_some() || self.cap.is_some() || self.stacking.is_some();
        match (&self.promotion_id, &self.reward) {
            (Some(id), None) if !has_parts => fields.id("/promotion_id", id).map(Grant::Promotion),
            (None, Some(reward)) => {
                let offer = OfferParts {
                    reward,
                    scope: self.scope.as_ref().unwrap_or(&ScopeRequest::default()),
                    minimum: self.minimum.as_ref(),
                    cap: self.cap.as_ref(),
                    stacking: self.stacking.unwrap_or_default(),
                }
                .parse(fields)?;
                Some(Grant::Offer(Box::new(offer)))
            }
            (Some(_) | None, Some(_) | None) => {
                let detail = "name either promotion_id, or reward with what belongs to it";
                fields.refuse("", "promotion-or-reward", detail);
                None
            }
        }
    }
}
