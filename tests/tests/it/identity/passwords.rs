//! New passwords: forgotten ones, and changed ones.

use std::time::{Duration, Instant};

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

use super::mailbox::{all_sent, mail, mails_to, token_of};

const OLD: &str = "four plain words";
const NEW: &str = "five even plainer words";

async fn email(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.ok()["email"].as_str().unwrap().to_owned()
}

async fn login(app: &TestApp, email: &str, password: &str) -> Reply {
    app.anonymous().post("/api/v1/auth/login", &json!({"email": email, "password": password})).await
}

async fn forgot(app: &TestApp, email: &str) -> Reply {
    app.anonymous().post("/api/v1/auth/forgot-password", &json!({"email": email})).await
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Reply {
    let body = json!({"token": token, "password": password});
    app.anonymous().post("/api/v1/auth/reset-password", &body).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forgotten_password_is_replaced_once_and_every_session_ends() {
    let app = TestApp::spawn().await;
    let shirin = app.account(Role::Customer, &[], None).await;
    let email = email(&shirin).await;
    shirin
        .put("/api/v1/customers/profile", &json!({"display_name": "Shirin & Co", "locale": "ar-IQ"}))
        .await
        .ok();
    let tokens = login(&app, &email, OLD).await.ok();
    for _ in 0..5 {
        login(&app, &email, "not the password").await;
    }
    login(&app, &email, OLD).await.problem(429, "identity.locked");

    assert_eq!(forgot(&app, &email).await.status, 202);
    let asked = mail(&app, &email, 1).await;
    assert!(asked.part("text/html").contains("<html lang=\"ar\" dir=\"rtl\">"), "{}", asked.raw);
    let first = token_of(&asked);
    forgot(&app, &email).await;
    let token = token_of(&mail(&app, &email, 2).await);
    reset(&app, &first, NEW).await.problem(422, "identity.mailed_token_invalid");
    reset(&app, &token, "password123").await.problem(422, "identity.password_weak");
    assert_eq!(reset(&app, &token, NEW).await.status, 204, "a refusal leaves the token its use");
    reset(&app, &token, "yet another sentence").await.problem(422, "identity.mailed_token_invalid");

    // Who was locked out is let in.
    shirin.get("/api/v1/auth/me").await.problem(401, "identity.invalid_token");
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    let refreshed = app.anonymous().post("/api/v1/auth/refresh", &refresh).await;
    refreshed.problem(401, "identity.invalid_token");
    login(&app, &email, OLD).await.problem(401, "identity.invalid_credentials");
    login(&app, &email, NEW).await.ok();
    // Its owner is told.
    let told = mail(&app, &email, 3).await;
    assert!(told.part("text/html").contains("Shirin &amp; Co"), "{}", told.raw);

    forgot(&app, &email).await;
    let late = token_of(&mail(&app, &email, 4).await);
    sqlx::query("update account_tokens set expires_at = now()")
        .execute(app.server.souk.log.pool())
        .await
        .unwrap();
    reset(&app, &late, OLD).await.problem(422, "identity.mailed_token_invalid");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_password_ends_sessions_on_every_node_within_seconds() {
    let app = TestApp::spawn().await;
    let shirin = app.customer().await;
    let email = email(&shirin).await;
    forgot(&app, &email).await;
    let token = token_of(&mail(&app, &email, 1).await);
    // From now on either node may send the mails.
    let other_node = app.beside(|source| source).await;
    let there = other_node.anonymous().with_token(shirin.token().unwrap());
    there.get("/api/v1/auth/me").await.ok();
    assert_eq!(reset(&app, &token, NEW).await.status, 204);
    tokio::time::sleep(Duration::from_secs(3)).await;
    there.get("/api/v1/auth/me").await.problem(401, "identity.invalid_token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_who_show_a_token_at_once_one_succeeds() {
    let app = TestApp::spawn().await;
    let email = email(&app.customer().await).await;
    forgot(&app, &email).await;
    let token = token_of(&mail(&app, &email, 1).await);
    let answers = futures_util::future::join_all((0..6).map(|number| {
        let (app, token) = (&app, &token);
        async move { reset(app, token, &format!("five plain words {number}")).await.status.as_u16() }
    }))
    .await;
    assert_eq!(answers.iter().filter(|status| **status == 204).count(), 1, "{answers:?}");
    assert!(answers.iter().all(|status| [204, 422].contains(status)), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neither_answer_nor_time_tells_who_has_an_account() {
    let app = TestApp::spawn_with(|source| source.flag("mails_per_hour", "3")).await;
    let known = email(&app.customer().await).await;
    let mut answers: Vec<(u16, Vec<u8>, Duration)> = Vec::new();
    for address in [known.as_str(), "nobody@example.com"] {
        for _ in 0..3 {
            let begun = Instant::now();
            let answer = forgot(&app, address).await;
            answers.push((answer.status.as_u16(), answer.bytes, begun.elapsed()));
        }
        forgot(&app, address).await.problem(429, "identity.too_many_mails");
    }
    for (status, body, took) in &answers {
        assert_eq!((*status, body), (202, &answers[0].1));
        assert!(*took >= Duration::from_millis(300), "{took:?}");
    }
    all_sent(&app).await;
    // A token that a newer one has replaced before its mail went out is not mailed any more.
    assert!((1..=3).contains(&mails_to(&app, &known).len()));
    assert_eq!(mails_to(&app, "nobody@example.com").len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_resets_a_password_has_confirmed_the_address() {
    let app = TestApp::spawn().await;
    let register = json!({"email": "zoe@example.com", "password": "whoever may this be"});
    app.anonymous().post("/api/v1/auth/register", &register).await;
    mail(&app, "zoe@example.com", 1).await;
    forgot(&app, "zoe@example.com").await;
    let token = token_of(&mail(&app, "zoe@example.com", 2).await);
    assert_eq!(reset(&app, &token, NEW).await.status, 204);
    login(&app, "zoe@example.com", NEW).await.ok();
    login(&app, "zoe@example.com", "whoever may this be")
        .await
        .problem(401, "identity.invalid_credentials");
}

fn change(current: &str, new: &str) -> Value {
    json!({"current_password": current, "new_password": new})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_password_ends_the_other_sessions() {
    let app = TestApp::spawn().await;
    let shirin = app.customer().await;
    let email = email(&shirin).await;
    let other = app.sign_in(&email).await;
    let path = "/api/v1/auth/change-password";
    app.anonymous().post(path, &change(OLD, NEW)).await.problem(401, "identity.token_missing");
    let wrong = shirin.post(path, &change("not the password", NEW)).await;
    assert_eq!(wrong.problem(422, "identity.wrong_password")["errors"][0]["pointer"], "/current_password");
    let weak = shirin.post(path, &change(OLD, "short")).await;
    assert_eq!(weak.problem(422, "identity.password_length")["errors"][0]["pointer"], "/new_password");
    other.get("/api/v1/auth/me").await.ok();
    assert_eq!(shirin.post(path, &change(OLD, NEW)).await.status, 204);
    shirin.get("/api/v1/auth/me").await.ok();
    other.get("/api/v1/auth/me").await.problem(401, "identity.invalid_token");
    login(&app, &email, OLD).await.problem(401, "identity.invalid_credentials");
    login(&app, &email, NEW).await.ok();
    assert!(mail(&app, &email, 1).await.part("text/plain").contains("has just been changed"));
    // A stolen token is no way to try passwords.
    for _ in 0..5 {
        shirin.post(path, &change("not the password", OLD)).await.problem(422, "identity.wrong_password");
    }
    shirin.post(path, &change(NEW, OLD)).await.problem(429, "identity.locked");
}
