//! Identity: who may sign in, in which role, and where.

mod account;
mod api_key;
mod command;
mod error;
mod event;
mod personal;

pub use account::{Account, AccountState, Standing};
pub use api_key::{ApiKey, ApiKeyState};
pub use command::{AccountCommand, ApiKeyCommand};
pub use error::{AccountError, ApiKeyError};
pub use event::{AccountEvent, ApiKeyEvent, OwnerProof, Role};
pub use personal::{DISPLAY_NAME, DisplayName, LOCALE, Locale, PHONE, PersonalDetails, Phone, PhoneError};
