//! Accounts over HTTP.

mod users;
