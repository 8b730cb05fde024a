//! What users of other products complain about in orders and stock, shown not to happen here. Each test is named after
//! the complaint: the product, the number of its issue, and what holds instead.

use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

async fn stock(admin: &Client, product: &str) -> Value {
    admin.get(&format!("/api/v1/inventory/stock/{product}")).await.ok()
}

#[tokio::test]
async fn medusa_16502_two_lines_of_one_item_are_reserved_together() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &warehouse, 5).await.ok();
    app.settle().await;
    let refused = admin.order(&[(&rice, 3), (&rice, 3)]).await;
    refused.problem(409, "inventory.insufficient_stock");
    app.settle().await;
    assert_eq!(stock(&admin, &rice).await["available"], 5);
    admin.order(&[(&rice, 3), (&rice, 2)]).await.created();
}

#[tokio::test]
async fn spree_six_and_four_units_in_two_warehouses_fill_one_line_of_ten() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (near, far) = (admin.warehouse("BGW").await, admin.warehouse("BSR").await);
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &near, 6).await.ok();
    admin.stock(&rice, &far, 4).await.ok();
    admin.order(&[(&rice, 10)]).await.created();
    app.settle().await;
    assert_eq!(stock(&admin, &rice).await["available"], 0);
}

#[tokio::test]
async fn medusa_12401_what_is_reserved_is_never_less_than_nothing() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &warehouse, 5).await.ok();
    let order = admin.order(&[(&rice, 2)]).await.created();
    let path = format!("/api/v1/orders/{}/cancel", order["id"].as_str().unwrap());
    let reason = json!({"reason": "a slip"});
    let cancels = join_all((0..16).map(|_| admin.put(&path, &reason))).await;
    assert!(cancels.iter().any(|reply| reply.status == 200));
    app.settle().await;
    let stock = stock(&admin, &rice).await;
    assert_eq!(
        (&stock["available"], &stock["reserved"], &stock["on_hand"]),
        (&json!(5), &json!(0), &json!(5))
    );
}

#[tokio::test]
async fn commercetools_1386_adjustments_side_by_side_need_no_repeat() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "100").await;
    for reply in join_all((1..=24).map(|delta| admin.stock(&rice, &warehouse, delta))).await {
        reply.ok();
    }
    app.settle().await;
    assert_eq!(stock(&admin, &rice).await["on_hand"], 300);
}

#[tokio::test]
async fn vendure_226_an_order_of_two_hundred_lines_is_placed_and_read_as_a_whole() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let mut products = Vec::new();
    for number in 0..200 {
        let product = admin.product(&format!("P{number}"), "7").await;
        admin.stock(&product, &warehouse, 1).await.ok();
        products.push(product);
    }
    let lines: Vec<(&str, u32)> = products.iter().map(|product| (product.as_str(), 1)).collect();
    let reply = admin.order(&lines).await;
    let order = reply.created();
    assert_eq!(order["totals"]["total"]["amount"], "1400");
    let path = format!("/api/v1/orders/{}", order["id"].as_str().unwrap());
    let seen = admin.get_with(&path, "Min-Event-Position", reply.position()).await.ok();
    assert_eq!(seen["lines"].as_array().unwrap().len(), 200);
    admin.order(&[(&products[0], 1)]).await.problem(409, "inventory.insufficient_stock");
}

#[tokio::test]
async fn vendure_1738_and_odoo_62139_nothing_is_reserved_beyond_what_is_there() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &warehouse, 7).await.ok();
    // Orders, and somebody who takes stock away, at the same moment.
    let lines = [(rice.as_str(), 2)];
    let orders = join_all((0..12).map(|_| admin.order(&lines)));
    let (placed, taken) = tokio::join!(orders, admin.stock(&rice, &warehouse, -2));
    let sold = placed.iter().filter(|reply| reply.status == 201).count();
    let gone = if taken.status == 200 { 2 } else { 0 };
    app.settle().await;
    let stock = stock(&admin, &rice).await;
    let number = |name: &str| stock[name].as_i64().unwrap();
    assert_eq!(number("on_hand"), 7 - gone);
    assert_eq!(number("reserved"), i64::try_from(sold * 2).unwrap());
    assert!(number("reserved") <= number("on_hand") && number("available") <= 1, "{stock}");
}

