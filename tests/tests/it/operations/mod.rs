//! What operators and auditors rely on, through HTTP.

mod audit;
mod audit_log;
pub(crate) mod evidence;
mod health;
mod image;
mod metrics;
mod projections;
mod prometheus;
