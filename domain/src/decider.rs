//! The shape of every aggregate: decide (may refuse) and evolve (never does).

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::refusal::Refusal;

pub use crate::decode::{DecodeError, decode};

/// A fact that happened to one stream. Serialized as serde's externally tagged enum
/// (`{"OrderPlaced":{…}}`), so that the stored payload describes itself.
pub trait Event: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Every name and version that the log may hold, retired versions too, oldest first.
    const CATALOGUE: &'static [(&'static str, u16)];

    /// The stored name: past tense, frozen for ever, equal to the serde tag.
    fn name(&self) -> &'static str;

    /// The schema version that this code writes for this event.
    fn version(&self) -> u16 {
        let name = self.name();
        Self::CATALOGUE
            .iter()
            .filter(|(known, _)| *known == name)
            .map(|(_, version)| *version)
            .max()
            .unwrap_or(1)
    }

    /// Lifts the body of stored version `version` to `version + 1`. `data` is the value under the tag, null for an
    /// event without a body. Pure; a matter of shape only, since what happened never changes.
    #[must_use]
    fn upcast(_name: &str, _version: u16, data: Value) -> Value {
        data
    }
}

/// An aggregate as two pure functions over one stream of events.
pub trait Decider: Send + Sync + 'static {
    /// The stream's `aggregate_type` in the log; frozen for ever.
    const KIND: &'static str;

    /// True where the newest event alone tells the whole state (a counter), so that a load reads one event.
    const NEWEST_EVENT_SUFFICES: bool = false;

    /// What the events so far add up to; `Default` is the stream that does not exist.
    type State: Default + Clone + std::fmt::Debug + PartialEq + Send + Sync + 'static;
    /// A request to change; carries the time, new ids and everything that must be looked up.
    type Command;
    /// What may happen to this stream.
    type Event: Event;
    /// Why a command may be refused.
    type Error: Refusal;

    /// Judges `command` against `state`. `Ok(vec![])` means that it is already so.
    ///
    /// # Errors
    /// The rule that the command would break.
    fn decide(state: &Self::State, command: Self::Command) -> Result<Vec<Self::Event>, Self::Error>;

    /// Adds one fact to the state. Never fails and never judges: the event has happened.
    fn evolve(state: &mut Self::State, event: &Self::Event);

    /// The state after `events`.
    fn fold<'a>(events: impl IntoIterator<Item = &'a Self::Event>) -> Self::State
    where
        Self::Event: 'a,
    {
        let mut state = Self::State::default();
        for event in events {
            Self::evolve(&mut state, event);
        }
        state
    }
}
