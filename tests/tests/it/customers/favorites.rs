//! Favourites.

use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

async fn favorites(client: &Client) -> Vec<String> {
    let list = client.get("/api/v1/users/favorites").await.ok();
    let sku = |item: &Value| item["sku"].as_str().unwrap().to_owned();
    list["items"].as_array().unwrap().iter().map(sku).collect()
}

async fn add(client: &Client, path: &str) -> Reply {
    Reply::of(client.request("POST".parse().unwrap(), path)).await
}

#[tokio::test]
async fn everybody_keeps_their_own_favourites() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (tea, jam) = (admin.product("TEA", "10").await, admin.product("JAM", "20").await);
    app.settle().await;
    let (one, other) = (app.customer().await, app.customer().await);
    let path = |product: &str| format!("/api/v1/users/favorites/{product}");
    for product in [&tea, &jam, &tea] {
        add(&one, &path(product)).await.ok();
    }
    assert_eq!(favorites(&one).await, ["JAM", "TEA"]);
    assert_eq!(favorites(&other).await, [""; 0]);
    // What is no longer sold stays, and says so.
    admin.delete(&format!("/api/v1/products/{jam}")).await.ok();
    app.settle().await;
    let list = one.get("/api/v1/users/favorites").await.ok();
    assert_eq!(
        (&list["items"][0]["sku"], &list["items"][0]["status"]),
        (&json!("JAM"), &json!("discontinued"))
    );
    one.delete(&path(&jam)).await.ok();
    one.delete(&path(&jam)).await.ok();
    assert_eq!(favorites(&one).await, ["TEA"]);
    let unknown = "prd_0190c7a2000070008000000000000001";
    add(&one, &path(unknown)).await.problem(404, "catalog.product_not_found");
    // They are told to whom they belong, with everything else.
    let me = one.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    let export = one.get(&format!("/api/v1/users/{me}/data-export")).await.ok();
    let history = export["history"].as_array().unwrap();
    assert_eq!(history.iter().filter(|event| event["type"] == "FavoriteAdded").count(), 2);
}
