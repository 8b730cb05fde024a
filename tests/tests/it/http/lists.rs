//! Filters, orders, pages.

use chrono::Timelike;
use event_store::ids;
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

async fn skus(client: &Client, query: &str) -> Vec<String> {
    let list = client.get(&format!("/api/v1/products?{query}")).await.ok();
    let sku = |item: &Value| item["sku"].as_str().unwrap().to_owned();
    list["items"].as_array().unwrap().iter().map(sku).collect()
}

#[tokio::test]
async fn products_are_filtered_sorted_and_paged() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let mut first = String::new();
    for (sku, price) in [
        ("A", "500"),
        ("B", "300"),
        ("C", "400"),
        ("D", "100"),
        ("E", "200"),
    ] {
        let id = admin.product(sku, price).await;
        if first.is_empty() {
            first = id;
        }
    }
    admin.stock(&first, &warehouse, 5).await.ok();
    app.settle().await;
    let nobody = app.anonymous();
    assert_eq!(skus(&nobody, "").await, ["E", "D", "C", "B", "A"]);
    assert_eq!(skus(&nobody, "sort=price").await, ["D", "E", "B", "C", "A"]);
    assert_eq!(skus(&nobody, "sort=-price&limit=2").await, ["A", "C"]);
    assert_eq!(
        skus(&nobody, "filter[price][gte]=200&filter[price][lte]=400&sort=sku").await,
        ["B", "C", "E"]
    );
    assert_eq!(skus(&nobody, "filter[in_stock]=true").await, ["A"]);
    assert_eq!(skus(&nobody, "filter[sku]=C").await, ["C"]);
    assert_eq!(skus(&nobody, "q=c%20english").await, ["C"]);
    assert_eq!(skus(&nobody, "q=%25").await, Vec::<String>::new());

    let mut seen = Vec::new();
    let mut query = "sort=price&limit=2&total=true".to_owned();
    loop {
        let page = nobody.get(&format!("/api/v1/products?{query}")).await.ok();
        assert_eq!(page["total"], 5);
        seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["sku"].clone()));
        match page["next_cursor"].as_str() {
            Some(cursor) => query = format!("sort=price&limit=2&total=true&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen, ["D", "E", "B", "C", "A"]);

    let slim = nobody.get("/api/v1/products?fields=id,price&limit=1").await.ok();
    let members: Vec<_> = slim["items"][0].as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, ["id", "price"]);
    admin.delete(&format!("/api/v1/products/{first}")).await.ok();
    app.settle().await;
    assert_eq!(skus(&nobody, "filter[status]=discontinued").await, ["A"]);
    assert_eq!(skus(&nobody, "").await.len(), 4);
}

#[tokio::test]
async fn unknown_names_and_foreign_cursors_are_400() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    for sku in ["A", "B", "C"] {
        admin.product(sku, "1").await;
    }
    app.settle().await;
    for query in [
        "colour=red",
        "sort=weight",
        "fields=weight",
        "filter[weight]=1",
        "filter[price][like]=1",
        "filter[category]=prd_1",
        "filter[in_stock]=maybe",
        "filter[price][gte]=cheap",
        "limit=0",
        "limit=201",
        "limit=1&limit=2",
        "cursor=x",
        "view=everything",
    ] {
        let problem = admin.get(&format!("/api/v1/products?{query}")).await;
        assert_eq!(problem.status, 400, "{query}");
        assert_eq!(problem.json()["code"], "invalid-parameter", "{query}");
    }
    let page = admin.get("/api/v1/products?limit=1&sort=price").await.ok();
    let cursor = page["next_cursor"].as_str().unwrap();
    let foreign = admin.get(&format!("/api/v1/products?limit=1&sort=sku&cursor={cursor}")).await;
    let problem = foreign.problem(400, "invalid-parameter");
    assert_eq!(problem["errors"][0]["parameter"], "cursor");
    admin.get("/api/v1/orders?filter[total][gte]=1").await.problem(400, "invalid-parameter");
    admin.get("/api/v1/analytics/sales?from=2010-13-01").await.problem(400, "invalid-parameter");
    admin
        .get("/api/v1/analytics/sales?from=2011-01-01&to=2010-01-01")
        .await
        .problem(400, "invalid-parameter");
}

