//! Guests: a cart that only its token opens, and what becomes of it when its owner signs in.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use souk_tests::{Client, PASSWORD, Reply, TestApp};

use super::{Shopper, codes, held, item, shop};

#[tokio::test]
async fn a_guests_cart_is_opened_by_its_token_and_by_nothing_else() {
    let (app, _, [tea, rice]) = shop().await;
    let guest = Shopper::guest(&app, &tea, 2).await;
    guest.add(&rice, 1).await.ok();
    let cart = guest.cart().await;
    assert_eq!(held(&cart), [(tea.as_str(), 2), (rice.as_str(), 1)]);
    let id = cart["id"].as_str().unwrap().to_owned();
    let nobody = app.anonymous();
    let with = |token: String| Shopper { client: nobody.clone(), token: Some(token) };
    let token = guest.token.clone().unwrap();
    let mut almost = token.clone();
    almost.replace_range(..1, if token.starts_with('A') { "B" } else { "A" });
    let others = [
        Shopper::of(&nobody),
        with(almost),
        with(id.clone()),
        with(id.replace("crt_", "")),
        with(String::new()),
        with("x".repeat(4_000)),
        Shopper::guest(&app, &rice, 9).await,
        // Who is signed in has another cart, whatever token comes along.
        Shopper { client: app.customer().await, token: Some(token) },
        Shopper { client: app.admin().await, token: guest.token.clone() },
    ];
    for other in others {
        let seen = other.cart().await;
        assert_ne!(seen["id"], cart["id"]);
        assert!(!held(&seen).contains(&(tea.as_str(), 2)), "{seen}");
        for reply in [
            other.set(&tea, 7).await,
            other.remove(&tea).await,
            other.send(Method::DELETE, "/coupons/FIVE", None).await,
        ] {
            assert_eq!(reply.status, 404, "{:?}", reply.json());
        }
        other.send(Method::DELETE, "", None).await;
        other.add(&rice, 1).await.ok();
    }
    assert_eq!(guest.cart().await, cart);
    // Carts of others cannot be ordered or merged by their id either.
    let merge = json!({"cart_token": id});
    app.customer().await.post("/api/v1/cart/merge", &merge).await.problem(422, "invalid-request");
}

#[tokio::test]
async fn a_guest_without_a_cart_has_nothing_to_change_or_check() {
    let (app, _, [tea, _]) = shop().await;
    let nobody = Shopper::of(&app.anonymous());
    assert_eq!(codes(&nobody.cart().await["warnings"]), ["cart.empty"]);
    nobody.send(Method::DELETE, "", None).await.problem(404, "cart.not_found");
    nobody.set(&tea, 1).await.problem(404, "cart.not_found");
    nobody.check("/validate", json!({})).await.problem(404, "cart.not_found");
    nobody.check("/quick-stock-check", json!({})).await.problem(404, "cart.not_found");
    nobody.check("/validate-checkout", json!({})).await.problem(401, "identity.token_missing");
    nobody.check("/merge", json!({})).await.problem(401, "identity.token_missing");
    let body = json!({"from_cart": true});
    app.anonymous().post("/api/v1/orders", &body).await.problem(401, "identity.token_missing");
}

#[tokio::test]
async fn a_guest_repeats_under_a_key_as_nobody_else() {
    let (app, _, [tea, rice]) = shop().await;
    let (one, other) = tokio::join!(Shopper::guest(&app, &tea, 1), Shopper::guest(&app, &tea, 1));
    let send = |guest: &Shopper| {
        let request = guest.client.request(Method::POST, "/api/v1/cart/items");
        let request = request.header("X-Cart-Token", guest.token.as_deref().unwrap());
        Reply::of(request.header("Idempotency-Key", "the-same").json(&item(&rice, 2)))
    };
    for guest in [&one, &other] {
        assert_eq!(send(guest).await.header("idempotent-replayed"), "");
        assert_eq!(send(guest).await.header("idempotent-replayed"), "true");
        assert_eq!(held(&guest.cart().await), [(tea.as_str(), 1), (rice.as_str(), 2)]);
    }
    // Who has no cart yet cannot be told from others, and is never given another's answer.
    let first = app.anonymous().request(Method::POST, "/api/v1/cart/items");
    let first = Reply::of(first.header("Idempotency-Key", "the-same").json(&item(&rice, 2))).await;
    let again = app.anonymous().request(Method::POST, "/api/v1/cart/items");
    let again = Reply::of(again.header("Idempotency-Key", "the-same").json(&item(&rice, 2))).await;
    assert_ne!(first.ok()["cart_token"], again.ok()["cart_token"]);
}

