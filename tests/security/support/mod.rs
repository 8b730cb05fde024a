//! What the checks share: the routes of the OpenAPI document with good requests for each, hostile values, connections
//! that no client library tidies up, forged tokens, and what must never be seen in an answer.

pub(crate) mod canary;
pub(crate) mod faults;
pub(crate) mod listener;
pub(crate) mod marketplace;
pub(crate) mod payloads;
pub(crate) mod raw;
pub(crate) mod routes;
pub(crate) mod shapes;
pub(crate) mod tokens;

use souk_tests::{Client, Reply};

/// What an account is told about itself.
pub(crate) async fn me(client: &Client) -> serde_json::Value {
    client.get("/api/v1/auth/me").await.ok()
}

/// The address that an account signs in with.
pub(crate) async fn email_of(client: &Client) -> String {
    text(&me(client).await["email"])
}

/// A text that must be there.
#[track_caller]
pub(crate) fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The first few characters of an answer, for a list of faults.
pub(crate) fn excerpt(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.bytes).chars().take(200).collect()
}
