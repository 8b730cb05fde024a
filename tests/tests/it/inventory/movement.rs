//! Transfers and waste: nothing is lost on the way, and what is promised stays.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;
use souk_tests::{Reply, TestApp};

use super::{figure, stock, transfer, waste};

#[tokio::test]
async fn a_transfer_is_out_of_one_warehouse_and_in_the_other_in_one_step() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (depot, shop) = (admin.warehouse("DEPOT").await, admin.warehouse("SHOP").await);
    let rice = admin.product("RICE", "100").await;
    let before = admin.stock(&rice, &depot, 10).await;
    let moved = transfer(&admin, &rice, [&depot, &shop], 4, &json!({"reason": "the shop sells more"})).await;
    let answer = moved.ok();
    assert_eq!((&answer["from"]["on_hand"], &answer["to"]["on_hand"]), (&json!(6), &json!(4)));
    let now = stock(&admin, &rice, &moved).await;
    assert_eq!((now["on_hand"].as_i64(), now["available"].as_i64()), (Some(10), Some(10)));
    assert_eq!((figure(&now, &depot, "on_hand"), figure(&now, &shop, "on_hand")), (6, 4));
    // As of any position the sum is the same: the units were never in neither, and never in both.
    for (position, of_shop) in [(before.position(), 0), (moved.position(), 4)] {
        let path = format!("/api/v1/inventory/stock/{rice}?as_of={position}");
        let past = admin.get_with(&path, "Min-Event-Position", moved.position()).await.ok();
        assert_eq!((past["on_hand"].as_i64(), figure(&past, &shop, "on_hand")), (Some(10), of_shop));
    }
    let path = format!("/api/v1/inventory/history?filter[product]={rice}");
    let history = admin.get_with(&path, "Min-Event-Position", moved.position()).await.ok();
    let rows = history["items"].as_array().unwrap();
    assert_eq!(
        (rows[0]["type"].as_str(), rows[1]["type"].as_str()),
        (Some("StockTransferred"), rows[0]["type"].as_str())
    );
    assert_eq!(
        (&rows[0]["position"], &rows[0]["reason"]),
        (&rows[1]["position"], &json!("the shop sells more"))
    );
}

#[tokio::test]
async fn transfers_and_waste_that_cannot_be_are_refused_and_change_nothing() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (depot, shop) = (admin.warehouse("DEPOT").await, admin.warehouse("SHOP").await);
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &depot, 10).await.ok();
    app.customer().await.order(&[(&rice, 7)]).await.created();
    let none = json!({});
    let problem = transfer(&admin, &rice, [&depot, &shop], 4, &none).await;
    let problem = problem.problem(409, "inventory.exceeds_available");
    assert_eq!(
        (&problem["errors"][0]["numbers"]["requested"], &problem["errors"][0]["numbers"]["available"]),
        (&json!(4), &json!(3))
    );
    transfer(&admin, &rice, [&depot, &depot], 1, &none).await.problem(422, "inventory.same_warehouse");
    transfer(&admin, &rice, [&depot, &shop], 0, &none).await.problem(422, "invalid-request");
    let nowhere = "wrh_00000000000070008000000000000001";
    let problem = transfer(&admin, &rice, [&depot, nowhere], 1, &none).await;
    let problem = problem.problem(404, "inventory.warehouse_not_found");
    assert_eq!(problem["errors"][0]["pointer"], "/to_warehouse_id");
    waste(&admin, &rice, &depot, 4, &none).await.problem(409, "inventory.exceeds_available");
    let odd = waste(&admin, &rice, &depot, 1, &json!({"cause": "eaten"})).await;
    assert!(odd.status == 400 || odd.status == 422, "{}", odd.status);
    transfer(&admin, &rice, [&depot, &shop], 1, &json!({"expires_on": "2026-6-1"}))
        .await
        .problem(422, "invalid-request");
    let last = waste(&admin, &rice, &depot, 3, &json!({"cause": "lost", "note": "a broken bag"})).await;
    let now = stock(&admin, &rice, &last).await;
    assert_eq!((now["on_hand"].as_i64(), now["reserved"].as_i64()), (Some(7), Some(7)));
    let path = format!("/api/v1/inventory/history?filter[product]={rice}");
    let history = admin.get_with(&path, "Min-Event-Position", last.position()).await.ok();
    assert_eq!(history["items"][0]["reason"], "lost: a broken bag");
}

#[tokio::test]
async fn a_repeated_transfer_moves_once() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (depot, shop) = (admin.warehouse("DEPOT").await, admin.warehouse("SHOP").await);
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &depot, 10).await.ok();
    let body = json!({
        "product_id": rice, "from_warehouse_id": depot, "to_warehouse_id": shop, "quantity": 4,
    });
    let send = || {
        let request = admin.request(Method::POST, "/api/v1/inventory/transfer").json(&body);
        Reply::of(request.header("Idempotency-Key", "once"))
    };
    let (first, second) = (send().await, send().await);
    assert_eq!((first.ok(), second.header("idempotent-replayed")), (second.ok(), "true"));
    assert_eq!(figure(&stock(&admin, &rice, &first).await, &shop, "on_hand"), 4);
}

