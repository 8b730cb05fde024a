//! How much a request may bring.

use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use reqwest::Method;
use serde_json::json;
use souk_tests::{Reply, TestApp};

use super::Wire;

const LOGIN: &str = "/api/v1/auth/login";

async fn post(app: &TestApp, body: impl Into<reqwest::Body>) -> Reply {
    let request = app.anonymous().request(Method::POST, LOGIN);
    Reply::of(request.header("content-type", "application/json").body(body)).await
}

fn of_size(bytes: usize) -> String {
    let empty = json!({"email": "", "password": "x"}).to_string();
    empty.replacen("\"\"", &format!("\"{}\"", "a".repeat(bytes - empty.len())), 1)
}

#[tokio::test]
async fn a_body_may_have_a_megabyte_and_not_a_byte_more() {
    let app = TestApp::spawn().await;
    assert_eq!(post(&app, of_size(1_048_576)).await.status, 401, "read, and found wrong");
    let reply = post(&app, of_size(1_048_577)).await;
    assert_eq!(reply.problem(413, "body-too-large")["limit_bytes"], 1_048_576);
    assert_eq!(reply.header("connection"), "close");

    let app = TestApp::spawn_with(|source| source.flag("body_limit_bytes", "2000")).await;
    assert_eq!(post(&app, of_size(2_000)).await.status, 401);
    post(&app, of_size(2_001)).await.problem(413, "body-too-large");
}

#[tokio::test]
async fn a_body_of_unknown_length_is_counted_as_it_comes() {
    let app = TestApp::spawn().await;
    let mut wire = Wire::to(&app).await;
    let head = format!(
        "POST {LOGIN} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    );
    wire.send(&head).await;
    let chunk = format!("{:x}\r\n{}\r\n", 65_536, " ".repeat(65_536));
    let sender = async {
        use tokio::io::AsyncWriteExt;
        // The server may have hung up already.
        for _ in 0..64 {
            if wire.0.write_all(chunk.as_bytes()).await.is_err() {
                break;
            }
        }
    };
    sender.await;
    let (answer, _) = wire.rest(std::time::Duration::from_secs(20)).await;
    // What it said may be lost with the connection; that it let four megabytes in cannot be.
    assert!(answer.is_empty() || answer.contains("body-too-large"), "{answer}");
}

#[tokio::test]
async fn a_bomb_is_not_unpacked() {
    let app = TestApp::spawn().await;
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    for _ in 0..64 {
        packer.write_all(&[b' '; 1_048_576]).unwrap();
    }
    let bomb = packer.finish().unwrap();
    assert!(bomb.len() < 100_000);
    let small = {
        let mut packer = GzEncoder::new(Vec::new(), Compression::best());
        packer.write_all(of_size(100).as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    for (coding, body) in [
        ("gzip", bomb),
        ("gzip", small),
        ("br", vec![1, 2, 3]),
        ("identity, gzip", vec![1]),
    ] {
        let request = app.anonymous().request(Method::POST, LOGIN).header("content-type", "application/json");
        let reply = Reply::of(request.header("content-encoding", coding).body(body)).await;
        let problem = reply.problem(415, "unsupported-content-encoding");
        assert_eq!(problem["errors"][0]["header"], "content-encoding");
        assert_eq!(reply.header("accept-encoding"), "identity");
    }
    let request = app.anonymous().request(Method::POST, LOGIN).header("content-encoding", "identity");
    let reply = Reply::of(request.json(&json!({"email": "a@example.com", "password": "x"}))).await;
    assert_eq!(reply.status, 401);
}

#[tokio::test]
async fn json_may_not_nest_without_end() {
    let app = TestApp::spawn().await;
    for depth in [33, 127, 1_000, 500_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let body = format!("{{\"email\":{}1{}}}", open.repeat(depth), close.repeat(depth));
            let reply = post(&app, body.clone()).await;
            if body.len() <= 1_048_576 {
                assert_eq!(reply.problem(400, "json-too-deep")["limit"], 32, "{depth} {open}");
            } else {
                reply.problem(413, "body-too-large");
            }
        }
    }
    let shallow = format!("{{\"email\":{}1{}}}", "[".repeat(31), "]".repeat(31));
    post(&app, shallow).await.problem(422, "invalid-request");
}

#[tokio::test]
async fn the_head_of_a_request_has_its_limits() {
    let app = TestApp::spawn().await;
    let nobody = app.anonymous();
    let query = |parameters: usize| format!("/api/v1/products?{}", vec!["x=1"; parameters].join("&"));
    nobody.get(&query(100)).await.problem(400, "invalid-parameter");
    nobody.get(&query(101)).await.problem(400, "too-many-parameters");
    nobody.get(&format!("/{}", "a".repeat(8_191))).await.problem(404, "no-such-route");
    nobody.get(&format!("/{}", "a".repeat(8_192))).await.problem(414, "uri-too-long");
    nobody.get_with("/api/v1/products", "x-note", &"a".repeat(30_000)).await.ok();
    nobody
        .get_with("/api/v1/products", "x-note", &"a".repeat(33_000))
        .await
        .problem(431, "headers-too-large");
    let mut wire = Wire::to(&app).await;
    wire.send(&format!("GET / HTTP/1.1\r\nhost: x\r\nx-note: {}", "a".repeat(140_000))).await;
    let (answer, _) = wire.rest(std::time::Duration::from_secs(20)).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}
