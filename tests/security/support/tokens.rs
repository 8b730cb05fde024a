//! Access tokens that nobody should believe, made with the node's own key where a forger could not, so that it is the
//! other fault that is found.

use std::fs;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use souk_tests::TestApp;

/// What a forger has seen: a real token; and what only the node has: its key.
pub(crate) struct Forge {
    pub(crate) token: String,
    pub(crate) header: Value,
    pub(crate) claims: Value,
    own_key: EncodingKey,
    /// What everybody can read.
    pub(crate) jwk: Value,
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub(crate) fn packed(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

impl Forge {
    pub(crate) async fn of(app: &TestApp, token: &str) -> Self {
        let parts: Vec<&str> = token.split('.').collect();
        let pem = fs::read(app.data_dir().join("secrets/signing-key.pem")).unwrap();
        let keys = app.anonymous().get("/.well-known/jwks.json").await.ok();
        Self {
            token: token.to_owned(),
            header: decoded(parts[0]),
            claims: decoded(parts[1]),
            own_key: EncodingKey::from_ed_pem(&pem).unwrap(),
            jwk: keys["keys"][0].clone(),
        }
    }

    /// The signature of the real token.
    pub(crate) fn signature(&self) -> &str {
        self.token.rsplit('.').next().unwrap()
    }

    /// The claims, other in these members; null takes one away.
    pub(crate) fn claims_with(&self, other: &Value) -> Value {
        merged(&self.claims, other)
    }

    /// The header, other in these members.
    pub(crate) fn header_with(&self, other: &Value) -> Value {
        merged(&self.header, other)
    }

    /// Signed as the node signs, with other claims.
    pub(crate) fn signed(&self, other: &Value) -> String {
        self.signed_as(&json!({}), &self.claims_with(other))
    }

    /// Signed as the node signs, with another header.
    pub(crate) fn signed_as(&self, other_header: &Value, claims: &Value) -> String {
        let text = format!("{}.{}", packed(&self.header_with(other_header)), packed(claims));
        let signature = jsonwebtoken::crypto::sign(text.as_bytes(), &self.own_key, Algorithm::EdDSA).unwrap();
        format!("{text}.{signature}")
    }

    /// Signed by HMAC with a key that everybody knows.
    pub(crate) fn hmac(&self, algorithm: Algorithm, secret: &[u8]) -> String {
        let header = Header {
            kid: self.header["kid"].as_str().map(str::to_owned),
            ..Header::new(algorithm)
        };
        encode(&header, &self.claims, &EncodingKey::from_secret(secret)).unwrap()
    }
}

fn merged(base: &Value, other: &Value) -> Value {
    let mut merged = base.clone();
    let members = merged.as_object_mut().unwrap();
    for (name, value) in other.as_object().unwrap() {
        if value.is_null() {
            members.remove(name);
        } else {
            members.insert(name.clone(), value.clone());
        }
    }
    merged
}
