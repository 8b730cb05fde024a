//! Identity: signing in and out, who one is, and what is held about people.

pub(crate) mod data_export;
pub(crate) mod people;
pub(crate) mod permissions;
pub(crate) mod profile;
mod request;
mod response;
pub mod routes;
pub(crate) mod users;
