//! Fraud: orders are looked at beside the path that places them, and those that look odd are held until somebody has
//! cleared or confirmed them.
//!
//! A reactor ([`FraudScreening`]) scores each placement and edit in the order of the log; a job flags what scores too
//! much. Until that is done for an order it is neither confirmed by hand nor processed ([`gate`]), so that no held order
//! slips away in between.

mod gate;
mod job;
mod lessons;
mod memory;
mod review;
mod rules;
mod screening;

pub use job::{FlagOrderJob, FraudFinding};
pub use memory::{REMEMBERED, forget_old};
pub use review::FlagReview;
pub use rules::{FraudRulesAccepted, FraudRulesView};
pub use screening::{FRAUD_SCREENING, FraudScreening};
