//! Many products in one request, and how sustainable a product is.

use domain::{identity::Role, ids::CompanyId};
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

async fn bulk(client: &Client, rows: Value) -> Value {
    client.patch("/api/v1/products/bulk", &json!({"rows": rows})).await.ok()
}

fn costs(id: &str, amount: &str) -> Value {
    json!({"id": id, "revision": {"prices": {"base": {"amount": amount, "currency": "IQD"}}}})
}

#[tokio::test]
async fn each_row_of_a_bulk_revision_stands_for_itself() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (tea, jam, old) = (
        admin.product("TEA", "1000").await,
        admin.product("JAM", "1000").await,
        admin.product("OLD", "1000").await,
    );
    admin.delete(&format!("/api/v1/products/{old}")).await.ok();
    let mut stale = costs(&jam, "3000");
    stale["version"] = json!(7);
    let rows = json!([
        costs(&tea, "2000"),
        stale,
        costs(&old, "2000"),
        costs("prd_00000000000000000000000000000001", "1"),
        costs("tea", "1"),
        costs(&tea, "5000"),
        {"id": jam.replace("prd", "cat"), "revision": {}},
        {"id": admin.product("SALT", "10").await, "revision": {"tags": ["x"]}},
    ]);
    let told = bulk(&admin, rows).await;
    assert_eq!((told["revised"].as_u64(), told["refused"].as_u64()), (Some(1), Some(7)), "{told}");
    assert_eq!((&told["rows"][0]["outcome"], &told["rows"][0]["version"]), (&json!("revised"), &json!(2)));
    let refusals: Vec<_> = (1..8)
        .map(|n| (told["rows"][n]["status"].as_u64().unwrap(), told["rows"][n]["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        refusals,
        [
            (412, "version-mismatch"),
            (409, "catalog.product_discontinued"),
            (404, "catalog.product_not_found"),
            (422, "invalid-request"),
            (422, "invalid-request"),
            (422, "invalid-request"),
            (422, "invalid-request"),
        ]
    );
    assert_eq!(told["rows"][5]["errors"][0]["code"], "repeated-product");
    assert_eq!(told["rows"][7]["errors"][0]["pointer"], "/title");
    // What is so already is not changed again.
    let again = bulk(&admin, json!([costs(&tea, "2000")])).await;
    assert_eq!(again["rows"][0]["version"], 2);
    app.settle().await;
    let seen = app.anonymous().get(&format!("/api/v1/products/{tea}")).await.ok();
    assert_eq!(seen["price"]["amount"], "2000");
    let nothing = admin.patch("/api/v1/products/bulk", &json!({"rows": []})).await;
    nothing.problem(422, "catalog.no_rows");
}

/// Complaints: services that grow slow, and jobs that stop, beyond some hundred products (vendure#1336, medusa#4131).
#[tokio::test]
async fn vendure_1336_a_thousand_products_are_revised_and_found_in_one_request_each() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let mut ids = Vec::new();
    for chunk in 0..20 {
        let registered = (0..50).map(|n| {
            let admin = admin.clone();
            async move { admin.product(&format!("MUG-{chunk}-{n}"), "1000").await }
        });
        ids.extend(futures_util::future::join_all(registered).await);
    }
    let rows: Vec<Value> = ids.iter().map(|id| costs(id, "1500")).collect();
    let told = bulk(&admin, json!(rows)).await;
    assert_eq!((told["revised"].as_u64(), told["refused"].as_u64()), (Some(1_000), Some(0)));
    app.settle().await;
    let found =
        app.anonymous().get("/api/v1/products/search?q=mug&total=true&filter[price][gte]=1500").await.ok();
    assert_eq!(found["total"], 1_000);
    let mut rows = rows;
    rows.push(costs(&ids[0], "1"));
    let many = admin.patch("/api/v1/products/bulk", &json!({"rows": rows})).await.ok();
    assert_eq!(many["rows"][1_000]["errors"][0]["code"], "repeated-product");
}

#[tokio::test]
async fn a_score_can_be_worked_out_again() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (own, other) =
        (CompanyId::from_uuid(event_store::ids::uuid()), CompanyId::from_uuid(event_store::ids::uuid()));
    let company = admin.company(Some(own)).await;
    admin.company(Some(other)).await;
    let product = admin.product_of(&company, "TEA", "1000").await;
    let path = format!("/api/v1/products/{product}/sustainability");
    let client = app.anonymous();
    let unknown = client.get(&path).await.ok();
    assert_eq!((&unknown["score"], &unknown["points"]["carbon"]), (&Value::Null, &json!(0)));
    let known = json!({
        "carbon_grams": 5_000, "recycled_percent": 40, "recyclable_packaging_percent": 100, "transport_km": 800,
        "certifications": ["organic"],
    });
    let vendor = app.account(Role::Vendor, &[], Some(own)).await;
    let version = vendor.put(&path, &known).await.ok()["version"].clone();
    let told = client.get(&path).await.ok();
    // 40 * 15/20, 25 * 40/100, 15, 10 * 92/100 rounded down, 5.
    assert_eq!(
        told["points"],
        json!({"carbon": 30, "recycled": 10, "packaging": 15, "transport": 9, "certifications": 5})
    );
    assert_eq!(
        (&told["score"], &told["version"], &told["carbon_grams"]),
        (&json!(69), &version, &json!(5_000))
    );
    // It is part of the product's history, and of its version.
    app.settle().await;
    assert_eq!(client.get(&format!("/api/v1/products/{product}")).await.ok()["version"], version);
    let history = admin.get(&format!("/api/v1/products/{product}/history")).await.ok();
    assert_eq!(history["events"][1]["type"], "SustainabilityStated", "{history}");
    let problem =
        vendor.put(&path, &json!({"recycled_percent": 101})).await.problem(422, "catalog.percent_too_great");
    assert_eq!(problem["errors"][0]["pointer"], "/recycled_percent");
    let rival = app.account(Role::Vendor, &[], Some(other)).await;
    rival.put(&path, &known).await.problem(404, "catalog.product_not_found");
    let nowhere = "/api/v1/products/prd_00000000000000000000000000000001/sustainability";
    client.get(nowhere).await.problem(404, "catalog.product_not_found");
    admin.put(nowhere, &known).await.problem(404, "catalog.product_not_found");
}
