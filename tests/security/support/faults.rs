//! A check looks at everything before it fails, and then names every fault.

use souk_tests::Reply;

use super::{excerpt, payloads::INJECTED_HEADER};

/// What only the inside of the server says. No hostile value contains any of it, so an echo is no fault.
pub(crate) const INSIDE: &[&str] = &[
    "sqlx",
    "SQLSTATE",
    "syntax error",
    "unterminated quoted",
    "invalid input syntax",
    "invalid byte sequence",
    "operator does not exist",
    "violates",
    "constraint \"",
    "relation \"",
    "column \"",
    "panicked",
    "backtrace",
    "RUST_",
    ".rs:",
    "/rustc/",
];

/// The faults that a check has found.
#[derive(Default)]
pub(crate) struct Faults(Vec<String>);

impl Faults {
    /// Notes one.
    pub(crate) fn add(&mut self, fault: impl Into<String>) {
        self.0.push(fault.into());
    }

    /// Notes one where something is not as it must be.
    pub(crate) fn unless(&mut self, is_right: bool, fault: impl FnOnce() -> String) {
        if !is_right {
            self.0.push(fault());
        }
    }

    pub(crate) fn extend(&mut self, faults: impl IntoIterator<Item = String>) {
        self.0.extend(faults);
    }

    pub(crate) fn into_vec(self) -> Vec<String> {
        self.0
    }

    /// Fails with all of them.
    #[track_caller]
    pub(crate) fn none(mut self) {
        let number = self.0.len();
        self.0.truncate(60);
        assert!(number == 0, "{number} faults:\n{}", self.0.join("\n"));
    }
}

/// What is wrong with an answer, whatever was asked: a failure of the server, something of its inside, a header that the
/// request has planted, an error that is no problem, a kind that a browser could mistake for a page.
pub(crate) fn wrong(reply: &Reply) -> Option<String> {
    let status = reply.status.as_u16();
    // A read that asks for a position of the future is told to come again.
    let is_behind = status == 503 && reply.json()["code"] == "projection-behind";
    if status >= 500 && !is_behind {
        return Some(format!("{status} {}", excerpt(reply)));
    }
    if reply.headers.contains_key(INJECTED_HEADER) {
        return Some(format!("{status} with a header that the request has planted"));
    }
    if reply.header("x-content-type-options") != "nosniff" {
        return Some(format!("{status} without nosniff"));
    }
    let kind = reply.header("content-type");
    if status >= 400 && kind != "application/problem+json" {
        return Some(format!("{status} is no problem but {kind:?}: {}", excerpt(reply)));
    }
    if !reply.bytes.is_empty() && kind.is_empty() {
        return Some(format!("{status} with a body of no kind"));
    }
    let text = String::from_utf8_lossy(&reply.bytes);
    let inside = (status >= 400).then(|| INSIDE.iter().find(|inside| text.contains(**inside)))??;
    Some(format!("{status} says {inside:?}: {}", excerpt(reply)))
}
