//! Identity: who may sign in, in which role, and where.

mod command;
mod event;

pub use command::AccountCommand;
pub use event::{AccountEvent, Role};
