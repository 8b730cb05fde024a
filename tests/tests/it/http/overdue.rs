//! Requests that the database does not let get on.

use reqwest::Method;
use serde_json::json;
use souk_tests::{Reply, TestApp};
use sqlx::Executor;

#[tokio::test]
async fn a_request_that_gets_no_answer_in_time_is_given_up_and_can_be_repeated() {
    let app = TestApp::spawn_with(|source| source.flag("request_limit_s", "1")).await;
    let (admin, customer) = (app.admin().await, app.customer().await);
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "1").await;
    admin.stock(&rice, &warehouse, 10).await.ok();
    app.settle().await;

    // Somebody else holds the append lock, and the table that the list of orders is read from.
    let mut other = app.server.souk.log.pool().acquire().await.unwrap().detach();
    let schema: String =
        sqlx::query_scalar("select schemaname from pg_tables where tablename = 'order_lines' limit 1")
            .fetch_one(&mut other)
            .await
            .unwrap();
    other.execute("begin; select pg_advisory_xact_lock(32492172425850727)").await.unwrap();
    other.execute(format!("lock table {schema}.orders").as_str()).await.unwrap();

    let order = json!({ "payment_method": "cash", "fulfilment": "delivery",
                        "lines": [{ "product_id": rice, "quantity": 2 }] });
    let place = || {
        let request = customer.request(Method::POST, "/api/v1/orders");
        Reply::of(request.header("Idempotency-Key", "give-up-1").json(&order))
    };
    let (placed, listed) = tokio::join!(place(), customer.get("/api/v1/orders"));
    let problem = placed.problem(503, "outcome-unknown");
    assert_eq!(problem["request_id"], placed.header("x-request-id"));
    assert_eq!(placed.header("x-content-type-options"), "nosniff");
    listed.problem(503, "unavailable");

    other.execute("rollback").await.unwrap();
    let placed = place().await;
    assert_eq!(placed.status, 201);
    app.settle().await;
    let orders = customer.get("/api/v1/orders").await.ok();
    assert_eq!(orders["items"].as_array().unwrap().len(), 1, "given up and repeated, but placed once");
}