/// Whatever others do between an order and its payment, its goods are there when it is paid.
#[tokio::test]
async fn vendure_3065_an_order_holds_its_goods_before_anyone_pays() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &warehouse, 3).await.ok();
    let order = app.customer().await.order(&[(&rice, 2)]).await.created();
    let others = [app.customer().await, app.customer().await];
    let one = [(rice.as_str(), 1)];
    let answers = join_all(others.iter().map(|other| other.order(&one))).await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 201).count(), 1);
    others[0].order(&one).await.problem(409, "inventory.insufficient_stock");
    let path = format!("/api/v1/orders/{}/status", order["id"].as_str().unwrap());
    for status in ["processing", "shipped", "delivered"] {
        admin.put(&path, &json!({"status": status})).await.ok();
    }
    app.settle().await;
    let stock = stock(&admin, &rice).await;
    assert_eq!((&stock["on_hand"], &stock["reserved"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn saleor_16750_what_others_are_told_costs_the_order_nothing() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &warehouse, 50).await.ok();
    app.settle().await;
    // Whatever follows the log stands still; orders do not notice.
    let reads = &app.server.souk.reads;
    reads.subscriptions.pause();
    let order = admin.order(&[(&rice, 2)]).await.created();
    let path = format!("/api/v1/orders/{}", order["id"].as_str().unwrap());
    admin.get(&path).await.problem(404, "orders.order_not_found");
    reads.subscriptions.resume();
    app.settle().await;
    assert_eq!(admin.get(&path).await.ok()["totals"], order["totals"]);
}

#[tokio::test]
async fn spree_14622_delivery_is_charged_once_a_part_and_what_was_paid_back_reads_so() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let fee = |amount: &str| json!({"amount": amount, "currency": "IQD"});
    let company = json!({
        "name": {"en": "Zagros Foods"}, "commission_basis_points": 1_000,
        "delivery_fees": [{"fee": fee("3000")}],
    });
    let company =
        admin.post("/api/v1/companies", &company).await.created()["id"].as_str().unwrap().to_owned();
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product_of(&company, "RICE", "1000").await;
    let tea = admin.product_of(&company, "TEA", "500").await;
    for product in [&rice, &tea] {
        admin.stock(product, &warehouse, 10).await.ok();
    }
    let lines = json!([{"product_id": rice, "quantity": 1}, {"product_id": tea, "quantity": 2}]);
    let order = json!({"payment_method": "cash", "lines": lines});
    let order = app.customer().await.post("/api/v1/orders", &order).await.created();
    // Two lines of one vendor from one warehouse come in one van.
    assert_eq!(order["totals"]["delivery"]["amount"], json!("3000"));
    assert_eq!(order["totals"]["total"]["amount"], json!("5000"));
    let path = format!("/api/v1/orders/{}", order["id"].as_str().unwrap());
    for status in ["processing", "shipped", "delivered"] {
        admin.put(&format!("{path}/status"), &json!({"status": status})).await.ok();
    }
    let back = json!({"lines": [{"line": 1, "quantity": 1}], "reason": "torn"});
    let returned = admin.post(&format!("{path}/returns"), &back).await.created();
    let step = format!("/api/v1/returns/{}/status", returned["id"].as_str().unwrap());
    for status in ["approved", "received", "refunded"] {
        let body = json!({"status": status, "warehouse_id": warehouse});
        let body = if status == "received" {
            body
        } else {
            json!({"status": status})
        };
        admin.patch(&step, &body).await.ok();
    }
    app.settle().await;
    let order = admin.get(&path).await.ok();
    assert_eq!(order["payment_status"], json!("partially_refunded"), "{order}");
}
