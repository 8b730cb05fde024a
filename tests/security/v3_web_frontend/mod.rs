//! V3 Web frontend security: what browsers are told, and what pages of others can make them do. `identity::browsers` has
//! cookies and their attributes.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use souk_tests::{PASSWORD, Reply};

use crate::security::support::{
    faults::Faults,
    marketplace::{Marketplace, written},
};

/// The session of a browser: its cookies, and the token that only pages of ours can read.
async fn browser(town: &Marketplace, caller: &str) -> (String, String) {
    let login = json!({"email": town.world.caller(caller).email, "password": PASSWORD, "cookies": true});
    let reply = town.world.app.anonymous().post("/api/v1/auth/login", &login).await;
    let csrf = reply.ok()["csrf_token"].as_str().unwrap().to_owned();
    let lines = reply.headers.get_all("set-cookie").iter();
    let cookies: Vec<&str> = lines.map(|line| line.to_str().unwrap().split(';').next().unwrap()).collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    (cookies.join("; "), csrf)
}

/// What the page of somebody else can make a browser send: no header of its choice, and a body only of three kinds.
fn forgeries(
    town: &Marketplace,
    method: &Method,
    path: &str,
    body: Option<&Value>,
) -> Vec<(String, RequestBuilder)> {
    let nobody = town.world.app.anonymous();
    let text = body.map(written).unwrap_or_default();
    let to = |kind: &str, text: String| {
        nobody.request(method.clone(), path).header("Content-Type", kind).body(text)
    };
    let form = body.and_then(Value::as_object).into_iter().flatten();
    let form: Vec<String> =
        form.map(|(name, value)| format!("{name}={}", value.as_str().unwrap_or("1"))).collect();
    let part = format!("--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{text}\r\n--x--\r\n");
    vec![
        ("text/plain".into(), to("text/plain", text.clone())),
        ("text/plain;application/json".into(), to("text/plain;application/json", text.clone())),
        ("a form".into(), to("application/x-www-form-urlencoded", form.join("&"))),
        ("a form that is JSON".into(), to("application/x-www-form-urlencoded", text.clone())),
        ("a multipart form".into(), to("multipart/form-data; boundary=x", part)),
        ("no kind".into(), nobody.request(method.clone(), path).body(text.clone())),
        ("nothing".into(), nobody.request(method.clone(), path)),
        // Not even with what only a page of ours can send, but for the token.
        ("JSON".into(), to("application/json", text.clone())),
        ("JSON with a wrong token".into(), to("application/json", text.clone()).header("x-csrf-token", "x")),
        (
            "JSON from elsewhere".into(),
            to("application/json", text)
                .header("Origin", "https://evil.example")
                .header("X-Requested-With", "XMLHttpRequest"),
        ),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v3_5_1_nothing_is_changed_by_cookies_alone() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let (admin, _) = browser(&town, "admin").await;
    let (owner, _) = browser(&town, "owner").await;
    let (_, foreign) = browser(&town, "strange").await;
    let mut goods = Vec::new();
    for route in town.routes.iter().filter(|route| !route.is_safe() && !town.is_public(route)) {
        let is_admins = town.who_may(route) == "admin";
        goods.push((route.name(), town.good(route).await, if is_admins { &admin } else { &owner }));
    }
    assert!(goods.len() > 40, "only {} routes change something", goods.len());
    town.world.app.settle().await;
    let before = (town.head().await, tables(&town).await);
    for (route, good, cookies) in &goods {
        let forged = forgeries(&town, &good.method, &good.path, good.body.as_ref());
        let mut all: Vec<_> = forged;
        let own = town.world.app.anonymous().request(good.method.clone(), &good.path);
        all.push(("another session's token".into(), own.header("x-csrf-token", &foreign)));
        for (what, sent) in all {
            let reply = Reply::of(sent.header("Cookie", *cookies).header("Idempotency-Key", "forged")).await;
            // 415 comes before anybody is asked who it is; else the token is missed.
            let is_refused = reply.status == 415 || reply.json()["code"] == "identity.csrf_token_wrong";
            faults.unless(is_refused, || format!("{route} by {what}: {} {}", reply.status, reply.json()));
        }
    }
    let after = (town.head().await, tables(&town).await);
    faults.unless(before == after, || format!("something has changed: {before:?}, {after:?}"));
    faults.none();
}

/// What changes beside the log.
async fn tables(town: &Marketplace) -> Vec<i64> {
    let mut counts = Vec::new();
    for count in [
        "select count(*) from sessions where revoked_at is null",
        "select count(*) from credentials",
        "select count(*) from second_factors",
        "select count(*) from api_keys",
        "select count(*) from jobs where state = 'dead'",
    ] {
        let pool = town.world.app.server.souk.log.pool();
        counts.push(sqlx::query_scalar(count).fetch_one(pool).await.unwrap());
    }
    counts
}

/// Signing somebody in with the attacker's account, or asking for mail, needs no cookies; but a page of others cannot
/// send what is asked for without asking the server first, and the server does not agree.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v3_5_2_no_page_of_others_calls_what_is_open_to_all() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    for route in town.routes.iter().filter(|route| !route.is_safe() && town.is_public(route)) {
        let good = town.good(route).await;
        for (what, sent) in forgeries(&town, &good.method, &good.path, good.body.as_ref()) {
            let needs_asking = what.starts_with("JSON");
            let reply = Reply::of(sent).await;
            faults.unless(needs_asking || !reply.status.is_success(), || {
                format!("{} by {what}: {}", route.name(), reply.status)
            });
        }
        let asked = town.world.app.anonymous().request(Method::OPTIONS, &good.path);
        let asked =
            asked.header("Origin", "https://evil.example").header("Access-Control-Request-Method", "POST");
        let reply = Reply::of(asked.header("Access-Control-Request-Headers", "content-type")).await;
        let allowed = reply.header("access-control-allow-origin").to_owned();
        faults.unless(allowed.is_empty(), || format!("{}: pages of {allowed} may call it", route.name()));
    }
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v3_5_3_reading_changes_nothing() {
    let town = Marketplace::open().await;
    let mut goods = Vec::new();
    for route in town.routes.iter().filter(|route| route.is_safe()) {
        goods.push(town.good(route).await);
    }
    town.world.app.settle().await;
    let before = (town.head().await, tables(&town).await);
    for good in &goods {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            Reply::of(good.client.request(method, &good.path)).await;
        }
    }
    assert_eq!(before, (town.head().await, tables(&town).await));
}

