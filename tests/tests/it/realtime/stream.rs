//! Who hears what.

use domain::identity::Role;
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

use super::{Listener, STREAM};

struct Shop {
    app: TestApp,
    admin: Client,
    warehouse: String,
    rice: String,
}

/// A shop in Erbil with ten bags of rice.
async fn shop() -> Shop {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = json!({"code": "EBL", "name": {"en": "Erbil"}, "zones": ["erbil"]});
    let warehouse =
        admin.post("/api/v1/warehouses", &warehouse).await.created()["id"].as_str().unwrap().to_owned();
    let rice = admin.product("RICE", "12500").await;
    admin.stock(&rice, &warehouse, 10).await.ok();
    Shop { app, admin, warehouse, rice }
}

async fn ordered(client: &Client, lines: &[(&str, u32)], zone: &str) -> String {
    let lines: Vec<Value> =
        lines.iter().map(|(product, units)| json!({"product_id": product, "quantity": units})).collect();
    let order = json!({"lines": lines, "zone": zone});
    client.post("/api/v1/orders", &order).await.created()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn everybody_hears_of_the_orders_that_they_may_see() {
    let Shop { app, admin, warehouse: _, rice } = shop().await;
    let customer = app.customer().await;
    let stranger = app.customer().await;
    let erbil = app.account(Role::LocationAdmin, &["erbil"], None).await;
    let basra = app.account(Role::LocationAdmin, &["basra"], None).await;
    let analyst = app.account(Role::Analyst, &[], None).await;
    let open = |client: Client| async move { Listener::open(&client, "").await };
    let mut hearing = [
        open(admin.clone()).await,
        open(customer.clone()).await,
        open(erbil).await,
    ];
    let mut deaf = [open(stranger).await, open(basra).await, open(analyst).await];
    let order = ordered(&customer, &[(&rice, 2)], "erbil").await;
    admin.put(&format!("/api/v1/orders/{order}/status"), &json!({"status": "processing"})).await.ok();
    for listener in &mut hearing {
        let placed = listener.heard().await;
        assert_eq!((placed.name.as_str(), &placed.data["event_type"]), ("order:new", &json!("OrderPlaced")));
        assert_eq!(
            (&placed.data["order_id"], &placed.data["zone"], &placed.data["version"]),
            (&json!(order), &json!("erbil"), &json!(1))
        );
        let mut told = Vec::new();
        while told.last() != Some(&json!("PartProcessed")) {
            let message = listener.heard().await;
            assert_eq!((message.name.as_str(), &message.data["order_id"]), ("order:updated", &json!(order)));
            told.push(message.data["event_type"].clone());
        }
        assert_eq!(told, [json!("OrderConfirmed"), json!("PartProcessed")]);
    }
    for listener in &mut deaf {
        listener.hears_nothing().await;
    }
}

#[tokio::test]
async fn what_is_told_can_be_read() {
    let Shop { app, admin: _, warehouse: _, rice } = shop().await;
    let customer = app.customer().await;
    let mut listener = Listener::open(&customer, "?filter[name]=order:new").await;
    for _ in 0..5 {
        let order = ordered(&customer, &[(&rice, 1)], "erbil").await;
        let message = listener.heard().await;
        assert_eq!(message.data["order_id"], order);
        // Without waiting for anything.
        customer.get(&format!("/api/v1/orders/{order}")).await.ok();
    }
}

#[tokio::test]
async fn a_vendor_hears_of_its_own_parts_and_stock_only() {
    let Shop { app, admin, warehouse, .. } = shop().await;
    let mut vendors = Vec::new();
    for sku in ["TEA", "OIL"] {
        let company = admin.company(None).await;
        let product = admin.product_of(&company, sku, "5000").await;
        admin.stock(&product, &warehouse, 5).await.ok();
        let vendor = app.account(Role::Vendor, &[], Some(company.parse().unwrap())).await;
        vendors.push((Listener::open(&vendor, "").await, product));
    }
    let [(mut tea_vendor, tea), (mut oil_vendor, oil)]: [_; 2] = vendors.try_into().ok().unwrap();
    let customer = app.customer().await;
    let order = ordered(&customer, &[(&tea, 5), (&oil, 1)], "erbil").await;
    let path = format!("/api/v1/orders/{order}/status");
    admin.put(&path, &json!({"status": "processing", "part": 2})).await.ok();
    admin.put(&path, &json!({"status": "processing", "part": 1})).await.ok();
    let mut tea_parts = Vec::new();
    while tea_parts.is_empty() {
        let message = tea_vendor.heard().await;
        assert!(message.data["product_id"].is_null() || message.data["product_id"] == tea, "{message:?}");
        tea_parts.extend(message.data["part"].as_u64());
    }
    assert_eq!(tea_parts, [1]);
    let mut oil_parts = Vec::new();
    while oil_parts.is_empty() {
        let message = oil_vendor.heard().await;
        assert!(message.data["product_id"].is_null(), "{message:?}");
        oil_parts.extend(message.data["part"].as_u64());
    }
    assert_eq!(oil_parts, [2]);
    oil_vendor.hears_nothing().await;
}

#[tokio::test]
async fn stock_is_told_when_it_crosses_a_mark() {
    let Shop { app, admin, warehouse, rice } = shop().await;
    let threshold = json!({"product_id": rice, "warehouse_id": warehouse, "threshold": 4});
    admin.put("/api/v1/inventory/thresholds", &threshold).await.ok();
    let names = "?filter[name]=stock:low,stock:out,stock:recovered";
    let basra = app.account(Role::LocationAdmin, &["basra"], None).await;
    let customer = app.customer().await;
    let mut keeper = Listener::open(&app.account(Role::StoreManager, &["erbil"], None).await, names).await;
    let mut deaf = [
        Listener::open(&basra, names).await,
        Listener::open(&customer, names).await,
    ];
    for delta in [-7, -3, 9] {
        admin.stock(&rice, &warehouse, delta).await.ok();
    }
    let low = keeper.heard().await;
    assert_eq!(low.name, "stock:low");
    assert_eq!((&low.data["available"], &low.data["threshold"]), (&json!(3), &json!(4)));
    assert_eq!((&low.data["product_id"], &low.data["warehouse_id"]), (&json!(rice), &json!(warehouse)));
    assert_eq!(keeper.names(2).await, ["stock:out", "stock:recovered"]);
    for listener in &mut deaf {
        listener.hears_nothing().await;
    }
}

#[tokio::test]
async fn only_reviewers_hear_what_looks_like_fraud() {
    let Shop { app, admin, warehouse: _, rice } = shop().await;
    let rules = json!({"is_active": true, "hold_at": 100, "velocity": {"points": 100, "orders": 2, "within_minutes": 60}});
    admin.put("/api/v1/fraud/rules", &rules).await.ok();
    let customer = app.customer().await;
    let mut reviewer = Listener::open(&admin, "?filter[name]=order:flagged,order:reviewed").await;
    let mut own = Listener::open(&customer, "?filter[name]=order:flagged,order:reviewed").await;
    ordered(&customer, &[(&rice, 1)], "erbil").await;
    let order = ordered(&customer, &[(&rice, 1)], "erbil").await;
    let flagged = reviewer.heard().await;
    assert_eq!((flagged.name.as_str(), &flagged.data["order_id"]), ("order:flagged", &json!(order)));
    admin.patch(&format!("/api/v1/fraud/flags/{order}"), &json!({"decision": "clear"})).await.ok();
    assert_eq!(reviewer.heard().await.name, "order:reviewed");
    own.hears_nothing().await;
}

#[tokio::test]
async fn one_order_can_be_followed() {
    let Shop { app, admin, warehouse: _, rice } = shop().await;
    let customer = app.customer().await;
    let first = ordered(&customer, &[(&rice, 1)], "erbil").await;
    app.settle().await;
    let mut listener = Listener::open(&customer, &format!("?filter[order]={first}")).await;
    ordered(&customer, &[(&rice, 1)], "erbil").await;
    admin.put(&format!("/api/v1/orders/{first}/status"), &json!({"status": "processing"})).await.ok();
    let message = listener.heard().await;
    assert_eq!(
        (&message.data["order_id"], &message.data["event_type"]),
        (&json!(first), &json!("PartProcessed"))
    );
}

#[tokio::test]
async fn a_stream_ends_with_its_session() {
    let app = TestApp::spawn_with(|source| source.flag("stream_heartbeat_s", "1")).await;
    let customer = app.customer().await;
    let mut listener = Listener::open(&customer, "").await;
    // It shows that it is there.
    let here = listener.frame().await.unwrap();
    assert!(here.starts_with("id: ") && !here.contains("data"), "{here}");
    customer.post("/api/v1/auth/logout", &json!({})).await;
    assert_eq!(listener.next().await, None);
}

#[tokio::test]
async fn a_caller_has_so_many_streams_and_the_oldest_makes_room() {
    let app =
        TestApp::spawn_with(|source| source.flag("stream_limit", "10").flag("stream_heartbeat_s", "1")).await;
    let customer = app.customer().await;
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(Listener::open(&customer, "").await);
    }
    open.push(Listener::open(&customer, "").await);
    let mut oldest = open.remove(0);
    while let Some(frame) = oldest.frame().await {
        assert!(frame.starts_with("id: "), "{frame}");
    }
    let other = app.customer().await;
    open.push(Listener::open(&other, "").await);
    open.push(Listener::open(&other, "").await);
    other.get(STREAM).await.problem(503, "streams-busy");
    drop(open);
    for _ in 0..100 {
        let reply = other.get(STREAM).await;
        if reply.status == 200 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("places are not given back");
}

#[tokio::test]
async fn a_stream_asked_for_with_nonsense_says_so() {
    let app = TestApp::spawn().await;
    let customer = app.customer().await;
    app.anonymous().get(STREAM).await.problem(401, "identity.token_missing");
    for (query, status, code) in [
        ("?filter[name]=order:new,stock", 400, "invalid-parameter"),
        ("?filter[order]=prd_1", 400, "invalid-parameter"),
        ("?after=yesterday", 400, "invalid-parameter"),
        ("?after=1000000", 400, "invalid-parameter"),
        ("?after=7.1", 412, "position-of-other-epoch"),
        ("?from=1", 400, "invalid-parameter"),
    ] {
        customer.get(&format!("{STREAM}{query}")).await.problem(status, code);
    }
    customer.get_with(STREAM, "Last-Event-ID", "42").await.problem(400, "invalid-position");
    customer.get_with(STREAM, "Last-Event-ID", "7.1").await.problem(412, "position-of-other-epoch");
    let head = customer.request(Method::HEAD, STREAM).send().await.unwrap();
    assert_eq!(
        (head.status().as_u16(), &head.headers()["content-type"]),
        (200, &"text/event-stream; charset=utf-8".parse().unwrap())
    );
}
