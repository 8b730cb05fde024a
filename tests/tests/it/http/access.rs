//! Who may do and see what.

use domain::{identity::Role, ids::CompanyId};
use reqwest::Method;
use serde_json::json;
use souk_tests::{Reply, TestApp};
use uuid::Uuid;

#[tokio::test]
async fn a_customer_sees_own_orders_only() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    admin.stock(&rice, &warehouse, 10).await.ok();
    let (mine, other) = (app.customer().await, app.customer().await);
    let placed = mine.order(&[(&rice, 1)]).await.created();
    let id = placed["id"].as_str().unwrap();
    app.settle().await;
    mine.get(&format!("/api/v1/orders/{id}")).await.ok();
    mine.get(&format!("/api/v1/orders/{id}/history")).await.ok();
    for path in [
        format!("/api/v1/orders/{id}"),
        format!("/api/v1/orders/{id}/history"),
    ] {
        other.get(&path).await.problem(404, "orders.order_not_found");
    }
    let cancel = json!({"reason": "not mine"});
    other
        .put(&format!("/api/v1/orders/{id}/cancel"), &cancel)
        .await
        .problem(404, "orders.order_not_found");
    assert_eq!(mine.get("/api/v1/orders").await.ok()["items"].as_array().unwrap().len(), 1);
    assert_eq!(other.get("/api/v1/orders").await.ok()["items"], json!([]));
    let me = mine.get("/api/v1/auth/me").await.ok();
    let spying = format!("/api/v1/orders?filter[customer]={}", me["id"].as_str().unwrap());
    assert_eq!(other.get(&spying).await.ok()["items"], json!([]));
    let for_another = json!({"customer_id": me["id"], "lines": [{"product_id": rice, "quantity": 1}]});
    let problem = other.post("/api/v1/orders", &for_another).await.problem(403, "orders.foreign_customer");
    assert_eq!(problem["errors"][0]["pointer"], "/customer_id");
}

#[tokio::test]
async fn administrators_are_confined_to_zones_and_vendors_to_companies() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let company = CompanyId::from_uuid(Uuid::from_u128(7));
    admin.company(Some(company)).await;
    let vendor = app.account(Role::Vendor, &[], Some(company)).await;
    let honey = vendor.product("HONEY", "25000").await;
    let rice = admin.product("RICE", "12500").await;
    for product in [&honey, &rice] {
        admin.stock(product, &warehouse, 10).await.ok();
    }
    let lines = |product: &str| json!([{"product_id": product, "quantity": 1}]);
    let both = json!({"zone": "erbil", "lines": [lines(&honey)[0], lines(&rice)[0]]});
    let in_erbil = admin.post("/api/v1/orders", &both).await.created();
    let in_basra =
        admin.post("/api/v1/orders", &json!({"zone": "basra", "lines": lines(&rice)})).await.created();
    app.settle().await;
    let path = |order: &serde_json::Value| format!("/api/v1/orders/{}", order["id"].as_str().unwrap());

    let erbil = app.account(Role::LocationAdmin, &["erbil"], None).await;
    erbil.get(&path(&in_erbil)).await.ok();
    erbil.get(&path(&in_basra)).await.problem(404, "orders.order_not_found");
    assert_eq!(erbil.get("/api/v1/orders?total=true").await.ok()["total"], 1);
    assert_eq!(erbil.get("/api/v1/orders?filter[zone]=basra").await.ok()["items"], json!([]));
    erbil.get("/api/v1/analytics/sales").await.problem(403, "forbidden");

    let seen = vendor.get(&path(&in_erbil)).await.ok();
    assert_eq!(seen["lines"].as_array().unwrap().len(), 1);
    assert_eq!(seen["lines"][0]["product_id"], honey.as_str());
    vendor.get(&path(&in_basra)).await.problem(404, "orders.order_not_found");
    vendor
        .get(&format!("/api/v1/products/{rice}/history"))
        .await
        .problem(404, "catalog.product_not_found");
    vendor
        .get(&format!("/api/v1/inventory/stock/{rice}"))
        .await
        .problem(404, "catalog.product_not_found");
    vendor.get(&format!("/api/v1/products/{honey}/history")).await.ok();
    let price = json!({"prices": {"base": {"amount": "1", "currency": "IQD"}}});
    vendor
        .put(&format!("/api/v1/products/{rice}"), &price)
        .await
        .problem(404, "catalog.product_not_found");
}

