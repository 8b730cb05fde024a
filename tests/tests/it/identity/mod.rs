//! Accounts over HTTP, and who may call what.

mod admins;
mod api_keys;
mod browsers;
mod fields;
mod mailbox;
mod matrix;
mod one_time_codes;
mod passwords;
mod registration;
mod requests;
mod revoked_passwords;
mod scope;
mod second_factors;
mod sessions;
mod sign_in_requests;
mod users;
mod world;
