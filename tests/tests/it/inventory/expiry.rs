//! Lots: what expires first goes first, and what has expired is not sold.

use chrono::Days;
use event_store::ids;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

use super::{stock, transfer, waste};

/// The day so many days from today.
fn day(days: i64) -> String {
    let today = ids::now().date_naive();
    let far = Days::new(days.unsigned_abs());
    let day = if days < 0 {
        today.checked_sub_days(far)
    } else {
        today.checked_add_days(far)
    };
    day.expect("a day").to_string()
}

async fn arrive(admin: &Client, product: &str, warehouse: &str, units: i64, lot: &str, days: i64) -> Reply {
    let body = json!({
        "product_id": product, "warehouse_id": warehouse, "delta": units, "reason": "a delivery",
        "lot": lot, "expires_on": day(days),
    });
    admin.patch("/api/v1/inventory/stock/update", &body).await
}

async fn expiring(admin: &Client, query: &str, after: &Reply) -> Vec<Value> {
    let path = format!("/api/v1/inventory/expiring{query}");
    let list = admin.get_with(&path, "Min-Event-Position", after.position()).await.ok();
    list["items"].as_array().expect("items").clone()
}

fn lots(rows: &[Value]) -> Vec<(&str, i64)> {
    rows.iter().map(|row| (row["lot"].as_str().unwrap(), row["units"].as_i64().unwrap())).collect()
}

#[tokio::test]
async fn lots_near_and_past_their_last_day_are_listed_the_earliest_first() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (depot, shop) = (admin.warehouse("DEPOT").await, admin.warehouse("SHOP").await);
    let milk = admin.product("MILK", "1000").await;
    arrive(&admin, &milk, &depot, 5, "LATER", 20).await.ok();
    arrive(&admin, &milk, &shop, 3, "OLD", -2).await.ok();
    arrive(&admin, &milk, &depot, 7, "FAR", 200).await.ok();
    let last = arrive(&admin, &milk, &depot, 4, "SOON", 3).await;
    let rows = expiring(&admin, "", &last).await;
    assert_eq!(lots(&rows), [("OLD", 3), ("SOON", 4), ("LATER", 5)]);
    assert_eq!((&rows[0]["expired"], &rows[1]["expired"]), (&json!(true), &json!(false)));
    assert_eq!((&rows[1]["sku"], &rows[1]["expires_on"]), (&json!("MILK"), &json!(day(3))));
    assert_eq!(lots(&expiring(&admin, "?days=365", &last).await).len(), 4);
    assert_eq!(lots(&expiring(&admin, "?days=0", &last).await), [("OLD", 3)]);
    let in_depot = format!("?filter[warehouse]={depot}&limit=1");
    assert_eq!(lots(&expiring(&admin, &in_depot, &last).await), [("SOON", 4)]);
    admin.get("/api/v1/inventory/expiring?days=-1").await.problem(400, "invalid-parameter");
    let statistics = admin.get("/api/v1/inventory/statistics").await.ok();
    assert_eq!(statistics["expired"], 3);
}

#[tokio::test]
async fn orders_are_filled_from_what_expires_first_and_never_from_what_has() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let depot = admin.warehouse("DEPOT").await;
    let milk = admin.product("MILK", "1000").await;
    arrive(&admin, &milk, &depot, 5, "LATER", 20).await.ok();
    arrive(&admin, &milk, &depot, 6, "OLD", -1).await.ok();
    arrive(&admin, &milk, &depot, 4, "SOON", 3).await.ok();
    let customer = app.customer().await;
    let problem = customer.order(&[(&milk, 10)]).await.problem(409, "inventory.insufficient_stock");
    assert_eq!(problem["errors"][0]["numbers"]["available"], 9, "what has expired cannot be bought");
    let bought = json!({"payment_method": "cash", "lines": [{"product_id": milk, "quantity": 6}]});
    let order = customer.post("/api/v1/orders", &bought).await;
    let order = order.created()["id"].as_str().unwrap().to_owned();
    let mut last = None;
    for status in ["processing", "shipped"] {
        last = Some(admin.put(&format!("/api/v1/orders/{order}/status"), &json!({"status": status})).await);
    }
    let last = last.unwrap();
    last.ok();
    assert_eq!(lots(&expiring(&admin, "", &last).await), [("OLD", 6), ("LATER", 3)]);
    let written_off = waste(&admin, &milk, &depot, 6, &json!({"cause": "expired"})).await;
    assert_eq!(written_off.ok()["on_hand"], 3);
    assert_eq!(lots(&expiring(&admin, "", &written_off).await), [("LATER", 3)]);
}

#[tokio::test]
async fn lots_travel_with_their_units_and_add_up_to_what_is_on_hand() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let (depot, shop) = (admin.warehouse("DEPOT").await, admin.warehouse("SHOP").await);
    let milk = admin.product("MILK", "1000").await;
    arrive(&admin, &milk, &depot, 5, "A", 9).await.ok();
    arrive(&admin, &milk, &depot, 5, "B", 4).await.ok();
    let old = arrive(&admin, &milk, &depot, 2, "OLD", -3).await;
    old.ok();
    // Without a name what has expired stays; by its name it goes to where it is sorted out.
    transfer(&admin, &milk, [&depot, &shop], 11, &json!({}))
        .await
        .problem(409, "inventory.expired_stock");
    transfer(&admin, &milk, [&depot, &shop], 7, &json!({})).await.ok();
    let named = json!({"lot": "OLD", "expires_on": day(-3)});
    transfer(&admin, &milk, [&depot, &shop], 3, &named).await.problem(409, "inventory.lot_too_small");
    let last = transfer(&admin, &milk, [&depot, &shop], 2, &named).await;
    last.ok();
    let of = |place: &str| format!("?filter[warehouse]={place}");
    let (there, here) =
        (expiring(&admin, &of(&shop), &last).await, expiring(&admin, &of(&depot), &last).await);
    assert_eq!((lots(&there), lots(&here)), (vec![("OLD", 2), ("B", 5), ("A", 2)], vec![("A", 3)]));
    let units: i64 = there.iter().chain(&here).map(|row| row["units"].as_i64().unwrap()).sum();
    assert_eq!(stock(&admin, &milk, &last).await["on_hand"].as_i64(), Some(units));
    // A count may name its lot, too.
    let fewer = arrive(&admin, &milk, &depot, -1, "A", 9).await;
    assert_eq!(fewer.ok()["on_hand"], 2);
    arrive(&admin, &milk, &depot, 5, "C", 30).await.ok();
    arrive(&admin, &milk, &depot, -3, "A", 9).await.problem(409, "inventory.lot_too_small");
}
