//! From the cart to the order: what is checked before, and what is billed.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply};

use super::{Shopper, codes, dinars, held, shop};

async fn order(customer: &Client, more: Value) -> Reply {
    let mut body = json!({"from_cart": true});
    let members = more.as_object().expect("an object").clone();
    body.as_object_mut().expect("an object").extend(members);
    customer.post("/api/v1/orders", &body).await
}

#[tokio::test]
async fn an_order_from_the_cart_bills_what_the_cart_showed() {
    let (app, admin, [tea, rice]) = shop().await;
    let company = json!({
        "name": {"en": "Zagros"},
        "commission_basis_points": 1_000,
        "delivery_fees": [{"zone": "erbil", "fee": {"amount": "3000", "currency": "IQD"}}],
    });
    let company =
        admin.post("/api/v1/companies", &company).await.created()["id"].as_str().unwrap().to_owned();
    let honey = admin.product_of(&company, "HONEY", "7777").await;
    let (north, south) = (admin.warehouse("NORTH").await, admin.warehouse("SOUTH").await);
    admin.stock(&honey, &north, 3).await.ok();
    admin.stock(&honey, &south, 4).await.ok();
    let sale = json!({
        "name": {"en": "Sale"},
        "reward": {"type": "percentage", "percent": "12.5"},
        "scope": {"products": [rice, honey]},
    });
    let sale = admin.post("/api/v1/promotions", &sale).await.created()["id"].clone();
    let coupon =
        json!({"code": "OFF", "reward": {"type": "fixed", "amount": {"amount": "1001", "currency": "IQD"}}});
    admin.post("/api/v1/coupons", &coupon).await.created();
    let customer = app.account(domain::identity::Role::Customer, &["erbil"], None).await;
    let shopper = Shopper::of(&customer);
    for (product, quantity) in [(&tea, 2), (&rice, 3), (&honey, 5)] {
        shopper.add(product, quantity).await.ok();
    }
    shopper.coupon("off").await.ok();
    let cart = shopper.cart().await;
    let me = customer.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    app.settle().await;
    let export = customer.get(&format!("/api/v1/users/{me}/data-export")).await.ok();
    assert_eq!(export["cart"][2], json!({"id": honey, "quantity": 5}));
    let checked = shopper.check("/validate-checkout", json!({})).await.ok();
    assert_eq!((&checked["is_valid"], &checked["totals"]), (&json!(true), &cart["totals"]));
    assert_eq!(checked["promotion_ids"], json!([sale]));
    // From two warehouses of the vendor: two parts to bring.
    assert_eq!(cart["totals"]["delivery"], dinars("6000"));
    let placed = order(&customer, json!({"promotion_ids": checked["promotion_ids"]})).await.created();
    assert_eq!((&placed["totals"], &placed["discounts"]), (&cart["totals"], &cart["discounts"]));
    assert_eq!(held(&shopper.cart().await), []);
    app.settle().await;
    let shown = customer.get(&format!("/api/v1/orders/{}", placed["id"].as_str().unwrap())).await.ok();
    assert_eq!(shown["totals"], cart["totals"]);
    for (line, item) in shown["lines"].as_array().unwrap().iter().zip(cart["items"].as_array().unwrap()) {
        assert_eq!((&line["product_id"], &line["quantity"]), (&item["id"], &item["quantity"]));
        assert_eq!((&line["total"], &line["unit_price"]), (&item["total"], &item["unit_price"]));
    }
    // The next cart begins with nothing of this one.
    shopper.add(&rice, 1).await.ok();
    let next = shopper.cart().await;
    assert_ne!(next["id"], cart["id"]);
    assert_eq!(next["coupons"], json!([]));
}

