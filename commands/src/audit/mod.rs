//! The audit log: who asked for what, from where, and what became of it. Events say what changed; this says who tried,
//! also in vain.
//!
//! Entries are written beside the log, some hundred at a time, a tenth of a second after their answer at the latest: no
//! request waits for its entry. An accepted command is in the log of events in any case, with its actor and its request;
//! what a killed node had not written yet is the network address of its last moments, and its last refusals.

mod entry;
mod origin;
mod read;
mod write;

pub use entry::AuditEntry;
pub use read::{AuditFilter, AuditRow, Direction};
pub use write::AuditLog;

pub(crate) use origin::forget as forget_origins;
