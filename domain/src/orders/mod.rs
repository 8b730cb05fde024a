//! Orders: what a customer committed to buy, at which price; and what came back.

mod command;
mod event;

pub use command::{CounterCommand, OrderCommand, PlaceLine, PlaceOrder, RequestReturn, ReturnCommand};
pub use event::{
    CounterEvent, CreditLine, Fulfilment, OrderEvent, OrderLine, Part, PaymentMethod, ReturnEvent,
    ReturnedLine, SoldIn, Totals,
};

/// The most lines of one order; a limit of the command, not of the type, so that it may change.
pub const MAX_LINES: usize = 1_500;
