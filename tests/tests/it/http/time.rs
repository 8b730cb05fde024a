//! Reading one's own writes, and reading the past.

use serde_json::{Value, json};
use souk_tests::TestApp;

#[tokio::test]
async fn a_read_that_names_a_position_sees_it() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "1").await;
    let path = format!("/api/v1/products/{rice}");
    for units in 1..=20 {
        let stocked = admin.stock(&rice, &warehouse, 1).await;
        assert!(stocked.position().starts_with("1."));
        let seen = admin.get_with(&path, "Min-Event-Position", stocked.position()).await.ok();
        assert_eq!(seen["available"], units);
        // The second read comes from memory.
        assert_eq!(
            admin.get_with(&path, "Min-Event-Position", stocked.position()).await.ok()["available"],
            units
        );
    }
}

#[tokio::test]
async fn a_position_that_is_not_reached_in_time_is_503() {
    let app = TestApp::spawn_with(|source| source.flag("read_wait_ms", "50")).await;
    let admin = app.admin().await;
    let rice = admin.product("RICE", "1").await;
    let far = format!("1.{}", app.head().position + 1_000);
    for path in [
        format!("/api/v1/products/{rice}"),
        "/api/v1/products".into(),
        "/api/v1/orders".into(),
    ] {
        let reply = admin.get_with(&path, "Min-Event-Position", &far).await;
        let problem = reply.problem(503, "projection-behind");
        assert_eq!(problem["min_event_position"], far);
        assert_eq!(reply.header("retry-after"), "1");
    }
    app.server.souk.reads.subscriptions.pause();
    let changed = admin.product("TEA", "1").await;
    let path = format!("/api/v1/products/{changed}");
    let now = app.head().to_string();
    admin.get_with(&path, "Min-Event-Position", &now).await.problem(503, "projection-behind");
    app.server.souk.reads.subscriptions.resume();
    app.settle().await;
    admin.get_with(&path, "Min-Event-Position", &now).await.ok();
}

#[tokio::test]
async fn a_position_of_another_epoch_is_412() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let rice = admin.product("RICE", "1").await;
    app.settle().await;
    let path = format!("/api/v1/products/{rice}");
    for (epoch, path) in [
        ("2.1", path.as_str()),
        ("0.1", path.as_str()),
        ("2.1", "/api/v1/products"),
    ] {
        admin.get_with(path, "Min-Event-Position", epoch).await.problem(412, "position-of-other-epoch");
    }
    admin.get_with(&path, "Min-Event-Position", "soon").await.problem(400, "invalid-position");
    admin.get(&format!("{path}/history?as_of=2.1")).await.problem(412, "position-of-other-epoch");
}

#[tokio::test]
async fn histories_tell_who_what_when_and_why() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let me = admin.get("/api/v1/auth/me").await.ok();
    let rice = admin.product("RICE", "100").await;
    let path = format!("/api/v1/products/{rice}");
    let price = json!({"prices": {"base": {"amount": "200", "currency": "IQD"}}});
    let repriced = admin.put(&path, &price).await;
    admin.delete(&path).await.ok();
    let history = admin.get(&format!("{path}/history")).await.ok();
    let types: Vec<&Value> =
        history["events"].as_array().unwrap().iter().map(|event| &event["type"]).collect();
    assert_eq!(types, ["ProductRegistered", "ProductRepriced", "ProductDiscontinued"]);
    let event = &history["events"][1];
    assert_eq!(event["actor"], json!({"kind": "account", "id": me["id"]}));
    assert_eq!(event["cause"]["correlation_id"], repriced.header("x-request-id"));
    assert_eq!(event["data"]["prices"]["base"]["amount"], "200");
    assert!(event["recorded_at"].as_str().unwrap() >= event["effective_at"].as_str().unwrap());
    assert_eq!((&history["state"]["status"], &history["version"]), (&json!("discontinued"), &json!(3)));

    let as_of = |moment: &str| format!("{path}/history?as_of={}", moment.replace('+', "%2B"));
    let before = admin.get(&as_of(&history["events"][0]["position"].to_string())).await.ok();
    assert_eq!((&before["state"]["base_price"]["amount"], &before["version"]), (&json!("100"), &json!(1)));
    let then = admin.get(&as_of(repriced.position())).await.ok();
    assert_eq!(then["state"]["base_price"]["amount"], "200");
    let then = admin.get(&as_of(event["recorded_at"].as_str().unwrap())).await.ok();
    assert_eq!(then["state"]["base_price"]["amount"], "200");
    let early = admin.get(&as_of("2000-01-01T00:00:00Z")).await.problem(404, "before-beginning");
    assert_eq!(early["first_position"], format!("1.{}", history["events"][0]["position"]));
    admin.get(&as_of("99999999")).await.problem(400, "invalid-parameter");
    admin.get(&as_of("yesterday")).await.problem(400, "invalid-parameter");
    let page = admin.get(&format!("{path}/history?limit=2")).await.ok();
    let next = page["next_cursor"].as_str().unwrap();
    let rest = admin.get(&format!("{path}/history?limit=2&cursor={next}")).await.ok();
    assert_eq!(
        (&rest["events"][0]["type"], &rest["next_cursor"]),
        (&json!("ProductDiscontinued"), &Value::Null)
    );
}

#[tokio::test]
async fn orders_and_stock_are_known_at_any_time() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "100").await;
    let first = admin.stock(&rice, &warehouse, 5).await;
    let placed = admin.order(&[(&rice, 2)]).await;
    let order = format!("/api/v1/orders/{}", placed.created()["id"].as_str().unwrap());
    admin.put(&format!("{order}/cancel"), &json!({"reason": "no"})).await.ok();
    let then = admin.get(&format!("{order}/history?as_of={}", placed.position())).await.ok();
    assert_eq!(then["state"]["status"], "confirmed");
    assert_eq!(admin.get(&format!("{order}/history")).await.ok()["state"]["status"], "cancelled");
    let stock = |moment: &str| format!("/api/v1/inventory/stock/{rice}?as_of={moment}");
    let counters =
        |stock: Value| (stock["on_hand"].clone(), stock["reserved"].clone(), stock["available"].clone());
    let at_first = admin.get(&stock(first.position())).await.ok();
    assert_eq!(counters(at_first), (json!(5), json!(0), json!(5)));
    let at_placing = admin.get(&stock(placed.position())).await.ok();
    assert_eq!(counters(at_placing), (json!(5), json!(2), json!(3)));
    assert_eq!(counters(admin.get(&stock("1")).await.ok()), (json!(0), json!(0), json!(0)));
    let then = format!("/api/v1/inventory/history?filter[product]={rice}&as_of={}", placed.position());
    let movements = admin.get(&then).await.ok();
    assert_eq!(movements["items"].as_array().unwrap().len(), 2);
    assert_eq!(movements["items"][0]["balance"]["available"], 3);
}
