//! The subscription runtime: what follows the log, shared by projections and reactors.
//!
//! Every subscriber has a row in `checkpoints` that says where it stands. A batch's rows and the move of that row are
//! one transaction, and the row moves only from where this instance knows it to be: the fence. So every event takes
//! effect exactly once, whatever pauses or dies. An advisory lock only spares two instances from doing the same work.

mod batch;
mod checkpoint;
mod install;
mod line;
mod live;
mod options;
mod projection;
mod rebuild;
mod replay;
mod runner;
mod session;
mod status;
mod subscriber;
mod subscriptions;
mod wait;
mod watcher;

pub use checkpoint::SubscriptionState;
pub use line::{Passed, Passing};
pub use options::SubscriptionOptions;
pub use projection::{Projection, ProjectionError};
pub use rebuild::{RebuildError, Rebuilt};
pub use replay::{KEPT, Replay, ReplayError, Standing};
pub(crate) use session::{Backoff, connect, try_lock};
pub use status::{ProjectionStatus, RebuildProgress};
pub use subscriber::{Effect, StartAt, Subscriber, SubscriberError};
pub use subscriptions::{StartError, Subscriptions};
pub use wait::Behind;
