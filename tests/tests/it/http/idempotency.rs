//! Repeats get the first answer.

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

async fn with_key(client: &Client, path: &str, key: &str, body: &str) -> Reply {
    let request = client.request(Method::POST, path).header("Idempotency-Key", key);
    Reply::of(request.header("content-type", "application/json").body(body.to_owned())).await
}

#[tokio::test]
async fn a_repeated_order_is_one_order() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    admin.stock(&rice, &warehouse, 10).await.ok();
    let customer = app.customer().await;
    let body = format!(r#"{{"lines":[{{"product_id":"{rice}","quantity":2}}],"payment_method":"cash"}}"#);
    // The same request, written in another way.
    let same =
        format!(r#"{{ "payment_method": "cash", "lines": [ {{"quantity": 2, "product_id": "{rice}"}} ] }}"#);
    let first = with_key(&customer, "/api/v1/orders", "k-1", &body).await;
    assert_eq!(first.header("idempotent-replayed"), "");
    let again = with_key(&customer, "/api/v1/orders", "k-1", &same).await;
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!((first.created(), first.position()), (again.created(), again.position()));
    assert_eq!(again.header("location"), first.header("location"));

    let other = body.replace("\"quantity\":2", "\"quantity\":3");
    with_key(&customer, "/api/v1/orders", "k-1", &other).await.problem(422, "idempotency-key-reused");
    let somebody_else = app.customer().await;
    assert_ne!(
        with_key(&somebody_else, "/api/v1/orders", "k-1", &body).await.created()["id"],
        first.json()["id"]
    );
    // Another route is another intention.
    let back = r#"{"lines":[{"line":1,"quantity":1}],"reason":"torn"}"#;
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let asked = with_key(&customer, &format!("/api/v1/orders/{id}/returns"), "k-1", back).await;
    asked.problem(409, "orders.not_delivered");

    app.settle().await;
    let stock = admin.get(&format!("/api/v1/inventory/stock/{rice}")).await.ok();
    assert_eq!(stock["reserved"], 4);
}

#[tokio::test]
async fn the_key_is_required_where_a_repeat_would_hurt() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let product = "prd_0190c7a2000070008000000000000001";
    for (method, path) in [
        (Method::POST, "/api/v1/orders".to_owned()),
        (Method::POST, "/api/v1/orders/ord_0190c7a2000070008000000000000001/returns".to_owned()),
        (Method::PATCH, "/api/v1/inventory/stock/update".to_owned()),
        (Method::PATCH, "/api/v1/inventory/bulk-update".to_owned()),
        (Method::PATCH, format!("/api/v1/products/{product}/stock")),
    ] {
        let reply = Reply::of(admin.request(method.clone(), &path).json(&json!({}))).await;
        let problem = reply.problem(400, "idempotency-key-required");
        assert_eq!(problem["errors"][0]["header"], "idempotency-key", "{method} {path}");
    }
    for key in ["a b", &"x".repeat(256), "ключ", " "] {
        let reply = with_key(&admin, "/api/v1/orders", key, "{}").await;
        assert_eq!(reply.status, 400, "{key}");
    }
}

#[tokio::test]
async fn many_repeats_at_once_are_one_order() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    admin.stock(&rice, &warehouse, 100).await.ok();
    let body = json!({"lines": [{"product_id": rice, "quantity": 1}]}).to_string();
    let replies =
        futures_util::future::join_all((0..16).map(|_| with_key(&admin, "/api/v1/orders", "one", &body)))
            .await;
    let mut ids: Vec<Value> = Vec::new();
    for reply in &replies {
        if reply.status == 409 {
            reply.problem(409, "idempotency-key-in-flight");
        } else {
            ids.push(reply.created()["id"].clone());
        }
    }
    ids.dedup();
    assert_eq!(ids.len(), 1);
    app.settle().await;
    let stock = admin.get(&format!("/api/v1/inventory/stock/{rice}")).await.ok();
    assert_eq!(stock["reserved"], 1);
}
