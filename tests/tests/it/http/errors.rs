//! Every shape of error, through HTTP: never a 500, always a problem.

use futures_util::{StreamExt, stream::FuturesUnordered};
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Reply, TestApp};

#[tokio::test]
async fn what_is_wrong_with_a_body_is_said_where_it_is() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let send = |body: &'static str| {
        Reply::of(
            admin
                .request(Method::POST, "/api/v1/products")
                .header("content-type", "application/json")
                .body(body),
        )
    };
    for body in ["", "{", "{\"sku\":}", "\u{0}", "[1,"] {
        send(body).await.problem(400, "malformed-json");
    }
    for (body, pointer, code) in [
        ("[]", "", "wrong-type"),
        (r#"{"sku":1}"#, "/sku", "wrong-type"),
        (r#"{"colour":"red"}"#, "/colour", "unknown-field"),
        (r#"{"sku":"A","title":{"en":"x"}}"#, "", "missing-field"),
        (r#"{"sku":"A","kind":"thing"}"#, "/kind", "unknown-value"),
        (r#"{"sku":"A","sku":"B"}"#, "", "duplicate-field"),
    ] {
        let problem = send(body).await.problem(422, "invalid-request");
        assert_eq!(
            (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
            (&json!(pointer), &json!(code))
        );
    }
    let reply = Reply::of(admin.request(Method::POST, "/api/v1/products").body("{}")).await;
    reply.problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn every_fault_of_the_values_is_told_at_once() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let long = "x".repeat(65);
    let body = json!({
        "sku": long,
        "title": {"en": "a\u{0}b", "not a tag": "x"},
        "tags": ["fine", ""],
        "categories": ["prd_0190c7a2000070008000000000000001"],
        "min_order_quantity": 0,
        "prices": {"base": {"amount": "1.0000001", "currency": "IQD"}, "discounted": {"amount": "1", "currency": "XYZ"}},
    });
    let problem = admin.post("/api/v1/products", &body).await.problem(422, "invalid-request");
    let pointers: Vec<&str> =
        problem["errors"].as_array().unwrap().iter().filter_map(|error| error["pointer"].as_str()).collect();
    for pointer in [
        "/sku",
        "/title",
        "/tags/1",
        "/categories/0",
        "/min_order_quantity",
        "/prices/base/amount",
        "/prices/discounted/currency",
    ] {
        assert!(pointers.contains(&pointer), "{pointer} in {pointers:?}");
    }
}

#[tokio::test]
async fn what_the_domain_refuses_names_the_line_and_the_numbers() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    admin.stock(&rice, &warehouse, 6).await.ok();
    let problem = admin.order(&[(&rice, 10)]).await.problem(409, "inventory.insufficient_stock");
    let error = &problem["errors"][0];
    assert_eq!(error["pointer"], "/lines/0/quantity");
    assert_eq!((&error["numbers"]["requested"], &error["numbers"]["available"]), (&json!(10), &json!(6)));
    assert_eq!(error["numbers"]["by_warehouse"][0]["warehouse"], warehouse.as_str());
    let unknown = "prd_0190c7a2000070008000000000000001";
    let problem = admin.order(&[(unknown, 1), (&rice, 1)]).await.json();
    assert_eq!(problem["errors"][0]["code"], "catalog.product_not_found");
    assert_eq!(problem["errors"][0]["pointer"], "/lines/0/product_id");
    admin.stock(&rice, unknown, 1).await.problem(422, "invalid-request");
    let nowhere = "wrh_0190c7a2000070008000000000000001";
    let problem = admin.stock(&rice, nowhere, 1).await.problem(404, "inventory.warehouse_not_found");
    assert_eq!(problem["errors"][0]["pointer"], "/warehouse_id");
    let below = admin.stock(&rice, &warehouse, -7).await.problem(409, "inventory.below_committed");
    assert_eq!(below["errors"][0]["numbers"]["on_hand"], 6);
    let taken =
        json!({"sku": "RICE", "title": {"en": "x"}, "prices": {"base": {"amount": "1", "currency": "IQD"}}});
    admin.post("/api/v1/products", &taken).await.problem(409, "catalog.sku_taken");
}

#[tokio::test]
async fn bulk_faults_name_their_rows() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    let row = |delta: i64| json!({"product_id": rice, "warehouse_id": warehouse, "delta": delta, "reason": "count"});
    let body = |mode: &str| json!({"mode": mode, "rows": [row(5), row(-9), row(0)]});
    let refused = admin.patch("/api/v1/inventory/bulk-update", &body("all_or_nothing")).await;
    let problem = refused.problem(409, "inventory.rows_refused");
    let pointers: Vec<&Value> =
        problem["errors"].as_array().unwrap().iter().map(|error| &error["pointer"]).collect();
    assert_eq!(pointers, ["/rows/1/delta", "/rows/2/delta"]);
    let done = admin.patch("/api/v1/inventory/bulk-update", &body("per_row")).await.ok();
    assert_eq!((&done["adjusted"], &done["refused"]), (&json!(1), &json!(2)));
    assert_eq!(done["rows"][0]["stock"]["on_hand"], 5);
    let wrong = json!({"rows": [{"product_id": "x", "warehouse_id": warehouse, "delta": 1, "reason": ""}]});
    let problem = admin.patch("/api/v1/inventory/bulk-update", &wrong).await.problem(422, "invalid-request");
    assert_eq!(problem["errors"][0]["pointer"], "/rows/0/product_id");
}

#[tokio::test]
async fn paths_methods_and_sizes_are_problems_too() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let nobody = app.anonymous();
    nobody.get("/api/v1/nothing").await.problem(404, "no-such-route");
    nobody.get("/").await.problem(404, "no-such-route");
    let reply = nobody.patch("/api/v1/orders", &json!({})).await;
    reply.problem(405, "method-not-allowed");
    assert_eq!(reply.header("allow"), "GET, POST, HEAD");
    for id in [
        "1",
        "ord_0190c7a2000070008000000000000001",
        "prd_%00",
        "prd_0190c7a2",
        "%F0%28%8C%28",
    ] {
        nobody.get(&format!("/api/v1/products/{id}")).await.problem(400, "invalid-id");
    }
    nobody
        .get("/api/v1/products/prd_0190c7a2000070008000000000000001")
        .await
        .problem(404, "catalog.product_not_found");
    let big = format!("{{\"sku\":\"{}\"}}", "x".repeat(1_048_576));
    let request =
        || admin.request(Method::POST, "/api/v1/products").header("content-type", "application/json");
    Reply::of(request().body(big.clone())).await.problem(413, "body-too-large");
    let pieces = big
        .into_bytes()
        .chunks(65_536)
        .map(|piece| Ok::<_, std::io::Error>(piece.to_vec()))
        .collect::<Vec<_>>();
    let streamed = reqwest::Body::wrap_stream(futures_util::stream::iter(pieces));
    Reply::of(request().body(streamed)).await.problem(413, "body-too-large");
    let deep = format!("{{\"title\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    assert!(Reply::of(request().body(deep)).await.status.is_client_error());
    let head = Reply::of(nobody.request(Method::HEAD, "/api/v1/health/live")).await;
    assert_eq!((head.status.as_u16(), head.bytes.len()), (200, 0));
}

#[tokio::test]
async fn a_full_queue_says_busy_and_nothing_happens() {
    let app = TestApp::spawn_with(|source| source.flag("queue_capacity", "1").flag("batch_limit", "1")).await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    // Whoever holds the append lock keeps the writer from going on, so that the queue fills.
    let mut holder = app.database.pool().acquire().await.unwrap();
    sqlx::raw_sql("begin; lock table events in access exclusive mode")
        .execute(&mut *holder)
        .await
        .unwrap();
    let mut waiting: FuturesUnordered<_> = (0..8).map(|_| admin.stock(&rice, &warehouse, 1)).collect();
    // "Busy" is answered at once; the others are answered when the lock is free.
    let first = waiting.next().await.unwrap();
    first.problem(503, "busy");
    assert_eq!(first.header("retry-after"), "1");
    sqlx::raw_sql("rollback").execute(&mut *holder).await.unwrap();
    let mut done = 0;
    while let Some(reply) = waiting.next().await {
        if reply.status == 503 {
            reply.problem(503, "busy");
        } else {
            reply.ok();
            done += 1;
        }
    }
    assert!(done > 0);
    app.settle().await;
    let stock = admin.get(&format!("/api/v1/inventory/stock/{rice}")).await.ok();
    assert_eq!(stock["on_hand"], done);
}
