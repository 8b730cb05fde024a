//! Whose price it is.

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

use super::{dinars, order_of, percent, promote, shop, with};

fn list(product: &str, prices: &[(u32, &str)], more: Value) -> Value {
    let price = |(from, unit_price): &(u32, &str)| json!({"product_id": product, "from_quantity": from, "unit_price": unit_price});
    let base = json!({
        "name": {"en": "Bakeries", "ar": "المخابز"},
        "currency": "IQD",
        "prices": prices.iter().map(price).collect::<Vec<_>>(),
    });
    with(&base, more)
}

async fn create(admin: &Client, list: &Value) -> String {
    admin.post("/api/v1/price-lists", list).await.created()["id"].as_str().unwrap().to_owned()
}

/// The account that is signed in.
async fn id_of(client: &Client) -> String {
    client.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned()
}

async fn group(admin: &Client, customer: &Client, groups: &[&str]) {
    let path = format!("/api/v1/customers/{}/groups", id_of(customer).await);
    admin.put(&path, &json!({"groups": groups})).await.ok();
}

/// What one unit costs, when asked and when placed.
async fn pays(customer: &Client, product: &str, units: u32) -> String {
    let order = order_of(product, units, json!({}));
    let quote = customer.post("/api/v1/promotions/preview", &order).await.ok();
    let reply = customer.post("/api/v1/orders", &order).await;
    let path = format!("/api/v1/orders/{}", reply.created()["id"].as_str().unwrap());
    let placed = customer.get_with(&path, "Min-Event-Position", reply.position()).await.ok();
    assert_eq!(quote["total"], placed["totals"]["total"]);
    let price = |answer: &Value| answer["lines"][0]["unit_price"]["amount"].as_str().unwrap().to_owned();
    assert_eq!(price(&quote), price(&placed));
    price(&placed)
}

#[tokio::test]
async fn a_list_is_for_those_it_names_and_nobody_else() {
    let (app, admin, tea) = shop().await;
    let (named, grouped, stranger) = (app.customer().await, app.customer().await, app.customer().await);
    group(&admin, &grouped, &["bakery"]).await;
    let own = json!({"customers": [id_of(&named).await]});
    create(&admin, &list(&tea, &[(1, "8000"), (10, "7500.5")], own)).await;
    create(&admin, &list(&tea, &[(1, "9000")], json!({"groups": ["bakery"]}))).await;
    assert_eq!(pays(&named, &tea, 9).await, "8000");
    assert_eq!(pays(&named, &tea, 10).await, "7500.5");
    assert_eq!(pays(&grouped, &tea, 10).await, "9000");
    assert_eq!(pays(&stranger, &tea, 10).await, "10000");
    // Who is named and in the group pays the price of the list with the name.
    group(&admin, &named, &["bakery", "wholesale"]).await;
    assert_eq!(pays(&named, &tea, 1).await, "8000");
    group(&admin, &grouped, &[]).await;
    assert_eq!(pays(&grouped, &tea, 1).await, "10000");
}

#[tokio::test]
async fn promotions_come_after_the_price() {
    let (app, admin, tea) = shop().await;
    let customer = app.customer().await;
    group(&admin, &customer, &["bakery"]).await;
    create(&admin, &list(&tea, &[(1, "8000")], json!({"groups": ["bakery"]}))).await;
    promote(&admin, &percent("10")).await;
    let order = customer.order(&[(&tea, 2)]).await.created();
    assert_eq!(
        (&order["totals"]["subtotal"], &order["totals"]["total"]),
        (&dinars("16000"), &dinars("14400"))
    );
}

#[tokio::test]
async fn a_promotion_for_a_group_is_for_that_group() {
    let (app, admin, tea) = shop().await;
    let (grouped, stranger) = (app.customer().await, app.customer().await);
    group(&admin, &grouped, &["bakery"]).await;
    promote(&admin, &with(&percent("10"), json!({"scope": {"customer_groups": ["bakery"]}}))).await;
    assert_eq!(grouped.order(&[(&tea, 1)]).await.created()["totals"]["total"], dinars("9000"));
    assert_eq!(stranger.order(&[(&tea, 1)]).await.created()["totals"]["total"], dinars("10000"));
    let order = order_of(&tea, 1, json!({}));
    let quote = stranger.post("/api/v1/promotions/preview", &order).await.ok();
    assert_eq!((&quote["total"], &quote["discounts"]), (&dinars("10000"), &json!([])));
    let quote = grouped.post("/api/v1/promotions/preview", &order).await.ok();
    assert_eq!(quote["total"], dinars("9000"));
}

