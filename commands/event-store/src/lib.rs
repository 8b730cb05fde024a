//! The log: one gapless, totally ordered table of events, the writer that decides under the append lock, readers,
//! and the subscription runtime that projections and reactors share.

mod actor;
pub mod connection;
mod context;
pub mod copy;
pub mod cqrs;
mod decision;
pub mod embedded;
mod error;
pub mod evidence;
pub mod ids;
mod kinds;
mod listener;
mod log;
mod past;
#[cfg(feature = "planted-faults")]
mod planted;
mod position;
mod reader;
mod recorded;
mod stored;
mod stream;
pub mod subscription;
mod tail;
mod unit;
mod writer;

pub use actor::{Actor, ActorKind, InvalidActor};
pub use context::{CommandContext, Idempotency};
pub use decision::{ClaimOutcome, Decision, Interrupt};
pub use error::{Declined, ExecuteError, LogError, is_transient};
pub use log::{Log, LogOptions};
pub use past::{KEEP_EVERY, Kept, Past};
#[cfg(feature = "planted-faults")]
pub use planted::PlantedFault;
pub use position::{InvalidPosition, LogPosition};
pub use reader::{AsOf, EventFilter, Loaded, LogReader, beginnings, newest_before};
pub use recorded::{DecodeError, Metadata, RecordedEvent};
pub use stored::StoredEvent;
pub use stream::StreamRef;
pub use tail::Head;
pub use unit::{Executed, Unit};

/// The target of every span that is meant for traces, none of which goes to the program's log.
pub const TRACE_TARGET: &str = "souk::trace";

/// Every change of the schema, in order; applied at start by [`Log::migrate`].
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");