/// odoo#62139, odoo#268942: `reserved > quantity`, and jobs every ten minutes to repair it. medusa#16569, medusa#12401:
/// lost updates and a negative `reserved_quantity` unless every caller takes a lock.
#[tokio::test]
async fn complaint_odoo_and_medusa_reserved_never_exceeds_what_is_on_hand_whatever_happens_at_once() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let places = [admin.warehouse("A").await, admin.warehouse("B").await];
    let rice = admin.product("RICE", "100").await;
    for place in &places {
        admin.stock(&rice, place, 40).await.ok();
    }
    let customer = app.customer().await;
    let none = &json!({});
    let all = (0..80).map(|n| {
        let (admin, customer, rice, places) = (&admin, &customer, &rice, &places);
        async move {
            let (here, there) = (places[n % 2].as_str(), places[(n + 1) % 2].as_str());
            match n % 4 {
                0 | 1 => ("transfer", transfer(admin, rice, [here, there], 5, none).await),
                2 => ("order", customer.order(&[(rice, 3)]).await),
                _ => ("waste", waste(admin, rice, here, 2, none).await),
            }
        }
    });
    let (mut reserved, mut wasted) = (0, 0);
    for (what, reply) in join_all(all).await {
        match (what, reply.status.as_u16()) {
            ("order", 201) => reserved += 3,
            ("waste", 200) => wasted += 2,
            ("order", _) => drop(reply.problem(409, "inventory.insufficient_stock")),
            (_, 200) => {}
            _ => drop(reply.problem(409, "inventory.exceeds_available")),
        }
    }
    app.settle().await;
    let now = admin.get(&format!("/api/v1/inventory/stock/{rice}")).await.ok();
    assert_eq!(now["on_hand"].as_i64(), Some(80 - wasted), "nothing is lost on the way");
    assert_eq!(now["reserved"].as_i64(), Some(reserved));
    for place in &places {
        let of = |name| figure(&now, place, name);
        assert!(of("reserved") >= 0 && of("held") == 0 && of("on_hand") >= of("reserved"), "{now}");
    }
}

/// erpnext#24031, erpnext#31035: a back-dated entry reposts everything after it, until it times out.
#[tokio::test]
async fn complaint_erpnext_a_back_dated_transfer_reposts_nothing() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (depot, shop) = (admin.warehouse("DEPOT").await, admin.warehouse("SHOP").await);
    let rice = admin.product("RICE", "100").await;
    let early = json!({
        "product_id": rice, "warehouse_id": depot, "delta": 10, "reason": "opening stock",
        "effective_at": "2026-01-05T08:00:00Z",
    });
    admin.patch("/api/v1/inventory/stock/update", &early).await.ok();
    let last = admin.stock(&rice, &shop, 5).await;
    let path = format!("/api/v1/inventory/history?filter[product]={rice}&sort=position");
    let before = admin.get_with(&path, "Min-Event-Position", last.position()).await.ok();
    let moved =
        transfer(&admin, &rice, [&depot, &shop], 4, &json!({"effective_at": "2026-01-10T08:00:00Z"})).await;
    moved.ok();
    let after = admin.get_with(&path, "Min-Event-Position", moved.position()).await.ok();
    let known = before["items"].as_array().unwrap();
    assert_eq!(
        &after["items"].as_array().unwrap()[..known.len()],
        known,
        "what was told stays as it was told"
    );
    // Reports go by when it happened.
    let report = format!("/api/v1/inventory/report?from=2026-01-01&to=2026-01-31&filter[warehouse]={shop}");
    let january = admin.get_with(&report, "Min-Event-Position", moved.position()).await.ok();
    assert_eq!(january["items"][0]["on_hand"], 4);
}

#[tokio::test]
async fn the_stock_is_counted_valued_and_its_turnover_told() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (depot, shop) = (admin.warehouse("DEPOT").await, admin.warehouse("SHOP").await);
    let rice = admin.product("RICE", "1250").await;
    let tea = admin.product("TEA", "500").await;
    admin.stock(&rice, &depot, 10).await.ok();
    admin.stock(&tea, &shop, 4).await.ok();
    app.customer().await.order(&[(&tea, 4)]).await.created();
    let last = waste(&admin, &rice, &depot, 2, &json!({})).await;
    let position = last.position();
    let all = admin.get_with("/api/v1/inventory/statistics", "Min-Event-Position", position).await.ok();
    let figures = [
        "products",
        "warehouses",
        "on_hand",
        "reserved",
        "available",
        "low_stock",
        "out_of_stock",
        "expired",
    ];
    let found: Vec<i64> = figures.iter().map(|name| all[*name].as_i64().unwrap()).collect();
    assert_eq!(found, [2, 2, 12, 4, 8, 0, 1, 0]);
    let values = all["values"].as_array().unwrap();
    assert_eq!(
        (values.len(), &values[0]["amount"], &values[0]["currency"]),
        (1, &json!("12000"), &json!("IQD"))
    );
    let one = format!("/api/v1/inventory/statistics?filter[warehouse]={shop}");
    assert_eq!(admin.get(&one).await.ok()["values"][0]["amount"], "2000");
    let report =
        admin.get_with("/api/v1/inventory/report?total=true", "Min-Event-Position", position).await.ok();
    assert_eq!(report["total"], 2);
    let rows = report["items"].as_array().unwrap();
    let of = |product: &str| rows.iter().find(|row| row["product_id"] == product).unwrap();
    assert_eq!(
        (of(&rice)["value"]["amount"].as_str(), of(&rice)["wasted"].as_i64()),
        (Some("10000"), Some(2))
    );
    assert_eq!((of(&tea)["on_hand"].as_i64(), of(&tea)["turnover"].as_str()), (Some(4), Some("0.00")));
    admin.get("/api/v1/inventory/statistics?filter[colour]=red").await.problem(400, "invalid-parameter");
}