#[tokio::test]
async fn wholesale_is_for_the_group_of_that_name() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let product = json!({
        "sku": "TEA",
        "title": {"en": "Tea"},
        "prices": {
            "base": {"amount": "10000", "currency": "IQD"},
            "discounted": {"amount": "9500", "currency": "IQD"},
            "wholesale": {"amount": "7000", "currency": "IQD"},
        },
    });
    let tea = admin.post("/api/v1/products", &product).await.created()["id"].as_str().unwrap().to_owned();
    admin.stock(&tea, &warehouse, 100).await.ok();
    let (grocer, guest) = (app.customer().await, app.customer().await);
    group(&admin, &grocer, &["wholesale"]).await;
    assert_eq!(pays(&grocer, &tea, 1).await, "7000");
    assert_eq!(pays(&guest, &tea, 1).await, "9500");
}

#[tokio::test]
async fn a_list_is_revised_and_retired_and_placed_orders_keep_their_prices() {
    let (app, admin, tea) = shop().await;
    let customer = app.customer().await;
    let own = json!({"customers": [id_of(&customer).await]});
    let id = create(&admin, &list(&tea, &[(1, "8000")], own.clone())).await;
    let placed = customer.order(&[(&tea, 1)]).await.created();
    let path = format!("/api/v1/price-lists/{id}");
    let shown = admin.get(&path).await;
    assert_eq!((&shown.ok()["prices"][0]["unit_price"], shown.header("etag")), (&json!("8000"), "\"1\""));
    admin.put(&path, &list(&tea, &[(1, "8500")], own.clone())).await.ok();
    assert_eq!(pays(&customer, &tea, 1).await, "8500");
    let again = list(&tea, &[(1, "1")], own.clone());
    let stale = admin.request("PUT".parse().unwrap(), &path).header("If-Match", "\"1\"").json(&again);
    let stale = Reply::of(stale).await;
    assert_eq!(stale.problem(412, "version-mismatch")["events"][0]["type"], "PriceListRevised");
    admin.delete(&path).await.ok();
    assert_eq!(pays(&customer, &tea, 1).await, "10000");
    assert_eq!(admin.get(&path).await.ok()["retired"], true);
    admin.put(&path, &list(&tea, &[(1, "1")], own)).await.problem(409, "pricing.price_list_retired");
    let order = format!("/api/v1/orders/{}", placed["id"].as_str().unwrap());
    app.settle().await;
    assert_eq!(customer.get(&order).await.ok()["lines"][0]["unit_price"]["amount"], "8000");
}

#[tokio::test]
async fn lists_are_listed_by_whom_they_are_for_and_whether_they_hold() {
    let (app, admin, tea) = shop().await;
    let customer = app.customer().await;
    let own = create(&admin, &list(&tea, &[(1, "1")], json!({"customers": [id_of(&customer).await]}))).await;
    let of_group =
        create(&admin, &list(&tea, &[(1, "2")], json!({"groups": ["bakery"], "priority": 4}))).await;
    let later = json!({"groups": ["cafe"], "from": "2099-01-01T00:00:00Z"});
    let later = create(&admin, &list(&tea, &[(1, "3")], later)).await;
    admin.delete(&format!("/api/v1/price-lists/{of_group}")).await.ok();
    app.settle().await;
    let found = |query: String| {
        let admin = admin.clone();
        async move {
            let page = admin.get(&format!("/api/v1/price-lists?{query}")).await.ok();
            let ids =
                page["items"].as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned());
            ids.collect::<Vec<_>>()
        }
    };
    assert_eq!(found("total=true".to_owned()).await, [later.as_str(), of_group.as_str(), own.as_str()]);
    assert_eq!(found(format!("filter[customer]={}", id_of(&customer).await)).await, [own.as_str()]);
    assert_eq!(found("filter[group]=bakery".to_owned()).await, [of_group.as_str()]);
    for (phase, id) in [("running", &own), ("ended", &of_group), ("scheduled", &later)] {
        assert_eq!(found(format!("filter[phase]={phase}")).await, [id.as_str()], "{phase}");
    }
}

#[tokio::test]
async fn what_makes_no_list_is_refused_with_its_place() {
    let (app, admin, tea) = shop().await;
    let groups = json!({"groups": ["bakery"]});
    let refused = |list: Value, code: &'static str, pointer: &'static str| {
        let admin = admin.clone();
        async move {
            let problem = admin.post("/api/v1/price-lists", &list).await.problem(422, code);
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
        }
    };
    refused(list(&tea, &[(1, "1")], json!({})), "pricing.nobody_named", "/customers").await;
    refused(list(&tea, &[], groups.clone()), "pricing.no_prices", "/prices").await;
    let twice = list(&tea, &[(2, "1"), (2, "3")], groups.clone());
    refused(twice, "pricing.repeated_price", "/prices/1").await;
    let negative = list(&tea, &[(1, "-1")], groups);
    refused(negative, "pricing.negative_price", "/prices/0/unit_price").await;
    let driver = id_of(&app.account(Role::Driver, &[], None).await).await;
    let slip = list(&tea, &[(1, "1")], json!({"customers": [driver.clone()]}));
    refused(slip, "pricing.customer_unknown", "/customers").await;
    let path = format!("/api/v1/customers/{driver}/groups");
    admin.put(&path, &json!({"groups": ["bakery"]})).await.problem(404, "identity.account_not_found");
}
