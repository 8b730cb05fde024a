//! Exports compared with the log, and with what a spreadsheet would do to them.

use std::{collections::BTreeMap, io::Read};

use commands::{
    Call,
    orders::{LineProduct, NewLine, NewOrder},
};
use domain::{
    orders::{Fulfilment, OrderEvent, PaymentMethod},
    quantity::Quantity,
    text::Country,
};
use event_store::EventFilter;
use serde_json::json;
use souk_tests::TestApp;

/// More than two pages of the export.
const ORDERS: usize = 2_300;
/// Excel would run each of them.
const HOSTILE: [&str; 4] = ["=1+1", "+SUM(A1)", "@now", "-2+3"];

async fn market() -> TestApp {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("=cmd|' /C calc'!A0", "12500").await;
    admin.stock(&rice, &warehouse, 100_000).await.ok();
    let orders = &app.server.souk.orders;
    let product: domain::ids::ProductId = rice.parse().unwrap();
    for chunk in (0..ORDERS).collect::<Vec<_>>().chunks(200) {
        let placed = chunk.iter().map(|number| {
            let hostile = HOSTILE.get(number % 10).map(|text| Country::parse(text).unwrap());
            let new = NewOrder {
                customer: None,
                external_id: None,
                country: hostile,
                zone: None,
                address: None,
                fulfilment: Fulfilment::Delivery,
                payment_method: PaymentMethod::Invoice,
                lines: vec![NewLine::new(LineProduct::Id(product), Quantity::ONE)],
                preferred: Vec::new(),
                coupons: Vec::new(),
                promotions: Vec::new(),
            };
            async move { orders.place(&Call::system(), new).await }
        });
        for outcome in futures_util::future::join_all(placed).await {
            outcome.unwrap();
        }
    }
    app.settle().await;
    app
}

fn parsed(bytes: &[u8]) -> (Vec<String>, Vec<BTreeMap<String, String>>) {
    let mut reader = csv::Reader::from_reader(bytes);
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        names.iter().cloned().zip(record.iter().map(str::to_owned)).collect()
    });
    let rows = rows.collect();
    (names, rows)
}

#[tokio::test]
async fn thousands_of_orders_are_exported_as_the_log_has_them() {
    let app = market().await;
    let admin = app.admin().await;
    let reply = admin.get("/api/v1/export/orders/csv").await;
    assert_eq!(reply.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(reply.header("content-disposition"), "attachment; filename=\"orders.csv\"");
    assert_eq!(reply.position(), app.head().to_string());
    reply.ok();
    let (names, rows) = parsed(&reply.bytes);
    assert_eq!(&names[..3], ["id", "external_id", "placed_at"]);
    let filter = EventFilter {
        event_types: vec!["OrderPlaced".to_owned()],
        ..EventFilter::default()
    };
    let placed = app.server.souk.log.reader().read(&filter, usize::MAX).await.unwrap();
    assert_eq!((rows.len(), placed.len()), (ORDERS, ORDERS));
    let by_id: BTreeMap<&str, _> = rows.iter().map(|row| (row["id"].as_str(), row)).collect();
    for event in &placed {
        let id = domain::ids::OrderId::from_uuid(event.aggregate_id.parse().unwrap()).to_string();
        let OrderEvent::OrderPlaced { totals, country, .. } = event.typed::<OrderEvent>().unwrap() else {
            panic!("not a placement");
        };
        let row = by_id[id.as_str()];
        assert_eq!(row["total"], totals.total.decimal());
        // No cell is left that a spreadsheet would run.
        let wanted = country.as_ref().map(|country| format!("'{}", country.as_str()));
        assert_eq!(row["country"], wanted.unwrap_or_default());
    }
    let products = admin.get("/api/v1/export/products/csv").await;
    assert_eq!(parsed(&products.bytes).1[0]["sku"], "'=cmd|' /C calc'!A0");
    let sales = admin.get("/api/v1/export/sales/csv").await;
    let sold: u64 = parsed(&sales.bytes).1.iter().map(|row| row["units_sold"].parse::<u64>().unwrap()).sum();
    assert_eq!(sold, 2_300);

    let workbook = admin.get("/api/v1/export/orders/xlsx").await;
    workbook.ok();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(workbook.bytes)).unwrap();
    let mut sheet = String::new();
    archive.by_name("xl/worksheets/sheet1.xml").unwrap().read_to_string(&mut sheet).unwrap();
    assert_eq!(sheet.matches("<row ").count(), ORDERS + 1);
    // Texts are texts: nowhere a formula. Amounts are numbers.
    assert!(!sheet.contains("<f>") && sheet.contains("=1+1") && sheet.contains("<v>12500</v>"));
}

#[tokio::test]
async fn exports_are_for_those_who_may_take_everything_away() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    app.customer().await;
    app.settle().await;
    let customers = admin.get("/api/v1/export/customers/csv").await;
    assert_eq!(parsed(&customers.bytes).1.len(), 1);
    admin.get("/api/v1/export/inventory/xlsx").await.ok();
    admin.get("/api/v1/export/secrets/csv").await.problem(404, "no-such-report");
    admin.get("/api/v1/export/orders/csv?limit=3").await.problem(400, "invalid-parameter");
    let company = domain::ids::CompanyId::from_uuid(event_store::ids::uuid());
    for role in [
        domain::identity::Role::LocationAdmin,
        domain::identity::Role::Vendor,
        domain::identity::Role::Analyst,
        domain::identity::Role::Customer,
    ] {
        let client = app.account(role, &["erbil"], Some(company)).await;
        client.get("/api/v1/export/orders/csv").await.problem(403, "forbidden");
        client.get("/api/v1/export/orders/xlsx").await.problem(403, "forbidden");
    }
    assert_eq!(app.anonymous().get("/api/v1/export/orders/csv").await.status.as_u16(), 401);
}

#[tokio::test]
async fn the_inventory_report_tells_what_came_went_and_was_lost() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "12500").await;
    admin.stock(&rice, &warehouse, 40).await.ok();
    admin.stock(&rice, &warehouse, -4).await.ok();
    let order = admin
        .post(
            "/api/v1/orders",
            &json!({"lines": [{"product_id": rice, "quantity": 10}], "payment_method": "cash"}),
        )
        .await
        .created();
    for status in ["processing", "shipped"] {
        let path = format!("/api/v1/orders/{}/status", order["id"].as_str().unwrap());
        admin.put(&path, &json!({"status": status})).await.ok();
    }
    app.settle().await;
    let analyst = app.account(domain::identity::Role::Analyst, &[], None).await;
    let report = analyst.get("/api/v1/reports/inventory?total=true").await.ok();
    let row = &report["items"][0];
    assert_eq!((&report["total"], &row["sku"]), (&json!(1), &json!("RICE")));
    for (name, units) in [
        ("opening", 0),
        ("found", 40),
        ("wasted", 4),
        ("sold", 10),
        ("received", 0),
        ("closing", 26),
    ] {
        assert_eq!(row[name], units, "{name}");
    }
    assert_eq!(row["turnover"], "0.77");
    let before = analyst.get("/api/v1/reports/inventory?from=2010-01-01&to=2010-01-31").await.ok();
    assert_eq!((&before["items"][0]["closing"], &before["items"][0]["turnover"]), (&json!(0), &json!(null)));
    analyst
        .get("/api/v1/reports/inventory?from=2010-02-01&to=2010-01-31")
        .await
        .problem(400, "invalid-parameter");
    app.customer().await.get("/api/v1/reports/inventory").await.problem(403, "forbidden");
}
