//! Why a request to a payout, a settlement or a settlement book is refused.

use crate::{
    money::Money,
    refusal::{Fault, refusals},
};

/// Why a request to a payout is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayoutError {
    /// There is no such payout.
    #[error("payout does not exist")]
    NotFound,
    /// A payout is created once.
    #[error("payout is created already")]
    AlreadyCreated,
    /// There is no item that no other payout has.
    #[error("nothing is due to this company in this currency")]
    NothingDue,
    /// The refunds are as much as the sales or more: it is the company that owes.
    #[error("the refunds are not less than the sales")]
    NothingToPay {
        /// What the items come to.
        balance: Money,
    },
    /// See [`super::MAX_ITEMS`].
    #[error("at most {max} items are allowed")]
    TooManyItems {
        /// The limit.
        max: usize,
    },
    /// An item is of another company or currency, or named twice.
    #[error("item does not belong into this payout")]
    ForeignItem,
    /// A sum does not fit.
    #[error("amount is out of range")]
    AmountOutOfRange,
    /// Nobody has allowed it yet.
    #[error("payout is not approved")]
    NotApproved,
    /// A payment is final.
    #[error("payout is paid already")]
    AlreadyPaid,
    /// It was given up.
    #[error("payout has failed")]
    Failed,
}

refusals!(PayoutError, faults = details {
    NotFound = "payouts.payout_not_found" NotFound,
    AlreadyCreated = "payouts.payout_already_created" Conflict,
    NothingDue = "payouts.nothing_due" Conflict,
    NothingToPay = "payouts.nothing_to_pay" Conflict,
    TooManyItems = "payouts.too_many_items" Invalid,
    ForeignItem = "payouts.foreign_item" Invalid,
    AmountOutOfRange = "payouts.amount_out_of_range" Invalid,
    NotApproved = "payouts.not_approved" Conflict,
    AlreadyPaid = "payouts.already_paid" Conflict,
    Failed = "payouts.failed" Conflict,
});

impl PayoutError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NothingToPay { balance } => vec![
                Fault::at("", self)
                    .with("balance", balance.decimal())
                    .with("currency", balance.currency().code()),
            ],
            Self::NotFound
            | Self::AlreadyCreated
            | Self::NothingDue
            | Self::TooManyItems { .. }
            | Self::ForeignItem
            | Self::AmountOutOfRange
            | Self::NotApproved
            | Self::AlreadyPaid
            | Self::Failed => Vec::new(),
        }
    }
}

/// Why a request to a settlement is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettlementError {
    /// There is no such settlement.
    #[error("settlement does not exist")]
    NotFound,
    /// A settlement is drawn up once.
    #[error("settlement is created already")]
    AlreadyCreated,
    /// Amounts of several currencies.
    #[error("amounts of a settlement must be in one currency")]
    CurrencyMismatch,
    /// A sum does not fit.
    #[error("amount is out of range")]
    AmountOutOfRange,
    /// It is agreed to.
    #[error("settlement is confirmed")]
    Confirmed,
    /// Nobody has agreed or objected yet.
    #[error("settlement is neither confirmed nor disputed")]
    StillOpen,
    /// It is done with.
    #[error("settlement is closed")]
    Closed,
}

refusals!(SettlementError {
    NotFound = "payouts.settlement_not_found" NotFound,
    AlreadyCreated = "payouts.settlement_already_created" Conflict,
    CurrencyMismatch = "payouts.settlement_currency_mismatch" Invalid,
    AmountOutOfRange = "payouts.settlement_amount_out_of_range" Invalid,
    Confirmed = "payouts.settlement_confirmed" Conflict,
    StillOpen = "payouts.settlement_still_open" Conflict,
    Closed = "payouts.settlement_closed" Conflict,
});

/// Why a settlement does not fit into its company's book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SettlementBookError {
    /// Settlements adjoin: each begins where the one before it ended.
    #[error("the settlement must begin where the one before it ended")]
    NotAdjoining {
        /// Where that was.
        settled_to: i64,
    },
    /// A range ends after its beginning.
    #[error("everything up to this position is settled already")]
    EmptyRange {
        /// Up to where.
        settled_to: i64,
    },
    /// The opening balance is the closing one of the settlement before.
    #[error("the opening balance must be the closing balance of the settlement before")]
    OpeningMismatch,
}

refusals!(SettlementBookError, faults = details {
    NotAdjoining = "payouts.settlement_not_adjoining" Conflict,
    EmptyRange = "payouts.settlement_range_empty" Conflict,
    OpeningMismatch = "payouts.settlement_opening_mismatch" Conflict,
});

impl SettlementBookError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NotAdjoining { settled_to } | Self::EmptyRange { settled_to } => {
                vec![Fault::at("", self).with("settled_to", *settled_to)]
            }
            Self::OpeningMismatch => Vec::new(),
        }
    }
}
