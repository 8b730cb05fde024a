//! V14 Data protection: secrets travel in headers and bodies, and are kept by nobody on the way. `v3_4_4` holds every
//! answer that is not for all to `no-store`.

use reqwest::Method;
use serde_json::json;
use souk_tests::{PASSWORD, Reply, TestApp};

use crate::security::support::{email_of, faults::Faults, marketplace::Marketplace, routes::Place};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v14_2_1_no_secret_is_taken_from_a_url() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let secret = [
        "token", "password", "secret", "api_key", "email", "phone", "session", "otp",
    ];
    for route in &town.routes {
        for name in route.parameters(Place::Query) {
            let is_secret = secret.iter().any(|secret| name.contains(secret));
            faults.unless(!is_secret, || format!("{} takes {name} from the URL", route.name()));
        }
    }
    let token = town.world.admin().token().unwrap();
    let nobody = town.world.app.anonymous();
    for name in [
        "access_token",
        "token",
        "authorization",
        "api_key",
        "x-api-key",
        "jwt",
        "auth",
    ] {
        let reply = nobody.get(&format!("/api/v1/admins?{name}={token}")).await;
        faults.unless(reply.status == 401, || format!("?{name}= lets in: {}", reply.status));
    }
    // Nor from a form or another header.
    let form = nobody.request(Method::GET, "/api/v1/admins");
    let form = form
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("access_token={token}"));
    faults.unless(Reply::of(form).await.status == 401, || "a form lets in".to_owned());
    for name in ["X-Access-Token", "X-Auth-Token", "Proxy-Authorization", "Token"] {
        let reply = nobody.get_with("/api/v1/admins", name, &format!("Bearer {token}")).await;
        faults.unless(reply.status == 401, || format!("{name} lets in"));
    }
    faults.none();
}

/// What one caller read is not what the next one is shown, whatever the cache remembers.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v14_2_2_no_cache_shows_one_callers_answer_to_another() {
    let town = Marketplace::open().await;
    let world = &town.world;
    let product = format!("/api/v1/products/{}", world.honey);
    let tell = async |caller: &str, path: &str| world.caller(caller).client.get(path).await.json();
    for path in [
        product.as_str(),
        "/api/v1/products?limit=5",
        "/api/v1/companies",
        "/api/v1/promotions",
    ] {
        let alone = tell("none", path).await;
        // Those who see more come first, and come again.
        for caller in ["admin", "vendor", "rival", "owner"] {
            tell(caller, path).await;
            let again = tell("none", path).await;
            assert_eq!(alone, again, "{path} after {caller}");
        }
    }
    // A tag of an answer that one may not see opens nothing.
    let tag = world.admin().get(&format!("/api/v1/orders/{}", world.order)).await;
    let path = format!("/api/v1/orders/{}", world.order);
    let stolen = world.caller("strange").client.get_with(&path, "If-None-Match", tag.header("etag")).await;
    assert_eq!(stolen.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v14_3_2_what_signing_in_answers_is_kept_by_nobody() {
    let app = TestApp::spawn().await;
    let email = email_of(&app.customer().await).await;
    for cookies in [false, true] {
        let login = json!({"email": email, "password": PASSWORD, "cookies": cookies});
        let reply = app.anonymous().post("/api/v1/auth/login", &login).await;
        assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (200, "no-store"));
    }
    let wrong = json!({"email": email, "password": "not this one, sorry"});
    let reply = app.anonymous().post("/api/v1/auth/login", &wrong).await;
    assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (401, "no-store"));
}
