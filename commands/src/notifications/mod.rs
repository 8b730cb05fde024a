//! Notifications: what people are told about what concerns them.

mod confirmation;
mod text;

pub use confirmation::{ConfirmationMail, ConfirmationMails, MAILS};
pub use text::Language;
