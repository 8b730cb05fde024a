//! What Souk decides, and nothing else: values, events, and pure decisions.
//!
//! No I/O, no clock, no randomness, no async: the caller puts the time, new ids and prices into the command.
//! One module per context, each with `event.rs` (facts, names frozen for ever), `command.rs` (requests),
//! the aggregates, and `error.rs` (one stable code per refusal).

#![deny(clippy::wildcard_enum_match_arm)]

pub mod cart;
pub mod catalog;
pub mod customers;
pub mod decider;
mod decode;
#[cfg(feature = "test-support")]
pub mod fixtures;
pub mod identity;
pub mod ids;
pub mod inventory;
pub mod money;
pub mod orders;
pub mod payouts;
pub mod pricing;
pub mod quantity;
pub mod ratio;
pub mod refusal;
pub mod sealed;
pub mod slug;
#[cfg(feature = "test-support")]
pub mod spec;
pub mod text;
pub mod vendors;
