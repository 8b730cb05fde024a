//! V8 Authorization: beside the matrix of every route and every caller (`identity::matrix`), the ways around it.

mod around;
mod others;
