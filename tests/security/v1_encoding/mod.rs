//! V1 Encoding and sanitization: hostile text goes in everywhere, and does nothing anywhere.

mod exports;
mod injection;
mod mails;
mod parsing;
mod stored_text;
