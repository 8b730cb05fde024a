//! Identity: who may sign in, in which role, and where.

mod account;
mod command;
mod error;
mod event;
mod personal;

pub use account::{Account, AccountState, Standing};
pub use command::AccountCommand;
pub use error::AccountError;
pub use event::{AccountEvent, OwnerProof, Role};
pub use personal::{DISPLAY_NAME, DisplayName, LOCALE, Locale, PHONE, PersonalDetails, Phone, PhoneError};
