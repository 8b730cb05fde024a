//! Orders: what a customer committed to buy, at which price; and what came back.

mod command;
mod counter;
mod error;
mod event;
pub mod fraud;
mod fraud_command;
mod fraud_error;
mod fraud_event;
mod order;
mod return_event;
mod return_request;
mod status;
mod stored;

pub use command::{
    CounterCommand, OrderCommand, PlaceLine, PlaceOrder, RequestReturn, ReturnCommand, VendorTerms,
};
pub use counter::{Counter, CounterState};
pub use error::{CounterError, OrderError, ReturnError};
pub use event::{
    AppliedDiscount, Commission, DELIVERY_ADDRESS, DEVICE, DiscountedLine, Fulfilment, HeldLimit, LineTax,
    OrderEvent, OrderLine, Part, PaymentMethod, ReturnedLine, Totals,
};
pub use fraud_command::FraudRulesCommand;
pub use fraud_error::FraudRulesError;
pub use fraud_event::{
    FraudReason, FraudRules, FraudRulesEvent, FraudSignal, LargeAmountRule, ModelRule, SharedRule,
    UnusualAmountRule, VelocityRule,
};
pub use order::{Flag, Order, OrderState, PlacedOrder};
pub use return_event::{CounterEvent, CreditLine, ReturnEvent, SoldIn};
pub use return_request::{Claim, Return, ReturnState};
pub use status::{OrderStatus, ReturnStatus};

/// The most lines of one order; a limit of the command, not of the type, so that it may change.
pub const MAX_LINES: usize = 1_500;
