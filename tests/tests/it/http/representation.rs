//! Entity tags, languages, compression, headers.

use std::io::Read;

use flate2::read::GzDecoder;
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Reply, TestApp};

#[tokio::test]
async fn a_revision_needs_the_version_that_was_seen() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let created =
        json!({"sku": "A", "title": {"en": "A"}, "prices": {"base": {"amount": "1", "currency": "IQD"}}});
    let created = admin.post("/api/v1/products", &created).await;
    assert_eq!(created.header("etag"), "\"1\"");
    let path = format!("/api/v1/products/{}", created.created()["id"].as_str().unwrap());
    let price = |amount: &str| json!({"prices": {"base": {"amount": amount, "currency": "IQD"}}});
    let put = |tag: &'static str, body: Value| {
        Reply::of(admin.request(Method::PUT, &path).header("If-Match", tag).json(&body))
    };
    let second = put("\"1\"", price("2")).await;
    assert_eq!((second.ok()["version"].clone(), second.header("etag")), (json!(2), "\"2\""));
    let late = put("\"1\"", price("3")).await.problem(412, "version-mismatch");
    assert_eq!((&late["expected_version"], &late["current_version"]), (&json!(1), &json!(2)));
    assert_eq!(late["events"][0]["type"], "ProductRepriced");
    put("\"7\"", price("3")).await.problem(412, "version-mismatch");
    put("\"2-40\"", price("3")).await.ok();
    put("*", price("4")).await.ok();
    put("W/\"3\"", price("5")).await.problem(400, "invalid-if-match");
    admin.put(&path, &price("5")).await.ok();
}

#[tokio::test]
async fn who_has_it_already_gets_304() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "1").await;
    app.settle().await;
    let path = format!("/api/v1/products/{rice}");
    let nobody = app.anonymous();
    let first = nobody.get(&path).await;
    assert_eq!(first.header("etag"), "\"1\"");
    assert_eq!(first.header("cache-control"), "public, max-age=10");
    let known = nobody.get_with(&path, "If-None-Match", "\"1\"").await;
    assert_eq!((known.status.as_u16(), known.bytes.len(), known.header("etag")), (304, 0, "\"1\""));
    // Stock shows in the answer, so it shows in the tag; the version stays.
    let stocked = admin.stock(&rice, &warehouse, 5).await;
    let next = nobody.get_with(&path, "Min-Event-Position", stocked.position()).await;
    assert_eq!((next.header("etag"), next.ok()["version"].clone()), ("\"1-5\"", json!(1)));
    let changed = nobody.get_with(&path, "If-None-Match", "\"1\"").await;
    assert_eq!(changed.ok()["available"], 5);

    let order = admin.order(&[(&rice, 1)]).await;
    let path = format!("/api/v1/orders/{}", order.created()["id"].as_str().unwrap());
    let seen = admin.get_with(&path, "Min-Event-Position", order.position()).await;
    assert_eq!((seen.header("etag"), seen.header("cache-control")), (order.header("etag"), "no-store"));
    assert_eq!(admin.get_with(&path, "If-None-Match", order.header("etag")).await.status, 304);
}

#[tokio::test]
async fn texts_come_in_the_best_language() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let rice = admin.product("RICE", "1").await;
    app.settle().await;
    let path = format!("/api/v1/products/{rice}");
    let nobody = app.anonymous();
    for (accept, query, language, title) in [
        ("", "", "en", "RICE in English"),
        ("ar-IQ, en;q=0.5", "", "ar", "RICE بالعربية"),
        ("fr", "", "en", "RICE in English"),
        // It is not translated into Kurdish.
        ("ku", "", "en", "RICE in English"),
        ("en", "?locale=ar", "ar", "RICE بالعربية"),
    ] {
        let reply = nobody.get_with(&format!("{path}{query}"), "Accept-Language", accept).await;
        assert_eq!((reply.header("content-language"), &reply.ok()["title"]), (language, &json!(title)));
        assert!(reply.header("vary").contains("Accept-Language"));
    }
    let full = admin.get(&format!("{path}?view=full")).await;
    assert_eq!(full.ok()["translations"]["title"]["ar"], "RICE بالعربية");
    assert_eq!(full.header("cache-control"), "no-store");
    let list = nobody.get_with("/api/v1/products", "Accept-Language", "ar").await.ok();
    assert_eq!(list["items"][0]["title"], "RICE بالعربية");
}

#[tokio::test]
async fn long_answers_are_compressed_for_those_who_take_it() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    for number in 0..10 {
        admin.product(&format!("SKU-{number}"), "1").await;
    }
    app.settle().await;
    let nobody = app.anonymous();
    let plain = nobody.get("/api/v1/products").await;
    assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "Accept-Language"));
    let vary: Vec<_> = plain.headers.get_all("vary").iter().filter_map(|value| value.to_str().ok()).collect();
    assert_eq!(vary, ["Accept-Language", "Accept-Encoding"]);
    for path in ["/api/v1/products", "/openapi.json", "/docs", "/docs/docs.js"] {
        let plain = nobody.get(path).await;
        let packed = nobody.get_with(path, "Accept-Encoding", "gzip, br").await;
        assert_eq!(packed.header("content-encoding"), "gzip", "{path}");
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain.bytes, "{path}");
        assert!(packed.bytes.len() < plain.bytes.len());
    }
    let short = nobody.get_with("/api/v1/health/live", "Accept-Encoding", "gzip").await;
    assert_eq!(short.header("content-encoding"), "");
}

#[tokio::test]
async fn a_long_product_is_compressed_from_the_cache_too() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let long = json!({
        "sku": "LONG", "title": {"en": "Long"}, "description": {"en": "rice ".repeat(190)},
        "prices": {"base": {"amount": "1", "currency": "IQD"}},
    });
    let id = admin.post("/api/v1/products", &long).await.created()["id"].as_str().unwrap().to_owned();
    app.settle().await;
    let path = format!("/api/v1/products/{id}");
    for _ in 0..2 {
        let plain = app.anonymous().get(&path).await;
        let packed = app.anonymous().get_with(&path, "Accept-Encoding", "gzip").await;
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, plain.bytes);
    }
}

#[tokio::test]
async fn every_answer_carries_its_id_and_the_security_headers() {
    let app = TestApp::spawn().await;
    let own = "0190c7a2-0000-7000-8000-00000000abcd";
    let reply = app.anonymous().get_with("/api/v1/health/live", "X-Request-Id", own).await;
    assert_eq!(reply.header("x-request-id"), own);
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
    assert!(reply.header("content-security-policy").contains("default-src 'none'"));
    assert_eq!(reply.header("strict-transport-security"), "");
    let made = app.anonymous().get_with("/api/v1/health/live", "X-Request-Id", "x\"><script>").await;
    assert!(uuid::Uuid::try_parse(made.header("x-request-id")).is_ok());
    let page = app.anonymous().get("/docs").await;
    let text = String::from_utf8(page.bytes.clone()).unwrap();
    assert!(!text.contains("http://") && !text.contains("https://"), "the page asks nobody else");
    assert!(page.header("content-security-policy").contains("script-src 'self'"));
}

#[tokio::test]
async fn behind_tls_browsers_are_told_to_stay_there() {
    let app = TestApp::spawn_with(|source| source.flag("public_url", "https://souk.example")).await;
    let reply = app.anonymous().get("/api/v1/health/live").await;
    assert!(reply.header("strict-transport-security").starts_with("max-age="));
}
