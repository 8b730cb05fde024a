//! Payouts and settlements.
//!
//! What a company has earned is read from the log itself, up to a position that the log has reached, before the
//! decision: deliveries, credits and the amounts frozen in orders never change any more. Only what can still change is
//! decided under the lock: which payout has an item (a claim for each), and where the book of settlements ends.

mod facts;
mod payout;
mod settlement;

use domain::{
    ids::{CompanyId, PayoutId, SettlementId},
    money::Money,
    payouts::{Earnings, PayoutStatus, SettlementStatus, Statement},
};
use event_store::Log;
use serde::{Deserialize, Serialize};

pub use payout::{NewPayout, SettlePayout};
pub use settlement::{ChangeSettlement, NewSettlement};

use crate::code::codes;

codes! {
    PAYOUT_STATUS_NOT_REACHABLE = "payouts.status_not_reachable" Invalid "a payout cannot be set to this status",
    SETTLEMENT_STATUS_NOT_REACHABLE = "payouts.settlement_status_not_reachable" Invalid
        "a settlement cannot be set to this status",
    REFERENCE_NEEDED = "payouts.reference_needed" Invalid "a payment needs its reference",
    REASON_NEEDED = "payouts.reason_needed" Invalid "a reason is needed",
    BEYOND_HEAD = "payouts.position_not_reached" Invalid "the log has not reached this position",
}

/// The scope of the claims on lines of orders: key order's UUID, slash, line; the holder is the payout's stream.
pub const LINE_SCOPE: &str = "payout_line";

/// The scope of the claims on delivery fees: key order's UUID, slash, part.
pub const DELIVERY_SCOPE: &str = "payout_delivery";

/// The scope of the claims on refunds: key return's UUID, slash, line.
pub const REFUND_SCOPE: &str = "payout_refund";

/// The use cases on payouts and settlements.
#[derive(Clone)]
pub struct Payouts {
    log: Log,
}

impl Payouts {
    /// Use cases on `log`.
    #[must_use]
    pub const fn new(log: Log) -> Self {
        Self { log }
    }
}

/// What became of a payout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutAccepted {
    /// Which payout.
    pub payout: PayoutId,
    /// Who is paid.
    pub company: CompanyId,
    /// How far it has come.
    pub status: PayoutStatus,
    /// Its version now: the `ETag`.
    pub version: i64,
    /// How many items it pays for.
    pub items: usize,
    /// What they are.
    pub earnings: Earnings,
    /// What they come to.
    pub total: Money,
}

/// What became of a settlement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementAccepted {
    /// Which settlement.
    pub settlement: SettlementId,
    /// Whose account.
    pub company: CompanyId,
    /// How far it has come.
    pub status: SettlementStatus,
    /// Its version now: the `ETag`.
    pub version: i64,
    /// The range of positions begins after this one.
    pub from: i64,
    /// The last position of the range.
    pub to: i64,
    /// The account.
    pub statement: Statement,
}
