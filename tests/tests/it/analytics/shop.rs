//! Figures of the day's own orders.

use serde_json::{Value, json};
use souk_tests::TestApp;

fn dinars(amount: &str) -> Value {
    json!({"amount": amount, "currency": "IQD", "exponent": 0})
}

#[tokio::test]
async fn the_dashboard_shows_what_was_just_sold() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    let tea = admin.product("TEA", "3000").await;
    admin.stock(&rice, &warehouse, 10).await.ok();
    admin.stock(&tea, &warehouse, 2).await.ok();
    let customer = app.customer().await;
    customer.order(&[(&rice, 3), (&tea, 2)]).await.created();
    let cancelled = customer.order(&[(&rice, 5)]).await.created();
    let cancel = format!("/api/v1/orders/{}/cancel", cancelled["id"].as_str().unwrap());
    let last = customer.put(&cancel, &json!({"reason": "a mistake"})).await;
    last.ok();

    // No waiting: the read waits for the caller's own writes.
    let dashboard =
        admin.get_with("/api/v1/analytics/dashboard", "Min-Event-Position", last.position()).await.ok();
    for period in ["today", "last_7_days", "last_30_days"] {
        let sales = &dashboard[period];
        assert_eq!(sales["totals"]["orders"], 1, "{period}");
        assert_eq!(sales["totals"]["net"], dinars("43500"), "{period}");
        assert_eq!(sales["other_currencies"], json!([]), "{period}");
        // Two corrections of the stock brought twelve units in, five were sold.
        assert_eq!((&sales["totals"]["adjustments"], &sales["totals"]["net_units"]), (&json!(2), &json!(17)));
    }
    let by_status = dashboard["orders_by_status"].as_array().unwrap();
    let orders = |status: &str| {
        by_status
            .iter()
            .find(|count| count["status"] == status)
            .map(|count| count["orders"].clone())
            .unwrap()
    };
    assert_eq!((by_status.len(), orders("confirmed"), orders("cancelled")), (6, json!(1), json!(1)));
    let best: Vec<_> =
        dashboard["best_sellers"].as_array().unwrap().iter().map(|item| &item["sku"]).collect();
    assert_eq!(best, ["RICE", "TEA"]);
    assert_eq!(dashboard["stock"]["out"], 1);

    let sales = admin.get("/api/v1/analytics/sales?group_by=product").await.ok();
    assert_eq!(sales["totals"]["currency"], "IQD");
    let rice = &sales["groups"][0];
    assert_eq!(
        (&rice["sku"], &rice["units_sold"], &rice["gross"]),
        (&json!("RICE"), &json!(3), &dinars("37500"))
    );
}

#[tokio::test]
async fn a_read_that_cannot_see_what_it_wants_says_so() {
    let app = TestApp::spawn_with(|source| source.env_text("read_wait_ms", "50")).await;
    let admin = app.admin().await;
    app.settle().await;
    app.server.souk.reads.subscriptions.pause();
    let warehouse = admin.post("/api/v1/warehouses", &json!({"code": "BGW", "name": {"en": "BGW"}})).await;
    warehouse.created();
    let sales = |position: String| {
        let admin = admin.clone();
        async move { admin.get_with("/api/v1/analytics/sales", "Min-Event-Position", &position).await }
    };
    let behind = sales(warehouse.position().to_owned()).await;
    behind.problem(503, "projection-behind");
    assert_eq!(behind.header("retry-after"), "1");
    app.server.souk.reads.subscriptions.resume();
    app.settle().await;
    sales(warehouse.position().to_owned()).await.ok();
    sales("7.1".to_owned()).await.problem(412, "position-of-other-epoch");
}
