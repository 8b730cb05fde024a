//! Companies over HTTP.

mod companies;
