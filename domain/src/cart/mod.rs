//! Cart: what somebody thinks of buying, until it is ordered.
//!
//! CRT-1 A product stands in a cart once: adding it again adds its units.
//! CRT-2 Carts have limits, and what they hold is never dropped to keep them.
//! CRT-3 A cart that is ordered, or handed over to an account's cart, is closed for good.
//! CRT-4 A cart remembers what things cost when they were added, so that its owner is told of changes. What counts is
//!       the price of the day.
//! CRT-5 No personal data: whose it is, products, units and codes.

mod command;
mod error;
mod event;
mod state;

pub use command::CartCommand;
pub use error::CartError;
pub use event::{CartEvent, CartLine};
pub use state::{Cart, CartState, Closing, OpenCart};

/// The most products of an account's cart; a limit of the command, not of the type, so that it may change, like all of
/// these. An order takes three times as many.
pub const MAX_LINES: usize = 500;

/// The most products of a guest's cart: anybody may fill one.
pub const MAX_GUEST_LINES: usize = 200;

/// The most units of one product.
pub const MAX_QUANTITY: u32 = 1_000_000;

/// The most changes of a guest's cart: anybody may make them, and all of them stay.
pub const MAX_GUEST_CHANGES: u32 = 5_000;
