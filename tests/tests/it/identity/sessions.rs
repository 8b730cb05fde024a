//! One's sessions, and what a token says.

use std::time::Duration;

use domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

const PASSWORD: &str = "four plain words";

async fn email(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.ok()["email"].as_str().unwrap().to_owned()
}

async fn sign_in_from(app: &TestApp, email: &str, agent: &str) -> Client {
    let login = app.anonymous().request(Method::POST, "/api/v1/auth/login").header("User-Agent", agent);
    let tokens = Reply::of(login.json(&json!({"email": email, "password": PASSWORD}))).await.ok();
    app.anonymous().with_token(tokens["access_token"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sessions_are_shown_with_their_devices_and_ended_one_by_one() {
    let app = TestApp::spawn().await;
    let there = app.beside(|source| source).await;
    let shirin = app.account(Role::Customer, &[], None).await;
    let email = email(&shirin).await;
    let phone = sign_in_from(&app, &email, "Phone/7 (blue)").await;
    let list = |client: Client| async move {
        client.get("/api/v1/auth/sessions").await.ok()["items"].as_array().unwrap().clone()
    };
    let sessions = list(shirin.clone()).await;
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        (&sessions[0]["user_agent"], &sessions[0]["current"]),
        (&json!("Phone/7 (blue)"), &json!(false))
    );
    assert_eq!((&sessions[0]["address"], &sessions[1]["current"]), (&json!("127.0.0.1"), &json!(true)));
    assert!(sessions[0]["created_at"].is_string() && sessions[0]["last_used_at"].is_string());
    // Nothing of it is readable in the table.
    let stored: Vec<String> = sqlx::query_scalar("select to_json(s)::text from sessions s")
        .fetch_all(app.server.souk.log.pool())
        .await
        .unwrap();
    assert!(!stored.join("").contains("Phone") && !stored.join("").contains("127.0.0.1"));

    // Others' sessions do not exist.
    let stranger = app.customer().await;
    let path = format!("/api/v1/auth/sessions/{}", sessions[0]["id"].as_str().unwrap());
    stranger.delete(&path).await.problem(404, "identity.session_not_found");
    app.anonymous().delete(&path).await.problem(401, "identity.token_missing");
    phone.get("/api/v1/auth/me").await.ok();
    let phone_there = there.anonymous().with_token(phone.token().unwrap());
    phone_there.get("/api/v1/auth/me").await.ok();
    assert_eq!(shirin.delete(&path).await.status, 204);
    shirin.delete(&path).await.problem(404, "identity.session_not_found");
    phone.get("/api/v1/auth/me").await.problem(401, "identity.invalid_token");
    tokio::time::sleep(Duration::from_secs(3)).await;
    phone_there.get("/api/v1/auth/me").await.problem(401, "identity.invalid_token");
    assert_eq!(list(shirin.clone()).await.len(), 1);
    shirin.get("/api/v1/auth/me").await.ok();
}

async fn introspect(app: &TestApp, token: &str) -> Value {
    app.anonymous().post("/api/v1/auth/verify", &json!({"token": token})).await.ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_is_introspected_while_its_session_lives() {
    let app = TestApp::spawn().await;
    let shirin = app.customer().await;
    let token = shirin.token().unwrap();
    let said = introspect(&app, token).await;
    let me = shirin.get("/api/v1/auth/me").await.ok();
    assert_eq!((&said["active"], &said["token_type"]), (&json!(true), &json!("Bearer")));
    assert_eq!((&said["sub"], &said["sid"], &said["role"]), (&me["id"], &me["session_id"], &me["role"]));
    assert_eq!(said["exp"].as_i64().unwrap() - said["iat"].as_i64().unwrap(), 3_600);
    assert!(said["scope"].as_str().unwrap().split(' ').any(|word| word == "place_orders"));
    shirin.post("/api/v1/auth/logout", &json!({})).await;
    for wrong in [token, "", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9."] {
        assert_eq!(introspect(&app, wrong).await, json!({"active": false}), "{wrong}");
    }
}
