//! The one place that knows cqrs-es: a `Decider` as its `Aggregate`, the log as its `PersistedEventRepository`.
//!
//! The framework, its upcasters and its `TestFramework` work on Souk's aggregates through here. Snapshots are not
//! offered: cqrs-es 0.5.0 applies events twice in its snapshot and aggregate stores (docs/adr).

use std::{fmt::Debug, marker::PhantomData};

use cqrs_es::{
    Aggregate, DomainEvent,
    event_sink::EventSink,
    persist::{
        PersistedEventRepository, PersistenceError, ReplayStream, SerializedEvent, SerializedSnapshot,
    },
};
use domain::decider::{Decider, Event, decode};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use serde_json::Value;

use crate::{
    Actor, AsOf, CommandContext, Declined, EventFilter, ExecuteError, Log, RecordedEvent, StreamRef, Unit,
};

/// A decider's event as cqrs-es sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent, bound = "")]
pub struct Recorded<E: Event>(pub E);

impl<E: Event + PartialEq + Debug> DomainEvent for Recorded<E> {
    fn event_type(&self) -> String {
        self.0.name().to_owned()
    }

    fn event_version(&self) -> String {
        self.0.version().to_string()
    }
}

/// A decider as a cqrs-es aggregate.
pub struct Root<D: Decider>(pub D::State);

impl<D: Decider> Default for Root<D> {
    fn default() -> Self {
        Self(D::State::default())
    }
}

impl<D: Decider> Debug for Root<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Root").field(&self.0).finish()
    }
}

const NO_SNAPSHOTS: &str = "snapshots are not offered: fold the events";

impl<D: Decider> Serialize for Root<D> {
    fn serialize<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        Err(ser::Error::custom(NO_SNAPSHOTS))
    }
}

impl<'de, D: Decider> Deserialize<'de> for Root<D> {
    fn deserialize<S: Deserializer<'de>>(_deserializer: S) -> Result<Self, S::Error> {
        Err(de::Error::custom(NO_SNAPSHOTS))
    }
}

