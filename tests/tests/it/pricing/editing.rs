//! Editing an order before it ships.

use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_tests::Client;

use super::{dinars, order_of, percent, promote, shop, with};

fn edit(lines: &[(&str, u32)]) -> Value {
    let lines: Vec<Value> =
        lines.iter().map(|(product, units)| json!({"product_id": product, "quantity": units})).collect();
    json!({"lines": lines, "reason": "the shop has less room"})
}

async fn path_of(customer: &Client, order: &Value) -> String {
    format!(
        "/api/v1/orders/{}",
        customer.post("/api/v1/orders", order).await.created()["id"].as_str().unwrap()
    )
}

async fn reserved(admin: &Client, product: &str) -> Value {
    let stock = admin.get(&format!("/api/v1/inventory/stock/{product}")).await.ok();
    stock["reserved"].clone()
}

#[tokio::test]
async fn an_edit_replaces_lines_stock_and_totals_and_voids_the_invoice() {
    let (app, admin, tea) = shop().await;
    let honey = admin.product("HONEY", "5000").await;
    let warehouse = admin.warehouse("EBL").await;
    admin.stock(&honey, &warehouse, 10).await.ok();
    let path = path_of(&app.customer().await, &order_of(&tea, 5, json!({}))).await;
    let reply = admin.put(&path, &edit(&[(&tea, 2), (&honey, 3)])).await;
    let edited = reply.ok();
    assert_eq!((&edited["totals"]["total"], &edited["status"]), (&dinars("35000"), &json!("confirmed")));
    assert_eq!(edited["invoice_number"], json!(2));
    let order = admin.get_with(&path, "Min-Event-Position", reply.position()).await.ok();
    assert_eq!((order["lines"].as_array().unwrap().len(), &order["units"]), (2, &json!(5)));
    assert_eq!((order["parts"].as_array().unwrap().len(), &order["invoice_number"]), (2, &json!(2)));
    app.settle().await;
    assert_eq!((reserved(&admin, &tea).await, reserved(&admin, &honey).await), (json!(2), json!(3)));
    // What it was before is history, and figures count it once.
    let events = admin.get(&format!("{path}/history")).await.ok();
    assert!(events.to_string().contains("OrderEdited"));
    let figures = admin.get("/api/v1/orders/stats").await.ok();
    assert!(figures.to_string().contains("35000") && !figures.to_string().contains("50000"), "{figures}");
}

#[tokio::test]
async fn what_was_bought_keeps_its_price_and_promotions_are_of_now() {
    let (app, admin, tea) = shop().await;
    let sale = promote(&admin, &with(&percent("10"), json!({"limits": {"total": 1}}))).await;
    let path = path_of(&app.customer().await, &order_of(&tea, 4, json!({}))).await;
    let dear = json!({"prices": {"base": {"amount": "90000", "currency": "IQD"}}});
    admin.put(&format!("/api/v1/products/{tea}"), &dear).await.ok();
    // The one redemption is the order's own, so it has it again.
    let edited = admin.put(&path, &edit(&[(&tea, 1)])).await.ok();
    assert_eq!(edited["totals"]["total"], dinars("9000"));
    assert_eq!(edited["discounts"][0]["promotion_id"], json!(sale));
}

#[tokio::test]
async fn a_refused_edit_leaves_everything_as_it_was() {
    let (app, admin, tea) = shop().await;
    let path = path_of(&app.customer().await, &order_of(&tea, 5, json!({}))).await;
    admin.put(&path, &edit(&[(&tea, 1_001)])).await.problem(409, "inventory.insufficient_stock");
    // All of the stock is within reach of the order that holds a part of it.
    admin.put(&path, &edit(&[(&tea, 1_000)])).await.ok();
    let again = admin.put(&path, &edit(&[(&tea, 1_000)])).await.ok();
    assert_eq!(again["invoice_number"], json!(2), "an edit that changes nothing voids no invoice");
    for status in ["processing", "shipped"] {
        admin.put(&format!("{path}/status"), &json!({"status": status})).await.ok();
    }
    admin.put(&path, &edit(&[(&tea, 1)])).await.problem(409, "orders.already_shipped");
}

/// Edits and orders at the same time never promise more than there is.
#[tokio::test]
async fn edits_and_orders_share_the_last_units() {
    let (app, admin, tea) = shop().await;
    let customer = app.customer().await;
    let path = path_of(&customer, &order_of(&tea, 990, json!({}))).await;
    let grow = edit(&[(&tea, 995)]);
    let order = order_of(&tea, 2, json!({}));
    let orders = join_all((0..10).map(|_| customer.post("/api/v1/orders", &order)));
    let (edited, placed) = tokio::join!(admin.put(&path, &grow), orders);
    let sold: u32 = placed.iter().filter(|reply| reply.status == 201).map(|_| 2).sum();
    let first = if edited.status == 200 { 995 } else { 990 };
    assert!(first + sold <= 1_000 && first + sold >= 998, "{first} and {sold}");
    app.settle().await;
    assert_eq!(reserved(&admin, &tea).await, json!(first + sold));
}
