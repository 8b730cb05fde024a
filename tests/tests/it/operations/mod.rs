//! What operators and auditors rely on, through HTTP.

mod audit;
mod audit_log;
mod health;
mod image;
mod metrics;
mod projections;
mod prometheus;