impl<D: Decider> Aggregate for Root<D>
where
    D::Command: Send,
    D::Event: PartialEq + Debug,
{
    const TYPE: &'static str = D::KIND;
    type Command = D::Command;
    type Event = Recorded<D::Event>;
    type Error = D::Error;
    type Services = ();

    async fn handle(
        &mut self,
        command: Self::Command,
        _services: &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Self::Error> {
        for event in D::decide(&self.0, command)? {
            sink.write(Recorded(event), self).await;
        }
        Ok(())
    }

    fn apply(&mut self, event: Self::Event) {
        D::evolve(&mut self.0, &event.0);
    }
}

/// The log as a cqrs-es repository of one aggregate. What it persists goes through the node's writer.
#[derive(Clone)]
pub struct LogRepository<D> {
    log: Log,
    decider: PhantomData<fn() -> D>,
}

/// What cqrs-es asked for and the log does not have.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Unsupported(&'static str);

fn unsupported(reason: &'static str) -> PersistenceError {
    PersistenceError::UnknownError(Box::new(Unsupported(reason)))
}

fn unknown(error: impl std::error::Error + Send + Sync + 'static) -> PersistenceError {
    PersistenceError::UnknownError(Box::new(error))
}

impl<D: Decider> LogRepository<D> {
    /// A repository on `log`.
    #[must_use]
    pub fn new(log: Log) -> Self {
        Self { log, decider: PhantomData }
    }

    async fn stream(&self, id: &str, after: usize) -> Result<Vec<SerializedEvent>, PersistenceError> {
        let after = i64::try_from(after).map_err(unknown)?;
        let events = self.log.reader().read_stream(D::KIND, id, after, AsOf::Now).await.map_err(unknown)?;
        events.iter().map(serialized).collect()
    }

    async fn append(&self, events: &[SerializedEvent]) -> Result<(), PersistenceError> {
        let Some(first) = events.first() else {
            return Ok(());
        };
        let id = first.aggregate_id.clone();
        let expected = i64::try_from(first.sequence).map_err(unknown)? - 1;
        let decided = events
            .iter()
            .map(|event| {
                let version = event.event_version.parse().map_err(unknown)?;
                decode::<D::Event>(&event.event_type, version, &event.payload.to_string()).map_err(unknown)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let unit = Unit::new(CommandContext::new(Actor::SYSTEM)).reads(StreamRef::of::<D>(id.clone()));
        let outcome = self.log.execute(unit, move |decision| {
            if decision.version::<D>(&id)? != expected {
                return Err(Declined::Refused(()));
            }
            decision.append::<D>(&id, &decided)?;
            Ok(())
        });
        match outcome.await {
            Ok(_) => Ok(()),
            Err(ExecuteError::Refused(())) => Err(PersistenceError::OptimisticLockError),
            Err(error) => Err(unsupported_outcome(&error)),
        }
    }

    async fn replay(&self, filter: EventFilter) -> Result<ReplayStream, PersistenceError> {
        const PAGE: usize = 1_000;
        let (mut feed, stream) = ReplayStream::new(PAGE);
        let reader = self.log.reader().clone();
        tokio::spawn(async move {
            let mut filter = filter;
            loop {
                let page = match reader.read(&filter, PAGE).await {
                    Ok(page) => page,
                    // Unlike postgres-es, a reader that failed says so instead of ending as if all were read.
                    Err(error) => return drop(feed.push(Err(unknown(error))).await),
                };
                for event in &page {
                    filter.after = event.position;
                    if feed.push(serialized(event)).await.is_err() {
                        return;
                    }
                }
                if page.len() < PAGE {
                    return;
                }
            }
        });
        Ok(stream)
    }
}

fn unsupported_outcome(error: &ExecuteError<()>) -> PersistenceError {
    match error {
        ExecuteError::Busy => unsupported("the writer is busy"),
        ExecuteError::OutcomeUnknown => unsupported("the outcome is unknown"),
        ExecuteError::Refused(())
        | ExecuteError::KeyReused
        | ExecuteError::Unavailable
        | ExecuteError::Fault(_) => unsupported("the log cannot take the events"),
    }
}

fn serialized(event: &RecordedEvent) -> Result<SerializedEvent, PersistenceError> {
    let deserialization = |error| PersistenceError::DeserializationError(Box::new(error));
    Ok(SerializedEvent {
        aggregate_id: event.aggregate_id.clone(),
        sequence: usize::try_from(event.sequence).map_err(unknown)?,
        aggregate_type: event.aggregate_type.clone(),
        event_type: event.event_type.clone(),
        event_version: event.event_version.to_string(),
        payload: serde_json::from_str(&event.payload).map_err(deserialization)?,
        metadata: serde_json::to_value(&event.metadata).map_err(deserialization)?,
    })
}

impl<D: Decider> PersistedEventRepository for LogRepository<D> {
    async fn get_events<A: Aggregate>(&self, id: &str) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.stream(id, 0).await
    }

    async fn get_last_events<A: Aggregate>(
        &self,
        id: &str,
        last_sequence: usize,
    ) -> Result<Vec<SerializedEvent>, PersistenceError> {
        self.stream(id, last_sequence).await
    }

    async fn get_snapshot<A: Aggregate>(
        &self,
        _id: &str,
    ) -> Result<Option<SerializedSnapshot>, PersistenceError> {
        Ok(None)
    }

    async fn persist<A: Aggregate>(
        &self,
        events: &[SerializedEvent],
        snapshot_update: Option<(String, Value, usize)>,
    ) -> Result<(), PersistenceError> {
        if snapshot_update.is_some() {
            return Err(unsupported(NO_SNAPSHOTS));
        }
        self.append(events).await
    }

    async fn stream_events<A: Aggregate>(&self, id: &str) -> Result<ReplayStream, PersistenceError> {
        let aggregate_id = Some(id.to_owned());
        let aggregate_type = Some(D::KIND.to_owned());
        self.replay(EventFilter { aggregate_type, aggregate_id, ..EventFilter::default() }).await
    }

    async fn stream_all_events<A: Aggregate>(&self) -> Result<ReplayStream, PersistenceError> {
        let aggregate_type = Some(D::KIND.to_owned());
        self.replay(EventFilter { aggregate_type, ..EventFilter::default() }).await
    }
}
