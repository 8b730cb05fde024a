//! Accounts over HTTP, and who may call what.

mod admins;
mod api_keys;
mod browsers;
mod fields;
pub(crate) mod mailbox;
pub(crate) mod matrix;
pub(crate) mod one_time_codes;
mod passwords;
mod registration;
pub(crate) mod requests;
mod revoked_passwords;
mod scope;
pub(crate) mod second_factors;
mod sessions;
mod sign_in_requests;
mod users;
pub(crate) mod world;
