//! Histories: what happened to one thing, event by event, and what it was at any moment. Read from the log itself.

use chrono::{DateTime, Utc};
use domain::decider::Decider;
use event_store::{Actor, ActorKind, AsOf, Kept, Loaded, LogReader, Past, RecordedEvent};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Problem,
    list::{Params, Rules, invalid_value},
    moment,
};

const NOW: Past = Past::Recorded(AsOf::Now);

/// What every history understands.
pub const RULES: Rules = Rules {
    is_list: true,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: moment::PARAMS,
};

/// Who caused an event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Actor, example = json!({"kind": "account", "id": "usr_0190c7a2000070008000000000000001"}))]
pub struct ActorBody {
    /// `account`, `api_key`, `system` or `anonymous`.
    pub kind: &'static str,
    /// `usr_…` of an account, `key_…` of an API key.
    pub id: Option<String>,
}

impl ActorBody {
    /// As answers name it.
    #[must_use]
    pub fn new(kind: ActorKind, id: Option<Uuid>) -> Self {
        let name = match kind {
            ActorKind::Account => "account",
            ActorKind::ApiKey => "api_key",
            ActorKind::System => "system",
            ActorKind::Anonymous => "anonymous",
        };
        Self { kind: name, id: id.map(|_| Actor { kind, id }.to_string()) }
    }
}

/// Why an event happened.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Cause)]
pub struct CauseBody {
    /// The command that it answers.
    pub command_id: String,
    /// The request (`X-Request-Id`) or process that the command belongs to.
    pub correlation_id: String,
    /// The event that caused the command.
    pub causation_id: Option<String>,
}

/// One event.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Event, example = json!({
    "position": 42,
    "version": 2,
    "type": "OrderConfirmed",
    "type_version": 1,
    "data": {"invoice_number": 7},
    "actor": {"kind": "account", "id": "usr_0190c7a2000070008000000000000001"},
    "effective_at": "2026-01-31T12:00:00Z",
    "recorded_at": "2026-01-31T12:00:00Z",
    "cause": {
        "command_id": "0190c7a2-0000-7000-8000-000000000001",
        "correlation_id": "0190c7a2-0000-7000-8000-000000000002",
        "causation_id": null,
    },
}))]
pub struct EventBody {
    /// Its place in the log.
    pub position: i64,
    /// Its place in the history of this thing: the version after it.
    pub version: i64,
    /// What happened.
    #[serde(rename = "type")]
    pub event_type: String,
    /// The schema version of `data`.
    pub type_version: u16,
    /// The facts as they are stored; ids are UUIDs: those of the API without their prefix.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
    /// Who.
    pub actor: ActorBody,
    /// When it happened.
    pub effective_at: DateTime<Utc>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
    /// Why.
    pub cause: CauseBody,
}

impl EventBody {
    /// An event of the log.
    ///
    /// # Errors
    /// When its payload is no JSON: a fault of ours.
    pub fn new(event: &RecordedEvent) -> Result<Self, Problem> {
        let metadata = &event.metadata;
        Ok(Self {
            position: event.position,
            version: event.sequence,
            event_type: event.event_type.clone(),
            type_version: event.event_version,
            data: facts(&event.payload).map_err(|error| Problem::internal(&error))?,
            actor: ActorBody::new(metadata.actor.kind, metadata.actor.id),
            effective_at: event.effective_at(),
            recorded_at: event.recorded_at,
            cause: CauseBody {
                command_id: metadata.command_id.to_string(),
                correlation_id: metadata.correlation_id.to_string(),
                causation_id: metadata.causation_id.map(|id| id.to_string()),
            },
        })
    }
}

/// What stands under the tag of an externally tagged event; a tag alone has no facts.
fn facts(payload: &str) -> Result<Box<RawValue>, serde_json::Error> {
    if payload.starts_with('"') {
        return RawValue::from_string("{}".to_owned());
    }
    let tagged: std::collections::BTreeMap<String, Box<RawValue>> = serde_json::from_str(payload)?;
    match tagged.into_values().next() {
        Some(facts) => Ok(facts),
        None => RawValue::from_string("{}".to_owned()),
    }
}