#[tokio::test]
async fn short_stock_is_listed_by_warehouse() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (near, far) = (admin.warehouse("NEAR").await, admin.warehouse("FAR").await);
    let rice = admin.product("RICE", "1").await;
    for warehouse in [&near, &far] {
        admin.stock(&rice, warehouse, 5).await.ok();
    }
    let threshold = json!({"product_id": rice, "warehouse_id": near, "threshold": 5});
    admin.put("/api/v1/inventory/thresholds", &threshold).await.ok();
    let emptied = admin.stock(&rice, &far, -5).await;
    let low =
        admin.get_with("/api/v1/inventory/low-stock", "Min-Event-Position", emptied.position()).await.ok();
    assert_eq!(low["items"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&low["items"][0]["warehouse_code"], &low["items"][0]["product_available"]),
        (&json!("NEAR"), &json!(5))
    );
    let out = admin.get("/api/v1/inventory/out-of-stock").await.ok();
    assert_eq!(out["items"][0]["warehouse_id"], far.as_str());
    let none = admin.get(&format!("/api/v1/inventory/out-of-stock?filter[warehouse]={near}")).await.ok();
    assert_eq!(none["items"], json!([]));
    let warehouse = admin.get(&format!("/api/v1/warehouses/{near}")).await.ok();
    assert_eq!((&warehouse["on_hand"], &warehouse["status"]), (&json!(5), &json!("open")));
    assert_eq!(admin.get("/api/v1/warehouses?total=true").await.ok()["total"], 2);
}

#[tokio::test]
async fn statistics_count_what_the_filters_leave() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &warehouse, 50).await.ok();
    for units in [1, 2, 3] {
        admin.order(&[(&rice, units)]).await.created();
    }
    app.settle().await;
    let all = admin.get("/api/v1/orders/stats").await.ok();
    assert_eq!((&all["orders"], &all["by_status"][0]["total"]["amount"]), (&json!(3), &json!("600")));
    let none = admin.get("/api/v1/orders/stats?filter[status]=cancelled").await.ok();
    assert_eq!(none["orders"], 0);
    let dear = "/api/v1/orders?filter[currency]=IQD&filter[total][gte]=200&sort=total&fields=units";
    let units: Vec<_> = admin.get(dear).await.ok()["items"].as_array().unwrap().clone();
    assert_eq!(units, [json!({"units": 2}), json!({"units": 3})]);
}

#[tokio::test]
async fn analytics_of_orders_tell_sizes_fates_and_hours() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &warehouse, 50).await.ok();
    let nothing = json!({"currencies": [], "hours": []});
    assert_eq!(admin.get("/api/v1/orders/analytics").await.ok(), nothing);
    let (often, once) = (app.customer().await, app.customer().await);
    for units in [1, 2, 6] {
        often.order(&[(&rice, units)]).await.created();
    }
    once.order(&[(&rice, 4), (&rice, 1)]).await.created();
    let slip = once.order(&[(&rice, 9)]).await.created();
    let path = format!("/api/v1/orders/{}/cancel", slip["id"].as_str().unwrap());
    once.put(&path, &json!({"reason": "a slip"})).await.ok();
    app.settle().await;
    let told = admin.get("/api/v1/orders/analytics").await.ok();
    let dinars = |amount: &str| json!({"amount": amount, "currency": "IQD", "exponent": 0});
    let wanted = json!([{
        "currency": "IQD", "orders": 5, "cancelled": 1, "credited": 0, "customers": 2, "returning_customers": 1,
        "lines": 5, "units": 14, "total": dinars("1400"), "average_total": dinars("350"),
        "median_total": dinars("200"),
    }]);
    assert_eq!(told["currencies"], wanted);
    let hours = told["hours"].as_array().unwrap();
    assert_eq!(hours.iter().map(|hour| hour["orders"].as_i64().unwrap()).sum::<i64>(), 4);
    let hour = ids::now().naive_utc().time().hour();
    assert!(
        hours.iter().all(|at| (at["hour"].as_u64().unwrap() + 25 - u64::from(hour)) % 24 <= 1),
        "{hours:?}"
    );
    assert_eq!(admin.get("/api/v1/orders/analytics?filter[currency]=GBP").await.ok(), nothing);
}

#[tokio::test]
async fn the_orders_of_one_customer_are_for_that_customer_and_those_who_may() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &warehouse, 50).await.ok();
    let (one, other) = (app.customer().await, app.customer().await);
    for units in [1, 2] {
        one.order(&[(&rice, units)]).await.created();
    }
    other.order(&[(&rice, 3)]).await.created();
    app.settle().await;
    let me = one.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/orders/user/{me}?fields=units&sort=placed_at");
    let units = json!([{"units": 1}, {"units": 2}]);
    for caller in [&one, &admin] {
        assert_eq!(caller.get(&path).await.ok()["items"], units);
    }
    other.get(&path).await.problem(404, "identity.account_not_found");
    admin.get(&format!("{path}&filter[customer]={me}")).await.problem(400, "invalid-parameter");
}
