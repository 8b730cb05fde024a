//! What a promotion would have cost.

use chrono::Days;
use event_store::ids;
use serde_json::{Value, json};
use souk_tests::Client;

use super::{dinars, percent, promote, shop, with};

/// From yesterday to tomorrow.
async fn simulated(admin: &Client, promotion: Value) -> Value {
    let today = ids::now().date_naive();
    let (from, to) = (today - Days::new(1), today + Days::new(1));
    let request = json!({"promotion": promotion, "from": from, "to": to});
    admin.post("/api/v1/promotions/simulate", &request).await.ok()
}

#[tokio::test]
async fn a_draft_costs_what_it_costs_when_it_runs() {
    let (app, admin, tea) = shop().await;
    let customer = app.customer().await;
    let draft = with(&percent("12.5"), json!({"minimum": {"amount": "30000", "currency": "IQD"}}));
    let mut bought = 0;
    for units in [1, 3, 7] {
        bought += units;
        customer.order(&[(&tea, units)]).await.created();
    }
    let cancelled = customer.order(&[(&tea, 9)]).await.created();
    let path = format!("/api/v1/orders/{}/cancel", cancelled["id"].as_str().unwrap());
    admin.put(&path, &json!({"reason": "a slip"})).await.ok();
    app.settle().await;
    let told = simulated(&admin, draft.clone()).await;
    let sums = &told["currencies"][0];
    assert_eq!((&sums["orders"], &sums["orders_touched"]), (&json!(3), &json!(2)));
    assert_eq!(sums["net"], dinars(&(bought * 10_000).to_string()));
    assert_eq!(told["passed"], json!({"pricing.below_minimum": 1}));

    // The same orders again, with the promotion running.
    promote(&admin, &draft).await;
    let mut discounts = 0;
    for units in [1, 3, 7] {
        let order = customer.order(&[(&tea, units)]).await.created();
        discounts += order["totals"]["discount"]["amount"].as_str().unwrap().parse::<i64>().unwrap();
    }
    assert_eq!((&sums["cost"], discounts), (&dinars("12500"), 12_500));
    assert_eq!(sums["net_after"], dinars(&(i64::from(bought) * 10_000 - discounts).to_string()));
}

#[tokio::test]
async fn the_margin_counts_what_the_goods_cost_wholesale() {
    let (app, admin, tea) = shop().await;
    let revised = json!({"prices": {
        "base": {"amount": "10000", "currency": "IQD"},
        "wholesale": {"amount": "8500", "currency": "IQD"},
    }});
    let path = format!("/api/v1/products/{tea}");
    admin.put(&path, &revised).await.ok();
    let warehouse = admin.warehouse("EBL").await;
    let jam = admin.product("JAM", "2000").await;
    admin.stock(&jam, &warehouse, 10).await.ok();
    app.customer().await.order(&[(&tea, 2), (&jam, 1)]).await.created();
    app.settle().await;
    let told = simulated(&admin, percent("10")).await;
    let sums = &told["currencies"][0];
    assert_eq!((&sums["margin"], &sums["margin_after"]), (&dinars("3000"), &dinars("1000")));
    assert_eq!((&sums["cost"], &sums["net_without_cost_price"]), (&dinars("2200"), &dinars("2000")));
}

#[tokio::test]
async fn groups_and_days_choose_the_orders() {
    let (app, admin, tea) = shop().await;
    let (grouped, stranger) = (app.customer().await, app.customer().await);
    let id = grouped.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    admin.put(&format!("/api/v1/customers/{id}/groups"), &json!({"groups": ["bakery"]})).await.ok();
    for customer in [&grouped, &stranger] {
        customer.order(&[(&tea, 1)]).await.created();
    }
    app.settle().await;
    let for_group = with(&percent("10"), json!({"scope": {"customer_groups": ["bakery"]}}));
    let told = simulated(&admin, for_group).await;
    assert_eq!(told["currencies"][0]["orders_touched"], 1);
    assert_eq!(told["passed"], json!({"pricing.other_customers": 1}));
    let before = json!({"promotion": percent("10"), "from": "2020-01-01", "to": "2020-12-31"});
    let none = admin.post("/api/v1/promotions/simulate", &before).await.ok();
    assert_eq!(none, json!({"currencies": [], "passed": {}}));
}

#[tokio::test]
async fn a_draft_that_could_not_run_and_days_that_are_none_are_refused() {
    let (_app, admin, _) = shop().await;
    let refused = |promotion: Value, to: &'static str, code: &'static str| {
        let admin = admin.clone();
        async move {
            let request = json!({"promotion": promotion, "from": "2026-01-01", "to": to});
            admin.post("/api/v1/promotions/simulate", &request).await.problem(422, code);
        }
    };
    refused(percent("0"), "2026-01-02", "pricing.zero_rate").await;
    refused(percent("10"), "2025-12-31", "invalid-request").await;
    refused(percent("10"), "2027-01-02", "invalid-request").await;
}
