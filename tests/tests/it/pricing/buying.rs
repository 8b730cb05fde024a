//! What customers get.

use domain::{identity::Role, ids::CompanyId};
use serde_json::json;
use uuid::Uuid;

use super::{dinars, order_of, percent, promote, shop, with};

#[tokio::test]
async fn a_quote_is_placed_as_it_was_given_and_seen_on_the_order() {
    let (app, admin, tea) = shop().await;
    let sale = promote(&admin, &percent("10")).await;
    let coupon = json!({
        "code": "welcome-5",
        "reward": {"type": "fixed", "amount": {"amount": "5000", "currency": "IQD"}},
        "limits": {"per_customer": 1},
    });
    admin.post("/api/v1/coupons", &coupon).await.created();
    let customer = app.customer().await;
    let wanted = order_of(&tea, 3, json!({"coupons": ["Welcome-5"]}));
    let quote = customer.post("/api/v1/promotions/apply", &wanted).await.ok();
    assert_eq!(quote["lines"][0]["unit_price"]["amount"], "10000");
    assert_eq!((&quote["subtotal"], &quote["discount"]), (&dinars("30000"), &dinars("8000")));
    assert_eq!(quote["total"], dinars("22000"));
    assert_eq!(quote["place_with"], json!({"coupons": ["WELCOME-5"], "promotion_ids": [sale]}));

    let placed = customer.post("/api/v1/orders", &order_of(&tea, 3, quote["place_with"].clone())).await;
    let order = placed.created();
    assert_eq!(order["totals"]["total"], quote["total"]);
    let discounts = json!([
        {"promotion_id": sale, "coupon": null, "amount": dinars("3000"),
         "lines": [{"line": 1, "amount": dinars("3000")}]},
        {"promotion_id": null, "coupon": "WELCOME-5", "amount": dinars("5000"),
         "lines": [{"line": 1, "amount": dinars("5000")}]},
    ]);
    assert_eq!((&order["discounts"], &quote["discounts"]), (&discounts, &discounts));
    let path = format!("/api/v1/orders/{}", order["id"].as_str().unwrap());
    let seen = customer.get_with(&path, "Min-Event-Position", placed.position()).await.ok();
    assert_eq!(seen["discounts"], discounts);
    assert_eq!(
        (&seen["totals"]["discount"], &seen["lines"][0]["discount"]),
        (&dinars("8000"), &dinars("8000"))
    );

    // The coupon was for once, and says so before and when placing.
    let again = customer.post("/api/v1/promotions/apply", &wanted).await;
    let problem = again.problem(409, "pricing.used_up_by_customer");
    assert_eq!(
        (&problem["errors"][0]["pointer"], &problem["errors"][0]["numbers"]["limit"]),
        (&json!("/coupons/0"), &json!(1))
    );
    customer.post("/api/v1/orders", &wanted).await.problem(409, "pricing.used_up_by_customer");
    let preview = customer.post("/api/v1/promotions/preview", &wanted).await.ok();
    assert_eq!(preview["total"], dinars("27000"));
    assert_eq!(preview["refused_coupons"][0]["reason"]["code"], "pricing.used_up_by_customer");
    assert_eq!(preview["place_with"]["coupons"], json!([]));
}

#[tokio::test]
async fn a_refund_pays_back_what_was_paid() {
    let (app, admin, tea) = shop().await;
    promote(&admin, &with(&percent("100"), json!({"cap": {"amount": "10001", "currency": "IQD"}}))).await;
    let customer = app.customer().await;
    let order = customer.order(&[(&tea, 3)]).await.created();
    assert_eq!(order["totals"]["total"], dinars("19999"));
    let id = order["id"].as_str().unwrap();
    for status in ["processing", "shipped", "delivered"] {
        admin.put(&format!("/api/v1/orders/{id}/status"), &json!({"status": status})).await.ok();
    }
    let back = json!({"lines": [{"line": 1, "quantity": 3}], "reason": "damp"});
    let asked = customer.post(&format!("/api/v1/orders/{id}/returns"), &back).await.created();
    assert_eq!(asked["total"], dinars("19999"));
}

#[tokio::test]
async fn what_a_promotion_ends_or_changes_no_order_counts_on() {
    let (app, admin, tea) = shop().await;
    let sale = promote(&admin, &percent("10")).await;
    let customer = app.customer().await;
    let quote = customer.post("/api/v1/promotions/apply", &order_of(&tea, 1, json!({}))).await.ok();
    let wanted = order_of(&tea, 1, quote["place_with"].clone());
    admin.delete(&format!("/api/v1/promotions/{sale}")).await.ok();
    let problem = customer.post("/api/v1/orders", &wanted).await.problem(409, "pricing.ended");
    assert_eq!(problem["errors"][0]["pointer"], "/promotion_ids/0");
    // Who counts on nothing pays the price without it.
    assert_eq!(customer.order(&[(&tea, 1)]).await.created()["totals"]["total"], dinars("10000"));
}

