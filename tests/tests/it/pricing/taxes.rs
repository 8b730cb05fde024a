//! Taxes: which rate, how much, and where it is told.

use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

use super::{dinars, order_of, percent, promote, shop, shop_on, with};

const RATES: &str = "/api/v1/tax-rates";

fn rate(percent: &str, treatment: &str, more: Value) -> Value {
    let base = json!({"name": {"en": "VAT", "ar": "ضريبة"}, "percent": percent, "treatment": treatment});
    with(&base, more)
}

async fn create(admin: &Client, rate: &Value) -> String {
    admin.post(RATES, rate).await.created()["id"].as_str().unwrap().to_owned()
}

/// Places an order, and reads it back.
async fn placed(customer: &Client, order: &Value) -> Value {
    let reply = customer.post("/api/v1/orders", order).await;
    let path = format!("/api/v1/orders/{}", reply.created()["id"].as_str().unwrap());
    customer.get_with(&path, "Min-Event-Position", reply.position()).await.ok()
}

#[tokio::test]
async fn a_tax_on_top_comes_after_discounts_and_is_told_line_by_line() {
    let (app, admin, tea) = shop().await;
    promote(&admin, &percent("10")).await;
    let id = create(&admin, &rate("15.5", "exclusive", json!({}))).await;
    let order = placed(&app.customer().await, &order_of(&tea, 2, json!({}))).await;
    let (line, totals) = (&order["lines"][0], &order["totals"]);
    assert_eq!(totals["tax"], dinars("2790"));
    assert_eq!(totals["total"], dinars("20790"));
    assert_eq!(
        line["tax"],
        json!({"tax_rate_id": id, "percent": "15.5", "treatment": "exclusive", "amount": dinars("2790")})
    );
}

#[tokio::test]
async fn a_tax_in_the_price_is_told_and_not_added() {
    let (app, admin, tea) = shop().await;
    create(&admin, &rate("25", "inclusive", json!({}))).await;
    let order = placed(&app.customer().await, &order_of(&tea, 1, json!({}))).await;
    assert_eq!((&order["totals"]["tax"], &order["totals"]["total"]), (&dinars("0"), &dinars("10000")));
    assert_eq!(order["lines"][0]["tax"]["amount"], dinars("2000"));
}

#[tokio::test]
async fn the_zone_decides_before_the_category_and_an_idle_rate_never() {
    let (app, admin, tea) = shop().await;
    let category = admin.post("/api/v1/categories", &json!({"name": {"en": "Tea"}})).await.created();
    let category = category["id"].as_str().unwrap();
    let dates = json!({
        "sku": "DATES", "title": {"en": "Dates"}, "prices": {"base": {"amount": "1000", "currency": "IQD"}},
        "categories": [category],
    });
    let dates = admin.post("/api/v1/products", &dates).await.created()["id"].as_str().unwrap().to_owned();
    let warehouse = admin.warehouse("EBL").await;
    admin.stock(&dates, &warehouse, 50).await.ok();
    create(&admin, &rate("20", "exclusive", json!({}))).await;
    create(&admin, &rate("5", "exclusive", json!({"category_id": category}))).await;
    create(&admin, &rate("0", "exclusive", json!({"zone": "free-zone"}))).await;
    create(&admin, &rate("99", "exclusive", json!({"zone": "erbil", "is_active": false}))).await;
    let customer = app.customer().await;
    for (zone, tax) in [("erbil", "2050"), ("free-zone", "0")] {
        let lines = json!([{"product_id": tea, "quantity": 1}, {"product_id": dates, "quantity": 1}]);
        let order = placed(&customer, &json!({"lines": lines, "zone": zone})).await;
        assert_eq!(order["totals"]["tax"], dinars(tax), "{zone}");
    }
}

#[tokio::test]
async fn the_cart_shows_the_total_that_the_order_has() {
    let (app, admin, tea) = shop().await;
    create(&admin, &rate("15", "exclusive", json!({}))).await;
    let customer = app.customer().await;
    let item = json!({"product_id": tea, "quantity": 3});
    customer.post("/api/v1/cart/items", &item).await.ok();
    let cart = customer.get("/api/v1/cart").await.ok();
    let order = placed(&customer, &json!({"from_cart": true})).await;
    assert_eq!(order["totals"]["total"], dinars("34500"));
    assert_eq!(cart["totals"]["total"], order["totals"]["total"]);
}

