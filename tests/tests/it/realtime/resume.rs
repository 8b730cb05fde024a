//! Coming back: nothing is missed, nothing is heard twice.

use domain::identity::Role;
use serde_json::json;
use souk_tests::{Client, TestApp};

use super::Listener;

/// The positions of all events that are told as messages about orders.
async fn told(app: &TestApp) -> Vec<String> {
    let auditor = app.account(Role::Auditor, &[], None).await;
    let types = "OrderPlaced,OrderConfirmed,OrderCancelled";
    let events =
        auditor.get(&format!("/api/v1/audit/events?limit=200&filter[event_type]={types}")).await.ok();
    let items = events["items"].as_array().unwrap();
    items.iter().map(|event| format!("1.{}", event["position"])).collect()
}

async fn shop() -> (TestApp, Client, String) {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    admin.stock(&rice, &warehouse, 1_000).await.ok();
    (app, admin, rice)
}

#[tokio::test]
async fn whoever_comes_back_misses_nothing_and_hears_nothing_twice() {
    let (app, admin, rice) = shop().await;
    let customer = app.customer().await;
    let placing = tokio::spawn({
        let (customer, rice) = (customer.clone(), rice.clone());
        async move {
            for number in 0..30 {
                let order = customer.order(&[(&rice, 1)]).await.created()["id"].as_str().unwrap().to_owned();
                if number % 3 == 0 {
                    let path = format!("/api/v1/orders/{order}/cancel");
                    customer.put(&path, &json!({"reason": "another time"})).await.ok();
                }
            }
        }
    });
    // A line that breaks after every few messages, and now and then after a heartbeat.
    let (mut heard, mut last_id) = (Vec::new(), "1.0".to_owned());
    for length in (1..=4).cycle() {
        let mut listener = Listener::resume(&admin, "?filter[name]=order:new,order:updated", &last_id).await;
        for _ in 0..length {
            if heard.len() < 70 {
                heard.push(listener.heard().await.id);
            }
        }
        if heard.len() == 70 {
            listener.hears_nothing().await;
            break;
        }
        last_id.clone_from(&listener.last_id);
    }
    placing.await.unwrap();
    app.settle().await;
    let whole = told(&app).await;
    assert_eq!((heard.len(), whole.len()), (70, 70));
    assert_eq!(heard, whole);
}

#[tokio::test]
async fn everything_can_be_heard_again_from_any_position() {
    let (app, _, rice) = shop().await;
    let customer = app.customer().await;
    for _ in 0..10 {
        customer.order(&[(&rice, 1)]).await.created();
    }
    app.settle().await;
    let whole = told(&app).await;
    let mut again = Listener::open(&customer, "?after=0").await;
    let mut heard = Vec::new();
    for _ in 0..20 {
        heard.push(again.heard().await.id);
    }
    assert_eq!(heard, whole);
    let mut rest = Listener::open(&customer, &format!("?after={}", heard[16])).await;
    for id in &heard[17..] {
        assert_eq!(rest.heard().await.id, *id);
    }
    // What was sent goes before what was asked for at first.
    let mut back = Listener::resume(&customer, "?after=0", &heard[18]).await;
    assert_eq!(back.heard().await.id, heard[19]);
    // And what happens now comes after it.
    customer.order(&[(&rice, 1)]).await.created();
    for listener in [&mut again, &mut rest, &mut back] {
        assert_eq!(listener.names(2).await, ["order:new", "order:updated"]);
    }
}

#[tokio::test]
async fn another_node_tells_what_happened_at_the_first() {
    let (app, admin, rice) = shop().await;
    let second = app.beside(|source| source).await;
    let there = second.anonymous().with_token(admin.token().unwrap());
    let mut listener = Listener::open(&there, "").await;
    app.customer().await.order(&[(&rice, 1)]).await.created();
    assert_eq!(listener.names(2).await, ["order:new", "order:updated"]);
}

#[tokio::test]
async fn a_node_that_stops_ends_its_streams_and_another_goes_on() {
    let (app, admin, rice) = shop().await;
    let second = app.beside(|source| source).await;
    let there = second.anonymous().with_token(admin.token().unwrap());
    let mut listener = Listener::open(&there, "").await;
    let customer = app.customer().await;
    customer.order(&[(&rice, 1)]).await.created();
    assert_eq!(listener.names(2).await, ["order:new", "order:updated"]);
    second.server.stop().await.unwrap();
    assert_eq!(listener.next().await, None);
    customer.order(&[(&rice, 1)]).await.created();
    let mut listener = Listener::resume(&admin, "", &listener.last_id).await;
    assert_eq!(listener.names(2).await, ["order:new", "order:updated"]);
    listener.hears_nothing().await;
}
