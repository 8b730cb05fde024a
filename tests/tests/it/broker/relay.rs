//! Every event reaches the exchange: in order, with its ids, from one node at a time.

use std::{env, process::Command, time::Duration};

use serde_json::json;
use souk_tests::{TestApp, TestRabbitMq};
use sqlx::{Connection, PgConnection};

use super::{Ears, stocked, until, with_broker};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_arrives_in_the_order_of_the_log_with_its_ids() {
    let rabbit = TestRabbitMq::start().await;
    let everything = Ears::bind(&rabbit, "everything", "#").await;
    let placed = Ears::bind(&rabbit, "placed", "orders.OrderPlaced").await;
    let app = TestApp::spawn_with(with_broker(&rabbit)).await;
    let (admin, product) = stocked(&app).await;
    let customer = app.customer().await;
    for quantity in 1..=5 {
        customer.order(&[(&product, quantity)]).await.created();
    }
    assert_eq!(everything.has_the_whole_log(&app.database.pool()).await, 0, "repeats without a cause");
    // What the API shows to auditors is what consumers get.
    let audit = admin.get("/api/v1/audit/events?limit=200").await.ok();
    let epoch_and = |position: i64| format!("{}.{position}", app.head().epoch);
    for (message, event) in everything.firsts().iter().zip(audit["items"].as_array().unwrap()) {
        assert_eq!(message.body["payload"], event["payload"]);
        assert_eq!(message.body["metadata"], event["metadata"]);
        assert_eq!(message.body["recorded_at"], event["recorded_at"]);
        assert_eq!(message.kind, event["event_type"].as_str().unwrap());
        assert_eq!(message.text("Event-Position"), epoch_and(message.position()));
        assert_eq!(message.text("Aggregate-Type"), event["aggregate_type"].as_str().unwrap());
        assert_eq!(message.text("Aggregate-Id"), event["aggregate_id"].as_str().unwrap());
        assert_eq!(message.headers["Sequence"], event["sequence"]);
        assert_eq!(message.headers["Event-Version"], 1);
        assert!(message.routing_key.ends_with(&format!(".{}", message.kind)));
    }
    until("the orders have arrived", || async { placed.all().len() == 5 }).await;
    assert!(placed.all().iter().all(|message| message.routing_key == "orders.OrderPlaced"));
    app.settle().await;
    let queues = admin.get("/api/v1/monitoring/queues").await.ok();
    assert_eq!(queues["broker"], json!({"status": "ok", "error": null, "prefix": "shop"}));
    let relay =
        &queues["reactors"].as_array().unwrap().iter().find(|own| own["name"] == "broker_relay").unwrap();
    assert_eq!((&relay["status"], &relay["lag_events"]), (&json!("ok"), &json!(0)), "{relay}");
    two_nodes_relay_once(&rabbit, &app, &everything, &product).await;
}

/// A second node stands by; when the first one ends, it goes on where that one was.
async fn two_nodes_relay_once(rabbit: &TestRabbitMq, app: &TestApp, everything: &Ears, product: &str) {
    let second = app.beside(with_broker(rabbit)).await;
    let customer = app.customer().await;
    for _ in 0..5 {
        customer.order(&[(product, 1)]).await.created();
    }
    assert_eq!(everything.has_the_whole_log(&app.database.pool()).await, 0, "two nodes relay");
    let is_live = async |node: &TestApp| {
        let statuses = node.server.souk.reads.subscriptions.status().await.unwrap();
        statuses.iter().any(|status| status.name == "broker_relay" && status.is_live_here)
    };
    assert!(is_live(app).await && !is_live(&second).await);
    app.server.souk.reads.subscriptions.stop().await;
    let customer = second.customer().await;
    for _ in 0..5 {
        customer.order(&[(product, 1)]).await.created();
    }
    assert_eq!(everything.has_the_whole_log(&app.database.pool()).await, 0, "a clean end repeats nothing");
    assert!(is_live(&second).await);
}

/// A server of its own process, to be killed.
struct Node(std::process::Child);

impl Node {
    fn start(rabbit: &TestRabbitMq, app: &TestApp) -> Self {
        let mut folder = env::current_exe().unwrap();
        folder.pop();
        if folder.ends_with("deps") {
            folder.pop();
        }
        let child = Command::new(folder.join("souk"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(app.data_dir().join("second"))
            .args(["--database-url", app.database.url()])
            .env("AMQP_URL", rabbit.url())
            .env("SOUK_MASTER_KEY", souk_tests::MASTER_KEY)
            .env("SOUK_BROKER_PREFIX", "shop")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        Self(child)
    }

    fn kill(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        self.kill();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_is_killed_before_its_checkpoint_repeats_with_the_same_ids() {
    let rabbit = TestRabbitMq::start().await;
    // This node has no broker, so that the relay is the other one's.
    let app = TestApp::spawn().await;
    let (_, product) = stocked(&app).await;
    let customer = app.customer().await;
    let everything = Ears::bind(&rabbit, "everything", "#").await;
    let mut relaying = Node::start(&rabbit, &app);
    let checkpoint = "select position from checkpoints where name = 'broker_relay'";
    let pool = app.database.pool();
    until("the relay has caught up", || async {
        let at: Option<i64> = sqlx::query_scalar(checkpoint).fetch_optional(&pool).await.unwrap();
        at == Some(app.head().position)
    })
    .await;
    let known = everything.firsts().len();
    // Whatever is published now, the checkpoint stays where it is.
    let mut holder = PgConnection::connect(app.database.url()).await.unwrap();
    sqlx::raw_sql("begin").execute(&mut holder).await.unwrap();
    sqlx::raw_sql("select * from checkpoints where name = 'broker_relay' for update")
        .execute(&mut holder)
        .await
        .unwrap();
    customer.order(&[(&product, 1)]).await.created();
    until("the order is published", || async {
        everything.firsts().iter().skip(known).any(|message| message.kind == "OrderPlaced")
    })
    .await;
    relaying.kill();
    // What it was about to write must not be written after its death.
    sqlx::query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'souk-subscription' and wait_event_type = 'Lock' and datname = current_database()")
        .execute(&pool)
        .await
        .unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    sqlx::raw_sql("rollback").execute(&mut holder).await.unwrap();
    let before = everything.all().len();
    let _again = Node::start(&rabbit, &app);
    until("it is published again", || async {
        everything.all().iter().skip(before).any(|message| message.kind == "OrderPlaced")
    })
    .await;
    let all = everything.all();
    let orders: Vec<_> = all.iter().filter(|message| message.kind == "OrderPlaced").collect();
    assert!(orders.len() >= 2 && orders.iter().all(|order| *order == orders[0]), "{orders:?}");
    let positions: Vec<i64> = everything.firsts().iter().map(super::Heard::position).collect();
    assert!(positions.is_sorted(), "{positions:?}");
}