#[tokio::test]
async fn placed_orders_keep_their_taxes_and_a_return_pays_them_back() {
    let (app, admin, tea) = shop().await;
    let body = rate("10", "exclusive", json!({}));
    let id = create(&admin, &body).await;
    let customer = app.customer().await;
    let order = placed(&customer, &order_of(&tea, 3, json!({}))).await;
    let path = format!("/api/v1/orders/{}", order["id"].as_str().unwrap());
    admin.put(&format!("{RATES}/{id}"), &with(&body, json!({"percent": "50"}))).await.ok();
    for status in ["processing", "shipped", "delivered"] {
        admin.put(&format!("{path}/status"), &json!({"status": status})).await.ok();
    }
    let back = json!({"lines": [{"line": 1, "quantity": 1}], "reason": "broken"});
    let back = customer.post(&format!("{path}/returns"), &back).await.created();
    assert_eq!(back["total"], dinars("11000"));
    assert_eq!(placed(&customer, &order_of(&tea, 1, json!({}))).await["totals"]["tax"], dinars("5000"));
}

#[tokio::test]
async fn rates_are_listed_revised_with_their_version_and_never_overlap() {
    let (_app, admin, _) = shop().await;
    let id = create(&admin, &rate("15", "exclusive", json!({}))).await;
    admin
        .post(RATES, &rate("7", "inclusive", json!({})))
        .await
        .problem(409, "pricing.tax_rate_overlaps");
    let listed = admin.get(RATES).await.ok();
    assert_eq!((&listed["items"][0]["id"], &listed["version"]), (&json!(id), &json!(1)));
    let idle = rate("15", "exclusive", json!({"is_active": false}));
    let path = format!("{RATES}/{id}");
    let put = |version: &'static str| {
        let request = admin.request(reqwest::Method::PUT, &path).header("If-Match", version).json(&idle);
        souk_tests::Reply::of(request)
    };
    put("\"9\"").await.problem(412, "version-mismatch");
    put("\"1\"").await.ok();
    create(&admin, &rate("7", "inclusive", json!({}))).await;
}

#[tokio::test]
async fn wrong_rates_are_refused_with_every_fault() {
    let (_app, admin, _) = shop().await;
    let wrong = rate("100.5", "exclusive", json!({"zone": " ", "category_id": "prd_1"}));
    let problem = admin.post(RATES, &wrong).await.problem(422, "invalid-request");
    assert_eq!(problem["errors"].as_array().unwrap().len(), 3, "{problem}");
    let unknown = json!({"category_id": "cat_0190c7a2000070008000000000000001"});
    admin.post(RATES, &rate("5", "exclusive", unknown)).await.problem(422, "pricing.category_unknown");
    let nobody = format!("{RATES}/tax_0190c7a2000070008000000000000001");
    admin
        .put(&nobody, &rate("5", "exclusive", json!({})))
        .await
        .problem(404, "pricing.tax_rate_not_found");
}

#[tokio::test]
async fn cash_orders_come_to_what_there_are_coins_for() {
    let app = TestApp::spawn_with(|source| source.flag("cash_steps", "IQD=250")).await;
    let (app, admin, tea) = shop_on(app).await;
    create(&admin, &rate("1.13", "exclusive", json!({}))).await;
    let customer = app.customer().await;
    let paid = |method: &str| order_of(&tea, 1, json!({"payment_method": method}));
    let cash = placed(&customer, &paid("cash")).await;
    // 10,113 is nearer to 10,000 than to 10,250.
    assert_eq!((&cash["totals"]["rounding"], &cash["totals"]["total"]), (&dinars("-113"), &dinars("10000")));
    let invoice = placed(&customer, &paid("invoice")).await;
    assert_eq!(
        (&invoice["totals"]["rounding"], &invoice["totals"]["total"]),
        (&dinars("0"), &dinars("10113"))
    );
}
