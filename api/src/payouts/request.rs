//! What may be asked of payouts and settlements.

use chrono::{DateTime, Utc};
use commands::payouts::{ChangeSettlement, NewSettlement, SettlePayout};
use domain::{
    ids::CompanyId,
    money::Currency,
    payouts::{PayoutStatus, SettlementStatus},
    text::{PaymentReference, Reason},
};
use event_store::AsOf;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{Fields, Problem};

/// A payout to create, from all that is due to a company: its oldest items first, at most 1,000.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"company_id": "com_0190c7a2000070008000000000000001"}))]
pub struct CreatePayoutRequest {
    /// `com_…`
    pub company_id: String,
    /// ISO 4217 code; the store's currency where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

/// The company and the currency of a request.
fn account(
    fields: &mut Fields,
    company: &str,
    currency: Option<&str>,
    store: Currency,
) -> Option<(CompanyId, Currency)> {
    let company = fields.id("/company_id", company);
    let currency = match currency {
        None => Some(store),
        Some(code) => fields.currency("/currency", code),
    };
    company.zip(currency)
}

impl CreatePayoutRequest {
    /// The company and the currency.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(&self, store: Currency) -> Result<(CompanyId, Currency), Problem> {
        let mut fields = Fields::default();
        account(&mut fields, &self.company_id, self.currency.as_deref(), store)
            .ok_or_else(|| fields.into_problem())
    }
}

/// Where a payout goes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PayoutStep {
    /// It may be paid.
    Approved,
    /// The money is with the company; needs `reference`. This is final.
    Paid,
    /// It will not be paid, and its items are due again; needs `reason`.
    Failed,
}

/// A step of a payout.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "paid", "reference": "FT26012345"}))]
pub struct PayoutStatusRequest {
    /// Where to.
    pub status: PayoutStep,
    /// What the bank or provider calls the payment; with `paid` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Why; with `failed` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl PayoutStatusRequest {
    /// The step.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(&self, expected_version: Option<i64>) -> Result<SettlePayout, Problem> {
        let mut fields = Fields::default();
        let reference =
            fields.check_optional("/reference", self.reference.as_deref(), PaymentReference::parse);
        let reason = fields.check_optional("/reason", self.reason.as_deref(), Reason::parse);
        let to = match self.status {
            PayoutStep::Approved => PayoutStatus::Approved,
            PayoutStep::Paid => PayoutStatus::Paid,
            PayoutStep::Failed => PayoutStatus::Failed,
        };
        match (reference, reason) {
            (Some(reference), Some(reason)) => Ok(SettlePayout { to, reference, reason, expected_version }),
            _ => Err(fields.into_problem()),
        }
    }
}

/// A settlement to draw up. It begins where the company's last one in this currency ended.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "company_id": "com_0190c7a2000070008000000000000001",
    "until": "2026-01-31T21:00:00Z",
}))]
pub struct CreateSettlementRequest {
    /// `com_…`
    pub company_id: String,
    /// ISO 4217 code; the store's currency where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Everything recorded at or before this time; everything so far where neither this nor `to_position` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// Everything up to and including this position of the log; not together with `until`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0)]
    pub to_position: Option<i64>,
}

impl CreateSettlementRequest {
    /// The settlement.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(&self, store: Currency) -> Result<NewSettlement, Problem> {
        let mut fields = Fields::default();
        let account = account(&mut fields, &self.company_id, self.currency.as_deref(), store);
        let until = match (self.until, self.to_position) {
            (None, None) => Some(AsOf::Now),
            (Some(time), None) => Some(AsOf::Time(time)),
            (None, Some(position @ 0..)) => Some(AsOf::Position(position)),
            (None, Some(_)) => {
                fields.refuse("/to_position", "out-of-range", "must not be negative");
                None
            }
            (Some(_), Some(_)) => {
                fields.refuse("/to_position", "not-with-until", "cannot be given together with until");
                None
            }
        };
        match (account, until) {
            (Some((company, currency)), Some(until)) => Ok(NewSettlement { company, currency, until }),
            _ => Err(fields.into_problem()),
        }
    }
}

/// Where a settlement goes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SettlementStep {
    /// Both sides agree.
    Confirmed,
    /// The company objects; needs `reason`.
    Disputed,
    /// It is done with, confirmed or disputed.
    Closed,
}

/// A step of a settlement.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "disputed", "reason": "A delivery is missing"}))]
pub struct SettlementStatusRequest {
    /// Where to.
    pub status: SettlementStep,
    /// Why it is disputed, or how the dispute was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl SettlementStatusRequest {
    /// The step.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(&self, expected_version: Option<i64>) -> Result<ChangeSettlement, Problem> {
        let mut fields = Fields::default();
        let reason = fields.check_optional("/reason", self.reason.as_deref(), Reason::parse);
        let to = match self.status {
            SettlementStep::Confirmed => SettlementStatus::Confirmed,
            SettlementStep::Disputed => SettlementStatus::Disputed,
            SettlementStep::Closed => SettlementStatus::Closed,
        };
        let reason = reason.ok_or_else(|| fields.into_problem())?;
        Ok(ChangeSettlement { to, reason, expected_version })
    }
}