/// The history of one thing up to a moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct HistoryBody<S> {
    /// What it was at that moment.
    pub state: S,
    /// The version at that moment.
    pub version: i64,
    /// What had happened until then, oldest first.
    pub events: Vec<EventBody>,
    /// Send it as `cursor` to get the next page; null on the last one.
    pub next_cursor: Option<String>,
}

impl<S> HistoryBody<S> {
    /// Of these events only that they happened is told.
    ///
    /// # Errors
    /// When nothing cannot be written as JSON: never.
    pub fn withhold(&mut self, event_types: &[&str]) -> Result<(), Problem> {
        for event in self.events.iter_mut().filter(|event| event_types.contains(&event.event_type.as_str())) {
            event.data = RawValue::from_string("{}".to_owned()).map_err(|error| Problem::internal(&error))?;
        }
        Ok(())
    }
}

/// A stream up to a moment, and a page of its events.
pub struct History<D: Decider> {
    /// What it was; what it is now where it did not exist yet, so that a caller's right to see it can be judged.
    pub state: D::State,
    version: i64,
    events: Vec<RecordedEvent>,
    has_more: bool,
    /// Its first event, where the moment is before that.
    first: Option<RecordedEvent>,
    epoch: u32,
}

impl<D: Decider> History<D> {
    /// Reads it, event by event: for streams that stay short.
    ///
    /// # Errors
    /// When `as_of` is not a moment of this log, the cursor is none of a history, or it cannot be read.
    pub async fn read(reader: &LogReader, id: &str, params: &Params) -> Result<Self, Problem> {
        let past = moment::past(params, reader).await?.unwrap_or(NOW);
        let loaded = reader.load_past::<D>(id, past).await?;
        Self::around(reader, id, params, past, loaded).await
    }

    /// Reads it, beginning with a kept state where the stream is long.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub async fn read_kept(reader: &LogReader, id: &str, params: &Params) -> Result<Self, Problem>
    where
        D: Kept,
    {
        let past = moment::past(params, reader).await?.unwrap_or(NOW);
        let loaded = reader.load_kept::<D>(id, past).await?;
        Self::around(reader, id, params, past, loaded).await
    }

    async fn around(
        reader: &LogReader,
        id: &str,
        params: &Params,
        past: Past,
        loaded: Loaded<D::State>,
    ) -> Result<Self, Problem> {
        let after = match params.cursor.as_deref() {
            None => 0,
            Some(cursor) => cursor
                .strip_prefix('v')
                .and_then(|version| version.parse::<i64>().ok())
                .ok_or_else(|| invalid_value("cursor", &"does not belong to a history"))?,
        };
        let epoch = reader.head().epoch;
        if loaded.version == 0 {
            let first = reader.read_past(D::KIND, id, 0, NOW, 1).await?.pop();
            let state = reader.load_past::<D>(id, NOW).await?.state;
            return Ok(Self {
                state,
                version: 0,
                events: Vec::new(),
                has_more: false,
                first,
                epoch,
            });
        }
        let limit = usize::try_from(params.limit).unwrap_or(usize::MAX);
        let mut events = reader.read_past(D::KIND, id, after, past, limit.saturating_add(1)).await?;
        let Loaded { state, version } = loaded;
        // What came since the state was read belongs to the next request.
        events.retain(|event| event.sequence <= version);
        let has_more = events.len() > limit;
        events.truncate(limit);
        Ok(Self { state, version, events, has_more, first: None, epoch })
    }

    /// The wanted page of it.
    ///
    /// # Errors
    /// 404 where it did not exist yet at the moment that was asked for.
    pub fn body<S>(&self, state: impl FnOnce(&D::State) -> S) -> Result<HistoryBody<S>, Problem> {
        if let Some(first) = &self.first {
            return Err(moment::before_beginning(first, self.epoch));
        }
        let events = self.events.iter().map(EventBody::new).collect::<Result<Vec<_>, _>>()?;
        Ok(HistoryBody {
            state: state(&self.state),
            version: self.version,
            next_cursor: events.last().filter(|_| self.has_more).map(|event| format!("v{}", event.version)),
            events,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_facts_stand_under_the_tag() {
        assert_eq!(
            facts(r#"{"OrderConfirmed":{"invoice_number":7}}"#).unwrap().get(),
            r#"{"invoice_number":7}"#
        );
        assert_eq!(facts(r#""ReturnApproved""#).unwrap().get(), "{}");
    }
}
