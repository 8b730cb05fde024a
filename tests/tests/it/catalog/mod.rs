//! What is in the catalogue, through HTTP.

mod categories;
