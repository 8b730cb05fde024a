//! `Idempotency-Key`: a repeat gets the first answer, another request under the same key is refused.
//!
//! What the log keeps is a hash of actor, route and key, and an HMAC of the request, so that nobody with the database
//! alone can find out what was sent. What is still being decided on this node is known here.

use std::{
    collections::HashSet,
    future::{Ready, ready},
    io,
    sync::{Arc, Mutex, PoisonError},
};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::StatusCode};
use aws_lc_rs::{digest, hmac};
use event_store::{Actor, Idempotency};
use serde::Serialize;
use uuid::Uuid;

use super::{
    Problem,
    problem::{ErrorItem, Place},
};

/// The header's name.
pub const HEADER: &str = "Idempotency-Key";
/// The most characters of a key.
pub const KEY_MAX_CHARS: usize = 255;

/// The key that the caller sent, required on the routes that take this extractor.
#[derive(Debug, Clone)]
pub struct IdempotencyKey {
    key: Option<String>,
    route: String,
    path: String,
}

/// A key that may be left out.
#[derive(Debug, Clone)]
pub struct OptionalKey(IdempotencyKey);

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).and_then(|key| {
            if key.key.is_some() {
                Ok(key)
            } else {
                Err(required())
            }
        }))
    }
}

impl FromRequest for OptionalKey {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read(request).map(Self))
    }
}

fn required() -> Problem {
    let detail =
        "send a header Idempotency-Key: one new random value per intention, the same value with every repeat";
    Problem::bad_request("idempotency-key-required", detail).with_error(ErrorItem::new(
        Place::Header("idempotency-key"),
        "idempotency-key-required",
        detail,
    ))
}

fn read(request: &HttpRequest) -> Result<IdempotencyKey, Problem> {
    let key = match request.headers().get(HEADER) {
        None => None,
        Some(value) => {
            let key = value.to_str().ok().map(str::trim).filter(|key| {
                (1..=KEY_MAX_CHARS).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic())
            });
            Some(key.ok_or_else(invalid)?.to_owned())
        }
    };
    let pattern = request.match_pattern().unwrap_or_else(|| request.path().to_owned());
    Ok(IdempotencyKey {
        key,
        route: format!("{} {pattern}", request.method()),
        path: request.path().to_owned(),
    })
}

fn invalid() -> Problem {
    let detail = format!("must have 1 to {KEY_MAX_CHARS} visible ASCII characters");
    Problem::bad_request("invalid-idempotency-key", detail.as_str()).with_error(ErrorItem::new(
        Place::Header("idempotency-key"),
        "invalid-idempotency-key",
        detail,
    ))
}

/// Makes keys and fingerprints, and knows what is in flight on this node.
#[derive(Clone)]
pub struct Repeats {
    secret: Arc<hmac::Key>,
    in_flight: Arc<Mutex<HashSet<Uuid>>>,
}

impl Repeats {
    /// Every node of one log needs the same `secret`, or a repeat on another node counts as another request.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        Self {
            secret: Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret)),
            in_flight: Arc::default(),
        }
    }

    /// What the log needs to know a repeat by. While the answer lives, another request under the same key gets 409.
    ///
    /// # Errors
    /// 409 while the first request is still being decided.
    pub fn begin(
        &self,
        key: &IdempotencyKey,
        actor: Actor,
        request: &impl Serialize,
    ) -> Result<Attempt, Problem> {
        let Some(text) = &key.key else {
            return Ok(Attempt { idempotency: None, guard: None });
        };
        let id = key_id(actor, &key.route, text);
        if !self.in_flight.lock().unwrap_or_else(PoisonError::into_inner).insert(id) {
            let detail = "the first request under this key is still being worked on";
            return Err(
                Problem::new(StatusCode::CONFLICT, "idempotency-key-in-flight", detail).retry_after(1)
            );
        }
        let guard = Some(InFlight { id, all: Arc::clone(&self.in_flight) });
        let fingerprint = self.fingerprint(&key.path, request)?;
        Ok(Attempt {
            idempotency: Some(Idempotency { key: id, fingerprint }),
            guard,
        })
    }

    /// As [`Self::begin`], for a key that may be missing.
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn begin_optional(
        &self,
        key: &OptionalKey,
        actor: Actor,
        request: &impl Serialize,
    ) -> Result<Attempt, Problem> {
        self.begin(&key.0, actor, request)
    }

    /// What the log knows one row of a long request by; `None` without a key. Whoever works on the request holds its
    /// [`Attempt`], so nobody else works on its rows.
    ///
    /// # Errors
    /// When the row cannot be serialized: a fault of ours.
    pub fn row(
        &self,
        key: &OptionalKey,
        actor: Actor,
        row: &str,
        request: &impl Serialize,
    ) -> Result<Option<Idempotency>, Problem> {
        let Some(text) = &key.0.key else {
            return Ok(None);
        };
        // No key holds a NUL, so no other key names this row.
        let id = key_id(actor, &key.0.route, &format!("{text}\0{row}"));
        let fingerprint = self.fingerprint(&key.0.path, request)?;
        Ok(Some(Idempotency { key: id, fingerprint }))
    }

    /// The request as it was understood, so that spacing and the order of members do not matter.
    fn fingerprint(&self, path: &str, request: &impl Serialize) -> Result<[u8; 32], Problem> {
        let mut context = Signing(hmac::Context::with_key(&self.secret));
        context.0.update(path.as_bytes());
        context.0.update(&[0]);
        serde_json::to_writer(&mut context, request).map_err(|error| Problem::internal(&error))?;
        let mut fingerprint = [0; 32];
        for (to, from) in fingerprint.iter_mut().zip(context.0.sign().as_ref()) {
            *to = *from;
        }
        Ok(fingerprint)
    }
}

