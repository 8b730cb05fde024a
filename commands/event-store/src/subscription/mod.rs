//! The subscription runtime: what follows the log, shared by projections and reactors.

mod projection;

pub use projection::{Projection, ProjectionError};
