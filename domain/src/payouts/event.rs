//! What may happen to a payout, a settlement, and the book that makes settlements adjoin.

use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{CompanyId, OrderId, ReturnId, SettlementId},
    money::Money,
    text::{PaymentReference, Reason},
};

/// What a company has earned and been charged; what it comes to is
/// `sales - commission - refunds + refunded_commission + delivery_fees`. All in one currency, none negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Earnings {
    /// Totals of delivered lines less their discounts.
    pub sales: Money,
    /// What the marketplace keeps of these.
    pub commission: Money,
    /// What was credited to customers.
    pub refunds: Money,
    /// The commission on what was credited, which the marketplace gives back.
    pub refunded_commission: Money,
    /// The company's own delivery fees, on which there is no commission.
    pub delivery_fees: Money,
}

/// A delivered line that is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidLine {
    /// The order.
    pub order: OrderId,
    /// Its line.
    pub line: u16,
    /// The line's total less its discount and the tax in it.
    pub sales: Money,
    /// What the marketplace keeps.
    pub commission: Money,
}

/// A delivered part whose delivery fee is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaidDelivery {
    /// The order.
    pub order: OrderId,
    /// Its part.
    pub part: u16,
    /// The company's fee.
    pub fee: Money,
}

/// A line of a credit that is charged to the company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargedRefund {
    /// The return.
    #[serde(rename = "return")]
    pub return_id: ReturnId,
    /// Its line.
    pub line: u16,
    /// What was credited to the customer.
    pub refund: Money,
    /// The commission on it, which the marketplace gives back.
    pub commission: Money,
}

/// A fact about one payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PayoutEvent {
    /// These items are taken: no other payout can take them, unless this one fails.
    PayoutCreated {
        /// Who is paid.
        company: CompanyId,
        /// Delivered lines.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        lines: Vec<PaidLine>,
        /// Delivered parts.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        deliveries: Vec<PaidDelivery>,
        /// Credits.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        refunds: Vec<ChargedRefund>,
        /// The items' sums.
        earnings: Earnings,
        /// What is paid: more than nothing.
        total: Money,
    },
    /// It may be paid.
    PayoutApproved,
    /// The money is with the company. This is final.
    PayoutPaid {
        /// What the bank or provider calls the payment.
        reference: PaymentReference,
    },
    /// It will not be paid; its items are due again.
    PayoutFailed {
        /// Why.
        reason: Reason,
    },
}

impl Event for PayoutEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("PayoutCreated", 1),
        ("PayoutApproved", 1),
        ("PayoutPaid", 1),
        ("PayoutFailed", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::PayoutCreated { .. } => "PayoutCreated",
            Self::PayoutApproved => "PayoutApproved",
            Self::PayoutPaid { .. } => "PayoutPaid",
            Self::PayoutFailed { .. } => "PayoutFailed",
        }
    }
}

/// A company's account over a range of positions: `closing = opening + what the earnings come to - payouts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// What was owed to the company before.
    pub opening: Money,
    /// What it earned and was charged in the range.
    pub earnings: Earnings,
    /// What it was paid in the range.
    pub payouts: Money,
    /// What is owed to the company after it.
    pub closing: Money,
}

/// A fact about one settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettlementEvent {
    /// The account was drawn up.
    SettlementCreated {
        /// Whose account.
        company: CompanyId,
        /// The range of positions begins after this one: where the settlement before it ended, or 0.
        from: i64,
        /// The last position of the range.
        to: i64,
        /// The account.
        statement: Statement,
    },
    /// The company objects.
    SettlementDisputed {
        /// Why.
        reason: Reason,
    },
    /// Both sides agree.
    SettlementConfirmed,
    /// It is done with.
    SettlementClosed {
        /// How a dispute was resolved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
}

impl Event for SettlementEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("SettlementCreated", 1),
        ("SettlementDisputed", 1),
        ("SettlementConfirmed", 1),
        ("SettlementClosed", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::SettlementCreated { .. } => "SettlementCreated",
            Self::SettlementDisputed { .. } => "SettlementDisputed",
            Self::SettlementConfirmed => "SettlementConfirmed",
            Self::SettlementClosed { .. } => "SettlementClosed",
        }
    }
}

/// A fact about the chain of one company's settlements in one currency; the stream's id is both, with a slash between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SettlementBookEvent {
    /// Everything up to a position is settled.
    PeriodSettled {
        /// In which settlement.
        settlement: SettlementId,
        /// The range begins after this position.
        from: i64,
        /// The last position of the range, where the next one begins.
        to: i64,
        /// What is owed to the company after it.
        closing: Money,
    },
}

impl Event for SettlementBookEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("PeriodSettled", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::PeriodSettled { .. } => "PeriodSettled",
        }
    }
}
