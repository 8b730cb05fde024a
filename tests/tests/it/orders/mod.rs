//! Orders, through HTTP.

mod fraud;
mod invoice;
