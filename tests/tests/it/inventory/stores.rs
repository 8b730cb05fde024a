//! Stores: found by distance, open in their own time, serving whom they serve; and the warehouses behind them.

use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

fn store(code: &str, latitude: f64, longitude: f64) -> Value {
    json!({
        "code": code, "name": {"en": code, "ar": "دكان"}, "zones": ["erbil"], "radius_m": 3_000,
        "location": {"latitude": latitude, "longitude": longitude}, "time_zone": "Asia/Baghdad",
        "shipping": [{"zone": "erbil", "min_days": 0, "max_days": 1}],
        "hours": DAYS.map(|day| json!({"weekday": day, "opens": "00:00", "closes": "24:00"})),
    })
}

async fn open(admin: &Client, body: &Value) -> Reply {
    admin.post("/api/v1/stores", body).await
}

fn id(reply: &Reply) -> String {
    reply.created()["id"].as_str().expect("an id").to_owned()
}

fn codes(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn stores_are_found_by_their_distance_without_signing_in() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let visitor = app.anonymous();
    // One, two and twenty hundredths of a degree north of the citadel: 1.1, 2.2 and 22 km.
    let far = open(&admin, &store("FAR", 36.391_113, 44.009_167)).await;
    open(&admin, &store("NEAR", 36.201_113, 44.009_167)).await.created();
    let last = open(&admin, &store("NEXT", 36.211_113, 44.009_167)).await;
    let around = |query: &str| format!("/api/v1/stores/nearby?latitude=36.191113&longitude=44.009167{query}");
    let list = visitor.get_with(&around(""), "Min-Event-Position", last.position()).await.ok();
    assert_eq!(codes(&list), ["NEAR", "NEXT"]);
    assert_eq!(
        (&list["items"][0]["distance_m"], &list["items"][1]["distance_m"]),
        (&json!(1112), &json!(2224))
    );
    assert_eq!(codes(&visitor.get(&around("&radius_m=30000")).await.ok()), ["NEAR", "NEXT", "FAR"]);
    assert_eq!(codes(&visitor.get(&around("&radius_m=30000&limit=1")).await.ok()), ["NEAR"]);
    let path = format!("/api/v1/stores/{}/status", id(&far));
    let paused = admin.patch(&path, &json!({"status": "paused", "reason": "stocktaking"})).await;
    paused.ok();
    let list =
        visitor.get_with(&around("&radius_m=30000"), "Min-Event-Position", paused.position()).await.ok();
    assert_eq!(
        (&list["items"][2]["status"], &list["items"][2]["open_now"]),
        (&json!("paused"), &json!(false))
    );
    let closed = admin.patch(&path, &json!({"status": "closed"})).await;
    let list =
        visitor.get_with(&around("&radius_m=30000"), "Min-Event-Position", closed.position()).await.ok();
    assert_eq!(codes(&list), ["NEAR", "NEXT"]);
    for wrong in [
        "",
        "?latitude=1",
        "?latitude=91&longitude=1",
        "?latitude=a&longitude=1",
        "?latitude=1&longitude=1&radius_m=0",
    ] {
        visitor.get(&format!("/api/v1/stores/nearby{wrong}")).await.problem(400, "invalid-parameter");
    }
}

#[tokio::test]
async fn a_store_tells_whether_it_is_open_whom_it_serves_and_what_it_has() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let visitor = app.anonymous();
    let shop = id(&open(&admin, &store("SHOP", 36.191_113, 44.009_167)).await);
    let rice = admin.product("RICE", "100").await;
    let tea = admin.product("TEA", "100").await;
    admin.stock(&rice, &shop, 5).await.ok();
    admin.stock(&tea, &shop, 3).await.ok();
    app.customer().await.order(&[(&tea, 3)]).await.created();
    let old = json!({
        "product_id": rice, "warehouse_id": shop, "delta": 4, "reason": "found", "expires_on": "2020-01-01",
    });
    let last = admin.patch("/api/v1/inventory/stock/update", &old).await;
    let show = visitor
        .get_with(&format!("/api/v1/stores/{shop}?locale=ar"), "Min-Event-Position", last.position())
        .await;
    let body = show.ok();
    assert_eq!(
        (&body["name"], &body["time_zone"], &body["open_now"]),
        (&json!("دكان"), &json!("Asia/Baghdad"), &json!(true))
    );
    assert_eq!(body["hours"][0], json!({"weekday": "monday", "opens": "00:00", "closes": "24:00"}));
    assert_eq!(body["location"], json!({"latitude": 36.191_113, "longitude": 44.009_167}));
    let ask =
        async |query: &str| visitor.get(&format!("/api/v1/stores/{shop}/availability{query}")).await.ok();
    let told = ask("?total=true").await;
    assert_eq!(
        (&told["serves"], &told["distance_m"], &told["open_now"]),
        (&json!(null), &json!(null), &json!(true))
    );
    assert_eq!(
        (&told["total"], &told["items"][0]["sku"], &told["items"][0]["available"]),
        (&json!(1), &json!("RICE"), &json!(5))
    );
    assert_eq!(ask("?zone=erbil").await["serves"], true);
    assert_eq!(ask("?zone=basra").await["serves"], false);
    assert_eq!(ask("?latitude=36.2&longitude=44.01").await["serves"], true);
    let far = ask("?latitude=36.3&longitude=44.01&zone=basra").await;
    assert_eq!((&far["serves"], far["distance_m"].as_i64().unwrap() / 1_000), (&json!(false), 12));
    assert_eq!(ask(&format!("?filter[product]={tea}")).await["items"], json!([]));
    let mut never = store("SHOP", 36.191_113, 44.009_167);
    never["hours"] = json!([]);
    never.as_object_mut().unwrap().remove("code");
    let revised = admin.put(&format!("/api/v1/stores/{shop}"), &never).await;
    revised.ok();
    let path = format!("/api/v1/stores/{shop}/availability");
    assert_eq!(
        visitor.get_with(&path, "Min-Event-Position", revised.position()).await.ok()["open_now"],
        false
    );
    let nowhere = "/api/v1/stores/wrh_00000000000070008000000000000001";
    visitor.get(nowhere).await.problem(404, "inventory.store_not_found");
}

