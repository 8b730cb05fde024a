//! Catalog: what can be bought, how it is described and what it costs.

mod command;
mod event;

pub use command::{ProductCommand, RegisterProduct, ReviseProduct};
pub use event::{Image, Prices, ProductDetails, ProductEvent, ProductKind};
