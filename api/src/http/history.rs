//! Histories: what happened to one thing, event by event, and what it was at any moment. Read from the log itself.

use chrono::{DateTime, Utc};
use domain::decider::Decider;
use event_store::{Actor, ActorKind, AsOf, LogReader, RecordedEvent};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    Problem,
    list::{Params, Rules, invalid_value},
    moment::Moment,
};

/// What every history understands.
pub const RULES: Rules = Rules {
    is_list: true,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["as_of"],
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

/// A stream up to a moment.
pub struct History<D: Decider> {
    /// What it was.
    pub state: D::State,
    events: Vec<RecordedEvent>,
}

impl<D: Decider> History<D> {
    /// Reads it.
    ///
    /// # Errors
    /// When `as_of` is not a moment of this log, or it cannot be read.
    pub async fn read(reader: &LogReader, id: &str, params: &Params) -> Result<Self, Problem> {
        let as_of = match params.own("as_of") {
            None => AsOf::Now,
            Some(text) => Moment::parse(text)?.resolve(reader).await?,
        };
        let events = reader.read_stream(D::KIND, id, 0, as_of).await?;
        let mut state = D::State::default();
        for event in &events {
            D::evolve(&mut state, event.typed::<D::Event>().map_err(|error| Problem::internal(&error))?);
        }
        Ok(Self { state, events })
    }

    /// The version that it had.
    #[must_use]
    pub fn version(&self) -> i64 {
        self.events.last().map_or(0, |event| event.sequence)
    }

    /// The wanted page of it.
    ///
    /// # Errors
    /// 400 when the cursor is none of a history.
    pub fn body<S>(
        &self,
        params: &Params,
        state: impl FnOnce(&D::State) -> S,
    ) -> Result<HistoryBody<S>, Problem> {
        let after = match params.cursor.as_deref() {
            None => 0,
            Some(cursor) => cursor
                .strip_prefix('v')
                .and_then(|version| version.parse::<i64>().ok())
                .ok_or_else(|| invalid_value("cursor", &"does not belong to a history"))?,
        };
        let limit = usize::try_from(params.limit).unwrap_or(usize::MAX);
        let later = || self.events.iter().filter(|event| event.sequence > after);
        let events = later().take(limit).map(EventBody::new).collect::<Result<Vec<_>, _>>()?;
        let has_more = later().nth(limit).is_some();
        Ok(HistoryBody {
            state: state(&self.state),
            version: self.version(),
            next_cursor: events.last().filter(|_| has_more).map(|event| format!("v{}", event.version)),
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
