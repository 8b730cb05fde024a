use domain::{identity::Role, ids::CompanyId};
use serde_json::json;
use souk_tests::TestApp;
use uuid::Uuid;

fn dinars(amount: &str) -> serde_json::Value {
    json!({"amount": amount, "currency": "IQD"})
}

#[tokio::test]
async fn a_company_is_registered_revised_and_shown_to_each_as_much_as_it_may_know() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let company = json!({
        "name": {"en": "Zagros Foods", "ar": "زاغروس"},
        "zones": ["erbil"],
        "commission_basis_points": 750,
        "delivery_fees": [{"zone": "erbil", "fee": dinars("2000"), "free_from": dinars("50000")}],
    });
    let registered = admin.post("/api/v1/companies", &company).await;
    let id = registered.created()["id"].as_str().unwrap().to_owned();
    assert_eq!(registered.header("location"), format!("/api/v1/companies/{id}"));
    let path = format!("/api/v1/companies/{id}");
    let changed = admin.patch(&format!("{path}/commission"), &json!({"commission_basis_points": 600})).await;
    assert_eq!(changed.ok()["version"], 2);

    let shown = admin.get_with(&path, "Min-Event-Position", changed.position()).await;
    assert_eq!(shown.header("etag"), "\"2\"");
    let shown = shown.ok();
    assert_eq!((&shown["commission_basis_points"], &shown["name"]), (&json!(600), &json!("Zagros Foods")));
    let history: Vec<_> = shown["commission_history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rate| rate["commission_basis_points"].clone())
        .collect();
    assert_eq!(history, [750, 600]);
    let own = app.account(Role::Vendor, &[], Some(id.parse().unwrap())).await;
    assert_eq!(own.get(&path).await.ok()["commission_basis_points"], 600);
    let other = app.account(Role::Vendor, &[], Some(CompanyId::from_uuid(Uuid::from_u128(9)))).await;
    for client in [app.anonymous(), other, app.customer().await] {
        let seen = client.get(&path).await.ok();
        assert_eq!(seen["delivery_fees"][0]["free_from"]["amount"], "50000");
        assert!(seen.get("commission_basis_points").is_none() && seen.get("commission_history").is_none());
        let listed = client.get("/api/v1/companies").await.ok();
        assert!(listed["items"][0].get("commission_basis_points").is_none());
        assert!(!client.post("/api/v1/companies", &company).await.status.is_success());
    }
    let in_erbil = app.anonymous().get("/api/v1/companies/zone/erbil").await.ok();
    assert_eq!(in_erbil["items"][0]["id"], id.as_str());
    assert_eq!(app.anonymous().get("/api/v1/companies/zone/basra").await.ok()["items"], json!([]));

    let stale = admin
        .request(reqwest::Method::PUT, &path)
        .header("If-Match", "\"1\"")
        .json(&json!({"name": {"en": "Zagros"}}));
    souk_tests::Reply::of(stale).await.problem(412, "version-mismatch");
    let off = admin.patch(&format!("{path}/status"), &json!({"status": "inactive", "reason": "late"})).await;
    assert_eq!(off.ok()["status"], "inactive");
    app.settle().await;
    app.anonymous().get(&path).await.problem(404, "vendors.company_not_found");
    assert_eq!(
        app.anonymous().get("/api/v1/companies?filter[status]=inactive").await.ok()["items"],
        json!([])
    );
    assert_eq!(admin.get("/api/v1/companies?filter[status]=inactive&total=true").await.ok()["total"], 1);
    assert_eq!(own.get(&path).await.ok()["status"], "inactive");
}

#[tokio::test]
async fn wrong_requests_say_what_is_wrong_where() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let wrong = json!({
        "name": {},
        "commission_basis_points": 10_001,
        "delivery_fees": [{"fee": {"amount": "1.5", "currency": "IQD"}}],
    });
    let problem = admin.post("/api/v1/companies", &wrong).await.problem(422, "invalid-request");
    let pointers: Vec<_> =
        problem["errors"].as_array().unwrap().iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(pointers, ["/name", "/commission_basis_points", "/delivery_fees/0/fee/amount"]);
    let twice = json!({"name": {"en": "A"}, "delivery_fees": [{"fee": dinars("1")}, {"fee": dinars("2")}]});
    let problem = admin.post("/api/v1/companies", &twice).await.problem(422, "vendors.repeated_delivery_fee");
    assert_eq!(problem["errors"][0]["pointer"], "/delivery_fees/1");
    let nowhere = format!("/api/v1/companies/com_{}", Uuid::nil().simple());
    admin.put(&nowhere, &json!({"zones": []})).await.problem(404, "vendors.company_not_found");
    let product = json!({
        "sku": "X", "title": {"en": "X"}, "prices": {"base": {"amount": "1", "currency": "IQD"}},
        "company_id": format!("com_{}", Uuid::nil().simple()),
    });
    let problem = admin.post("/api/v1/products", &product).await.problem(422, "vendors.company_not_found");
    assert_eq!(problem["errors"][0]["pointer"], "/company_id");
}

#[tokio::test]
async fn an_order_pays_the_companys_delivery_fee_and_the_statistics_tell_what_it_sold() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let id = admin.company(None).await;
    let path = format!("/api/v1/companies/{id}");
    let fees = json!({"delivery_fees": [{"fee": dinars("2000"), "free_from": dinars("50000")}]});
    admin.patch(&format!("{path}/delivery-fees"), &fees).await.ok();
    let warehouse = admin.warehouse("EBL").await;
    let honey = admin.product_of(&id, "HONEY", "18000").await;
    admin.stock(&honey, &warehouse, 10).await.ok();
    let customer = app.customer().await;
    let small = customer.order(&[(&honey, 1)]).await.created();
    assert_eq!(small["totals"]["delivery"]["amount"], "2000");
    assert_eq!(small["totals"]["total"]["amount"], "20000");
    let great = customer.order(&[(&honey, 3)]).await.created();
    assert_eq!(great["totals"]["delivery"]["amount"], "0");
    for status in ["processing", "shipped", "delivered"] {
        let order = format!("/api/v1/orders/{}/status", small["id"].as_str().unwrap());
        admin.put(&order, &json!({"status": status})).await.ok();
    }
    app.settle().await;
    let stats = admin.get(&format!("{path}/stats")).await.ok();
    assert_eq!((&stats["products"], &stats["orders"], &stats["payouts"]), (&json!(1), &json!(2), &json!(0)));
    let account = &stats["accounts"][0];
    for (name, amount) in [
        ("sales", "18000"),
        ("commission", "1800"),
        ("delivery_fees", "2000"),
        ("owed", "18200"),
        ("due", "18200"),
        ("paid", "0"),
    ] {
        assert_eq!(account[name]["amount"], amount, "{name}");
    }
    let off = json!({"status": "inactive"});
    admin.patch(&format!("{path}/status"), &off).await.ok();
    let refused = customer.order(&[(&honey, 1)]).await.problem(409, "vendors.company_inactive");
    assert_eq!(refused["errors"][0]["pointer"], "/lines/0/product_id");
}
