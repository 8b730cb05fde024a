//! What every answer of every route carries.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

/// Answers that anybody may keep for a while.
const PUBLIC: &[&str] = &[
    "/openapi.json",
    "/docs",
    "/docs/docs.js",
    "/docs/docs.css",
    "/.well-known/jwks.json",
    "/api/v1/products",
    "/api/v1/promotions/active",
    "/sitemap.xml",
];

/// What is wrong with the headers of an answer.
fn faults(reply: &Reply, is_tls_only: bool, path: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut expect = |name: &str, is_right: bool| {
        if !is_right {
            faults.push(format!("{} {path}: {name}: {:?}", reply.status, reply.header(name)));
        }
    };
    expect("x-content-type-options", reply.header("x-content-type-options") == "nosniff");
    expect("x-frame-options", reply.header("x-frame-options") == "DENY");
    expect("referrer-policy", reply.header("referrer-policy") == "no-referrer");
    expect("cross-origin-resource-policy", reply.header("cross-origin-resource-policy") == "same-origin");
    let policy = reply.header("content-security-policy");
    let is_strict = policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'");
    expect("content-security-policy", is_strict && !policy.contains("unsafe"));
    let hsts = reply.header("strict-transport-security");
    expect("strict-transport-security", hsts.starts_with("max-age=31536000") == is_tls_only);
    expect("x-request-id", uuid::Uuid::try_parse(reply.header("x-request-id")).is_ok());
    let may_be_kept = reply.header("cache-control").starts_with("public");
    let is_public = PUBLIC.contains(&path) && reply.status == StatusCode::OK;
    let is_kept_rightly = reply.header("cache-control") == "no-store" || (may_be_kept && is_public);
    expect("cache-control", is_kept_rightly);
    expect("server", reply.header("server").is_empty() && reply.header("x-powered-by").is_empty());
    faults
}

/// Every method and path of the document, with something in place of what it leaves open.
async fn routes(nobody: &Client) -> Vec<(Method, String)> {
    let document = nobody.get("/openapi.json").await.ok();
    let methods = |methods: &Value| -> Vec<Method> {
        let names = methods.as_object().unwrap().keys();
        names.filter_map(|name| name.to_uppercase().parse().ok()).collect()
    };
    let paths = document["paths"].as_object().unwrap().iter();
    paths
        .flat_map(|(path, item)| {
            let path: Vec<&str> =
                path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
            let path = path.join("/");
            methods(item).into_iter().map(move |method| (method, path.clone()))
        })
        .collect()
}

#[tokio::test]
async fn every_answer_of_every_route_is_armoured() {
    let app = TestApp::spawn_with(|source| source.flag("public_url", "https://shop.example")).await;
    let (nobody, admin) = (app.anonymous(), app.admin().await);
    let routes = routes(&nobody).await;
    assert!(routes.len() > 100, "{}", routes.len());
    let (mut wrong, mut succeeded) = (Vec::new(), 0);
    for (method, path) in &routes {
        let reply = Reply::of(nobody.request(method.clone(), path).json(&json!({}))).await;
        wrong.extend(faults(&reply, true, path));
        // Nothing is changed, and nobody signed out.
        if method == Method::GET {
            let reply = admin.get(path).await;
            wrong.extend(faults(&reply, true, path));
            succeeded += u32::from(reply.status.is_success());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(succeeded > 30, "{succeeded}");
}

#[tokio::test]
async fn so_is_every_refusal() {
    let app = TestApp::spawn_with(|source| {
        source
            .flag("rate_limits", "on")
            .flag("rate_limit_address_per_minute", "6")
            .flag("rate_limit_sign_in_per_minute", "0")
            .flag("body_limit_bytes", "1024")
    })
    .await;
    let nobody = app.anonymous();
    let long = json!({"email": "x".repeat(2_000)});
    for (method, path, body, status) in [
        (Method::GET, "/nowhere".to_owned(), json!({}), 404),
        (Method::PATCH, "/api/v1/products".to_owned(), json!({}), 405),
        (Method::POST, "/api/v1/auth/login".to_owned(), long, 413),
        (Method::POST, "/api/v1/auth/login".to_owned(), json!([]), 422),
        (Method::GET, format!("/{}", "a".repeat(9_000)), json!({}), 414),
        (Method::GET, "/docs".to_owned(), json!({}), 200),
        (Method::GET, "/docs".to_owned(), json!({}), 429),
    ] {
        let reply = Reply::of(nobody.request(method, &path).json(&body)).await;
        assert_eq!(reply.status, status, "{path:.40}");
        assert_eq!(faults(&reply, false, &path), Vec::<String>::new());
        assert_eq!(reply.header("ratelimit-policy"), r#""address";q=6;w=60"#);
    }
}
