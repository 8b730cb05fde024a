//! How often one may ask.

use api::config::Source;
use domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{PASSWORD, Reply, TestApp};

const LOGIN: &str = "/api/v1/auth/login";
const PRODUCTS: &str = "/api/v1/products";

async fn limited(account: u32, address: u32, sign_in: u32) -> TestApp {
    TestApp::spawn_with(|source: Source| {
        source
            .flag("rate_limits", "on")
            .flag("rate_limit_per_minute", account.to_string())
            .flag("rate_limit_address_per_minute", address.to_string())
            .flag("rate_limit_sign_in_per_minute", sign_in.to_string())
            .flag("trusted_proxies", "127.0.0.1")
    })
    .await
}

/// `"account";r=2;t=20` as its name and numbers.
fn standing(reply: &Reply) -> (String, u32, u32) {
    let mut parts = reply.header("ratelimit").split(';');
    let name = parts.next().unwrap().trim_matches('"').to_owned();
    let mut number = |key: &str| -> u32 { parts.next().unwrap().strip_prefix(key).unwrap().parse().unwrap() };
    (name, number("r="), number("t="))
}

#[track_caller]
fn assert_refused(reply: &Reply, policy: &str) -> Value {
    let problem = reply.problem(429, "too-many-requests");
    assert_eq!(problem["policy"], policy);
    let wait: u32 = reply.header("retry-after").parse().unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    assert_eq!(standing(reply), (policy.to_owned(), 0, wait));
    problem
}