#[tokio::test]
async fn a_cart_is_ordered_once() {
    let (app, _, [tea, rice]) = shop().await;
    let customer = app.customer().await;
    let shopper = Shopper::of(&customer);
    order(&customer, json!({})).await.problem(409, "cart.empty");
    shopper.add(&tea, 2).await.ok();
    let send = || {
        let request = customer.request(Method::POST, "/api/v1/orders");
        Reply::of(request.header("Idempotency-Key", "order-it").json(&json!({"from_cart": true})))
    };
    let (first, again) = (send().await, send().await);
    assert_eq!(first.created(), again.created());
    assert_eq!(again.header("idempotent-replayed"), "true");
    order(&customer, json!({})).await.problem(409, "cart.empty");
    // Many at once, while something else is put in: one order each of what there is.
    for _ in 0..4 {
        shopper.add(&tea, 1).await.ok();
        let orders = join_all((0..6).map(|_| order(&customer, json!({}))));
        let (orders, added) = tokio::join!(orders, shopper.add(&rice, 7));
        added.ok();
        let mut bought = held(&shopper.cart().await).iter().map(|(_, units)| *units).sum::<u64>();
        let placed: Vec<Value> = orders.iter().filter(|reply| reply.status == 201).map(Reply::json).collect();
        assert!((1..=2).contains(&placed.len()), "{}", placed.len());
        app.settle().await;
        for order in &placed {
            let path = format!("/api/v1/orders/{}", order["id"].as_str().unwrap());
            let shown = customer.get(&path).await.ok();
            let lines = shown["lines"].as_array().unwrap().iter();
            bought += lines.map(|line| line["quantity"].as_u64().unwrap()).sum::<u64>();
        }
        assert_eq!(bought, 8, "what was put in is ordered once, or still there");
        shopper.send(Method::DELETE, "", None).await.ok();
    }
}

#[tokio::test]
async fn an_order_is_of_the_cart_or_of_lines() {
    let (app, _, [tea, _]) = shop().await;
    let customer = app.customer().await;
    Shopper::of(&customer).add(&tea, 1).await.ok();
    for more in [
        json!({"lines": [{"product_id": tea, "quantity": 1}]}),
        json!({"coupons": ["OFF"]}),
    ] {
        let problem = order(&customer, more).await.problem(422, "invalid-request");
        assert_eq!(problem["errors"][0]["pointer"], "/from_cart");
    }
    customer.post("/api/v1/orders", &json!({})).await.problem(422, "orders.no_lines");
    let foreign = json!({"customer_id": "usr_0190c7a2000070008000000000000001"});
    order(&customer, foreign).await.problem(403, "orders.foreign_customer");
    let manager = app.account(domain::identity::Role::LocationAdmin, &["erbil"], None).await;
    order(&manager, json!({})).await.problem(403, "permission_denied");
}

