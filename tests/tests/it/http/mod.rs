//! The API's promises, through HTTP.

mod access;
mod complaints;
mod errors;
mod guide;
mod idempotency;
mod journey;
mod lists;
mod looking_back;
mod overdue;
mod oversell;
mod representation;
mod signing_in;
mod time;