/// Every answer of every route, good or bad, says how a browser must treat it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v3_4_4_every_answer_carries_what_browsers_must_know() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    for route in &town.routes {
        let good = town.good(route).await;
        let nobody = town.world.app.anonymous();
        let replies = [
            ("a good request", Reply::of(good.request()).await),
            ("nobody's", Reply::of(nobody.request(good.method.clone(), &good.path)).await),
            ("another method", Reply::of(good.client.request(Method::TRACE, &good.path)).await),
            ("another path", good.client.get(&format!("{}/x", good.path)).await),
        ];
        for (what, reply) in replies {
            let mut must = |is_right: bool, name: &str| {
                let said =
                    format!("{} {what} ({}): {name} is {:?}", route.name(), reply.status, reply.header(name));
                faults.unless(is_right, || said);
            };
            let policy = reply.header("content-security-policy");
            must(reply.header("x-content-type-options") == "nosniff", "x-content-type-options");
            must(reply.header("referrer-policy") == "no-referrer", "referrer-policy");
            must(policy.contains("frame-ancestors 'none'"), "content-security-policy");
            must(
                policy.contains("default-src 'none'") && !policy.contains("unsafe"),
                "content-security-policy",
            );
            must(!reply.headers.contains_key("access-control-allow-origin"), "access-control-allow-origin");
            must(!reply.headers.contains_key("server"), "server");
            must(!reply.headers.contains_key("x-powered-by"), "x-powered-by");
            must(!reply.status.is_redirection(), "location");
            let kind = reply.header("content-type");
            must(reply.bytes.is_empty() || !kind.is_empty(), "content-type");
            // JSON is UTF-8 by definition; what is text must say so.
            must(!kind.starts_with("text/") || kind.contains("charset=utf-8"), "content-type");
            // What is not for all is for no cache.
            let is_for_all = town.is_public(route) && route.is_safe();
            must(is_for_all || reply.header("cache-control") == "no-store", "cache-control");
        }
    }
    faults.none();
}
