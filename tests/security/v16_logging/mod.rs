//! V16 Security logging and error handling: what is written down of attacks, and what is not. A server of its own, whose
//! output is read.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestDatabase};

use crate::{
    process::{PASSWORD, Server, serving, wait_until},
    security::support::raw::send,
};

const CUSTOMER: &str = "erbil-shop@souk.example";

fn start(database: &TestDatabase, folder: &std::path::Path, level: &str) -> Server {
    let mut command = serving();
    command.args(["--demo", "--database-url", database.url(), "--data-dir"]).arg(folder);
    Server::start_as(command.env("SOUK_LOG", level))
}

fn client(server: &Server) -> Client {
    Client::at(&server.url, "none")
}

async fn post(server: &Server, path: &str, body: &Value) -> Reply {
    let request = client(server).request(Method::POST, path).header("Idempotency-Key", "one");
    let (mut request, body) = (request.build().unwrap(), body.to_string());
    request.headers_mut().remove("authorization");
    request.headers_mut().insert("content-type", "application/json".parse().unwrap());
    *request.body_mut() = Some(body.into());
    Reply::of(reqwest::RequestBuilder::from_parts(reqwest::Client::new(), request)).await
}

/// The lines about requests on a route that ended with this status.
fn lines(server: &Server, route: &str, status: u16) -> Vec<Value> {
    let logged = server.logged();
    let lines = logged.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["http.route"] == route && line["http.status"] == status).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v16_3_1_attempts_are_written_down_and_secrets_are_not() {
    let (database, folder) = (TestDatabase::create().await, tempfile::tempdir().unwrap());
    let server = start(&database, folder.path(), "debug");
    let mut secrets = vec![PASSWORD.to_owned(), CUSTOMER.to_owned()];
    let mut requests = Vec::new();
    let login = |password: &str| json!({"email": CUSTOMER, "password": password});
    let wrong = "a wrong password, S3CRET-1";
    secrets.push("S3CRET".to_owned());
    for _ in 0..2 {
        let refused = post(&server, "/api/v1/auth/login", &login(wrong)).await;
        assert_eq!(refused.status, 401);
        requests.push((refused.header("x-request-id").to_owned(), "/api/v1/auth/login", 401));
    }
    let tokens = post(&server, "/api/v1/auth/login", &login(PASSWORD)).await;
    requests.push((tokens.header("x-request-id").to_owned(), "/api/v1/auth/login", 200));
    let tokens = tokens.ok();
    for name in ["access_token", "refresh_token"] {
        let token = tokens[name].as_str().unwrap();
        // The signature of the one, all of the other.
        secrets.push(token.rsplit('.').next().unwrap().to_owned());
    }
    let access = tokens["access_token"].as_str().unwrap();
    let own = Client::at(&server.url, access);
    let denied = own.get("/api/v1/admins").await;
    requests.push((denied.header("x-request-id").to_owned(), "/api/v1/admins", 403));
    let forged = Client::at(&server.url, "S3CRET.S3CRET.S3CRET").get("/api/v1/orders").await;
    requests.push((forged.header("x-request-id").to_owned(), "/api/v1/orders", 401));
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    let next = post(&server, "/api/v1/auth/refresh", &refresh).await.ok();
    secrets.push(next["refresh_token"].as_str().unwrap().to_owned());
    let stolen = post(&server, "/api/v1/auth/refresh", &refresh).await;
    requests.push((stolen.header("x-request-id").to_owned(), "/api/v1/auth/refresh", 401));
    // Where nothing secret belongs, somebody may put it all the same.
    let path = "/api/v1/products?token=S3CRET&q=S3CRET";
    let asked = client(&server)
        .request(Method::GET, path)
        .header("User-Agent", "S3CRET")
        .header("Cookie", "a=S3CRET");
    Reply::of(asked.header("Referer", "https://a.example/?S3CRET")).await;
    client(&server).get("/api/v1/S3CRET/S3CRET").await;
    let reset = json!({"token": "S3CRET-reset-token", "password": "S3CRET and more words"});
    post(&server, "/api/v1/auth/reset-password", &reset).await;
    post(&server, "/api/v1/auth/verify-otp", &json!({"email": CUSTOMER, "code": "S3CRET"})).await;
    post(&server, "/api/v1/auth/login", &json!({"email": "S3CRET", "password": ["S3CRET"], "S3CRET": 1}))
        .await;
    let key = client(&server).with_key("key_S3CRET", "S3CRET").get("/api/v1/orders").await;
    requests.push((key.header("x-request-id").to_owned(), "/api/v1/orders", 401));

    for (id, route, status) in &requests {
        let what = format!("{status} on {route} is written down as {id}");
        wait_until(&what, || {
            lines(&server, route, *status).iter().any(|line| line.to_string().contains(id.as_str()))
        });
    }
    // Who was refused is told where that is known.
    let denied = lines(&server, "/api/v1/admins", 403).remove(0).to_string();
    let account = tokens["account"]["id"].as_str().unwrap();
    assert!(denied.contains(account), "{denied}");
    wait_until("the theft is written down", || {
        server.logged().contains("used refresh token was shown again")
    });
    let logged = server.logged();
    for secret in secrets {
        let line = logged.lines().find(|line| line.contains(&secret));
        assert!(line.is_none(), "{secret} is in the log: {}", line.unwrap_or_default());
    }
    for at in lines(&server, "/api/v1/auth/login", 401) {
        let time =
            at.as_object().unwrap().values().filter_map(Value::as_str).find(|text| text.ends_with('Z'));
        assert!(time.is_some(), "UTC: {at}");
    }
    assert!(server.stop().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v16_4_1_nobody_writes_lines_into_the_log() {
    let (database, folder) = (TestDatabase::create().await, tempfile::tempdir().unwrap());
    let server = start(&database, folder.path(), "debug");
    let address = server.url.trim_start_matches("http://").parse().unwrap();
    let forged = "{\"level\":\"ERROR\",\"forged-line\":true}";
    let encoded = crate::security::support::raw::encoded(&format!("x\r\n{forged}\n"));
    for target in [
        format!("/api/v1/products/{encoded}"),
        format!("/{encoded}"),
        format!("/api/v1/products?q={encoded}"),
        format!("/api/v1/products?{encoded}=1"),
        format!("/api/v1/monitoring/projections/{encoded}"),
        format!("/health?\u{1b}[2J{}", "%1b%5b2J"),
    ] {
        let headers = [
            ("User-Agent", forged),
            ("X-Request-Id", forged),
            ("traceparent", forged),
            ("Authorization", "Bearer \u{1b}[31m"),
        ];
        send(address, "GET", &target, &headers, b"").await;
    }
    let text = format!("x\n{forged}\r\n");
    let body = json!({"email": text, "password": text});
    post(&server, "/api/v1/auth/login", &body).await;
    post(
        &server,
        "/api/v1/auth/register",
        &json!({"email": "log@example.com", "password": "four plain words", "display_name": text}),
    )
    .await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    for said in [server.logged(), server.printed()] {
        let forged = said.lines().find(|line| line.contains("forged-line") || line.contains('\u{1b}'));
        assert_eq!(forged, None, "a line of the attacker's");
    }
    // Every line of the log is one object, whatever went on.
    for line in server.logged().lines() {
        let read: Result<Value, _> = serde_json::from_str(line);
        assert!(read.is_ok_and(|line| line["timestamp"].is_string() && line["level"].is_string()), "{line}");
    }
    assert!(server.stop().success());
}
