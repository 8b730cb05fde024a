//! From stored text back to events: old versions are lifted step by step, nothing is ever skipped.

use serde_json::{Map, Value};

use crate::decider::Event;

/// Why a stored event cannot be read. The reader stops: an event that is skipped is a history that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The catalogue has no such name; the event may be of a newer release.
    #[error("event {name} is not known")]
    UnknownName {
        /// The stored name.
        name: String,
    },
    /// Written by a newer release (or never by any).
    #[error("version {version} of event {name} is not known, the newest is {newest}")]
    UnknownVersion {
        /// The stored name.
        name: String,
        /// The stored version.
        version: u16,
        /// The newest version that this code knows.
        newest: u16,
    },
    /// The payload is not of the shape `{"Name":{…}}` (or `"Name"` for an event without a body).
    #[error("payload of event {name} carries another tag")]
    WrongTag {
        /// The stored name.
        name: String,
    },
    /// The payload is no JSON, or its body does not fit the version.
    #[error("payload of event {name} version {version} does not fit: {reason}")]
    Malformed {
        /// The stored name.
        name: String,
        /// The stored version.
        version: u16,
        /// What does not fit, and where.
        reason: String,
    },
}

/// Reads one stored event. A payload of the current version is read straight from its text; an older one goes through
/// [`Event::upcast`] one version at a time.
///
/// # Errors
/// When the name or the version is unknown, or the payload does not fit them.
pub fn decode<E: Event>(name: &str, version: u16, payload: &str) -> Result<E, DecodeError> {
    let known = || E::CATALOGUE.iter().filter(|(known, _)| *known == name);
    let Some(newest) = known().map(|(_, version)| *version).max() else {
        return Err(DecodeError::UnknownName { name: name.to_owned() });
    };
    if !known().any(|(_, known)| *known == version) {
        return Err(DecodeError::UnknownVersion { name: name.to_owned(), version, newest });
    }
    let malformed = |error: serde_json::Error| DecodeError::Malformed {
        name: name.to_owned(),
        version,
        reason: error.to_string(),
    };
    let event: E = if version == newest {
        serde_json::from_str(payload).map_err(malformed)?
    } else {
        let mut data = untag(name, serde_json::from_str(payload).map_err(malformed)?)?;
        for step in version..newest {
            data = E::upcast(name, step, data);
        }
        serde_json::from_value(tag(name, data)).map_err(malformed)?
    };
    if event.name() == name {
        Ok(event)
    } else {
        Err(DecodeError::WrongTag { name: name.to_owned() })
    }
}

/// The body under the tag; null for an event without one.
fn untag(name: &str, payload: Value) -> Result<Value, DecodeError> {
    let wrong = || DecodeError::WrongTag { name: name.to_owned() };
    if payload.as_str() == Some(name) {
        return Ok(Value::Null);
    }
    let Value::Object(mut tagged) = payload else {
        return Err(wrong());
    };
    let body = tagged.remove(name).ok_or_else(wrong)?;
    if tagged.is_empty() { Ok(body) } else { Err(wrong()) }
}

fn tag(name: &str, body: Value) -> Value {
    if body.is_null() {
        return Value::String(name.to_owned());
    }
    Value::Object(Map::from_iter([(name.to_owned(), body)]))
}
