//! V7 Session management: a session ends for every token of it. The rest is in `identity::sessions` and
//! `identity::browsers`.

use std::collections::HashSet;

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, PASSWORD, Reply, TestApp};

use crate::security::support::{email_of, faults::Faults, me};

async fn sign_in(app: &TestApp, email: &str) -> Value {
    app.anonymous()
        .post("/api/v1/auth/login", &json!({"email": email, "password": PASSWORD}))
        .await
        .ok()
}

/// What a client of the session holds is worth nothing any more, wherever it is shown.
async fn is_over(app: &TestApp, access: &str, refresh: &str) -> bool {
    let nobody = app.anonymous();
    let with = nobody.with_token(access);
    let refused = with.get("/api/v1/auth/me").await.status == 401
        && with.get("/api/v1/orders").await.status == 401
        && with.post("/api/v1/addresses", &json!({})).await.status == 401;
    let said = nobody.post("/api/v1/auth/verify", &json!({"token": access})).await.ok();
    let again = nobody.post("/api/v1/auth/refresh", &json!({"refresh_token": refresh})).await;
    refused && said == json!({"active": false}) && again.status == 401
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v7_4_1_an_access_token_is_worth_nothing_after_its_session() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let id = |me: &Value| me["id"].as_str().unwrap().to_owned();
    for end in [
        "logout",
        "session",
        "everywhere",
        "deactivated",
        "erased",
        "password",
    ] {
        let client = app.customer().await;
        let (account, email) = (me(&client).await, email_of(&client).await);
        let tokens = sign_in(&app, &email).await;
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let (access, refresh) = (text("access_token"), text("refresh_token"));
        let own = app.anonymous().with_token(&access);
        own.get("/api/v1/auth/me").await.ok();
        app.settle().await;
        let reply = match end {
            "logout" => own.post("/api/v1/auth/logout", &json!({})).await,
            "session" => {
                let session = me(&own).await["session_id"].as_str().unwrap().to_owned();
                client.delete(&format!("/api/v1/auth/sessions/{session}")).await
            }
            "everywhere" => {
                let body = json!({"current_password": PASSWORD, "new_password": "five even plainer words"});
                client.post("/api/v1/auth/change-password", &body).await
            }
            "deactivated" => {
                let path = format!("/api/v1/admins/shop-owners/{}/active", id(&account));
                admin.patch(&path, &json!({"active": false})).await
            }
            "erased" => client.delete(&format!("/api/v1/users/{}", id(&account))).await,
            _ => {
                // A refresh token that is shown twice was stolen: the session ends.
                let body = json!({"refresh_token": refresh});
                app.anonymous().post("/api/v1/auth/refresh", &body).await.ok();
                app.anonymous().post("/api/v1/auth/refresh", &body).await
            }
        };
        assert!(reply.status.as_u16() < 500, "{end}: {}", reply.status);
        assert!(is_over(&app, &access, &refresh).await, "a session goes on after: {end} ({})", reply.status);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v7_2_3_tokens_of_sessions_are_long_and_never_the_same() {
    let app = TestApp::spawn().await;
    let email = email_of(&app.customer().await).await;
    let mut seen = HashSet::new();
    let mut refresh = sign_in(&app, &email).await["refresh_token"].as_str().unwrap().to_owned();
    for _ in 0..100 {
        // 32 random bytes are 43 characters of base64; 64 of hex.
        assert!(refresh.len() >= 43, "{} characters", refresh.len());
        let letters: HashSet<char> = refresh.chars().collect();
        assert!(letters.len() >= 10, "{refresh}");
        assert!(seen.insert(refresh.clone()), "a refresh token came twice");
        let next = app.anonymous().post("/api/v1/auth/refresh", &json!({"refresh_token": refresh})).await;
        refresh = next.ok()["refresh_token"].as_str().unwrap().to_owned();
    }
    let prefixes: HashSet<&str> = seen.iter().map(|token| &token[..6]).collect();
    assert!(prefixes.len() > 95, "refresh tokens are alike at their beginning");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v7_2_4_every_sign_in_is_a_new_session_whatever_was_shown() {
    let app = TestApp::spawn().await;
    let (victim, attacker) = (app.customer().await, app.customer().await);
    let email = email_of(&victim).await;
    let planted = me(&attacker).await["session_id"].as_str().unwrap().to_owned();
    let mut faults = Faults::default();
    let mut sessions = HashSet::from([planted.clone()]);
    let login = json!({"email": email, "password": PASSWORD});
    let with = |client: Client, name: &str, value: String| {
        Reply::of(client.request(Method::POST, "/api/v1/auth/login").header(name, value).json(&login))
    };
    let token = attacker.token().unwrap();
    for (name, value) in [
        ("Authorization", format!("Bearer {token}")),
        ("Cookie", format!("__Host-souk-access={token}")),
        ("Cookie", format!("session_id={planted}; sid={planted}; JSESSIONID={planted}")),
        ("X-Session-Id", planted.clone()),
        ("X-Request-Id", planted.trim_start_matches("ses_").to_owned()),
    ] {
        let reply = with(app.anonymous(), name, value).await;
        let own = app.anonymous().with_token(reply.ok()["access_token"].as_str().unwrap());
        let own = me(&own).await;
        faults.unless(own["email"] == email.as_str(), || format!("{name}: signed in as {own}"));
        let session = own["session_id"].as_str().unwrap().to_owned();
        faults.unless(sessions.insert(session), || format!("{name}: a session was taken over"));
    }
    // What a client would like its session to be called is no member.
    let mut named = login.clone();
    named["session_id"] = json!(planted);
    app.anonymous().post("/api/v1/auth/login", &named).await.problem(422, "invalid-request");
    faults.unless(me(&attacker).await["session_id"] == planted.as_str(), || {
        "the planted one has changed".into()
    });
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v7_2_4_of_many_who_show_a_refresh_token_at_once_at_most_one_goes_on() {
    let app = TestApp::spawn().await;
    let email = email_of(&app.customer().await).await;
    for _ in 0..3 {
        let refresh = sign_in(&app, &email).await["refresh_token"].clone();
        let nobody = app.anonymous();
        let body = json!({"refresh_token": refresh});
        let shown = (0..8).map(|_| nobody.post("/api/v1/auth/refresh", &body));
        let replies = futures_util::future::join_all(shown).await;
        let won: Vec<_> = replies.iter().filter(|reply| reply.status == 200).collect();
        assert!(won.len() == 1, "{} of 8 went on", won.len());
        assert!(replies.iter().all(|reply| [200, 401].contains(&reply.status.as_u16())));
        // The others have shown a used one, so the whole session has ended, the winner's part of it too.
        let access = won[0].json()["access_token"].as_str().unwrap().to_owned();
        let refresh = won[0].json()["refresh_token"].as_str().unwrap().to_owned();
        assert!(is_over(&app, &access, &refresh).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v7_3_2_a_session_ends_by_its_age_however_often_it_is_refreshed() {
    let app = TestApp::spawn_with(|source| source.flag("session_days", "3")).await;
    let email = email_of(&app.customer().await).await;
    let mut refresh = sign_in(&app, &email).await["refresh_token"].clone();
    for (age, goes_on) in [("2 days 23 hours", true), ("3 days 1 second", false)] {
        sqlx::query("update sessions set created_at = now() - $1::interval")
            .bind(age)
            .execute(app.server.souk.log.pool())
            .await
            .unwrap();
        let reply = app.anonymous().post("/api/v1/auth/refresh", &json!({"refresh_token": refresh})).await;
        assert_eq!(reply.status == 200, goes_on, "{age}: {}", reply.status);
        refresh = reply.json()["refresh_token"].clone();
    }
    // Whoever signs in again has a new one.
    sign_in(&app, &email).await;
}
