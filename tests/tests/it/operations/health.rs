//! Health.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp, server_url};
use sqlx::{Connection, PgConnection};

const READY: &str = "/api/v1/health/ready";

/// Asks until the status is the wanted one.
async fn until(client: &Client, path: &str, status: u16) -> Reply {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let reply = client.get(path).await;
        if reply.status == status || Instant::now() > deadline {
            assert_eq!(reply.status, status, "{}", reply.json());
            return reply;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn failing(reply: &Reply) -> Vec<String> {
    let problem = reply.problem(503, "not-ready");
    assert_eq!(reply.header("retry-after"), "1");
    serde_json::from_value(problem["failing"].clone()).unwrap()
}

#[tokio::test]
async fn a_node_at_work_is_alive_ready_and_well() {
    let app = TestApp::spawn().await;
    let anyone = app.anonymous();
    assert_eq!(anyone.get("/api/v1/health/live").await.ok(), json!({"status": "ok"}));
    assert_eq!(anyone.get(READY).await.ok(), json!({"status": "ok"}));
    for path in ["/health", "/api/v1/health"] {
        let health = anyone.get(path).await.ok();
        assert_eq!((&health["status"], &health["log"]["status"]), (&json!("ok"), &json!("ok")), "{health}");
        let position = app.head().to_string();
        assert_eq!(health["log"]["position"], position.as_str());
        let names: Vec<_> =
            health["projections"].as_array().unwrap().iter().map(|own| own["name"].clone()).collect();
        for projection in projections::all() {
            assert!(names.contains(&json!(projection.name())), "{} in {names:?}", projection.name());
        }
    }
}

#[tokio::test]
async fn a_projection_that_lags_too_long_keeps_requests_away() {
    let app = TestApp::spawn_with(|source| source.env_text("ready_lag_s", "1")).await;
    let admin = app.admin().await;
    app.settle().await;
    app.server.souk.reads.subscriptions.pause();
    admin.product("RICE", "12500").await;
    let reply = until(&app.anonymous(), READY, 503).await;
    assert!(failing(&reply).contains(&"projection:product_list".to_owned()));
    let health = app.anonymous().get("/health").await;
    assert_eq!((health.status.as_u16(), &health.json()["status"]), (503, &json!("failing")));
    let late: Vec<Value> = health.json()["projections"].as_array().unwrap().clone();
    assert!(late.iter().any(|own| own["name"] == "product_list" && own["status"] == "late"), "{late:?}");
    // It still lives: starting it anew would help nobody.
    app.anonymous().get("/api/v1/health/live").await.ok();
    app.server.souk.reads.subscriptions.resume();
    until(&app.anonymous(), READY, 200).await;
}

#[tokio::test]
async fn a_lost_database_keeps_requests_away_until_it_is_back() {
    let app = TestApp::spawn().await;
    let mut server = PgConnection::connect(&server_url().await.unwrap()).await.unwrap();
    let name: String =
        sqlx::query_scalar("select current_database()::text").fetch_one(&app.database.pool()).await.unwrap();
    let allow = async |server: &mut PgConnection, allowed: bool| {
        sqlx::raw_sql(&format!("alter database {name} with allow_connections {allowed}"))
            .execute(&mut *server)
            .await
            .unwrap();
        sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where datname = $1")
            .bind(&name)
            .execute(server)
            .await
            .unwrap();
    };
    allow(&mut server, false).await;
    let reply = until(&app.anonymous(), READY, 503).await;
    assert_eq!(failing(&reply), ["log"]);
    let health = app.anonymous().get("/health").await.json();
    assert_eq!((&health["log"]["status"], &health["projections"]), (&json!("failing"), &json!([])));
    app.anonymous().get("/api/v1/health/live").await.ok();
    allow(&mut server, true).await;
    until(&app.anonymous(), READY, 200).await;
}

#[tokio::test]
async fn a_node_on_its_way_out_wants_no_requests() {
    let app = TestApp::spawn().await;
    app.server.souk.traffic.drain();
    let reply = app.anonymous().get(READY).await;
    assert_eq!(failing(&reply), ["draining"]);
    app.anonymous().get("/api/v1/health/live").await.ok();
}
