//! What may be asked of a payout, a settlement and a settlement book.

use super::{Due, Earnings};
use crate::{
    ids::{CompanyId, SettlementId},
    money::{Currency, Money},
    text::{PaymentReference, Reason},
};

/// A request to one payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PayoutCommand {
    /// Take these items; the use case claims each of them in the same unit.
    Create(CreatePayout),
    /// Allow it.
    Approve,
    /// Book the payment.
    Pay {
        /// What the bank or provider calls it.
        reference: PaymentReference,
    },
    /// Give it up, before it is paid; the use case gives its claims up in the same unit.
    Fail {
        /// Why.
        reason: Reason,
    },
}

/// A payout to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CreatePayout {
    /// Who is paid.
    pub company: CompanyId,
    /// In which currency.
    pub currency: Currency,
    /// At least one, at most [`super::MAX_ITEMS`], each once.
    pub items: Vec<Due>,
}

/// A request to one settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SettlementCommand {
    /// Draw it up; the use case extends the company's book in the same unit.
    Create(CreateSettlement),
    /// Object to it.
    Dispute {
        /// Why.
        reason: Reason,
    },
    /// Agree to it.
    Confirm,
    /// Be done with it.
    Close {
        /// How a dispute was resolved.
        reason: Option<Reason>,
    },
}

/// A settlement to draw up. The figures were read from the log, whose past never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CreateSettlement {
    /// Whose account.
    pub company: CompanyId,
    /// The range begins after this position.
    pub from: i64,
    /// The last position of the range.
    pub to: i64,
    /// What was owed before.
    pub opening: Money,
    /// What was earned and charged in the range.
    pub earnings: Earnings,
    /// What was paid in the range.
    pub payouts: Money,
}

/// A request to one settlement book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettlementBookCommand {
    /// Add a settlement.
    Extend {
        /// Which.
        settlement: SettlementId,
        /// It begins after this position.
        from: i64,
        /// Its last position.
        to: i64,
        /// What it says was owed before.
        opening: Money,
        /// What it says is owed after it.
        closing: Money,
    },
}
