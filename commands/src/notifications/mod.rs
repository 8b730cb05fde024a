//! Notifications: what people are told about what concerns them.

mod account_mail;
mod confirmation;
mod language;
mod letters;
mod send;
mod text;

pub use account_mail::AccountMail;
pub use confirmation::{ConfirmationMail, ConfirmationMails, MAILS};
pub use language::Language;
