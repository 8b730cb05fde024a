//! Asking for what is in no catalogue.

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

async fn list(app: &TestApp, client: &Client, query: &str) -> Vec<Value> {
    app.settle().await;
    let list = client.get(&format!("/api/v1/needed-items{query}")).await.ok();
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn wishes_are_seen_by_their_owners_and_answered_in_their_zones() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let shop = app.account(Role::Customer, &["erbil"], None).await;
    let other = app.account(Role::Customer, &["erbil"], None).await;
    let (erbil, basra) = (
        app.account(Role::LocationAdmin, &["erbil"], None).await,
        app.account(Role::LocationAdmin, &["basra"], None).await,
    );
    let saffron = admin.product("SAFFRON", "10").await;
    let wish = json!({"description": "Taliouine saffron, in tins", "quantity": 20});
    let asked = shop.post("/api/v1/needed-items", &wish).await.created();
    let id = asked["id"].as_str().unwrap().to_owned();
    shop.post("/api/v1/needed-items", &json!({"description": " "}))
        .await
        .problem(422, "invalid-request");
    for (client, number) in [(&shop, 1), (&other, 0), (&erbil, 1), (&basra, 0), (&admin, 1)] {
        assert_eq!(list(&app, client, "").await.len(), number);
    }
    let path = format!("/api/v1/needed-items/{id}/status");
    let sourcing = json!({"status": "sourcing", "answer": "we ask around"});
    basra.patch(&path, &sourcing).await.problem(404, "customers.needed_item_not_found");
    other.patch(&path, &sourcing).await.problem(403, "permission_denied");
    erbil.patch(&path, &json!({"status": "open"})).await.problem(422, "customers.needed_item_no_answer");
    erbil.patch(&path, &sourcing).await.ok();
    let found = &list(&app, &shop, "?filter[status]=sourcing").await[0];
    assert_eq!(
        (&found["description"], &found["answer"], &found["zone"]),
        (&wish["description"], &sourcing["answer"], &json!("erbil"))
    );
    let available = json!({"status": "available", "product_id": saffron});
    assert_eq!(erbil.patch(&path, &available).await.ok()["version"], 3);
    erbil.patch(&path, &sourcing).await.problem(409, "customers.needed_item_settled");
    let found = &list(&app, &shop, "").await[0];
    assert_eq!((&found["product_id"], &found["answer"]), (&json!(saffron), &sourcing["answer"]));
    // The words stand nowhere in the clear.
    let pool = app.server.souk.log.pool();
    let clear: i64 = sqlx::query_scalar(
        "select (select count(*) from events where payload::text like '%Taliouine%')
              + (select count(*) from unmet_demand_v1.needed_items n where n::text like '%Taliouine%')",
    )
    .fetch_one(pool)
    .await
    .unwrap();
    assert_eq!(clear, 0);
    // They are told to whom they belong, and go with that one.
    let me = shop.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    let export = shop.get(&format!("/api/v1/users/{me}/data-export")).await.ok()["history"].to_string();
    assert!(export.contains("Taliouine") && export.contains("we ask around"), "{export}");
    shop.delete(&format!("/api/v1/users/{me}")).await.ok();
    assert!(list(&app, &admin, "").await.is_empty());
}
