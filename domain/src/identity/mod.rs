//! Identity: who may sign in, in which role, and where.

mod account;
mod command;
mod error;
mod event;

pub use account::{Account, AccountState, Standing};
pub use command::AccountCommand;
pub use error::AccountError;
pub use event::{AccountEvent, Role};
