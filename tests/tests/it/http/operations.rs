//! Health, figures, read models, the log.

use serde_json::{Value, json};
use souk_tests::TestApp;

#[tokio::test]
async fn health_says_what_the_node_depends_on() {
    let app = TestApp::spawn().await;
    let nobody = app.anonymous();
    for path in ["/health", "/api/v1/health", "/api/v1/health/ready"] {
        let health = nobody.get(path).await.ok();
        assert_eq!(
            (&health["status"], &health["log"]["is_reachable"]),
            (&json!("ok"), &json!(true)),
            "{path}"
        );
        assert!(health["projections"].as_array().unwrap().len() >= 7);
    }
    nobody.get("/api/v1/health/live").await.ok();
    app.server.souk.traffic.drain();
    let reply = nobody.get("/api/v1/health/ready").await;
    assert_eq!((reply.status.as_u16(), &reply.json()["status"]), (503, &json!("stopping")));
    assert_eq!(reply.header("connection"), "close");
    nobody.get("/api/v1/health/live").await.ok();
}

#[tokio::test]
async fn figures_are_for_those_who_have_the_token() {
    let app = TestApp::spawn_with(|source| source.flag("metrics_token", "0123456789abcdef")).await;
    let nobody = app.anonymous();
    nobody.get("/metrics").await.problem(401, "operations.metrics_token");
    nobody.with_token("0123456789abcdee").get("/metrics").await.problem(401, "operations.metrics_token");
    let figures = nobody.with_token("0123456789abcdef").get("/metrics").await;
    let text = String::from_utf8(figures.bytes).unwrap();
    for name in [
        "souk_http_requests_total",
        "souk_http_request_duration_seconds_bucket",
        "souk_log_position",
    ] {
        assert!(text.contains(name), "{name}");
    }
}

#[tokio::test]
async fn a_read_model_is_rebuilt_beside_itself() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    for number in 0..5 {
        admin.product(&format!("SKU-{number}"), "1").await;
    }
    app.settle().await;
    let before = admin.get("/api/v1/products").await.ok();
    let rebuilt = admin.post("/api/v1/monitoring/projections/product_list/rebuild", &Value::Null).await;
    assert!([200, 202].contains(&rebuilt.status.as_u16()), "{}", rebuilt.json());
    let unknown = admin.post("/api/v1/monitoring/projections/nothing/rebuild", &Value::Null).await;
    unknown.problem(404, "operations.projection_not_found");
    app.settle().await;
    assert_eq!(admin.get("/api/v1/products").await.ok(), before);
    let projections = admin.get("/api/v1/monitoring/projections").await.ok();
    let list =
        projections["items"].as_array().unwrap().iter().find(|one| one["name"] == "product_list").unwrap();
    assert_eq!((&list["state"], &list["lag_events"]), (&json!("running"), &json!(0)));
}

#[tokio::test]
async fn auditors_read_the_log_in_order() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let me = admin.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "1").await;
    admin.stock(&rice, &warehouse, 5).await.ok();
    let mut cursor = String::new();
    let mut positions = Vec::new();
    loop {
        let page = admin.get(&format!("/api/v1/audit/events?limit=2{cursor}")).await.ok();
        positions.extend(
            page["items"].as_array().unwrap().iter().map(|event| event["position"].as_i64().unwrap()),
        );
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(positions, (1..=app.head().position).collect::<Vec<_>>());
    let types = async |query: &str| -> Vec<String> {
        let page = admin.get(&format!("/api/v1/audit/events?{query}")).await.ok();
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["type"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(types(&format!("aggregate_id={warehouse}")).await, ["WarehouseOpened"]);
    assert_eq!(types("aggregate_type=stock").await.first().unwrap(), "StockAdjusted");
    assert_eq!(
        types("type=ProductRegistered,WarehouseOpened").await,
        ["WarehouseOpened", "ProductRegistered"]
    );
    assert!(!types(&format!("actor={me}")).await.contains(&"AccountRegistered".to_owned()));
    assert_eq!(types("actor=system").await, ["AccountRegistered"]);
    assert!(types("from=2999-01-01T00:00:00Z").await.is_empty());
    for wrong in ["actor=me", "after=-1", "type=a;b", "from=now", "cursor=7"] {
        admin.get(&format!("/api/v1/audit/events?{wrong}")).await.problem(400, "invalid-parameter");
    }
}