#[tokio::test]
async fn a_customer_learns_only_whether_a_coupon_is_valid() {
    let (app, admin, tea) = shop().await;
    let coupon = json!({
        "code": "BIG-ONE",
        "reward": {"type": "percentage", "percent": "12.5"},
        "minimum": {"amount": "20000", "currency": "IQD"},
    });
    admin.post("/api/v1/coupons", &coupon).await.created();
    app.settle().await;
    let customer = app.customer().await;
    let check = |lines: &str| {
        let (customer, path) = (customer.clone(), format!("/api/v1/coupons/big-one{lines}"));
        async move { customer.get(&path).await }
    };
    let valid = json!({"code": "BIG-ONE", "is_valid": true, "reason": null, "discount": null});
    assert_eq!(check("").await.ok(), valid);
    let two = check(&format!("?lines={tea}:1,{tea}:1")).await.ok();
    assert_eq!((&two["is_valid"], &two["discount"]), (&json!(true), &dinars("2500")));
    let one = check(&format!("?lines={tea}:1")).await.ok();
    assert_eq!((&one["is_valid"], &one["reason"]["code"]), (&json!(false), &json!("pricing.below_minimum")));
    assert_eq!(one["reason"]["numbers"]["minimum"], "20000");
    check("?lines=tea:1").await.problem(400, "invalid-parameter");
    customer.get("/api/v1/coupons/none").await.problem(404, "pricing.coupon_not_found");
    customer.get("/api/v1/coupons/n!").await.problem(400, "coupon-code");
    customer.get("/api/v1/coupons").await.problem(403, "forbidden");
    app.anonymous().get("/api/v1/coupons/big-one").await.problem(401, "identity.token_missing");
    assert_eq!(admin.get("/api/v1/coupons/big-one").await.ok()["offer"]["reward"]["percent"], "12.5");
}

#[tokio::test]
async fn a_vendor_sees_what_went_off_its_own_lines() {
    let (app, admin, tea) = shop().await;
    let company = CompanyId::from_uuid(Uuid::from_u128(7));
    admin.company(Some(company)).await;
    let vendor = app.account(Role::Vendor, &[], Some(company)).await;
    let honey = vendor.product("HONEY", "20000").await;
    let warehouse = admin.warehouse("EBL").await;
    admin.stock(&honey, &warehouse, 10).await.ok();
    promote(&admin, &percent("10")).await;
    let order = app.customer().await.order(&[(&tea, 1), (&honey, 1)]).await.created();
    assert_eq!(order["totals"]["discount"], dinars("3000"));
    app.settle().await;
    let seen = vendor.get(&format!("/api/v1/orders/{}", order["id"].as_str().unwrap())).await.ok();
    assert_eq!(seen["discounts"][0]["amount"], dinars("2000"));
    assert_eq!(seen["discounts"][0]["lines"], json!([{"line": 2, "amount": dinars("2000")}]));
}

#[tokio::test]
async fn faults_of_lines_and_coupons_are_told_with_their_places() {
    let (app, _, tea) = shop().await;
    let customer = app.customer().await;
    let codes = json!({"coupons": ["x", "FINE-1"]});
    for path in [
        "/api/v1/promotions/preview",
        "/api/v1/promotions/apply",
        "/api/v1/orders",
    ] {
        let problem =
            customer.post(path, &order_of(&tea, 1, codes.clone())).await.problem(422, "invalid-request");
        assert_eq!(problem["errors"][0]["pointer"], "/coupons/0");
        let problem =
            customer.post(path, &order_of("prd_00000000000000000000000000000001", 1, json!({}))).await;
        assert_eq!(
            problem.problem(422, "catalog.product_not_found")["errors"][0]["pointer"],
            "/lines/0/product_id"
        );
        customer.post(path, &json!({"lines": []})).await.problem(422, "orders.no_lines");
        app.anonymous()
            .post(path, &order_of(&tea, 1, json!({})))
            .await
            .problem(401, "identity.token_missing");
    }
    let unknown = customer.post("/api/v1/orders", &order_of(&tea, 1, json!({"coupons": ["FINE-1"]}))).await;
    unknown.problem(422, "pricing.unknown_coupon");
}