struct Signing(hmac::Context);

impl io::Write for Signing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A UUID of version 8 (RFC 9562) over actor, route and key.
fn key_id(actor: Actor, route: &str, key: &str) -> Uuid {
    let mut context = digest::Context::new(&digest::SHA256);
    context.update(actor.id.unwrap_or_default().as_bytes());
    context.update(route.as_bytes());
    context.update(&[0]);
    context.update(key.as_bytes());
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(context.finish().as_ref()) {
        *to = *from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// One request under a key; forget it only when its answer is on the way.
pub struct Attempt {
    /// For the command's context; `None` without a key.
    pub idempotency: Option<Idempotency>,
    #[expect(dead_code, reason = "it works by being dropped")]
    guard: Option<InFlight>,
}

impl Attempt {
    /// A request of somebody who cannot be told from others: a repeat is another request.
    #[must_use]
    pub const fn unrepeatable() -> Self {
        Self { idempotency: None, guard: None }
    }
}

struct InFlight {
    id: Uuid,
    all: Arc<Mutex<HashSet<Uuid>>>,
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.all.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn key(text: &str) -> IdempotencyKey {
        IdempotencyKey {
            key: Some(text.to_owned()),
            route: "POST /api/v1/orders".to_owned(),
            path: "/api/v1/orders".to_owned(),
        }
    }

    #[test]
    fn the_same_request_has_the_same_key_and_fingerprint() {
        let repeats = Repeats::new(b"secret");
        let first = repeats.begin(&key("k"), Actor::SYSTEM, &json!({"a": 1})).unwrap().idempotency;
        let again = repeats.begin(&key("k"), Actor::SYSTEM, &json!({"a": 1})).unwrap().idempotency;
        let other_body = repeats.begin(&key("k"), Actor::SYSTEM, &json!({"a": 2})).unwrap().idempotency;
        let other_key = repeats.begin(&key("l"), Actor::SYSTEM, &json!({"a": 1})).unwrap().idempotency;
        let other_node = Repeats::new(b"other").begin(&key("k"), Actor::SYSTEM, &json!({"a": 1})).unwrap();
        assert_eq!(first, again);
        assert_eq!(first.unwrap().key, other_body.unwrap().key);
        assert_ne!(first.unwrap().fingerprint, other_body.unwrap().fingerprint);
        assert_ne!(first.unwrap().key, other_key.unwrap().key);
        assert_ne!(first.unwrap().fingerprint, other_node.idempotency.unwrap().fingerprint);
        assert_eq!(first.unwrap().key.get_version_num(), 8);
    }

    #[test]
    fn another_person_may_use_the_same_key() {
        let person = |id| Actor::account(domain::ids::AccountId::from_uuid(Uuid::from_u128(id)));
        assert_ne!(key_id(person(1), "POST /orders", "k"), key_id(person(2), "POST /orders", "k"));
        assert_ne!(key_id(person(1), "POST /orders", "k"), key_id(person(1), "POST /payments", "k"));
    }

    #[test]
    fn a_repeat_while_the_first_is_worked_on_gets_409() {
        let repeats = Repeats::new(b"secret");
        let first = repeats.begin(&key("k"), Actor::SYSTEM, &1).unwrap();
        let second = repeats.begin(&key("k"), Actor::SYSTEM, &1).map(|_| ()).unwrap_err();
        assert_eq!((second.status().as_u16(), second.code()), (409, "idempotency-key-in-flight"));
        drop(first);
        assert!(repeats.begin(&key("k"), Actor::SYSTEM, &1).is_ok());
    }
}
