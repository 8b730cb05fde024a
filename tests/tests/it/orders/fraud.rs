//! Orders that look like fraud: held, reviewed, and learned from.

use std::time::Duration;

use domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

const RULES: &str = "/api/v1/fraud/rules";
const FLAGS: &str = "/api/v1/fraud/flags";

/// A shop that holds orders from these rules' score on.
async fn shop(rules: Value) -> (TestApp, Client, String) {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let tea = admin.product("TEA", "10000").await;
    admin.stock(&tea, &warehouse, 1_000).await.ok();
    admin.put(RULES, &rules).await.ok();
    (app, admin, tea)
}

/// Three orders within an hour.
fn velocity() -> Value {
    json!({
        "is_active": true, "hold_at": 300, "velocity": {"points": 300, "orders": 3, "within_minutes": 60},
    })
}

async fn from_device(client: &Client, product: &str, device: &str) -> Reply {
    let body = json!({"lines": [{"product_id": product, "quantity": 1}]});
    let key = event_store::ids::uuid().to_string();
    let request = client.request(Method::POST, "/api/v1/orders").header("Idempotency-Key", key);
    Reply::of(request.header("Device-Id", device).json(&body)).await
}

async fn placed(client: &Client, product: &str) -> String {
    client.order(&[(product, 1)]).await.created()["id"].as_str().unwrap().to_owned()
}

async fn step(admin: &Client, order: &str, status: &str) -> Reply {
    admin.put(&format!("/api/v1/orders/{order}/status"), &json!({"status": status})).await
}

