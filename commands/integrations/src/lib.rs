//! The outside world behind traits: what Souk needs from it, and the real thing for each.
//!
//! Nothing here knows the domain. A counterparty that cannot be reached is an error that says so; whoever calls waits
//! and tries again.

pub mod broker;
pub mod files;
pub mod images;
pub mod mail;
pub mod webhook;
