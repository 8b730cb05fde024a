//! How far the projections have come, and rebuilding them.

use std::time::{Duration, Instant};

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

const LIST: &str = "/api/v1/monitoring/projections";

fn rebuild(name: &str) -> String {
    format!("{LIST}/{name}/rebuild")
}

/// The checkpoints follow what has no effect a moment later.
async fn until_none_lags(admin: &Client) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let list = admin.get(LIST).await.ok();
        let items = list["items"].as_array().unwrap();
        if items.iter().all(|item| item["lag_events"] == 0) {
            return;
        }
        assert!(Instant::now() < deadline, "{list}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn projection(admin: &Client, name: &str) -> Value {
    let list = admin.get(LIST).await.ok();
    let items = list["items"].as_array().unwrap();
    items.iter().find(|item| item["name"] == name).cloned().unwrap()
}

#[tokio::test]
async fn every_projection_tells_where_it_stands() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    admin.product("RICE", "12500").await;
    until_none_lags(&admin).await;
    for known in projections::all() {
        let item = projection(&admin, known.name()).await;
        assert_eq!(item["schema"], known.schema().as_str());
        assert_eq!((&item["state"], &item["error"]), (&json!("running"), &Value::Null));
        assert_eq!((&item["lag_events"], &item["lag_ms"]), (&json!(0), &json!(0)));
        assert_eq!(item["log_position"], app.head().to_string().as_str());
        assert_eq!((&item["is_live_here"], &item["last_rebuild"]), (&json!(true), &Value::Null));
    }
}

#[tokio::test]
async fn a_rebuild_runs_in_the_background_and_shows_what_became_of_it() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let product = admin.product("RICE", "12500").await;
    app.settle().await;
    // What only a rebuild can mend.
    sqlx::raw_sql("update product_list_v3.products set sku = 'DAMAGED'")
        .execute(&app.database.pool())
        .await
        .unwrap();
    let accepted = admin.post(&rebuild("product_list"), &json!({})).await;
    assert_eq!(accepted.status, 202, "{}", accepted.json());
    assert_eq!(accepted.json()["name"], "product_list");
    let deadline = Instant::now() + Duration::from_secs(60);
    let last = loop {
        let last = projection(&admin, "product_list").await["last_rebuild"].clone();
        if last["outcome"] != "running" {
            break last;
        }
        assert!(Instant::now() < deadline, "{last}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((&last["outcome"], &last["error"]), (&json!("succeeded"), &Value::Null));
    assert_eq!(last["started_at"], accepted.json()["started_at"]);
    assert!(last["position"].as_i64() >= Some(2) && last["elapsed_ms"].is_u64());
    let seen = admin.get(&format!("/api/v1/products/{product}")).await.ok();
    assert_eq!(seen["sku"], "RICE");
    assert_eq!(projection(&admin, "stock_levels").await["last_rebuild"], Value::Null);
}

#[tokio::test]
async fn one_rebuild_at_a_time() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    app.server.souk.operations.rebuilds.start("product_list", std::future::pending()).unwrap();
    let refused = admin.post(&rebuild("product_list"), &json!({})).await;
    assert!(refused.problem(409, "operations.rebuild_running")["started_at"].is_string());
    // By its schema's name it is the same one.
    admin.post(&rebuild("product_list_v3"), &json!({})).await.problem(409, "operations.rebuild_running");
    assert_eq!(projection(&admin, "product_list").await["last_rebuild"]["outcome"], "running");
    admin.post(&rebuild("nothing"), &json!({})).await.problem(404, "operations.projection_not_found");
}

#[tokio::test]
async fn only_the_super_admin_operates() {
    let app = TestApp::spawn().await;
    app.anonymous().get(LIST).await.problem(401, "identity.token_missing");
    for (role, zones) in [
        (Role::Analyst, &[][..]),
        (Role::Auditor, &[]),
        (Role::Customer, &[]),
        (Role::LocationAdmin, &["karkh"]),
    ] {
        let client = app.account(role, zones, None).await;
        client.get(LIST).await.problem(403, "forbidden");
        client.post(&rebuild("product_list"), &json!({})).await.problem(403, "forbidden");
    }
    app.admin().await.get(LIST).await.ok();
}
