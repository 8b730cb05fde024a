//! The rules that every route shares: errors, lists, idempotency, entity tags, consistency, languages, limits.

pub mod answer;
pub mod audit;
pub mod auth;
pub mod body;
pub mod consistency;
pub mod cookies;
pub mod defence;
pub mod device;
pub mod envelope;
pub mod etag;
pub mod failure;
pub mod fields;
pub mod history;
pub mod idempotency;
pub mod list;
pub mod locale;
pub mod metrics;
pub mod moment;
mod overdue;
pub mod packing;
pub mod past;
pub mod path;
pub mod problem;
mod problem_body;
pub mod routes;
pub mod shapes;

pub use answer::Answer;
pub use body::{Body, OptionalBody};
pub use envelope::RequestId;
pub use fields::Fields;
pub use path::Id;
pub use problem::Problem;
