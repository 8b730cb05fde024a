//! Answers about companies.

use chrono::{DateTime, Utc};
use commands::vendors::CompanyAccepted;
use domain::vendors::DeliveryFee;
use projections::{
    payouts::company_account::AccountRow,
    vendors::company_list::{CommissionRateRow, CompanyRow},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::shapes::{MoneyBody, Texts, texts};

const fn status(is_active: bool) -> &'static str {
    if is_active { "active" } else { "inactive" }
}

/// What a company charges for bringing one part of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryFee)]
pub struct DeliveryFeeBody {
    /// Into this zone; null for every zone without a fee of its own.
    pub zone: Option<String>,
    /// For each part.
    pub fee: MoneyBody,
    /// From this much on it is free.
    pub free_from: Option<MoneyBody>,
}

impl From<&DeliveryFee> for DeliveryFeeBody {
    fn from(fee: &DeliveryFee) -> Self {
        Self {
            zone: fee.zone.as_ref().map(|zone| zone.as_str().to_owned()),
            fee: fee.fee.into(),
            free_from: fee.free_from.map(Into::into),
        }
    }
}

/// A commission that held from some time on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CommissionRate)]
pub struct CommissionRateBody {
    /// In hundredths of a percent.
    pub commission_basis_points: u16,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Position of the change in the log.
    pub position: i64,
}

impl From<&CommissionRateRow> for CommissionRateBody {
    fn from(row: &CommissionRateRow) -> Self {
        Self {
            commission_basis_points: row.commission_rate.get(),
            since: row.since,
            position: row.position,
        }
    }
}

/// A company.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Company, example = json!({
    "id": "com_0190c7a2000070008000000000000001",
    "name": "Zagros Foods",
    "names": {"en": "Zagros Foods", "ar": "أغذية زاغروس"},
    "description": null,
    "zones": ["erbil"],
    "status": "active",
    "delivery_fees": [{"zone": "erbil", "fee": {"amount": "2000", "currency": "IQD", "exponent": 0},
                       "free_from": {"amount": "50000", "currency": "IQD", "exponent": 0}}],
    "version": 1,
    "registered_at": "2026-01-31T09:00:00Z",
    "updated_at": "2026-01-31T09:00:00Z",
}))]
pub struct CompanyBody {
    /// `com_…`
    pub id: String,
    /// What it is called, in the language of the answer.
    pub name: String,
    /// What it is called, in every language.
    pub names: Texts,
    /// What it is, in every language.
    pub description: Option<Texts>,
    /// Zones that it delivers to; empty means all.
    pub zones: Vec<String>,
    /// `active` or `inactive`.
    pub status: &'static str,
    /// What it charges for delivery.
    pub delivery_fees: Vec<DeliveryFeeBody>,
    /// The commission of orders that are placed now, in hundredths of a percent; for administrators and the company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commission_basis_points: Option<u16>,
    /// Every commission so far, oldest first; for administrators and the company, on the page of one company.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commission_history: Option<Vec<CommissionRateBody>>,
    /// Its version now: `If-Match` takes it.
    pub version: i64,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl CompanyBody {
    /// With its commission only for those who may know it.
    pub fn new(row: &CompanyRow, language: &str, shows_terms: bool) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name.pick(&[language]).1.to_owned(),
            names: texts(&row.name),
            description: row.description.as_ref().map(texts),
            zones: row.zones.clone(),
            status: status(row.active),
            delivery_fees: row.delivery_fees.iter().map(Into::into).collect(),
            commission_basis_points: shows_terms.then_some(row.commission_rate.get()),
            commission_history: None,
            version: row.version,
            registered_at: row.registered_at,
            updated_at: row.updated_at,
        }
    }
}

/// What became of a company.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompanyAccepted, example = json!({
    "id": "com_0190c7a2000070008000000000000001",
    "version": 2,
    "status": "active",
}))]
pub struct CompanyAcceptedBody {
    /// `com_…`
    pub id: String,
    /// Its version now: `If-Match` takes it.
    pub version: i64,
    /// `active` or `inactive`.
    pub status: &'static str,
}

impl From<&CompanyAccepted> for CompanyAcceptedBody {
    fn from(accepted: &CompanyAccepted) -> Self {
        Self {
            id: accepted.company.to_string(),
            version: accepted.version,
            status: status(accepted.is_active),
        }
    }
}

/// A company's account in one currency:
/// `owed = sales - commission - refunds + refunded_commission + delivery_fees - paid`, and `due = owed - in_payout`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompanyAccount)]
pub struct CompanyAccountBody {
    /// ISO 4217 code.
    pub currency: &'static str,
    /// Delivered lines.
    pub lines: i64,
    /// Totals of these less their discounts.
    pub sales: MoneyBody,
    /// What the marketplace keeps of these.
    pub commission: MoneyBody,
    /// What was credited to customers.
    pub refunds: MoneyBody,
    /// The commission on that, given back.
    pub refunded_commission: MoneyBody,
    /// The company's own delivery fees.
    pub delivery_fees: MoneyBody,
    /// In payouts that are paid.
    pub paid: MoneyBody,
    /// In payouts that are neither paid nor failed.
    pub in_payout: MoneyBody,
    /// What is owed; negative where the company owes.
    pub owed: MoneyBody,
    /// What the next payout can take.
    pub due: MoneyBody,
}

impl From<&AccountRow> for CompanyAccountBody {
    fn from(row: &AccountRow) -> Self {
        Self {
            currency: row.sales.currency.code(),
            lines: row.lines,
            sales: row.sales.into(),
            commission: row.commission.into(),
            refunds: row.refunds.into(),
            refunded_commission: row.refunded_commission.into(),
            delivery_fees: row.delivery_fees.into(),
            paid: row.paid.into(),
            in_payout: row.in_payout.into(),
            owed: row.owed().into(),
            due: row.due().into(),
        }
    }
}

/// What is owed to a company, by currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompanyPayouts)]
pub struct CompanyPayoutsBody {
    /// `com_…`
    pub company_id: String,
    /// Nothing was delivered in a currency that is not here.
    pub accounts: Vec<CompanyAccountBody>,
}

/// A company in figures.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompanyStatistics)]
pub struct CompanyStatisticsBody {
    /// `com_…`
    pub company_id: String,
    /// Products on sale.
    pub products: i64,
    /// Orders with a part of this company, called off or not.
    pub orders: i64,
    /// Payouts, failed ones too.
    pub payouts: i64,
    /// By currency.
    pub accounts: Vec<CompanyAccountBody>,
}
