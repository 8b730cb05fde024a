//! V13 Configuration: nothing is served that is not meant to be.

use std::collections::BTreeSet;

use futures_util::{StreamExt, stream};
use reqwest::Method;
use souk_tests::{Reply, TestApp};

use crate::security::support::{
    faults::Faults,
    marketplace::Marketplace,
    raw::{encoded, send},
};

/// What is found on servers of others.
const FOUND_ELSEWHERE: &[&str] = &[
    "/.git/config",
    "/.git/HEAD",
    "/.svn/entries",
    "/.env",
    "/.env.example",
    "/.htaccess",
    "/.DS_Store",
    "/Cargo.toml",
    "/Dockerfile",
    "/compose.yaml",
    "/souk.toml",
    "/secrets/signing-key.pem",
    "/secrets/",
    "/data/secrets/master-key",
    "/data/",
    "/mail/",
    "/postgres/",
    "/backup.sql",
    "/dump.sql.gz",
    "/admin",
    "/admin/",
    "/debug",
    "/debug/pprof/",
    "/debug/vars",
    "/actuator",
    "/actuator/env",
    "/actuator/heapdump",
    "/server-status",
    "/phpinfo.php",
    "/wp-login.php",
    "/console",
    "/trace",
    "/graphql",
    "/graphiql",
    "/swagger-ui/",
    "/swagger.json",
    "/api",
    "/api/",
    "/api/v1",
    "/api/v1/",
    "/api/v2/products",
    "/api/v1/internal",
    "/api/v1/internal/",
    "/api/v1/test",
    "/api/v1/debug",
    "/api/v1/config",
    "/api/v1/env",
    "/robots.txt",
    "/crossdomain.xml",
    "/.well-known/",
    "/.well-known/openid-configuration",
    "/docs/",
    "/docs/page.html",
    "/docs/docs.js.map",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v13_4_1_no_file_and_no_list_of_files_is_served() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    for path in FOUND_ELSEWHERE {
        for client in [app.anonymous(), admin.clone()] {
            client.get(path).await.problem(404, "no-such-route");
        }
        let reply = send(app.address, "GET", &format!("/docs/..%2f..{}", encoded(path)), &[], b"").await;
        assert_eq!(reply.status, 404, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v13_4_4_trace_and_other_methods_are_refused_everywhere() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let mut paths: BTreeSet<String> = BTreeSet::new();
    for route in &town.routes {
        paths.insert(town.good(route).await.path);
    }
    let mut requests = Vec::new();
    for path in paths {
        for method in ["TRACE", "CONNECT", "DEBUG", "PROPFIND", "PURGE", "get"] {
            requests.push((method, path.clone()));
        }
    }
    let address = town.world.app.address;
    let secret = ("X-Secret", "canary-of-the-trace");
    // Many at once: after a CONNECT the server waits for a while before it hangs up.
    let answers = stream::iter(requests).map(|(method, path)| async move {
        let reply = send(address, method, &path, &[secret], b"").await;
        let is_refused = matches!(reply.status, 400 | 404 | 405 | 501);
        let is_silent = !reply.text().contains(secret.1) && !reply.head.contains(secret.1);
        (!is_refused || !is_silent).then(|| format!("{method} {path}: {} {}", reply.status, reply.text()))
    });
    faults.extend(answers.buffer_unordered(32).filter_map(|fault| async { fault }).collect::<Vec<_>>().await);
    faults.none();
}

/// What of the machine, the library or the version an answer could tell.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v13_4_2_no_answer_tells_of_the_inside() {
    let app = TestApp::spawn().await;
    let nobody = app.anonymous();
    for path in [
        "/",
        "/health",
        "/api/v1/products",
        "/api/v1/products/x",
        "/api/v1/orders",
        "/docs",
        "/%00",
        "/%ff",
    ] {
        let reply = Reply::of(nobody.request(Method::GET, path)).await;
        let head = format!("{:?}", reply.headers).to_lowercase();
        let text = String::from_utf8_lossy(&reply.bytes).to_lowercase();
        for word in [
            "actix",
            "rust",
            "x-powered-by",
            "\"server\"",
            "postgres",
            "/home/",
            "/root/",
            "/usr/",
            "target/debug",
        ] {
            assert!(!head.contains(word), "{path}: {word} in {head}");
            // The page names what it is made of to nobody either.
            assert!(!text.contains(word) || word == "\"server\"", "{path}: {word} in the body");
        }
    }
    // What is wrong inside is a code outside.
    let pool = app.server.souk.log.pool();
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname like 'product_list%'",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    for table in &tables {
        sqlx::raw_sql(&format!("alter table {table} rename to gone_{}", event_store::ids::uuid().simple()))
            .execute(pool)
            .await
            .unwrap();
    }
    let reply = nobody.get("/api/v1/products?q=something").await;
    reply.problem(500, "internal");
    let text = String::from_utf8_lossy(&reply.bytes).to_lowercase();
    for word in ["relation", "product_list", "select", "sqlx", "does not exist"] {
        assert!(!text.contains(word), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v13_4_5_what_is_open_to_all_is_what_the_matrix_says() {
    let town = Marketplace::open().await;
    let open: BTreeSet<String> = town
        .routes
        .iter()
        .filter(|route| town.is_public(route))
        .map(super::support::routes::Route::name)
        .collect();
    // Whoever adds one to this list has thought of it twice.
    let meant: BTreeSet<String> = OPEN.iter().map(|route| (*route).to_owned()).collect();
    assert_eq!(open, meant);
}

const OPEN: &[&str] = &[
    "GET /.well-known/jwks.json",
    "GET /api/v1/attributes",
    "GET /api/v1/cart",
    "GET /api/v1/categories",
    "GET /api/v1/categories/slug/{slug}",
    "GET /api/v1/categories/tree",
    "GET /api/v1/categories/{id}",
    "GET /api/v1/companies",
    "GET /api/v1/companies/zone/{zone}",
    "GET /api/v1/companies/{id}",
    "GET /api/v1/health",
    "GET /api/v1/health/live",
    "GET /api/v1/health/ready",
    "GET /api/v1/product-units",
    "GET /api/v1/product-units/product/{product_id}",
    "GET /api/v1/products",
    "GET /api/v1/products/category/{category_id}",
    "GET /api/v1/products/featured",
    "GET /api/v1/products/search",
    "GET /api/v1/products/slug/{slug}",
    "GET /api/v1/products/{id}/reviews",
    "GET /api/v1/products/trending",
    "GET /api/v1/products/{id}",
    "GET /api/v1/products/{id}/sustainability",
    "GET /api/v1/promotions",
    "GET /api/v1/promotions/active",
    "GET /api/v1/promotions/{id}",
    "GET /api/v1/stores/nearby",
    "GET /api/v1/stores/{id}",
    "GET /api/v1/stores/{id}/availability",
    "GET /api/v1/seo/metadata/{slug}",
    "GET /api/v1/units",
    "GET /api/v1/upload/{name}",
    "GET /docs",
    "GET /docs/docs.css",
    "GET /docs/docs.js",
    "GET /health",
    "GET /metrics",
    "GET /openapi.json",
    "GET /sitemap.xml",
    "POST /api/v1/auth/2fa/verify",
    "POST /api/v1/auth/forgot-password",
    "POST /api/v1/auth/login",
    "POST /api/v1/auth/login/otp",
    "POST /api/v1/auth/refresh",
    "POST /api/v1/auth/register",
    "POST /api/v1/auth/resend-verification",
    "POST /api/v1/auth/reset-password",
    "POST /api/v1/auth/verify",
    "POST /api/v1/auth/verify-email",
    "POST /api/v1/auth/verify-otp",
    "POST /api/v1/cart/coupons",
    "POST /api/v1/cart/items",
    "PUT /api/v1/upload/direct/{ticket}",
];