#[tokio::test]
async fn stock_of_other_zones_is_not_there() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let open = async |code: &str, zone: &str| {
        let warehouse = json!({"code": code, "name": {"en": code}, "zones": [zone]});
        admin.post("/api/v1/warehouses", &warehouse).await.created()["id"].as_str().unwrap().to_owned()
    };
    let (erbil, basra) = (open("EBL", "erbil").await, open("BSR", "basra").await);
    let rice = admin.product("RICE", "12500").await;
    for (warehouse, units) in [(&erbil, 3), (&basra, 5)] {
        admin.stock(&rice, warehouse, units).await.ok();
        let threshold = json!({"product_id": rice, "warehouse_id": warehouse, "threshold": 9});
        admin.put("/api/v1/inventory/thresholds", &threshold).await.ok();
    }
    app.settle().await;
    let mine = app.account(Role::LocationAdmin, &["erbil"], None).await;
    let items = |list: serde_json::Value| list["items"].as_array().unwrap().len();
    assert_eq!(items(mine.get("/api/v1/warehouses").await.ok()), 1);
    mine.get(&format!("/api/v1/warehouses/{erbil}")).await.ok();
    mine.get(&format!("/api/v1/warehouses/{basra}")).await.problem(404, "inventory.warehouse_not_found");
    let stock = mine.get(&format!("/api/v1/inventory/stock/{rice}")).await.ok();
    assert_eq!((&stock["available"], stock["warehouses"].as_array().unwrap().len()), (&json!(3), 1));
    let then = format!("/api/v1/inventory/stock/{rice}?as_of={}", app.head());
    assert_eq!(mine.get(&then).await.ok()["available"], 3);
    for (path, all, own) in [("low-stock", 2, 1), ("history", 2, 1), ("out-of-stock", 0, 0)] {
        assert_eq!(items(admin.get(&format!("/api/v1/inventory/{path}")).await.ok()), all, "{path}");
        assert_eq!(items(mine.get(&format!("/api/v1/inventory/{path}")).await.ok()), own, "{path}");
        let foreign = format!("/api/v1/inventory/{path}?filter[warehouse]={basra}&total=true");
        assert_eq!(mine.get(&foreign).await.ok(), json!({"items": [], "next_cursor": null, "total": 0}));
    }
    mine.stock(&rice, &basra, 1).await.problem(404, "inventory.warehouse_not_found");
    mine.stock(&rice, &erbil, 1).await.ok();
}

#[tokio::test]
async fn each_route_asks_for_its_permission() {
    let app = TestApp::spawn().await;
    let customer = app.customer().await;
    let product = "prd_0190c7a2000070008000000000000001";
    for (method, path, code) in [
        (Method::GET, "/api/v1/warehouses".to_owned(), "forbidden"),
        (Method::GET, format!("/api/v1/inventory/stock/{product}"), "forbidden"),
        (Method::GET, "/api/v1/inventory/history".to_owned(), "forbidden"),
        (Method::GET, "/api/v1/inventory/low-stock".to_owned(), "forbidden"),
        (Method::GET, "/api/v1/orders/stats".to_owned(), "forbidden"),
        (Method::GET, "/api/v1/analytics/dashboard".to_owned(), "forbidden"),
        (Method::GET, "/api/v1/audit/events".to_owned(), "forbidden"),
        (Method::GET, "/api/v1/monitoring/projections".to_owned(), "forbidden"),
        (Method::POST, "/api/v1/monitoring/projections/sales/rebuild".to_owned(), "forbidden"),
        (Method::GET, format!("/api/v1/products/{product}/history"), "forbidden"),
        (Method::GET, format!("/api/v1/products/{product}?view=full"), "forbidden"),
        (Method::GET, "/api/v1/products?view=full".to_owned(), "forbidden"),
        (Method::DELETE, format!("/api/v1/products/{product}"), "permission_denied"),
    ] {
        Reply::of(customer.request(method.clone(), &path)).await.problem(403, code);
        let reply = Reply::of(app.anonymous().request(method, &path)).await;
        assert!([401, 403].contains(&reply.status.as_u16()), "{path}");
    }
    let analyst = app.account(Role::Analyst, &[], None).await;
    analyst.get("/api/v1/analytics/sales").await.ok();
    analyst.get("/api/v1/orders").await.problem(403, "forbidden");
    let auditor = app.account(Role::Auditor, &[], None).await;
    auditor.get("/api/v1/audit/events").await.ok();
    auditor.get("/api/v1/monitoring/projections").await.problem(403, "forbidden");
}
