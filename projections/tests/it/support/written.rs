//! An event of a random history.

use chrono::{DateTime, Utc};
use domain::{
    catalog::{AttributeValue, AttributeValues},
    decider::{Decider, Event},
    text::{AttributeText, Code},
};
use event_store::{Actor, Metadata};

use super::chance::Chance;

/// One event on its way into the log.
#[derive(Debug, Clone)]
pub(crate) struct Written {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) sequence: i64,
    pub(crate) name: &'static str,
    pub(crate) version: u16,
    pub(crate) payload: String,
    pub(crate) metadata: Metadata,
    pub(crate) recorded_at: DateTime<Utc>,
}

impl Written {
    /// An event that Souk itself has caused, the `sequence`th of its stream.
    pub(crate) fn by_souk<D: Decider>(
        event: &D::Event,
        (id, sequence): (&str, i64),
        chance: &mut Chance,
        recorded_at: DateTime<Utc>,
    ) -> Self {
        Self {
            kind: D::KIND,
            id: id.to_owned(),
            sequence,
            name: event.name(),
            version: event.version(),
            payload: serde_json::to_string(event).unwrap(),
            metadata: Metadata {
                event_id: chance.uuid(),
                command_id: chance.uuid(),
                correlation_id: chance.uuid(),
                causation_id: None,
                actor: Actor::SYSTEM,
                effective_at: None,
            },
            recorded_at,
        }
    }
}

/// What is known of a product besides.
pub(crate) fn attributes() -> AttributeValues {
    let code = |code: &str| Code::parse(code).unwrap();
    let words = AttributeValue::Text(AttributeText::parse("'red' \"x\"").unwrap());
    AttributeValues::from([
        (code("colour"), words),
        (code("organic"), AttributeValue::Boolean(true)),
    ])
}
