//! An event of a random history.

use std::collections::BTreeMap;

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

/// Events in the making, each at its place in its stream.
#[derive(Default)]
pub(crate) struct Streams {
    versions: BTreeMap<(&'static str, String), i64>,
    pub(crate) events: Vec<Written>,
}

impl Streams {
    /// After whatever else has happened.
    pub(crate) fn after(events: Vec<Written>) -> Self {
        Self { versions: BTreeMap::new(), events }
    }

    /// When the last event was written.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.events
            .last()
            .map_or_else(|| "2011-01-01T00:00:00Z".parse().unwrap(), |event| event.recorded_at)
    }

    /// What the decider answers happens; what it refuses does not.
    pub(crate) fn decide<D: Decider>(
        &mut self,
        state: &mut D::State,
        id: &str,
        command: D::Command,
        (chance, now): (&mut Chance, DateTime<Utc>),
    ) {
        for event in D::decide(state, command).unwrap_or_default() {
            D::evolve(state, &event);
            let sequence = self.versions.entry((D::KIND, id.to_owned())).or_default();
            *sequence += 1;
            self.events.push(Written::by_souk::<D>(&event, (id, *sequence), chance, now));
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
