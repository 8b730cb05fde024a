//! The main job from end to end.

use serde_json::json;
use souk_tests::TestApp;

#[tokio::test]
async fn an_order_is_placed_shipped_delivered_and_partly_returned() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    let tea = admin.product("TEA", "3000").await;
    admin.stock(&rice, &warehouse, 10).await.ok();
    admin.stock(&tea, &warehouse, 10).await.ok();

    let customer = app.customer().await;
    let placed = customer.order(&[(&rice, 2), (&tea, 1)]).await;
    let order = placed.created();
    let id = order["id"].as_str().unwrap().to_owned();
    assert_eq!(placed.header("location"), format!("/api/v1/orders/{id}"));
    assert_eq!(order["status"], "confirmed");
    assert_eq!(order["invoice_number"], 1);
    assert_eq!(order["totals"]["total"], json!({"amount": "28000", "currency": "IQD", "exponent": 0}));

    let seen = customer
        .get_with(&format!("/api/v1/orders/{id}"), "Min-Event-Position", placed.position())
        .await
        .ok();
    assert_eq!(seen["lines"][0]["product_id"], rice.as_str());
    assert_eq!(seen["lines"][0]["allocations"][0]["warehouse_id"], warehouse.as_str());
    assert_eq!(seen["payment_status"], "pending");
    let path = format!("/api/v1/inventory/stock/{rice}");
    let stock = admin.get_with(&path, "Min-Event-Position", placed.position()).await.ok();
    assert_eq!(
        (&stock["on_hand"], &stock["reserved"], &stock["available"]),
        (&10.into(), &2.into(), &8.into())
    );

    for status in ["processing", "shipped", "delivered"] {
        let moved = admin.put(&format!("/api/v1/orders/{id}/status"), &json!({"status": status})).await.ok();
        assert_eq!(moved["status"], status);
    }
    let back = json!({"lines": [{"line": 1, "quantity": 1}], "reason": "torn"});
    let asked = customer.post(&format!("/api/v1/orders/{id}/returns"), &back).await.created();
    assert_eq!(asked["total"]["amount"], "12500");
    let step = format!("/api/v1/returns/{}/status", asked["id"].as_str().unwrap());
    admin.patch(&step, &json!({"status": "approved"})).await.ok();
    admin.patch(&step, &json!({"status": "received", "warehouse_id": warehouse})).await.ok();
    let refunded = admin.patch(&step, &json!({"status": "refunded"})).await;
    assert_eq!(
        (&refunded.ok()["status"], &refunded.json()["credit_number"]),
        (&json!("refunded"), &json!(1))
    );

    app.settle().await;
    let seen = customer.get(&format!("/api/v1/orders/{id}")).await.ok();
    assert_eq!(seen["status"], "delivered");
    assert_eq!(seen["payment_status"], "partially_refunded");
    assert_eq!(seen["credited"]["amount"], "12500");
    assert_eq!(seen["returns"][0]["status"], "refunded");
    let stock = admin.get(&format!("/api/v1/inventory/stock/{rice}")).await.ok();
    assert_eq!((&stock["on_hand"], &stock["reserved"]), (&9.into(), &0.into()));
    let sales = admin.get("/api/v1/analytics/sales").await.ok();
    let figures = &sales["totals"];
    assert_eq!((&figures["orders"], &figures["net"]["amount"]), (&json!(1), &json!("15500")));
    let best = admin.get("/api/v1/analytics/products?by=units").await.ok();
    assert_eq!(best["items"].as_array().unwrap().len(), 2);
    let dashboard = admin.get("/api/v1/analytics/dashboard").await.ok();
    assert_eq!(dashboard["today"]["totals"]["credits"], 1);
}

#[tokio::test]
async fn cancelling_gives_back_exactly_what_placing_took() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (near, far) = (admin.warehouse("NEAR").await, admin.warehouse("FAR").await);
    let rice = admin.product("RICE", "12500").await;
    admin.stock(&rice, &near, 3).await.ok();
    admin.stock(&rice, &far, 4).await.ok();
    let customer = app.customer().await;
    let first = customer.order(&[(&rice, 4), (&rice, 2)]).await.created();
    customer.order(&[(&rice, 2)]).await.problem(409, "inventory.insufficient_stock");
    let cancelled = customer
        .put(
            &format!("/api/v1/orders/{}/cancel", first["id"].as_str().unwrap()),
            &json!({"reason": "changed my mind"}),
        )
        .await;
    assert_eq!(cancelled.ok()["status"], "cancelled");
    let second = customer.order(&[(&rice, 7)]).await.created();
    let deleted = customer.delete(&format!("/api/v1/orders/{}", second["id"].as_str().unwrap())).await;
    assert_eq!(deleted.ok()["status"], "cancelled");
    app.settle().await;
    let stock = admin.get(&format!("/api/v1/inventory/stock/{rice}")).await.ok();
    assert_eq!((&stock["available"], &stock["reserved"]), (&7.into(), &0.into()));
    let movements =
        admin.get(&format!("/api/v1/inventory/history?filter[product]={rice}&sort=position")).await.ok();
    let last = movements["items"].as_array().unwrap().last().unwrap();
    assert_eq!(last["type"], "StockReleased");
    assert_eq!(last["order_id"], second["id"]);
}
