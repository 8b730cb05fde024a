//! Payouts: what companies have earned and been paid, item by item; and settlements, which add it up.
//!
//! A company earns a line when its last unit is delivered, and a delivery fee when its part is; it is charged a refund
//! when the credit is issued. Each of these is an *item*, a fact of the log that never changes. A payout takes items
//! that no other payout has, and what is owed is the items less what was paid.

mod book;
mod command;
mod earnings;
mod error;
mod event;
mod item;
mod payout;
mod settlement;
mod status;

pub use book::{SettlementBook, SettlementBookState};
pub use command::{CreatePayout, CreateSettlement, PayoutCommand, SettlementBookCommand, SettlementCommand};
pub use error::{PayoutError, SettlementBookError, SettlementError};
pub use event::{
    ChargedRefund, Earnings, PaidDelivery, PaidLine, PayoutEvent, SettlementBookEvent, SettlementEvent,
    Statement,
};
pub use item::{Due, Item, charged_by_return, earned_in_order};
pub use payout::{Payout, PayoutContent, PayoutState};
pub use settlement::{Settlement, SettlementContent, SettlementState};
pub use status::{PayoutStatus, SettlementStatus};

/// The most items of one payout; what is due beyond them goes into the next one.
pub const MAX_ITEMS: usize = 1_000;
