//! V4 API and web service: messages end where the server says that they end, and intermediaries are not played by
//! clients.

use std::time::Duration;

use futures_util::{StreamExt, stream};
use reqwest::Method;
use serde_json::json;
use souk_tests::{PASSWORD, Reply, TestApp};

use crate::security::support::{
    email_of,
    faults::Faults,
    marketplace::Marketplace,
    raw::{RawReply, exchange},
};

/// So long nothing comes any more, when everything has come.
const QUIET: Duration = Duration::from_millis(400);

/// Requests that two readers could divide in two ways: what comes after the first one asks for this path.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

/// What must be refused, and the connection closed.
fn divided() -> Vec<(&'static str, String)> {
    let post = "POST /api/v1/auth/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
    let with = |headers: &str, body: &str| format!("{post}{headers}\r\n{body}");
    let inside = format!("0\r\n\r\n{SMUGGLED}");
    vec![
        (
            "a length and chunks",
            with(&format!("Content-Length: {}\r\nTransfer-Encoding: chunked\r\n", inside.len()), &inside),
        ),
        (
            "chunks and a length",
            with(&format!("Transfer-Encoding: chunked\r\nContent-Length: {}\r\n", inside.len()), &inside),
        ),
        ("two lengths", with("Content-Length: 2\r\nContent-Length: 40\r\n", &format!("{{}}{SMUGGLED}"))),
        ("two lengths in one", with("Content-Length: 2, 40\r\n", &format!("{{}}{SMUGGLED}"))),
        ("a length with a sign", with("Content-Length: +2\r\n", &format!("{{}}{SMUGGLED}"))),
        ("a negative length", with("Content-Length: -2\r\n", &format!("{{}}{SMUGGLED}"))),
        ("a hexadecimal length", with("Content-Length: 0x2\r\n", &format!("{{}}{SMUGGLED}"))),
        (
            "a length beyond numbers",
            with("Content-Length: 99999999999999999999999\r\n", &format!("{{}}{SMUGGLED}")),
        ),
        ("no length", with("Content-Length: \r\n", &format!("{{}}{SMUGGLED}"))),
        ("an unknown coding", with("Transfer-Encoding: xchunked\r\n", &inside)),
        ("a coding after chunks", with("Transfer-Encoding: chunked, identity\r\n", &inside)),
        ("two codings", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", &inside)),
        ("a space before the colon", with("Transfer-Encoding : chunked\r\n", &inside)),
        (
            "a space before the length's colon",
            with(&format!("Content-Length : {}\r\n", inside.len()), &inside),
        ),
        ("a tab in a name", with("Transfer\tEncoding: chunked\r\n", &inside)),
        ("a NUL in a value", with("X-A: a\0b\r\n", SMUGGLED)),
        ("a bare carriage return", with("X-A: a\rTransfer-Encoding: chunked\r\n", &inside)),
        ("a folded line", with("X-A: a\r\n Transfer-Encoding: chunked\r\n", &inside)),
        ("a chunk of no size", with("Transfer-Encoding: chunked\r\n", &format!("x\r\n{{}}\r\n{inside}"))),
        (
            "a chunk of a negative size",
            with("Transfer-Encoding: chunked\r\n", &format!("-1\r\n{{}}\r\n{inside}")),
        ),
        (
            "a chunk beyond numbers",
            with("Transfer-Encoding: chunked\r\n", &format!("ffffffffffffffff1\r\n{{}}\r\n{inside}")),
        ),
        ("a chunk that goes on", with("Transfer-Encoding: chunked\r\n", &format!("2\r\n{{}}XX\r\n{inside}"))),
        (
            "HTTP/1.0 with chunks",
            with("Transfer-Encoding: chunked\r\n", &inside).replacen("HTTP/1.1", "HTTP/1.0", 1),
        ),
        ("no host", "GET /health HTTP/1.1\r\nX: y\r\nTransfer-Encoding: x\r\n\r\n".to_owned() + SMUGGLED),
        ("a line end in the target", format!("GET /health\r\nX: y HTTP/1.1\r\nHost: a\r\n\r\n{SMUGGLED}")),
        ("two spaces in the first line", format!("GET /health /docs HTTP/1.1\r\nHost: a\r\n\r\n{SMUGGLED}")),
        ("a version that is none", format!("GET /health HTTP/9.9\r\nHost: a\r\n\r\n{SMUGGLED}")),
        ("no version", format!("GET /health\r\n\r\n{SMUGGLED}")),
        ("a method that is none", format!("G E T /health HTTP/1.1\r\nHost: a\r\n\r\n{SMUGGLED}")),
        ("HTTP/2 without asking", format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{SMUGGLED}")),
        ("a nameless header", format!("GET /health HTTP/1.1\r\nHost: a\r\n: chunked\r\n\r\n{SMUGGLED}")),
        ("a header without a colon", format!("GET /health HTTP/1.1\r\nHost: a\r\nchunked\r\n\r\n{SMUGGLED}")),
    ]
}

/// The answers in what came over a connection.
fn answers(bytes: &[u8]) -> Vec<u16> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let starts = text.match_indices("HTTP/1.");
    starts.filter_map(|(at, _)| text.get(at + 9..at + 12)?.parse().ok()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v4_2_1_no_request_hides_in_another() {
    let app = TestApp::spawn().await;
    let mut faults = Faults::default();
    for (what, request) in divided() {
        let came = exchange(app.address, request.as_bytes(), QUIET).await;
        let statuses = answers(&came);
        let is_one = statuses.len() <= 1 && statuses.iter().all(|status| (400..=505).contains(status));
        faults.unless(is_one && !statuses.contains(&500), || {
            format!("{what}: {statuses:?} {}", String::from_utf8_lossy(&came))
        });
    }
    // Two in a row that are two for everybody are two.
    let two = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n".repeat(2);
    assert_eq!(answers(&exchange(app.address, two.as_bytes(), QUIET).await), [200, 200]);
    let body = r#"{"token":"x"}"#;
    let chunked = format!(
        "POST /api/v1/auth/verify HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n{SMUGGLED}",
        body.len()
    );
    assert_eq!(answers(&exchange(app.address, chunked.as_bytes(), QUIET).await), [200, 404]);
    faults.none();
}

/// A body that is sent where none is looked at does not become the next request.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v4_2_1_a_body_that_nobody_reads_is_not_the_next_request() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let mut requests = Vec::new();
    for route in &town.routes {
        let good = town.good(route).await;
        let chunks = format!("{:x}\r\n{SMUGGLED}\r\n0\r\n\r\n", SMUGGLED.len());
        for (headers, body) in [
            ("Transfer-Encoding: chunked".to_owned(), chunks.as_str()),
            (format!("Content-Length: {}", SMUGGLED.len()), SMUGGLED),
        ] {
            let head = format!("{} {} HTTP/1.1\r\nHost: a\r\n{headers}", good.method, good.path);
            requests.push((route.name(), format!("{head}\r\n\r\n{body}")));
        }
    }
    let address = town.world.app.address;
    let answered = stream::iter(requests).map(|(route, request)| async move {
        let statuses = answers(&exchange(address, request.as_bytes(), QUIET).await);
        (statuses.len() != 1).then(|| format!("{route} answers {statuses:?}"))
    });
    let found = answered.buffer_unordered(32).filter_map(|fault| async { fault });
    faults.extend(found.collect::<Vec<_>>().await);
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v4_1_3_a_client_does_not_say_where_it_comes_from() {
    let app = TestApp::spawn().await;
    let email = email_of(&app.customer().await).await;
    let login = json!({"email": email, "password": PASSWORD});
    let sent = app.anonymous().request(Method::POST, "/api/v1/auth/login");
    let sent = sent
        .header("X-Forwarded-For", "203.0.113.7")
        .header("X-Real-IP", "203.0.113.7")
        .header("Forwarded", "for=203.0.113.7;proto=https")
        .header("True-Client-IP", "203.0.113.7")
        .header("CF-Connecting-IP", "203.0.113.7")
        .header("X-Forwarded-Host", "evil.example")
        .header("X-Forwarded-Proto", "https");
    let reply = Reply::of(sent.json(&login)).await;
    let client = app.anonymous().with_token(reply.ok()["access_token"].as_str().unwrap());
    let sessions = client.get("/api/v1/auth/sessions").await.ok();
    let current =
        sessions["items"].as_array().unwrap().iter().find(|session| session["current"] == true).unwrap();
    assert_eq!(current["address"], "127.0.0.1", "{sessions}");
    // A host that a client names is in no link: mails and answers name paths, or what is configured.
    let sent = app.anonymous().request(Method::POST, "/api/v1/auth/forgot-password");
    let sent = sent.header("Host", "evil.example").header("X-Forwarded-Host", "evil.example");
    assert_eq!(Reply::of(sent.json(&json!({"email": email}))).await.status, 202);
    let mail = crate::identity::mailbox::mail(&app, &email, 1).await;
    assert!(!mail.raw.contains("evil.example"), "{}", mail.raw);
    let made = app.admin().await;
    let warehouse = json!({"code": "W1", "name": {"en": "x"}});
    let sent = made.request(Method::POST, "/api/v1/warehouses").header("Host", "evil.example");
    let reply = Reply::of(sent.json(&warehouse)).await;
    assert!(reply.header("location").starts_with("/api/v1/"), "{:?}", reply.headers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v4_1_2_plain_requests_are_never_sent_on_to_tls() {
    let app = TestApp::spawn_with(|source| source.flag("public_url", "https://souk.example")).await;
    for path in ["/", "/docs", "/health", "/api/v1/products", "/api/v1/auth/me"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: souk.example\r\nConnection: close\r\n\r\n");
        let reply = RawReply::read(&exchange(app.address, request.as_bytes(), QUIET).await).unwrap();
        assert!(
            !(300..400).contains(&reply.status) && reply.header("location").is_none(),
            "{path}: {}",
            reply.head
        );
        let kept = reply.header("strict-transport-security").unwrap_or_default();
        assert!(
            kept.contains("max-age=31536000") && kept.contains("includeSubDomains"),
            "{path}: {}",
            reply.head
        );
    }
}