/// The flags, as soon as there are so many.
async fn flags(admin: &Client, wanted: usize) -> Vec<Value> {
    for _ in 0..600 {
        let flags = admin.get(FLAGS).await.ok()["items"].as_array().unwrap().clone();
        if flags.len() >= wanted {
            assert_eq!(flags.len(), wanted, "{flags:?}");
            return flags;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("there never were {wanted} flags");
}

/// Which of the customer's orders wait for a review.
async fn held(customer: &Client, position: &str) -> Vec<String> {
    let orders = customer.get_with("/api/v1/orders", "Min-Event-Position", position).await.ok();
    let orders = orders["items"].as_array().unwrap().iter();
    let held = orders.filter(|order| order["is_held"].as_bool().unwrap());
    held.map(|order| order["id"].as_str().unwrap().to_owned()).collect()
}

async fn reserved(app: &TestApp, admin: &Client, product: &str) -> Value {
    app.settle().await;
    admin.get(&format!("/api/v1/inventory/stock/{product}")).await.ok()["reserved"].clone()
}

#[tokio::test]
async fn an_odd_order_is_held_until_it_is_cleared() {
    let (app, admin, tea) = shop(velocity()).await;
    let customer = app.customer().await;
    let usual = placed(&customer, &tea).await;
    placed(&customer, &tea).await;
    let odd = placed(&customer, &tea).await;
    // Nobody is quicker than the screening: the step waits for it.
    step(&admin, &odd, "processing").await.problem(409, "orders.held");
    step(&admin, &usual, "processing").await.ok();
    let flag = flags(&admin, 1).await.remove(0);
    assert_eq!((&flag["id"], &flag["status"], &flag["score"]), (&json!(odd), &json!("open"), &json!(300)));
    assert_eq!(flag["reasons"], json!([{"signal": "velocity", "points": 300, "observed": 3}]));
    assert_eq!(held(&customer, "1.0").await, std::slice::from_ref(&odd));
    let edit = json!({"lines": [{"product_id": tea, "quantity": 2}], "reason": "more"});
    admin.put(&format!("/api/v1/orders/{odd}"), &edit).await.problem(409, "orders.held");
    let clear = json!({"decision": "clear", "note": "the shop called"});
    let path = format!("{FLAGS}/{odd}");
    let cleared = admin.patch(&path, &clear).await;
    assert_eq!(cleared.ok()["status"], json!("confirmed"));
    assert!(held(&customer, cleared.position()).await.is_empty());
    admin.patch(&path, &clear).await.ok();
    admin.patch(&path, &json!({"decision": "confirm"})).await.problem(409, "orders.already_reviewed");
    step(&admin, &odd, "processing").await.ok();
    let read = admin.get_with(FLAGS, "Min-Event-Position", cleared.position()).await.ok();
    let flag = &read["items"][0];
    assert_eq!((&flag["status"], &flag["note"]), (&json!("cleared"), &json!("the shop called")));
    assert!(flag["reviewed_by"].as_str().unwrap().starts_with("usr_"));
    // The customer learns that it was looked at, and not by which signs.
    let path = format!("/api/v1/orders/{odd}/history");
    let told = customer.get(&path).await.ok().to_string();
    assert!(told.contains("OrderFlagged") && told.contains("FlagCleared"), "{told}");
    assert!(!told.contains("velocity") && !told.contains("the shop called"), "{told}");
    assert!(admin.get(&path).await.ok().to_string().contains("velocity"));
}

#[tokio::test]
async fn fraud_is_called_off_and_its_stock_is_free_again() {
    let (app, admin, tea) = shop(velocity()).await;
    let customer = app.customer().await;
    for _ in 0..2 {
        placed(&customer, &tea).await;
    }
    let order = json!({"payment_method": "invoice", "lines": [{"product_id": tea, "quantity": 5}]});
    let odd = customer.post("/api/v1/orders", &order).await.created()["id"].as_str().unwrap().to_owned();
    step(&admin, &odd, "confirmed").await.problem(409, "orders.held");
    assert_eq!(reserved(&app, &admin, &tea).await, json!(7));
    let path = format!("{FLAGS}/{odd}");
    let etag = admin.get(&format!("/api/v1/orders/{odd}")).await.header("etag").to_owned();
    let body = json!({"decision": "confirm", "note": "nobody lives there"});
    let stale = admin.request(Method::PATCH, &path).header("If-Match", "\"1\"").json(&body);
    Reply::of(stale).await.problem(412, "version-mismatch");
    let fresh = admin.request(Method::PATCH, &path).header("If-Match", etag).json(&body);
    assert_eq!(Reply::of(fresh).await.ok()["status"], json!("cancelled"));
    assert_eq!(reserved(&app, &admin, &tea).await, json!(2));
    // What customers read of it accuses nobody.
    let seen = customer.get(&format!("/api/v1/orders/{odd}")).await.ok().to_string();
    assert!(!seen.contains("nobody lives there"), "{seen}");
    // It taught the model.
    let rules = admin.get(RULES).await.ok();
    assert_eq!((&rules["model_version"], &rules["model_frauds"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn what_is_not_flagged_is_not_reviewed() {
    let (app, admin, tea) = shop(velocity()).await;
    let order = placed(&app.customer().await, &tea).await;
    let path = format!("{FLAGS}/{order}");
    admin.patch(&path, &json!({"decision": "clear"})).await.problem(404, "orders.not_flagged");
    admin.patch(&path, &json!({"decision": "maybe"})).await.problem(422, "invalid-request");
    let unknown = format!("{FLAGS}/ord_0190c7a2000070008000000000000001");
    admin.patch(&unknown, &json!({"decision": "clear"})).await.problem(404, "orders.order_not_found");
}

#[tokio::test]
async fn a_device_that_many_use_is_odd() {
    let rules = json!({"is_active": true, "hold_at": 350, "shared_device": {"points": 350, "customers": 2}});
    let (app, admin, tea) = shop(rules).await;
    for _ in 0..2 {
        from_device(&app.customer().await, &tea, "phone-of-a-shop-1").await.created();
    }
    let third = from_device(&app.customer().await, &tea, "phone-of-a-shop-1").await.created();
    from_device(&app.customer().await, &tea, "phone-of-a-shop-2").await.created();
    let flag = flags(&admin, 1).await.remove(0);
    assert_eq!(flag["id"], third["id"]);
    assert_eq!(flag["reasons"], json!([{"signal": "shared_device", "points": 350, "observed": 2}]));
    let customer = app.customer().await;
    from_device(&customer, &tea, "short").await.problem(400, "invalid-device-id");
    from_device(&customer, &tea, "has a blank").await.problem(400, "invalid-device-id");
}

#[tokio::test]
async fn devices_are_hashed_and_go_with_their_person() {
    let (app, admin, tea) = shop(velocity()).await;
    let customer = app.customer().await;
    from_device(&customer, &tea, "the-phone-of-somebody").await.created();
    app.settle().await;
    let pool = app.server.souk.log.pool();
    let devices = "select count(*) from fraud_orders where device is not null";
    let count = || async { sqlx::query_scalar::<_, i64>(devices).fetch_one(pool).await.unwrap() };
    assert_eq!(count().await, 1);
    let in_clear = "select count(*) from events where payload::text like '%the-phone-of-somebody%'";
    assert_eq!(sqlx::query_scalar::<_, i64>(in_clear).fetch_one(pool).await.unwrap(), 0);
    let me = customer.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    let export = customer.get(&format!("/api/v1/users/{me}/data-export")).await.ok().to_string();
    assert!(export.contains("the-phone-of-somebody"), "{export}");
    admin.delete(&format!("/api/v1/users/{me}")).await;
    app.settle().await;
    assert_eq!(count().await, 0);
}

#[tokio::test]
async fn rules_that_are_switched_on_know_who_ordered_before() {
    let (app, admin, tea) = shop(json!({"is_active": false, "hold_at": 100, "first_order": 100})).await;
    let known = app.customer().await;
    placed(&known, &tea).await;
    admin.put(RULES, &json!({"is_active": true, "hold_at": 100, "first_order": 100})).await.ok();
    placed(&known, &tea).await;
    let new = placed(&app.customer().await, &tea).await;
    let flag = flags(&admin, 1).await.remove(0);
    assert_eq!((&flag["id"], &flag["reasons"][0]["signal"]), (&json!(new), &json!("first_order")));
}

#[tokio::test]
async fn an_edit_is_looked_at_anew() {
    let limit = json!([{"amount": "50000", "currency": "IQD"}]);
    let rules = json!({"is_active": true, "hold_at": 400, "large_amount": {"points": 400, "from": limit}});
    let (app, admin, tea) = shop(rules).await;
    let order = placed(&app.customer().await, &tea).await;
    let edit = |units: u32| json!({"lines": [{"product_id": tea, "quantity": units}], "reason": "more"});
    let path = format!("/api/v1/orders/{order}");
    admin.put(&path, &edit(4)).await.ok();
    admin.put(&path, &edit(5)).await.ok();
    step(&admin, &order, "processing").await.problem(409, "orders.held");
    admin.patch(&format!("{FLAGS}/{order}"), &json!({"decision": "clear"})).await.ok();
    // Cleared is what was agreed on then, and not what comes after.
    admin.put(&path, &edit(90)).await.ok();
    step(&admin, &order, "processing").await.problem(409, "orders.held");
}

#[tokio::test]
async fn flags_are_seen_by_those_who_look_after_the_zone() {
    let (app, admin, tea) = shop(velocity()).await;
    let customer = app.account(Role::Customer, &["erbil"], None).await;
    let mut odd = String::new();
    for _ in 0..3 {
        odd = placed(&customer, &tea).await;
    }
    flags(&admin, 1).await;
    let here = app.account(Role::LocationAdmin, &["erbil"], None).await;
    let elsewhere = app.account(Role::LocationAdmin, &["basra"], None).await;
    flags(&here, 1).await;
    flags(&elsewhere, 0).await;
    let clear = json!({"decision": "clear"});
    let path = format!("{FLAGS}/{odd}");
    elsewhere.patch(&path, &clear).await.problem(404, "orders.order_not_found");
    here.patch(&path, &clear).await.ok();
    here.put(RULES, &velocity()).await.problem(403, "permission_denied");
}

#[tokio::test]
async fn rules_are_checked_and_versioned() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let first = admin.get(RULES).await.ok();
    assert_eq!((&first["version"], &first["rules"]["is_active"]), (&json!(0), &json!(false)));
    // What is shown can be sent back.
    admin.put(RULES, &first["rules"]).await.ok();
    assert_eq!(admin.put(RULES, &velocity()).await.ok()["version"], json!(1));
    let shown = admin.get(RULES).await;
    assert_eq!((shown.ok()["version"].clone(), shown.header("etag")), (json!(1), "\"1\""));
    let stale = admin.request(Method::PUT, RULES).header("If-Match", "\"0\"").json(&first["rules"]);
    Reply::of(stale).await.problem(412, "version-mismatch");
    let refused = admin.put(RULES, &json!({"is_active": true, "hold_at": 1_001})).await;
    let problem = refused.problem(422, "orders.fraud_rule_out_of_range");
    assert_eq!(problem["errors"][0]["pointer"], json!("/hold_at"));
    let limit = json!({"points": 1, "from": [{"amount": "1.5", "currency": "XXL"}]});
    let wrong = json!({"is_active": true, "hold_at": 1, "large_amount": limit});
    let problem = admin.put(RULES, &wrong).await.problem(422, "invalid-request");
    assert_eq!(problem["errors"][0]["pointer"], json!("/large_amount/from/0/currency"));
    admin
        .put(RULES, &json!({"is_active": true, "hold_at": 1, "magic": 1}))
        .await
        .problem(422, "invalid-request");
}
