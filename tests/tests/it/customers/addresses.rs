//! Addresses are their owner's, orders keep a copy, and nobody else sees either.

use domain::identity::Role;
use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

fn address(street: &str) -> Value {
    json!({
        "label": "The shop",
        "recipient": "Shirin Aziz",
        "phone": "+964 750 123-4567",
        "street": street,
        "city": "Erbil",
        "country": "IQ",
        "zone": "erbil",
        "note": "the blue door",
        "point": {"latitude": 36.191113, "longitude": 44.009167},
    })
}

async fn add(client: &Client, address: &Value) -> String {
    let added = client.post("/api/v1/addresses", address).await;
    let body = added.created();
    assert_eq!(added.header("location"), format!("/api/v1/addresses/{}", body["id"].as_str().unwrap()));
    body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_address_is_kept_changed_and_removed() {
    let app = TestApp::spawn().await;
    let shirin = app.customer().await;
    let first = add(&shirin, &address("Gulan Street 7")).await;
    let second = add(&shirin, &address("Bakhtiari 12")).await;
    app.settle().await;
    let list = shirin.get("/api/v1/addresses").await;
    let items = list.ok()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 2);
    assert_eq!((&items[0]["id"], &items[0]["is_default"]), (&json!(first), &json!(true)));
    assert_eq!(items[1]["is_default"], json!(false));
    let shown = shirin.get(&format!("/api/v1/addresses/{first}")).await.ok();
    assert_eq!((&shown["street"], &shown["phone"]), (&json!("Gulan Street 7"), &json!("+9647501234567")));
    assert_eq!(shown["point"], json!({"latitude": 36.191113, "longitude": 44.009167}));
    assert_eq!((&shown["zone"], &shown["note"]), (&json!("erbil"), &json!("the blue door")));
    // A repeat under one key adds one address.
    let body = address("Sami Abdulrahman 3");
    let again = || {
        shirin
            .request("POST".parse().unwrap(), "/api/v1/addresses")
            .header("Idempotency-Key", "k")
            .json(&body)
    };
    let (one, two) = (souk_tests::Reply::of(again()).await, souk_tests::Reply::of(again()).await);
    assert_eq!(one.created(), two.created());
    assert_eq!(two.header("idempotent-replayed"), "true");
    // The version is that of all addresses.
    let etag = list.header("etag").to_owned();
    let revise = |tag: String| {
        let request = shirin.request("PUT".parse().unwrap(), &format!("/api/v1/addresses/{second}"));
        souk_tests::Reply::of(request.header("If-Match", tag).json(&address("Bakhtiari 13")))
    };
    let stale = revise(etag).await.problem(412, "version-mismatch");
    assert_eq!(stale["events"][0]["type"], "AddressAdded");
    revise("*".to_owned()).await.ok();
    shirin.patch(&format!("/api/v1/addresses/{second}/default"), &json!({})).await.ok();
    shirin.delete(&format!("/api/v1/addresses/{second}")).await.ok();
    app.settle().await;
    let items = shirin.get("/api/v1/addresses").await.ok()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 2);
    assert_eq!(items[0]["is_default"], json!(true), "the oldest takes the place of the default");
    for reply in [
        shirin.get(&format!("/api/v1/addresses/{second}")).await,
        shirin.delete(&format!("/api/v1/addresses/{second}")).await,
        shirin.put(&format!("/api/v1/addresses/{second}"), &address("x")).await,
    ] {
        reply.problem(404, "customers.address_not_found");
    }
}

#[tokio::test]
async fn nobody_reaches_anothers_addresses() {
    let app = TestApp::spawn().await;
    let (shirin, narin) = (app.customer().await, app.customer().await);
    let id = add(&shirin, &address("Gulan Street 7")).await;
    app.settle().await;
    for other in [&narin, &app.admin().await] {
        assert_eq!(other.get("/api/v1/addresses").await.ok()["items"], json!([]));
        for reply in [
            other.get(&format!("/api/v1/addresses/{id}")).await,
            other.put(&format!("/api/v1/addresses/{id}"), &address("x")).await,
            other.patch(&format!("/api/v1/addresses/{id}/default"), &json!({})).await,
            other.delete(&format!("/api/v1/addresses/{id}")).await,
        ] {
            reply.problem(404, "customers.address_not_found");
        }
    }
    let vendor = app.account(Role::Analyst, &[], None).await;
    vendor.get("/api/v1/addresses").await.problem(403, "forbidden");
    app.anonymous().get("/api/v1/addresses").await.problem(401, "identity.token_missing");
}

