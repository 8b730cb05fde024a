//! Members that a client must not set, in every object of every body; and what no answer may hold.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::Reply;

use crate::security::support::{
    faults::{Faults, wrong},
    marketplace::Marketplace,
    shapes::Kind,
};

/// What somebody would like to decide, and a value for it.
fn wishes() -> Vec<(&'static str, Value)> {
    let money = || json!({"amount": "0", "currency": "IQD"});
    vec![
        ("role", json!("super_admin")),
        ("roles", json!(["super_admin"])),
        ("is_admin", json!(true)),
        ("admin", json!(true)),
        ("permissions", json!(["manage_accounts"])),
        ("scopes", json!(["manage_accounts"])),
        ("zones", json!(["basra"])),
        ("company_id", json!("com_0190c7a2000070008000000000000001")),
        ("company", json!("com_0190c7a2000070008000000000000001")),
        ("customer_id", json!("usr_0190c7a2000070008000000000000001")),
        ("account_id", json!("usr_0190c7a2000070008000000000000001")),
        ("user_id", json!("usr_0190c7a2000070008000000000000001")),
        ("owner", json!("usr_0190c7a2000070008000000000000001")),
        ("price", money()),
        ("unit_price", money()),
        ("total", money()),
        ("discount", money()),
        ("commission_basis_points", json!(0)),
        ("status", json!("delivered")),
        ("payment_status", json!("paid")),
        ("id", json!("prd_0190c7a2000070008000000000000001")),
        ("version", json!(99)),
        ("created_at", json!("2000-01-01T00:00:00Z")),
        ("recorded_at", json!("2000-01-01T00:00:00Z")),
        ("active", json!(true)),
        ("verified", json!(true)),
        ("verified_at", json!("2000-01-01T00:00:00Z")),
        ("password_hash", json!("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAA")),
        ("invoice_number", json!(1)),
        ("__proto__", json!({"admin": true})),
        ("constructor", json!({"prototype": {"admin": true}})),
        ("$type", json!("System.Object")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v15_3_3_no_member_is_set_that_a_request_does_not_have() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    let mut objects = 0;
    for route in &town.routes {
        let Some(schema) = &route.body else { continue };
        let good = town.good(route).await;
        let base = good.body.clone().unwrap_or_else(|| json!({}));
        let members = town.shapes.members(schema).into_iter();
        for object in members.filter(|member| member.kind == Kind::Object) {
            objects += 1;
            let own = town.shapes.names(schema, &object.path);
            // Below the first object one wish shows as much as many.
            let number = if object.path.is_empty() { usize::MAX } else { 3 };
            for (name, value) in
                wishes().into_iter().filter(|(name, _)| !own.iter().any(|own| own == name)).take(number)
            {
                let mut body = town.shapes.with(schema, &base, &object.path, {
                    let before = base.pointer(&object.pointer()).cloned().unwrap_or(Value::Null);
                    if before.is_object() { before } else { json!({}) }
                });
                let place =
                    body.pointer_mut(&object.pointer()).and_then(Value::as_object_mut).expect("an object");
                place.insert(name.to_owned(), value);
                let reply = good.send_with(&body).await;
                let what = || format!("{} {}/{name}", route.name(), object.pointer());
                faults.extend(wrong(&reply).map(|fault| format!("{}: {fault}", what())));
                faults.unless(reply.status.is_client_error(), || format!("{}: {}", what(), reply.status));
                let is_named = reply.json().to_string().contains(name) || !object.path.is_empty();
                faults.unless(is_named, || format!("{}: {}", what(), reply.json()));
            }
        }
    }
    assert!(objects > 60, "only {objects} objects");
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v15_3_3_who_registers_revises_or_orders_gets_no_more_than_that() {
    let town = Marketplace::open().await;
    let owner = &town.world.caller("owner").client;
    // Neither the query nor another kind of body is a second way in.
    let before = owner.get("/api/v1/auth/me").await.ok();
    let path = "/api/v1/customers/profile?role=super_admin&zones=basra";
    assert!(owner.put(path, &json!({"display_name": "Shirin"})).await.status.as_u16() < 500);
    let form = owner.request(Method::PUT, "/api/v1/customers/profile");
    let form = form.header("content-type", "application/x-www-form-urlencoded").body("role=super_admin");
    assert_eq!(Reply::of(form).await.status, 415);
    let after = owner.get("/api/v1/auth/me").await.ok();
    for name in ["id", "role", "zones", "company_id", "permissions", "email"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    // The price of an order is the product's, whoever orders.
    let order = owner.post("/api/v1/orders", &town.world.order_body()).await.created();
    town.world.app.settle().await;
    let order = owner.get(&format!("/api/v1/orders/{}", order["id"].as_str().unwrap())).await.ok();
    assert_eq!(order["lines"][0]["unit_price"]["amount"], "10000", "{order}");
}

/// What is nobody's to know, as names of members.
const SECRETS: &[&str] = &[
    "password",
    "password_hash",
    "token_hash",
    "refresh_token",
    "secret",
    "secret_hash",
    "email_lookup",
    "email_sealed",
    "device_sealed",
    "wrapped_key",
    "recovery_codes",
    "challenge",
    "fingerprint",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v15_3_1_no_read_answers_a_secret_or_what_is_stored_besides() {
    let town = Marketplace::open().await;
    let mut faults = Faults::default();
    for route in town.routes.iter().filter(|route| route.is_safe() && route.path != "/openapi.json") {
        let reply = Reply::of(town.good(route).await.request()).await;
        let mut names = Vec::new();
        members(&reply.json(), &mut names);
        // The one token that a browser's page is meant to have.
        for secret in SECRETS.iter().filter(|secret| names.iter().any(|name| name == **secret)) {
            faults.add(format!("{} answers {secret}", route.name()));
        }
        let text = String::from_utf8_lossy(&reply.bytes);
        for stored in ["$argon2", "PRIVATE KEY", "\"ciphertext\""] {
            faults.unless(!text.contains(stored), || format!("{} answers {stored}", route.name()));
        }
    }
    faults.none();
}

fn members(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                names.push(name.clone());
                members(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| members(item, names)),
        _ => {}
    }
}