#[tokio::test]
async fn an_account_has_its_own_quota_whatever_its_addresses_and_tokens() {
    let app = limited(3, 0, 0).await;
    let (mine, other) = (app.customer().await, app.customer().await);
    for left in [2, 1, 0] {
        let reply = mine.get(PRODUCTS).await;
        reply.ok();
        assert_eq!(reply.header("ratelimit-policy"), r#""account";q=3;w=60"#);
        assert_eq!((standing(&reply).0.as_str(), standing(&reply).1), ("account", left));
    }
    let refused = mine.get(PRODUCTS).await;
    assert_eq!(assert_refused(&refused, "account")["limit_per_minute"], 3);
    assert_eq!(refused.header("ratelimit-policy"), r#""account";q=3;w=60"#);
    let elsewhere = mine.get_with(PRODUCTS, "x-forwarded-for", "198.51.100.7").await;
    assert_refused(&elsewhere, "account");
    other.get(PRODUCTS).await.ok();
    // Nobody is counted where no account is.
    let nobody = app.anonymous().get(PRODUCTS).await;
    nobody.ok();
    assert_eq!(nobody.header("ratelimit"), "");
}

#[tokio::test]
async fn an_api_key_is_counted_apart_from_whoever_made_it() {
    let app = limited(4, 0, 0).await;
    let admin = app.admin().await;
    let wanted = json!({"name": "a program", "scopes": ["read_orders"]});
    let made = admin.post("/api/v1/api-keys", &wanted).await;
    let made = made.json();
    let (id, secret) = (made["id"].as_str(), made["secret"].as_str());
    let program = admin.with_key(id.expect("an id"), secret.expect("a secret"));
    for _ in 0..4 {
        program.get(PRODUCTS).await.ok();
    }
    assert_refused(&program.get(PRODUCTS).await, "account");
    admin.get(PRODUCTS).await.ok();
}

#[tokio::test]
async fn an_address_is_counted_before_anybody_looks_at_its_token() {
    let app = limited(0, 5, 0).await;
    let nobody = app.anonymous();
    let forged = nobody.with_token("not.a.token");
    for left in (0..5).rev() {
        let reply = forged.get(PRODUCTS).await;
        assert_eq!((reply.status.as_u16(), standing(&reply).1), (401, left));
    }
    assert_refused(&forged.get(PRODUCTS).await, "address");
    assert_refused(&nobody.get("/nowhere").await, "address");
    // Another address, and a /64 that counts as one.
    nobody.get_with(PRODUCTS, "x-forwarded-for", "198.51.100.7").await.ok();
    for (host, status) in [(1, 200), (2, 200), (3, 200), (4, 200), (5, 200), (6, 429)] {
        let address = format!("2001:db8:1:2::{host}");
        assert_eq!(nobody.get_with(PRODUCTS, "x-forwarded-for", &address).await.status, status, "{address}");
    }
    nobody.get_with(PRODUCTS, "x-forwarded-for", "2001:db8:1:3::1").await.ok();
}

#[tokio::test]
async fn guessing_is_limited_more_strictly_and_by_every_spelling_of_the_path() {
    let app = limited(0, 100, 4).await;
    let nobody = app.anonymous();
    let guess = |path: &'static str, email: &'static str| {
        let request = nobody.request(Method::POST, path).header("x-forwarded-for", "198.51.100.7");
        Reply::of(request.json(&json!({"email": email, "password": PASSWORD})))
    };
    for (path, email) in [
        (LOGIN, "a@example.com"),
        ("/api/v1/auth/%6Cogin", "b@example.com"),
        ("/api/v1/%61uth/login", "c@example.com"),
    ] {
        let reply = guess(path, email).await;
        assert_eq!((reply.status.as_u16(), standing(&reply).0.as_str()), (401, "sign-in"), "{path}");
        assert_eq!(reply.header("ratelimit-policy"), r#""sign-in";q=4;w=60"#);
    }
    // All doors together.
    let forgot = nobody.request(Method::POST, "/api/v1/auth/forgot-password");
    let forgot = forgot.header("x-forwarded-for", "198.51.100.7").json(&json!({"email": "d@example.com"}));
    assert_eq!(Reply::of(forgot).await.status, 202);
    for path in [
        LOGIN,
        "/api/v1/auth/%6Cogin",
        "/api/v1/auth/2fa/verify",
        "/api/v1/auth/register",
    ] {
        assert_refused(&guess(path, "e@example.com").await, "sign-in");
    }
    // Other requests of that address, and sign-ins from others, go on.
    nobody.get_with(PRODUCTS, "x-forwarded-for", "198.51.100.7").await.ok();
    app.admin().await.get("/api/v1/auth/me").await.ok();
}

#[tokio::test]
async fn machines_that_watch_the_server_are_not_counted() {
    let app = limited(1, 1, 1).await;
    let nobody = app.anonymous();
    for path in [
        "/health",
        "/metrics",
        "/api/v1/health",
        "/api/v1/health/live",
        "/api/v1/health/ready",
    ] {
        for _ in 0..3 {
            let reply = nobody.get(path).await;
            assert_eq!((reply.status.as_u16(), reply.header("ratelimit")), (200, ""), "{path}");
        }
    }
    nobody.get(PRODUCTS).await.ok();
    assert_refused(&nobody.get(PRODUCTS).await, "address");
    let figures = String::from_utf8(nobody.get("/metrics").await.bytes).unwrap();
    assert!(figures.contains("souk_http_rate_limited_total{policy=\"address\"}"), "{figures}");
}

#[tokio::test]
async fn a_quota_comes_back_evenly() {
    let app = limited(0, 600, 0).await;
    let nobody = app.anonymous();
    let mut refused = None;
    for _ in 0..2_000 {
        let reply = nobody.get(PRODUCTS).await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
    }
    assert_refused(&refused.expect("ten a second are few"), "address");
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    nobody.get(PRODUCTS).await.ok();
}

#[tokio::test]
async fn limits_are_on_unless_somebody_turns_them_off() {
    let app = TestApp::spawn_with(|source| source.flag("rate_limits", "on")).await;
    let analyst = app.account(Role::Analyst, &[], None).await;
    let reply = analyst.get(PRODUCTS).await;
    assert_eq!(reply.header("ratelimit-policy"), r#""account";q=1200;w=60"#);
    let reply = app.anonymous().get(PRODUCTS).await;
    assert_eq!(reply.header("ratelimit-policy"), r#""address";q=6000;w=60"#);
    let reply = app.anonymous().post(LOGIN, &json!({"email": "a@example.com", "password": "x"})).await;
    assert_eq!(reply.header("ratelimit-policy"), r#""sign-in";q=30;w=60"#);

    let app = TestApp::spawn().await;
    assert_eq!(app.anonymous().get(PRODUCTS).await.header("ratelimit-policy"), "");
}

#[tokio::test]
async fn a_flood_is_not_a_flood_of_rows() {
    let app = limited(0, 5, 0).await;
    let admin = app.admin().await;
    let began = std::time::Instant::now();
    for _ in 0..200 {
        let request = app.anonymous().request(Method::POST, LOGIN).header("x-forwarded-for", "198.51.100.7");
        Reply::of(request.json(&json!({"email": "a@example.com", "password": "x"}))).await;
    }
    let seconds = usize::try_from(began.elapsed().as_secs()).unwrap();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let request = admin.request(Method::GET, "/api/v1/audit/log?limit=200&filter[code]=too-many-requests");
    let noted = Reply::of(request.header("x-forwarded-for", "192.0.2.1")).await.ok();
    let noted = noted["items"].as_array().unwrap().len();
    assert!((1..=seconds + 2).contains(&noted), "{noted} rows in {seconds} s");
}
