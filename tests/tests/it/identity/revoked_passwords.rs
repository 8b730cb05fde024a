//! Passwords that somebody else ends, and those that nobody has chosen yet: either way the owner of the address chooses.

use std::time::{Duration, Instant};

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{Client, PASSWORD, Reply, TestApp};

use super::mailbox::{mail, mails_to, token_of};

const NEW: &str = "five even plainer words";

async fn me(client: &Client) -> (String, String) {
    let me = client.get("/api/v1/auth/me").await.ok();
    let text = |name: &str| me[name].as_str().unwrap().to_owned();
    (text("id"), text("email"))
}

async fn login(app: &TestApp, email: &str, password: &str) -> Reply {
    app.anonymous().post("/api/v1/auth/login", &json!({"email": email, "password": password})).await
}

async fn choose(app: &TestApp, token: &str, password: &str) -> Reply {
    let body = json!({"token": token, "password": password});
    app.anonymous().post("/api/v1/auth/reset-password", &body).await
}

fn path(id: &str) -> String {
    format!("/api/v1/admins/{id}/reset-password")
}

async fn events_of(app: &TestApp, id: &str) -> Vec<String> {
    let id: uuid::Uuid = id.trim_start_matches("usr_").parse().unwrap();
    sqlx::query_scalar("select event_type from events where aggregate_id = $1 order by sequence")
        .bind(id.to_string())
        .fetch_all(app.server.souk.log.pool())
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forced_reset_ends_the_password_and_every_session_on_every_node() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let narin = app.account(Role::LocationAdmin, &["duhok"], None).await;
    let (id, email) = me(&narin).await;
    let tokens = login(&app, &email, PASSWORD).await.ok();
    app.anonymous().post("/api/v1/auth/login/otp", &json!({"email": email})).await;
    mail(&app, &email, 1).await;
    // A mail that was asked for before, perhaps by whoever read it, is worth nothing any more.
    app.anonymous().post("/api/v1/auth/forgot-password", &json!({"email": email})).await;
    let stolen = token_of(&mail(&app, &email, 2).await);
    admin.post(&path(&id), &Value::Null).await.ok();
    narin.get("/api/v1/auth/me").await.problem(401, "identity.invalid_token");
    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    app.anonymous().post("/api/v1/auth/refresh", &refresh).await.problem(401, "identity.invalid_token");
    login(&app, &email, PASSWORD).await.problem(401, "identity.invalid_credentials");
    choose(&app, &stolen, NEW).await.problem(422, "identity.mailed_token_invalid");
    let letter = mail(&app, &email, 3).await;
    assert!(letter.part("text/plain").contains("An administrator has ended the password"), "{}", letter.raw);
    let token = token_of(&letter);
    assert_eq!(choose(&app, &token, NEW).await.status, 204);
    let narin = login(&app, &email, NEW).await.ok();
    assert_eq!(events_of(&app, &id).await, ["AccountRegistered", "PasswordRevoked", "PasswordChanged"]);

    let elsewhere = app.beside(|source| source).await;
    let there = elsewhere.anonymous().with_token(narin["access_token"].as_str().unwrap());
    there.get("/api/v1/auth/me").await.ok();
    admin.post(&path(&id), &Value::Null).await.ok();
    let began = Instant::now();
    while there.get("/api/v1/auth/me").await.status != 401 {
        assert!(began.elapsed() < Duration::from_secs(5), "the other node still lets it in");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_those_who_are_invited_are_forced_and_only_once_under_one_key() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (customer, _) = me(&app.customer().await).await;
    let nobody = "usr_00000000000000000000000000000001";
    for unknown in [customer.as_str(), nobody] {
        admin.post(&path(unknown), &Value::Null).await.problem(404, "identity.account_not_found");
        let active = format!("/api/v1/admins/{unknown}/active");
        let out = json!({"active": false});
        admin.patch(&active, &out).await.problem(404, "identity.account_not_found");
    }
    let driver = app.account(Role::Driver, &["erbil"], None).await;
    let (id, email) = me(&driver).await;
    driver.post(&path(&id), &Value::Null).await.problem(403, "permission_denied");
    driver.get("/api/v1/auth/me").await.ok();
    for _ in 0..2 {
        let post = admin.request(reqwest::Method::POST, &path(&id)).header("Idempotency-Key", "once");
        Reply::of(post).await.ok();
    }
    assert_eq!(events_of(&app, &id).await, ["AccountRegistered", "PasswordRevoked"]);
    mail(&app, &email, 1).await;
    admin.delete(&format!("/api/v1/admins/{id}")).await.ok();
    admin.post(&path(&id), &Value::Null).await.problem(409, "identity.account_erased");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_invited_without_a_password_chooses_one() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let email = "narin@example.com";
    let invited = json!({"email": email, "role": "auditor", "display_name": "Narin", "locale": "ckb"});
    let id = admin.post("/api/v1/admins", &invited).await.created()["id"].as_str().unwrap().to_owned();
    let letter = mail(&app, email, 1).await;
    assert!(letter.part("text/html").contains("lang=\"ckb\""), "{}", letter.raw);
    for guess in ["", "null", PASSWORD] {
        login(&app, email, guess).await.problem(401, "identity.invalid_credentials");
    }
    let rows: Vec<String> =
        sqlx::query_scalar("select j::text from jobs j union all select t::text from account_tokens t")
            .fetch_all(app.server.souk.log.pool())
            .await
            .unwrap();
    let token = token_of(&letter);
    assert!(!rows.concat().contains(&token));
    choose(&app, &token, "narin").await.problem(422, "identity.password_length");
    assert_eq!(choose(&app, &token, NEW).await.status, 204);
    choose(&app, &token, PASSWORD).await.problem(422, "identity.mailed_token_invalid");
    let signed_in = login(&app, email, NEW).await.ok();
    assert_eq!(signed_in["account"]["role"], "auditor");
    let names = events_of(&app, &id).await;
    assert_eq!(
        names,
        [
            "AccountRegistered",
            "ProfileRevised",
            "EmailVerified",
            "PasswordChanged"
        ]
    );
    // Who gets a password from whoever invites gets no mail.
    let given = json!({"email": "azad@example.com", "password": PASSWORD, "role": "auditor"});
    admin.post("/api/v1/admins", &given).await.created();
    login(&app, "azad@example.com", PASSWORD).await.ok();
    assert!(mails_to(&app, "azad@example.com").is_empty());
}
