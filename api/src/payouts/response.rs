//! Answers about payouts and settlements.

use chrono::{DateTime, Utc};
use commands::payouts::{PayoutAccepted, SettlementAccepted};
use domain::payouts::{Earnings, Item, Statement};
use projections::payouts::{
    company_account::{ItemRow, PayoutRow},
    settlement_list::SettlementRow,
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::shapes::MoneyBody;

/// What a company earned and was charged; it comes to
/// `sales - commission - refunds + refunded_commission + delivery_fees`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Earnings)]
pub struct EarningsBody {
    /// Totals of delivered lines less their discounts.
    pub sales: MoneyBody,
    /// What the marketplace keeps of these.
    pub commission: MoneyBody,
    /// What was credited to customers.
    pub refunds: MoneyBody,
    /// The commission on that, given back.
    pub refunded_commission: MoneyBody,
    /// The company's own delivery fees.
    pub delivery_fees: MoneyBody,
}

impl From<&Earnings> for EarningsBody {
    fn from(earnings: &Earnings) -> Self {
        Self {
            sales: earnings.sales.into(),
            commission: earnings.commission.into(),
            refunds: earnings.refunds.into(),
            refunded_commission: earnings.refunded_commission.into(),
            delivery_fees: earnings.delivery_fees.into(),
        }
    }
}

/// One thing that a payout pays for.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PayoutItem)]
pub struct PayoutItemBody {
    /// `line` of an order, `delivery` fee of a part, or `refund`.
    pub kind: &'static str,
    /// The order (`ord_…`), of a refund too.
    pub order_id: String,
    /// The return (`ret_…`); null for what is no refund.
    pub return_id: Option<String>,
    /// The line or part of the order; of a refund the line of the return.
    pub number: u16,
    /// What it adds.
    pub earnings: EarningsBody,
    /// When the goods arrived, or the credit was issued.
    pub effective_at: DateTime<Utc>,
    /// Position of that event in the log.
    pub position: i64,
}

impl From<&ItemRow> for PayoutItemBody {
    fn from(row: &ItemRow) -> Self {
        let (return_id, number) = match row.item {
            Item::Line(_, number) | Item::Delivery(_, number) => (None, number),
            Item::Refund(return_id, number) => (Some(return_id.to_string()), number),
        };
        Self {
            kind: row.item.kind(),
            order_id: row.order.to_string(),
            return_id,
            number,
            earnings: (&row.earnings).into(),
            effective_at: row.effective_at,
            position: row.position,
        }
    }
}

/// A payout.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Payout)]
pub struct PayoutBody {
    /// `pay_…`
    pub id: String,
    /// `com_…`
    pub company_id: String,
    /// `pending`, `approved`, `paid` or `failed`.
    pub status: &'static str,
    /// How many items it pays for.
    pub item_count: u32,
    /// What they are.
    pub earnings: EarningsBody,
    /// What is paid.
    pub total: MoneyBody,
    /// What the bank or provider calls the payment; null until it is paid.
    pub reference: Option<String>,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// Its version now: `If-Match` takes it.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When the payment was made; null until then.
    pub paid_at: Option<DateTime<Utc>>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// What it was created with, oldest first; on the page of one payout only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub items: Option<Vec<PayoutItemBody>>,
}

impl From<PayoutRow> for PayoutBody {
    fn from(row: PayoutRow) -> Self {
        Self {
            id: row.id.to_string(),
            company_id: row.company.to_string(),
            status: row.status.as_str(),
            item_count: row.item_count,
            earnings: (&row.earnings).into(),
            total: row.total.into(),
            reference: row.reference,
            failure_reason: row.failure_reason,
            version: row.version,
            created_at: row.created_at,
            paid_at: row.paid_at,
            updated_at: row.updated_at,
            items: None,
        }
    }
}

/// What became of a payout.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PayoutAccepted)]
pub struct PayoutAcceptedBody {
    /// `pay_…`
    pub id: String,
    /// `com_…`
    pub company_id: String,
    /// `pending`, `approved`, `paid` or `failed`.
    pub status: &'static str,
    /// Its version now: `If-Match` takes it.
    pub version: i64,
    /// How many items it pays for.
    pub item_count: usize,
    /// What they are.
    pub earnings: EarningsBody,
    /// What is paid.
    pub total: MoneyBody,
}

impl From<&PayoutAccepted> for PayoutAcceptedBody {
    fn from(accepted: &PayoutAccepted) -> Self {
        Self {
            id: accepted.payout.to_string(),
            company_id: accepted.company.to_string(),
            status: accepted.status.as_str(),
            version: accepted.version,
            item_count: accepted.items,
            earnings: (&accepted.earnings).into(),
            total: accepted.total.into(),
        }
    }
}

/// A company's account over a range of positions: `closing = opening + what the earnings come to - payouts`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Statement)]
pub struct StatementBody {
    /// What was owed to the company before.
    pub opening: MoneyBody,
    /// What it earned and was charged in the range.
    pub earnings: EarningsBody,
    /// What it was paid in the range.
    pub payouts: MoneyBody,
    /// What is owed to the company after it.
    pub closing: MoneyBody,
}

impl From<&Statement> for StatementBody {
    fn from(statement: &Statement) -> Self {
        Self {
            opening: statement.opening.into(),
            earnings: (&statement.earnings).into(),
            payouts: statement.payouts.into(),
            closing: statement.closing.into(),
        }
    }
}

/// A settlement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Settlement)]
pub struct SettlementBody {
    /// `stl_…`
    pub id: String,
    /// `com_…`
    pub company_id: String,
    /// `open`, `disputed`, `confirmed` or `closed`.
    pub status: &'static str,
    /// The range of positions begins after this one: where the settlement before it ended, or 0.
    pub from_position: i64,
    /// The last position of the range.
    pub to_position: i64,
    /// The account.
    pub statement: StatementBody,
    /// What the company objects to.
    pub dispute_reason: Option<String>,
    /// How a dispute was resolved.
    pub closing_reason: Option<String>,
    /// Its version now: `If-Match` takes it.
    pub version: i64,
    /// When it was drawn up.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

impl From<SettlementRow> for SettlementBody {
    fn from(row: SettlementRow) -> Self {
        Self {
            id: row.id.to_string(),
            company_id: row.company.to_string(),
            status: row.status.as_str(),
            from_position: row.from,
            to_position: row.to,
            statement: (&row.statement).into(),
            dispute_reason: row.dispute_reason,
            closing_reason: row.closing_reason,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// What became of a settlement.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SettlementAccepted)]
pub struct SettlementAcceptedBody {
    /// `stl_…`
    pub id: String,
    /// `com_…`
    pub company_id: String,
    /// `open`, `disputed`, `confirmed` or `closed`.
    pub status: &'static str,
    /// Its version now: `If-Match` takes it.
    pub version: i64,
    /// The range of positions begins after this one.
    pub from_position: i64,
    /// The last position of the range.
    pub to_position: i64,
    /// The account.
    pub statement: StatementBody,
}

impl From<&SettlementAccepted> for SettlementAcceptedBody {
    fn from(accepted: &SettlementAccepted) -> Self {
        Self {
            id: accepted.settlement.to_string(),
            company_id: accepted.company.to_string(),
            status: accepted.status.as_str(),
            version: accepted.version,
            from_position: accepted.from,
            to_position: accepted.to,
            statement: (&accepted.statement).into(),
        }
    }
}
