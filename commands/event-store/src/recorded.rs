//! An event as it stands in the log.

use std::{any::Any, sync::OnceLock};

use chrono::{DateTime, Utc};
use domain::decider::Event;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Actor;

/// Who, why and when; stored beside the payload as a flat map of strings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct Metadata {
    /// This event's own id (UUID version 7).
    pub event_id: Uuid,
    /// The command that it answers.
    pub command_id: Uuid,
    /// The request or process that the command belongs to: the command itself where it began with it.
    pub correlation_id: Uuid,
    /// The event that caused the command.
    pub causation_id: Option<Uuid>,
    /// Who.
    pub actor: Actor,
    /// When the fact happened, where that is earlier than its recording.
    pub effective_at: Option<DateTime<Utc>>,
}

/// As written: a correlation that says no more than the command is left out.
#[derive(Serialize, Deserialize)]
struct Stored {
    event_id: Uuid,
    command_id: Uuid,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    correlation_id: Option<Uuid>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    causation_id: Option<Uuid>,
    actor: Actor,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effective_at: Option<DateTime<Utc>>,
}

impl From<Stored> for Metadata {
    fn from(stored: Stored) -> Self {
        let Stored {
            event_id,
            command_id,
            correlation_id,
            causation_id,
            actor,
            effective_at,
        } = stored;
        let correlation_id = correlation_id.unwrap_or(command_id);
        Self {
            event_id,
            command_id,
            correlation_id,
            causation_id,
            actor,
            effective_at,
        }
    }
}

impl From<Metadata> for Stored {
    fn from(metadata: Metadata) -> Self {
        let Metadata {
            event_id,
            command_id,
            correlation_id,
            causation_id,
            actor,
            effective_at,
        } = metadata;
        let correlation_id = (correlation_id != command_id).then_some(correlation_id);
        Self {
            event_id,
            command_id,
            correlation_id,
            causation_id,
            actor,
            effective_at,
        }
    }
}

/// A stored event that this program cannot read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {position} ({event_type} version {event_version}) cannot be decoded: {reason}")]
pub struct DecodeError {
    /// Where it stands.
    pub position: i64,
    /// Its stored name.
    pub event_type: String,
    /// Its stored version.
    pub event_version: u16,
    /// What is wrong.
    pub reason: String,
}

/// One row of the log.
#[derive(Debug)]
pub struct RecordedEvent {
    /// Its place in the total order, gapless from 1.
    pub position: i64,
    /// The kind of aggregate, such as `order`.
    pub aggregate_type: String,
    /// Which aggregate.
    pub aggregate_id: String,
    /// Its place in the stream, dense from 1.
    pub sequence: i64,
    /// Its stored name.
    pub event_type: String,
    /// Its stored schema version.
    pub event_version: u16,
    /// The JSON text as written.
    pub payload: String,
    /// Who, why and when.
    pub metadata: Metadata,
    /// When it was written; never earlier than that of a lower position.
    pub recorded_at: DateTime<Utc>,
    pub(crate) typed: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl RecordedEvent {
    /// When the fact happened: `effective_at`, else `recorded_at`.
    #[must_use]
    pub fn effective_at(&self) -> DateTime<Utc> {
        self.metadata.effective_at.unwrap_or(self.recorded_at)
    }

    /// The event, lifted to its current version; decoded at most once, whoever asks.
    ///
    /// # Errors
    /// When the payload is no event of `E`, or of a version that this program does not know.
    pub fn typed<E: Event>(&self) -> Result<&E, DecodeError> {
        if self.typed.get().is_none() {
            let event = domain::decider::decode::<E>(&self.event_type, self.event_version, &self.payload)
                .map_err(|error| self.undecodable(error.to_string()))?;
            // A race decodes twice and keeps one of two equal values.
            drop(self.typed.set(Box::new(event)));
        }
        self.typed
            .get()
            .and_then(|event| event.downcast_ref())
            .ok_or_else(|| self.undecodable("it was read as an event of another aggregate".to_owned()))
    }

    fn undecodable(&self, reason: String) -> DecodeError {
        DecodeError {
            position: self.position,
            event_type: self.event_type.clone(),
            event_version: self.event_version,
            reason,
        }
    }
}
