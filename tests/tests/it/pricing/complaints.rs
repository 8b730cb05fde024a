//! What users of other products complain about, shown not to happen here. Each test is named after the complaint: the
//! product, the number of its issue, and what holds instead.

use serde_json::{Value, json};
use souk_tests::Client;

use super::{dinars, order_of, percent, promote, shop, with};

/// The whole way from an order to the goods.
async fn delivered(admin: &Client, order: &Value) -> String {
    let id = order["id"].as_str().unwrap().to_owned();
    for status in ["processing", "shipped", "delivered"] {
        admin.put(&format!("/api/v1/orders/{id}/status"), &json!({"status": status})).await.ok();
    }
    id
}

/// Asks for units of a line to come back; answers what they pay back.
async fn refund(customer: &Client, order: &str, line: u32, quantity: u32) -> i64 {
    let back = json!({"lines": [{"line": line, "quantity": quantity}], "reason": "damp"});
    let asked = customer.post(&format!("/api/v1/orders/{order}/returns"), &back).await.created();
    asked["total"]["amount"].as_str().unwrap().parse().unwrap()
}

fn deal(buy: u32, get: u32) -> Value {
    json!({"name": {"en": "Deal"}, "reward": {"type": "buy_x_get_y", "buy": buy, "get": get}})
}

#[tokio::test]
async fn medusa_11259_a_deal_counts_every_multiple_and_14432_none_too_many() {
    let (app, admin, tea) = shop().await;
    promote(&admin, &deal(2, 1)).await;
    let customer = app.customer().await;
    for (units, pays) in [(1, 1), (2, 2), (3, 2), (5, 4), (6, 4), (8, 6), (9, 6)] {
        let order = customer.order(&[(&tea, units)]).await.created();
        assert_eq!(order["totals"]["total"], dinars(&(pays * 10_000).to_string()), "{units}");
    }
}

#[tokio::test]
async fn medusa_14934_a_fixed_amount_is_an_amount_and_no_percentage() {
    let (app, admin, tea) = shop().await;
    let off = |amount: &str| json!({"type": "fixed", "amount": {"amount": amount, "currency": "IQD"}});
    promote(&admin, &json!({"name": {"en": "Off"}, "reward": off("5000")})).await;
    let order = app.customer().await.order(&[(&tea, 3)]).await.created();
    assert_eq!(order["totals"]["total"], dinars("25000"));
}

#[tokio::test]
async fn medusa_12226_a_full_discount_leaves_exactly_nothing() {
    let (app, admin, tea) = shop().await;
    promote(&admin, &percent("33.33")).await;
    promote(&admin, &with(&percent("100"), json!({"priority": -1}))).await;
    let order = app.customer().await.order(&[(&tea, 7)]).await.created();
    assert_eq!((&order["totals"]["discount"], &order["totals"]["total"]), (&dinars("70000"), &dinars("0")));
}

#[tokio::test]
async fn vendure_3091_twenty_five_units_come_back_for_what_they_cost_in_any_steps() {
    let (app, admin, _) = shop().await;
    let warehouse = admin.warehouse("EBL").await;
    let jam = admin.product("JAM", "333").await;
    admin.stock(&jam, &warehouse, 100).await.ok();
    promote(&admin, &percent("7.77")).await;
    let customer = app.customer().await;
    let order = customer.order(&[(&jam, 25)]).await.created();
    let paid: i64 = order["totals"]["total"]["amount"].as_str().unwrap().parse().unwrap();
    let id = delivered(&admin, &order).await;
    let mut back = 0;
    for units in [1, 7, 16, 1] {
        back += refund(&customer, &id, 1, units).await;
    }
    assert_eq!(back, paid);
}

#[tokio::test]
async fn vendure_4811_a_refund_takes_its_own_lines_discount_and_leaves_the_others_theirs() {
    let (app, admin, tea) = shop().await;
    let warehouse = admin.warehouse("EBL").await;
    let jam = admin.product("JAM", "2000").await;
    admin.stock(&jam, &warehouse, 100).await.ok();
    let off = json!({"type": "fixed", "amount": {"amount": "5001", "currency": "IQD"}});
    promote(&admin, &json!({"name": {"en": "Off"}, "reward": off})).await;
    let customer = app.customer().await;
    let reply = customer
        .post(
            "/api/v1/orders",
            &json!({"lines": [
                {"product_id": tea, "quantity": 2}, {"product_id": jam, "quantity": 5},
            ]}),
        )
        .await;
    let path = format!("/api/v1/orders/{}", reply.created()["id"].as_str().unwrap());
    let lines = customer.get_with(&path, "Min-Event-Position", reply.position()).await.ok()["lines"].clone();
    let shares: Vec<i64> = [0, 1]
        .map(|line: usize| lines[line]["discount"]["amount"].as_str().unwrap().parse().unwrap())
        .to_vec();
    assert_eq!(shares.iter().sum::<i64>(), 5_001);
    let id = delivered(&admin, &reply.created()).await;
    assert_eq!(refund(&customer, &id, 1, 2).await, 20_000 - shares[0]);
    assert_eq!(refund(&customer, &id, 2, 5).await, 10_000 - shares[1]);
}

#[tokio::test]
async fn sylius_16303_a_coupon_does_not_undo_its_own_condition() {
    let (app, admin, tea) = shop().await;
    let coupon = json!({
        "code": "JUST-ENOUGH",
        "reward": {"type": "fixed", "amount": {"amount": "5000", "currency": "IQD"}},
        "minimum": {"amount": "30000", "currency": "IQD"},
    });
    admin.post("/api/v1/coupons", &coupon).await.created();
    let customer = app.customer().await;
    let wanted = order_of(&tea, 3, json!({"coupons": ["JUST-ENOUGH"]}));
    let first = customer.post("/api/v1/promotions/apply", &wanted).await.ok();
    let second = customer.post("/api/v1/promotions/apply", &wanted).await.ok();
    assert_eq!((&first["total"], &first), (&dinars("25000"), &second));
    let placed = customer.post("/api/v1/orders", &order_of(&tea, 3, second["place_with"].clone())).await;
    assert_eq!(placed.created()["totals"]["total"], dinars("25000"));
}

#[tokio::test]
async fn saleor_16485_a_discount_waits_for_no_worker() {
    let (app, admin, tea) = shop().await;
    let customer = app.customer().await;
    let sale = promote(&admin, &percent("10")).await;
    assert_eq!(customer.order(&[(&tea, 1)]).await.created()["totals"]["total"], dinars("9000"));
    admin.delete(&format!("/api/v1/promotions/{sale}")).await.ok();
    assert_eq!(customer.order(&[(&tea, 1)]).await.created()["totals"]["total"], dinars("10000"));
}