#[tokio::test]
async fn every_fault_of_an_address_is_told_with_its_place() {
    let app = TestApp::spawn().await;
    let shirin = app.customer().await;
    let wrong = json!({
        "recipient": " ", "street": "x".repeat(201), "city": "Erbil", "phone": "0750 123 4567",
        "point": {"latitude": 91, "longitude": 0.12345678},
    });
    let problem = shirin.post("/api/v1/addresses", &wrong).await;
    assert_eq!(problem.status, 422);
    let pointers: Vec<String> = problem.json()["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| error["pointer"].as_str().unwrap_or_default().to_owned())
        .collect();
    for pointer in ["/recipient", "/street", "/phone", "/point"] {
        assert!(pointers.iter().any(|found| found.ends_with(pointer)), "{pointer} of {pointers:?}");
    }
    let text = String::from_utf8(problem.bytes).unwrap();
    assert!(!text.contains("0750"), "{text}");
}

#[tokio::test]
async fn an_order_keeps_the_address_as_it_was() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let product = admin.product("RICE", "1000").await;
    let warehouse = admin.warehouse("EBL").await;
    admin.stock(&product, &warehouse, 100).await.ok();
    let shirin = app.account(Role::Customer, &["erbil"], None).await;
    let id = add(&shirin, &address("Gulan Street 7")).await;
    let place = |with: Value| {
        let mut order = json!({"address_id": id, "lines": [{"product_id": product, "quantity": 1}]});
        order.as_object_mut().unwrap().extend(with.as_object().unwrap().clone());
        order
    };
    let key = "one-intention";
    let order = || {
        let request = shirin.request("POST".parse().unwrap(), "/api/v1/orders");
        souk_tests::Reply::of(request.header("Idempotency-Key", key).json(&place(json!({}))))
    };
    let placed = order().await.created();
    let path = format!("/api/v1/orders/{}", placed["id"].as_str().unwrap());
    let free = app.customer().await;
    let mut of_free = place(json!({"zone": "duhok"}));
    of_free["address_id"] = json!(add(&free, &address("Elsewhere 2")).await);
    free.post("/api/v1/orders", &of_free).await.problem(422, "customers.zone_of_address");
    // Another's address, and one that is gone.
    let narin = app.account(Role::Customer, &["erbil"], None).await;
    narin.post("/api/v1/orders", &place(json!({}))).await.problem(404, "customers.address_not_found");
    shirin.put(&format!("/api/v1/addresses/{id}"), &address("Elsewhere 1")).await.ok();
    shirin.delete(&format!("/api/v1/addresses/{id}")).await.ok();
    shirin.post("/api/v1/orders", &place(json!({}))).await.problem(404, "customers.address_not_found");
    assert_eq!(order().await.created()["id"], placed["id"], "a repeat gets the first answer");
    app.settle().await;
    let shown = shirin.get(&path).await.ok();
    assert_eq!(shown["delivery_address"]["street"], "Gulan Street 7");
    assert_eq!((&shown["zone"], &shown["country"]), (&json!("erbil"), &json!("IQ")));
    let looks_after = app.account(Role::LocationAdmin, &["erbil"], None).await;
    assert_eq!(looks_after.get(&path).await.ok()["delivery_address"]["recipient"], "Shirin Aziz");
    // Who reads figures and logs sees the order without the person.
    let auditor = app.account(Role::Auditor, &[], None).await;
    let seen = auditor.get(&path).await.ok();
    assert_eq!(seen["delivery_address"], Value::Null);
    let before = shirin.get(&path).await.header("etag").to_owned();
    let me = shirin.get("/api/v1/auth/me").await.ok()["id"].as_str().unwrap().to_owned();
    admin.delete(&format!("/api/v1/users/{me}")).await.ok();
    app.settle().await;
    let after = admin.get(&path).await;
    assert_eq!(after.ok()["delivery_address"], json!({"erased": true}));
    assert_ne!(after.header("etag"), before);
}
