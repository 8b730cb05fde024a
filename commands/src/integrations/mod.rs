//! Integrations: what tells the world outside what has happened.

mod relay;
mod routing;

pub use relay::{RELAY, Relay, events_exchange};
pub use routing::context_of;
