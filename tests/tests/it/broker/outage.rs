//! The broker goes away under load: orders go on, nothing is lost, the order is kept.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use serde_json::json;
use souk_tests::{TestApp, TestRabbitMq};

use super::{Ears, stocked, until, with_broker};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_stopped_and_killed_under_load_loses_nothing() {
    let mut rabbit = TestRabbitMq::start().await;
    let everything = Ears::bind(&rabbit, "everything", "#").await;
    let app = TestApp::spawn_with(|source| with_broker(&rabbit)(source).env_text("ready_lag_s", "2")).await;
    let (_, product) = stocked(&app).await;
    let customer = app.customer().await;
    let (is_over, placed) = (AtomicBool::new(false), AtomicUsize::new(0));
    let load = async {
        while !is_over.load(Ordering::Relaxed) {
            let line = [(product.as_str(), 1)];
            let orders = (0..4).map(|_| customer.order(&line));
            for order in futures_util::future::join_all(orders).await {
                order.created();
                placed.fetch_add(1, Ordering::Relaxed);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let begun = Instant::now();
    let tell = |what: &str| println!("{what} after {:.1?}", begun.elapsed());
    let trouble = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        rabbit.stop().await.unwrap();
        tell("stopped");
        let stopped_at = placed.load(Ordering::Relaxed);
        orders_go_on_while_it_is_away(&app).await;
        assert!(placed.load(Ordering::Relaxed) > stopped_at, "orders wait for the broker");
        tell("seen to be late");
        rabbit.restart().await.unwrap();
        tell("started");
        until("the relay is well again", || async {
            app.anonymous().get("/health").await.json()["status"] == "ok"
        })
        .await;
        tell("well again");
        rabbit.kill().unwrap();
        tokio::time::sleep(Duration::from_millis(700)).await;
        rabbit.restart().await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        rabbit.kill().unwrap();
        rabbit.restart().await.unwrap();
        tell("killed and started twice");
        is_over.store(true, Ordering::Relaxed);
    };
    tokio::join!(load, trouble);
    let repeats = everything.has_the_whole_log(&app.database.pool()).await;
    println!("{} orders, {repeats} repeats", placed.load(Ordering::Relaxed));
}

/// The node serves, and says what is wrong.
async fn orders_go_on_while_it_is_away(app: &TestApp) {
    until("the relay is seen to be late", || async {
        let health = app.anonymous().get("/health").await;
        assert_eq!(health.status, 200, "{}", health.json());
        let health = health.json();
        let reactors = health["reactors"].as_array().unwrap();
        let is_late = reactors.iter().any(|own| own["name"] == "broker_relay" && own["status"] == "late");
        is_late && health["status"] == "degraded" && health["broker"] == json!({"status": "unreachable"})
    })
    .await;
    app.anonymous().get("/api/v1/health/ready").await.ok();
    let queues = app.admin().await.get("/api/v1/monitoring/queues").await.ok();
    assert_eq!(queues["broker"]["status"], "unreachable");
    let metrics = String::from_utf8(app.anonymous().get("/metrics").await.bytes).unwrap();
    assert!(metrics.contains("souk_broker_connected 0"), "{metrics}");
    assert!(metrics.contains("souk_projection_lag_events{projection=\"broker_relay\"}"), "{metrics}");
}

/// A node that is told to stop does not wait for a broker that answers nobody; what it did not confirm is published
/// again by the next one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_stops_in_time_though_the_broker_hangs() {
    let rabbit = TestRabbitMq::start().await;
    let everything = Ears::bind(&rabbit, "everything", "#").await;
    let app = TestApp::spawn_with(with_broker(&rabbit)).await;
    let (_, product) = stocked(&app).await;
    let customer = app.customer().await;
    everything.has_the_whole_log(&app.database.pool()).await;
    rabbit.pause().unwrap();
    customer.order(&[(&product, 1)]).await.created();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let second = app.beside(with_broker(&rabbit)).await;
    let begun = Instant::now();
    app.server.stop().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    rabbit.resume().unwrap();
    everything.has_the_whole_log(&second.database.pool()).await;
}