/// A browser: it sends what it was given as a cookie.
async fn browser(app: &TestApp, cookies: &[String], path: &str, body: serde_json::Value) -> Reply {
    let request = app.anonymous().request(Method::POST, path);
    Reply::of(request.header("Cookie", cookies.join("; ")).json(&body)).await
}

fn cookies(reply: &Reply) -> Vec<String> {
    let lines = reply.headers.get_all("set-cookie").iter();
    lines.map(|line| line.to_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_browser_keeps_the_cart_in_a_cookie_that_no_script_reads() {
    let (app, _, [tea, rice]) = shop().await;
    let begun = app.anonymous().post("/api/v1/cart/items", &item(&tea, 2)).await;
    let [cookie] = cookies(&begun).try_into().unwrap();
    for attribute in [
        "HttpOnly",
        "Secure",
        "SameSite=Strict",
        "Path=/",
        "Max-Age=7776000",
    ] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    let kept = cookie.split(';').next().unwrap().to_owned();
    assert!(kept.starts_with("__Host-souk-cart="));
    let added = browser(&app, std::slice::from_ref(&kept), "/api/v1/cart/items", item(&rice, 1)).await;
    assert_eq!((&added.ok()["item_count"], cookies(&added).len()), (&json!(2), 0));
    // It signs in with cookies; merging carries the CSRF token as every change does, and takes the cookie away.
    let customer = app.customer().await;
    let me = customer.get("/api/v1/auth/me").await.ok();
    let login = json!({"email": me["email"], "password": PASSWORD, "cookies": true});
    let login = app.anonymous().post("/api/v1/auth/login", &login).await;
    let csrf = login.ok()["csrf_token"].as_str().unwrap().to_owned();
    let mut all: Vec<String> =
        cookies(&login).iter().map(|line| line.split(';').next().unwrap().to_owned()).collect();
    all.push(kept);
    browser(&app, &all, "/api/v1/cart/merge", json!({})).await.problem(403, "identity.csrf_token_wrong");
    browser(&app, &all, "/api/v1/cart/items", item(&rice, 1))
        .await
        .problem(403, "identity.csrf_token_wrong");
    let merge = app.anonymous().request(Method::POST, "/api/v1/cart/merge");
    let merged = merge.header("Cookie", all.join("; ")).header("x-csrf-token", csrf).json(&json!({}));
    let merged = Reply::of(merged).await;
    assert_eq!((&merged.ok()["merged_items"], &merged.ok()["item_count"]), (&json!(2), &json!(2)));
    assert!(cookies(&merged)[0].starts_with("__Host-souk-cart=;"), "{:?}", cookies(&merged));
    assert_eq!(held(&Shopper::of(&customer).cart().await), [(tea.as_str(), 2), (rice.as_str(), 1)]);
}

async fn merge(customer: &Client, guest: &Shopper) -> serde_json::Value {
    customer.post("/api/v1/cart/merge", &json!({"cart_token": guest.token})).await.ok()
}

#[tokio::test]
async fn a_guests_cart_joins_the_accounts_once() {
    let (app, admin, [tea, rice]) = shop().await;
    for code in ["KEPT", "ENDED"] {
        let coupon = json!({"code": code, "reward": {"type": "percentage", "percent": "10"}});
        admin.post("/api/v1/coupons", &coupon).await.created();
    }
    let guest = Shopper::guest(&app, &tea, 2).await;
    guest.add(&rice, 1).await.ok();
    guest.coupon("kept").await.ok();
    guest.coupon("ended").await.ok();
    admin.delete("/api/v1/coupons/ENDED").await.ok();
    let customer = app.customer().await;
    let own = Shopper::of(&customer);
    own.add(&rice, 5).await.ok();
    let merges = join_all((0..4).map(|_| merge(&customer, &guest))).await;
    let merged: Vec<_> = merges.iter().filter(|merged| merged["merged_items"] == 2).collect();
    assert_eq!(merged.len(), 1, "{merges:?}");
    let cart = own.cart().await;
    assert_eq!(held(&cart), [(rice.as_str(), 6), (tea.as_str(), 2)]);
    assert_eq!(cart["coupons"], json!(["KEPT"]));
    // With the header it is the same; there is nothing left to merge.
    let by_header = Shopper { client: customer.clone(), token: guest.token.clone() };
    assert_eq!(by_header.check("/merge", json!({})).await.ok()["merged_items"], 0);
    assert_eq!(held(&guest.cart().await), []);
    let next = guest.add(&tea, 1).await.ok();
    assert!(next["cart_token"].is_string(), "the guest goes on with another cart");
    assert_eq!(held(&own.cart().await), [(rice.as_str(), 6), (tea.as_str(), 2)]);
}
