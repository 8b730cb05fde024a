//! Who may see figures.

use domain::{identity::Role, ids::CompanyId};
use souk_tests::{Client, TestApp};

const PATHS: [&str; 3] = [
    "/api/v1/analytics/dashboard",
    "/api/v1/analytics/sales",
    "/api/v1/analytics/products",
];

async fn assert_all(client: &Client, status: u16) {
    for path in PATHS {
        assert_eq!(client.get(path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn figures_over_everything_are_for_those_who_may_see_everything() {
    let app = TestApp::spawn().await;
    assert_all(&app.anonymous(), 401).await;
    assert_all(&app.admin().await, 200).await;
    assert_all(&app.account(Role::Analyst, &[], None).await, 200).await;
    assert_all(&app.customer().await, 403).await;
    let company = CompanyId::from_uuid(event_store::ids::uuid());
    assert_all(&app.account(Role::Vendor, &[], Some(company)).await, 403).await;
    // Has the permission, but only for its zones, and these figures are about all of them.
    assert_all(&app.account(Role::LocationAdmin, &["karkh"], None).await, 403).await;
}

#[tokio::test]
async fn what_is_not_understood_is_refused() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    for query in [
        "from=2010-12-31&to=2010-12-01",
        "from=1.12.2010",
        "group_by=colour",
        "colour=red",
        "limit=5",
    ] {
        let problem =
            admin.get(&format!("/api/v1/analytics/sales?{query}")).await.problem(400, "invalid-parameter");
        assert_eq!(problem["errors"].as_array().map(Vec::len), Some(1), "{problem}");
    }
    admin.get("/api/v1/analytics/products?by=colour").await.problem(400, "invalid-parameter");
    admin.get("/api/v1/analytics/dashboard?from=2010-12-01").await.problem(400, "invalid-parameter");
}
