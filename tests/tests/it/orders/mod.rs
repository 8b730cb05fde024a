//! Orders, through HTTP.

mod invoice;
