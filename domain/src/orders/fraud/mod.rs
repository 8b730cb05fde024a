//! Fraud: what looks odd about an order, how much each of that counts, and what reviews have taught so far.
//!
//! FRD-1 An order's score is the sum of the points of what is odd about it, at most [`MAX_SCORE`]; each reason is shown
//!       with its points, so that a person can follow it.
//! FRD-2 From the rules' threshold on an order is held: until somebody has cleared it, it goes no step further.
//! FRD-3 The learned model says nothing before enough orders of both kinds are known.
//! FRD-4 Equal facts under equal rules and an equal model give an equal score: everything is whole numbers.

mod facts;
mod model;
mod policy;
mod rules;

pub use facts::{OrderFacts, Screening};
pub use model::{FEATURES, Features, FraudModel, Verdict};
pub use policy::{FRAUD_RULES, FraudPolicy, FraudPolicyState};

/// The highest score, and the most points of one signal.
pub const MAX_SCORE: u16 = 1_000;
