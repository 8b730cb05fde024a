//! Accounts over HTTP, and who may call what.

mod matrix;
mod requests;
mod scope;
mod users;
mod world;
