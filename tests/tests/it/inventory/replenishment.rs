//! What is ordered by itself: once, when it is time; and on hand once, when it is there.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

use super::figure;

async fn supplier(admin: &Client, code: &str) -> Reply {
    let body = json!({"code": code, "name": {"en": code, "ar": "مورد"}, "lead_time_days": 5});
    admin.post("/api/v1/suppliers", &body).await
}

async fn rule(admin: &Client, warehouse: &str, rule: Value) -> Reply {
    admin.put(&format!("/api/v1/warehouses/{warehouse}/auto-reorder"), &json!({"rules": [rule]})).await
}

/// The replenishment orders of this status, as soon as there are `count` of them.
async fn reorders(app: &TestApp, admin: &Client, status: &str, count: usize) -> Vec<Value> {
    let mut items = Vec::new();
    for _ in 0..200 {
        app.settle().await;
        let list = admin.get(&format!("/api/v1/reorders?filter[status]={status}")).await.ok();
        items.clone_from(list["items"].as_array().unwrap());
        if items.len() == count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(items.len(), count, "{items:?}");
    items
}

async fn move_to(admin: &Client, reorder: &Value, body: Value) -> Reply {
    let path = format!("/api/v1/reorders/{}/status", reorder["id"].as_str().unwrap());
    admin.patch(&path, &body).await
}

#[tokio::test]
async fn a_stock_at_its_point_is_ordered_once_approved_and_received_once() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let depot = admin.warehouse("DEPOT").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &depot, 30).await.ok();
    let zagros = supplier(&admin, "ZAGROS").await.created()["id"].as_str().unwrap().to_owned();
    let by = json!({"product_id": rice, "reorder_at": 20, "quantity": 60, "supplier_id": zagros});
    rule(&admin, &depot, by).await.ok();
    // Many orders at once cross the point and go far below it.
    let customer = app.customer().await;
    let orders = (0..10).map(|_| async { customer.order(&[(&rice, 2)]).await });
    for reply in join_all(orders).await {
        reply.created();
    }
    let open = reorders(&app, &admin, "open", 1).await;
    let order = &open[0];
    assert_eq!((&order["quantity"], &order["supplier_id"]), (&json!(60), &json!(zagros)));
    assert!(order["available"].as_i64().unwrap() <= 20);
    move_to(&admin, order, json!({"status": "received"}))
        .await
        .problem(409, "inventory.reorder_not_approved");
    move_to(&admin, order, json!({"status": "approved"})).await.ok();
    let both = join_all(
        (0..2).map(|_| move_to(&admin, order, json!({"status": "received", "quantity": 58, "lot": "L1"}))),
    )
    .await;
    let statuses: Vec<u16> = both.iter().map(|reply| reply.status.as_u16()).collect();
    assert!(statuses == [200, 409] || statuses == [409, 200], "{statuses:?}");
    app.settle().await;
    let stock = admin.get(&format!("/api/v1/inventory/stock/{rice}")).await.ok();
    assert_eq!((figure(&stock, &depot, "on_hand"), figure(&stock, &depot, "available")), (88, 68));
    let done = reorders(&app, &admin, "received", 1).await;
    assert_eq!((&done[0]["received"], &done[0]["version"]), (&json!(58), &json!(3)));
    // The next crossing opens the next order.
    customer.order(&[(&rice, 50)]).await.created();
    reorders(&app, &admin, "open", 1).await;
}

#[tokio::test]
async fn never_are_two_open_for_one_product_and_warehouse() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (depot, shop) = (admin.warehouse("DEPOT").await, admin.warehouse("SHOP").await);
    let rice = admin.product("RICE", "100").await;
    for place in [&depot, &shop] {
        rule(&admin, place, json!({"product_id": rice, "reorder_at": 5, "quantity": 10})).await.ok();
    }
    let open = reorders(&app, &admin, "open", 2).await;
    assert!(open[0]["warehouse_id"] != open[1]["warehouse_id"]);
    // Over the point and below it, again and again: what was opened is still open.
    for delta in [9, -6, 9, -9] {
        admin.stock(&rice, &depot, delta).await.ok();
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    reorders(&app, &admin, "open", 2).await;
    let of_depot = open.iter().find(|order| order["warehouse_id"] == depot.as_str()).unwrap();
    move_to(&admin, of_depot, json!({"status": "cancelled", "reason": "the season is over"})).await.ok();
    let cancelled = reorders(&app, &admin, "cancelled", 1).await;
    assert_eq!(cancelled[0]["reason"], "the season is over");
    move_to(&admin, of_depot, json!({"status": "approved"}))
        .await
        .problem(409, "inventory.reorder_cancelled");
    reorders(&app, &admin, "open", 1).await;
    for delta in [9, -9] {
        admin.stock(&rice, &depot, delta).await.ok();
    }
    reorders(&app, &admin, "open", 2).await;
    // Without a rule nothing is ordered.
    rule(&admin, &shop, json!({"product_id": rice})).await.ok();
    admin.get("/api/v1/reorders?filter[status]=lost").await.problem(400, "invalid-parameter");
}

#[tokio::test]
async fn suppliers_are_added_revised_and_retired() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let depot = admin.warehouse("DEPOT").await;
    let rice = admin.product("RICE", "100").await;
    let zagros = supplier(&admin, "ZAGROS").await.created()["id"].as_str().unwrap().to_owned();
    supplier(&admin, "ZAGROS").await.problem(409, "inventory.supplier_code_taken");
    let path = format!("/api/v1/suppliers/{zagros}");
    let body = json!({"code": "ZAGROS-2", "name": {"en": "Zagros Trading"}, "lead_time_days": 7});
    let revised = admin.put(&path, &body).await;
    revised.ok();
    let list =
        admin.get_with("/api/v1/suppliers?total=true", "Min-Event-Position", revised.position()).await.ok();
    assert_eq!(
        (&list["total"], &list["items"][0]["code"], &list["items"][0]["lead_time_days"]),
        (&json!(1), &json!("ZAGROS-2"), &json!(7))
    );
    let too_long = json!({"code": "A", "name": {"en": "A"}, "lead_time_days": 366});
    admin.post("/api/v1/suppliers", &too_long).await.problem(422, "inventory.invalid_lead_time");
    let by = |supplier: &str| json!({"product_id": rice, "reorder_at": 5, "quantity": 10, "supplier_id": supplier});
    rule(&admin, &depot, by("sup_00000000000070008000000000000001"))
        .await
        .problem(404, "inventory.supplier_not_found");
    rule(&admin, &depot, json!({"product_id": rice, "reorder_at": 5}))
        .await
        .problem(422, "invalid-request");
    let retired = admin.delete(&path).await;
    retired.ok();
    rule(&admin, &depot, by(&zagros)).await.problem(409, "inventory.supplier_retired");
    admin.put(&path, &body).await.problem(409, "inventory.supplier_retired");
    let path = "/api/v1/suppliers?filter[status]=active";
    assert_eq!(admin.get_with(path, "Min-Event-Position", retired.position()).await.ok()["items"], json!([]));
}
