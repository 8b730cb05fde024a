//! Orders: what a customer committed to buy, at which price; and what came back.

mod command;
mod counter;
mod error;
mod event;
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
    AppliedDiscount, Commission, DELIVERY_ADDRESS, DiscountedLine, Fulfilment, HeldLimit, LineTax,
    OrderEvent, OrderLine, Part, PaymentMethod, ReturnedLine, Totals,
};
pub use order::{Order, OrderState, PlacedOrder};
pub use return_event::{CounterEvent, CreditLine, ReturnEvent, SoldIn};
pub use return_request::{Claim, Return, ReturnState};
pub use status::{OrderStatus, ReturnStatus};

/// The most lines of one order; a limit of the command, not of the type, so that it may change.
pub const MAX_LINES: usize = 1_500;
