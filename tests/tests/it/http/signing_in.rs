//! Sessions.

use serde_json::json;
use souk_tests::TestApp;

#[tokio::test]
async fn a_session_lives_from_sign_in_to_sign_out() {
    let app = TestApp::spawn().await;
    let login = json!({"email": "admin@example.com", "password": "four plain words"});
    let tokens = app.anonymous().post("/api/v1/auth/login", &login).await.ok();
    assert_eq!(tokens["token_type"], "Bearer");
    let client = app.anonymous().with_token(tokens["access_token"].as_str().unwrap());
    let me = client.get("/api/v1/auth/me").await.ok();
    assert_eq!((&me["role"], &me["email"]), (&json!("super_admin"), &json!("admin@example.com")));
    assert!(me["permissions"].as_array().unwrap().contains(&json!("operate")));

    let refresh = json!({"refresh_token": tokens["refresh_token"]});
    let next = app.anonymous().post("/api/v1/auth/refresh", &refresh).await.ok();
    let client = client.with_token(next["access_token"].as_str().unwrap());
    client.post("/api/v1/auth/logout", &json!({})).await;
    client.get("/api/v1/auth/me").await.problem(401, "identity.invalid_token");
    let refresh = json!({"refresh_token": next["refresh_token"]});
    app.anonymous().post("/api/v1/auth/refresh", &refresh).await.problem(401, "identity.invalid_token");
}

#[tokio::test]
async fn nobody_gets_in_without_a_valid_token() {
    let app = TestApp::spawn().await;
    let nobody = app.anonymous();
    let reply = nobody.get("/api/v1/orders").await;
    reply.problem(401, "identity.token_missing");
    assert_eq!(reply.header("www-authenticate"), "Bearer realm=\"souk\"");
    let admin = app.admin().await;
    let token = admin.token().unwrap();
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9.";
    for wrong in [
        "",
        "x",
        "a.b.c",
        unsigned,
        &token[..token.len() - 2],
        &format!("{token}x"),
    ] {
        let reply = nobody.with_token(wrong).get("/api/v1/auth/me").await;
        reply.problem(401, "identity.invalid_token");
        assert!(reply.header("www-authenticate").contains("invalid_token"));
    }
    let wrong_scheme = nobody.get_with("/api/v1/auth/me", "Authorization", "Basic YTpi").await;
    wrong_scheme.problem(401, "identity.invalid_token");
}

#[tokio::test]
async fn wrong_passwords_lock_the_address() {
    let app = TestApp::spawn_with(|source| source.flag("lock_failures", "2")).await;
    let nobody = app.anonymous();
    let wrong = json!({"email": "admin@example.com", "password": "wrong and wrong"});
    for _ in 0..2 {
        nobody.post("/api/v1/auth/login", &wrong).await.problem(401, "identity.invalid_credentials");
    }
    let right = json!({"email": "admin@example.com", "password": "four plain words"});
    let locked = nobody.post("/api/v1/auth/login", &right).await;
    locked.problem(429, "identity.locked");
    assert!(locked.header("retry-after").parse::<u32>().unwrap() > 0);
    let unknown = json!({"email": "nobody@example.com", "password": "wrong and wrong"});
    nobody.post("/api/v1/auth/login", &unknown).await.problem(401, "identity.invalid_credentials");
}

#[tokio::test]
async fn the_published_keys_verify_the_tokens() {
    let app = TestApp::spawn().await;
    let keys = app.anonymous().get("/.well-known/jwks.json").await;
    let key = keys.ok()["keys"][0].clone();
    assert_eq!((&key["kty"], &key["crv"], &key["alg"]), (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA")));
    assert!(key["d"].is_null(), "the private half is never shown");
    assert!(keys.header("cache-control").starts_with("public"));
}
