//! Pages of other origins.

use reqwest::{Method, header::HeaderMap};
use serde_json::json;
use souk_tests::{PASSWORD, Reply, TestApp};

const PORTAL: &str = "https://portal.example";
const PRODUCTS: &str = "/api/v1/products";

async fn app() -> TestApp {
    TestApp::spawn_with(|source| {
        source
            .flag("cors_origins", format!("{PORTAL},http://127.0.0.1:3000"))
            .flag("body_limit_bytes", "1024")
    })
    .await
}

fn names(headers: &HeaderMap) -> Vec<String> {
    let names = headers.keys().map(|name| name.as_str().to_owned());
    names.filter(|name| name.starts_with("access-control-")).collect()
}

async fn preflight(app: &TestApp, origin: &str, path: &str, method: &str) -> Reply {
    let request = app.anonymous().request(Method::OPTIONS, path).header("origin", origin);
    Reply::of(request.header("access-control-request-method", method)).await
}

#[tokio::test]
async fn a_named_origin_may_do_what_its_users_may() {
    let app = app().await;
    for path in [
        PRODUCTS,
        "/api/v1/orders/ord_0190c7a2000070008000000000000001/cancel",
    ] {
        let reply = preflight(&app, PORTAL, path, "PUT").await;
        assert_eq!(reply.status, 204, "{path}");
        assert_eq!(reply.header("access-control-allow-origin"), PORTAL);
        assert_eq!(reply.header("access-control-allow-credentials"), "true");
        assert!(reply.header("access-control-allow-methods").contains("PUT"));
        for header in [
            "authorization",
            "content-type",
            "idempotency-key",
            "if-match",
            "x-csrf-token",
            "min-event-position",
        ] {
            assert!(reply.header("access-control-allow-headers").contains(header), "{header}");
        }
        assert!(!reply.header("access-control-allow-headers").contains("x-app-secret"));
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
    }
    // Errors of every kind must be readable for the page, too.
    let large = json!({"email": "x".repeat(2_000), "password": PASSWORD});
    for (request, status) in [
        (app.anonymous().request(Method::GET, PRODUCTS), 200),
        (app.anonymous().request(Method::GET, "/api/v1/orders"), 401),
        (app.anonymous().request(Method::GET, "/nowhere"), 404),
        (app.anonymous().request(Method::PATCH, PRODUCTS), 405),
        (app.anonymous().request(Method::POST, "/api/v1/auth/login").json(&large), 413),
    ] {
        let reply = Reply::of(request.header("origin", "http://127.0.0.1:3000")).await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.header("access-control-allow-origin"), "http://127.0.0.1:3000");
        assert_eq!(reply.header("access-control-allow-credentials"), "true");
        for header in [
            "etag",
            "location",
            "event-position",
            "ratelimit",
            "retry-after",
            "x-request-id",
        ] {
            assert!(reply.header("access-control-expose-headers").contains(header), "{header}");
        }
        let varies = reply.headers.get_all("vary").iter().any(|value| value == "Origin");
        assert!(varies, "a cache must not mix origins up");
    }
}

#[tokio::test]
async fn nobody_else_gets_anything() {
    let app = app().await;
    for origin in [
        "https://evil.example",
        "null",
        "https://portal.example.evil.example",
        "http://portal.example",
        "https://portal.example:8443",
        "https://PORTAL.example",
    ] {
        let reply = preflight(&app, origin, PRODUCTS, "POST").await;
        assert_eq!((reply.status.as_u16(), names(&reply.headers)), (405, vec![]), "{origin}");
        let reply = app.anonymous().get_with(PRODUCTS, "origin", origin).await;
        assert_eq!(names(&reply.headers), Vec::<String>::new(), "{origin}");
        assert!(reply.headers.get_all("vary").iter().any(|value| value == "Origin"));
    }
    // Without the setting there is nobody at all.
    let app = TestApp::spawn().await;
    let reply = preflight(&app, PORTAL, PRODUCTS, "POST").await;
    assert_eq!((reply.status.as_u16(), names(&reply.headers)), (405, vec![]));
    assert_eq!(
        names(&app.anonymous().get_with(PRODUCTS, "origin", PORTAL).await.headers),
        Vec::<String>::new()
    );
}