#[tokio::test]
async fn everything_that_stands_in_the_way_is_told_with_what_can_be_done() {
    let (app, admin, [tea, rice]) = shop().await;
    let scarce = admin.product("SAFFRON", "90000").await;
    let by_the_box = json!({
        "sku": "BOX", "title": {"en": "Box"}, "min_order_quantity": 12,
        "prices": {"base": {"amount": "100", "currency": "IQD"}},
    });
    let by_the_box =
        admin.post("/api/v1/products", &by_the_box).await.created()["id"].as_str().unwrap().to_owned();
    let warehouse = admin.warehouse("SMALL").await;
    admin.stock(&scarce, &warehouse, 3).await.ok();
    admin.stock(&by_the_box, &warehouse, 30).await.ok();
    let coupon = json!({
        "code": "LARGE", "reward": {"type": "percentage", "percent": "5"},
        "minimum": {"amount": "9000000", "currency": "IQD"},
    });
    admin.post("/api/v1/coupons", &coupon).await.created();
    let customer = app.account(domain::identity::Role::Customer, &["erbil"], None).await;
    let shopper = Shopper::of(&customer);
    for (product, quantity) in [(&tea, 1), (&scarce, 5), (&by_the_box, 2), (&rice, 1)] {
        shopper.add(product, quantity).await.ok();
    }
    shopper.coupon("LARGE").await.ok();
    admin.delete(&format!("/api/v1/products/{rice}")).await.ok();
    let checked = shopper.check("/validate-checkout", json!({"zone": "basra"})).await.ok();
    assert_eq!(
        codes(&checked["issues"]),
        [
            "inventory.insufficient_stock",
            "orders.below_minimum_quantity",
            "catalog.product_discontinued",
            "pricing.below_minimum",
            "orders.zone_not_allowed",
        ]
    );
    assert_eq!(checked["is_valid"], json!(false));
    let suggested: Vec<_> = checked["issues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|issue| issue["suggested_quantity"].clone())
        .collect();
    assert_eq!(suggested, [json!(3), json!(12), json!(0), Value::Null, Value::Null]);
    assert_eq!(checked["issues"][0]["numbers"]["available"], 3);
    assert_eq!(checked["issues"][1]["numbers"]["minimum"], 12);
    assert_eq!(checked["issues"][3]["coupon"], "LARGE");
    // Whoever does what is suggested can order.
    for issue in checked["issues"].as_array().unwrap() {
        match (issue["item_id"].as_str(), issue["suggested_quantity"].as_u64()) {
            (Some(item), Some(0)) => drop(shopper.remove(item).await.ok()),
            (Some(item), Some(units)) => drop(shopper.set(item, u32::try_from(units).unwrap()).await.ok()),
            _ => {}
        }
    }
    shopper.send(Method::DELETE, "/coupons/large", None).await.ok();
    let checked = shopper.check("/validate-checkout", json!({"zone": "erbil"})).await.ok();
    assert_eq!((&checked["is_valid"], &checked["issues"]), (&json!(true), &json!([])));
    let placed = order(&customer, json!({"zone": "erbil"})).await.created();
    assert_eq!(placed["totals"], checked["totals"]);
}

#[tokio::test]
async fn an_address_decides_the_zone_of_the_check_as_of_the_order() {
    let (app, _, [tea, _]) = shop().await;
    let customer = app.account(domain::identity::Role::Customer, &["erbil", "duhok"], None).await;
    let shopper = Shopper::of(&customer);
    shopper.add(&tea, 1).await.ok();
    let address = json!({"recipient": "Shirin", "street": "Gulan 7", "city": "Duhok", "zone": "duhok"});
    let address = customer.post("/api/v1/addresses", &address).await.created()["id"].clone();
    let checked = shopper.check("/validate-checkout", json!({"address_id": address})).await.ok();
    assert_eq!(checked["issues"], json!([]), "{checked}");
    let unknown = json!({"address_id": "adr_0190c7a2000070008000000000000001"});
    let checked = shopper.check("/validate-checkout", unknown).await.ok();
    assert_eq!(codes(&checked["issues"]), ["customers.address_not_found"]);
    order(&customer, json!({"address_id": address})).await.created();
}

#[tokio::test]
async fn stock_alone_is_checked_quickly() {
    let (app, _, [tea, rice]) = shop().await;
    let guest = Shopper::guest(&app, &tea, 2).await;
    guest.add(&rice, 1_001).await.ok();
    let checked = guest.check("/quick-stock-check", json!({})).await.ok();
    assert_eq!(
        checked,
        json!({"is_sufficient": false, "items": [
            {"id": tea, "quantity": 2, "available": 1_000, "is_sufficient": true},
            {"id": rice, "quantity": 1_001, "available": 1_000, "is_sufficient": false},
        ]})
    );
    guest.set(&rice, 1_000).await.ok();
    assert_eq!(guest.check("/quick-stock-check", json!({})).await.ok()["is_sufficient"], json!(true));
    let nothing = Shopper::of(&app.customer().await).check("/quick-stock-check", json!({})).await.ok();
    assert_eq!(nothing["items"], json!([]));
}

#[tokio::test]
async fn promotions_are_applied_to_the_cart() {
    let (app, admin, [tea, rice]) = shop().await;
    for (code, minimum) in [("TEN", "0"), ("LARGE", "9000000")] {
        let coupon = json!({
            "code": code, "reward": {"type": "percentage", "percent": "10"},
            "minimum": {"amount": minimum, "currency": "IQD"},
        });
        admin.post("/api/v1/coupons", &coupon).await.created();
    }
    let customer = app.customer().await;
    let shopper = Shopper::of(&customer);
    let apply = |body: Value| {
        let customer = customer.clone();
        async move { customer.post("/api/v1/promotions/apply", &body).await }
    };
    apply(json!({"coupons": ["TEN"]})).await.problem(409, "cart.empty");
    shopper.add(&tea, 1).await.ok();
    shopper.add(&rice, 2).await.ok();
    let refused = apply(json!({"coupons": ["TEN", "LARGE"]})).await.problem(409, "pricing.below_minimum");
    assert_eq!(refused["errors"][0]["pointer"], "/coupons/1");
    assert_eq!(shopper.cart().await["coupons"], json!([]));
    // What would be saved is asked without putting anything on.
    let preview = customer.post("/api/v1/promotions/preview", &json!({"coupons": ["TEN"]})).await.ok();
    assert_eq!(preview["total"], dinars("13500"));
    assert_eq!(shopper.cart().await["coupons"], json!([]));
    let applied = apply(json!({"coupons": ["TEN"]})).await.ok();
    let cart = shopper.cart().await;
    assert_eq!((&applied["total"], &cart["totals"]["total"]), (&dinars("13500"), &dinars("13500")));
    assert_eq!(cart["coupons"], json!(["TEN"]));
    assert_eq!(apply(json!({})).await.ok()["total"], dinars("13500"));
    let lines = json!({"lines": [{"product_id": tea, "quantity": 1}]});
    assert_eq!(apply(lines).await.ok()["total"], dinars("10000"), "lines have nothing to do with the cart");
}
