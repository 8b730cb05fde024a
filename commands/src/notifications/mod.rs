//! Notifications: what people are told about what concerns them.

mod account_mail;
mod confirmation;
mod customer_mail;
mod customer_text;
mod language;
mod letters;
mod send;
mod text;

pub use account_mail::AccountMail;
pub use confirmation::{ConfirmationMail, ConfirmationMails, MAILS};
pub use customer_mail::{CUSTOMER_MAILS, CustomerMail, CustomerMails};
pub use language::Language;