#[tokio::test]
async fn what_a_store_cannot_be_is_refused() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let with = |name: &str, value: Value| {
        let mut body = store("SHOP", 36.2, 44.0);
        body[name] = value;
        body
    };
    let overlap = json!([
        {"weekday": "monday", "opens": "09:00", "closes": "12:00"},
        {"weekday": "monday", "opens": "11:59", "closes": "13:00"},
    ]);
    for (body, code) in [
        (with("time_zone", json!("Mars/Olympus")), "inventory.unknown_time_zone"),
        (with("hours", overlap), "inventory.invalid_hours"),
        (with("hours", json!([{"weekday": "monday", "opens": "9", "closes": "12:00"}])), "invalid-request"),
        (with("radius_m", json!(200_001)), "inventory.invalid_radius"),
        (with("location", json!({"latitude": 91, "longitude": 0})), "inventory.invalid_location"),
        (with("location", json!({"latitude": 1e-9, "longitude": 0})), "invalid-request"),
        (
            with("shipping", json!([{"zone": "basra", "min_days": 1, "max_days": 2}])),
            "inventory.invalid_shipping",
        ),
    ] {
        open(&admin, &body).await.problem(422, code);
    }
    let unknown = open(&admin, &with("colour", json!("red"))).await;
    assert!(unknown.status.is_client_error(), "{}", unknown.status);
    let shop = id(&open(&admin, &store("SHOP", 36.2, 44.0)).await);
    open(&admin, &store("SHOP", 36.2, 44.0)).await.problem(409, "inventory.warehouse_code_taken");
    // What it is as a warehouse cannot take its place away.
    let bare = json!({"name": {"en": "SHOP"}, "zones": ["erbil"]});
    admin
        .put(&format!("/api/v1/warehouses/{shop}"), &bare)
        .await
        .problem(422, "inventory.location_needed");
    let depot = admin.warehouse("DEPOT").await;
    let path = format!("/api/v1/stores/{depot}/status");
    admin.patch(&path, &json!({"status": "paused"})).await.problem(404, "inventory.store_not_found");
}

#[tokio::test]
async fn a_warehouse_is_revised_becomes_a_store_and_closes_when_it_is_empty() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let depot = admin.warehouse("DEPOT").await;
    let path = format!("/api/v1/warehouses/{depot}");
    let revision = json!({
        "name": {"en": "Depot north"}, "country": "IQ", "zones": ["erbil"],
        "location": {"latitude": 36.2, "longitude": -0.5},
        "shipping": [{"zone": null, "min_days": 1, "max_days": 4}],
    });
    let revised = admin.put(&path, &revision).await;
    revised.ok();
    let shown = admin.get_with(&path, "Min-Event-Position", revised.position()).await;
    let body = shown.ok();
    assert_eq!((&body["name"], &body["location"]), (&json!("Depot north"), &revision["location"]));
    assert_eq!((&body["shipping"], &body["store_status"]), (&revision["shipping"], &json!(null)));
    // Somebody who has not seen that is told of it.
    let request = admin.request(reqwest::Method::PUT, &path).header("If-Match", "\"1\"").json(&revision);
    Reply::of(request).await.problem(412, "version-mismatch");
    admin.get(&format!("/api/v1/stores/{depot}")).await.problem(404, "inventory.store_not_found");
    let mut front = store("DEPOT", 36.2, 44.0);
    front.as_object_mut().unwrap().remove("code");
    let opened = admin.put(&format!("/api/v1/stores/{depot}"), &front).await;
    opened.ok();
    let store =
        admin.get_with(&format!("/api/v1/stores/{depot}"), "Min-Event-Position", opened.position()).await;
    assert_eq!(store.ok()["status"], "open");
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &depot, 2).await.ok();
    admin.delete(&path).await.problem(409, "inventory.warehouse_not_empty");
    admin.stock(&rice, &depot, -2).await.ok();
    let closed = admin.delete(&path).await;
    closed.ok();
    let store =
        admin.get_with(&format!("/api/v1/stores/{depot}"), "Min-Event-Position", closed.position()).await;
    assert_eq!(store.ok()["status"], "closed");
    admin.stock(&rice, &depot, 1).await.problem(409, "inventory.warehouse_closed");
    admin.put(&path, &revision).await.problem(409, "inventory.warehouse_closed");
}
