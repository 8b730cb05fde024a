//! What the document says of every route.

use super::*;

fn operations() -> serde_json::Value {
    serde_json::to_value(document()).unwrap()
}

#[test]
fn the_document_holds_exactly_what_is_served() {
    let mut routes = crate::http::routes::Routes::default();
    crate::server::routes(&mut routes);
    let mut served: Vec<String> = routes
        .list()
        .into_iter()
        .map(|(method, path)| format!("{} {path}", method.as_str().to_lowercase()))
        .collect();
    let document = operations();
    let mut written = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            written.push(format!("{method} {path}"));
        }
    }
    served.sort();
    written.sort();
    assert_eq!(served, written);
}

/// What the first release promises, from the catalogue of routes.
const PROMISED: &[&str] = &[
    "post /api/v1/auth/login",
    "post /api/v1/auth/refresh",
    "post /api/v1/auth/logout",
    "get /api/v1/auth/me",
    "get /.well-known/jwks.json",
    "get /api/v1/products",
    "post /api/v1/products",
    "get /api/v1/products/{id}",
    "put /api/v1/products/{id}",
    "delete /api/v1/products/{id}",
    "patch /api/v1/products/{id}/stock",
    "get /api/v1/products/{id}/history",
    "get /api/v1/warehouses",
    "post /api/v1/warehouses",
    "get /api/v1/warehouses/{id}",
    "get /api/v1/inventory/stock/{product_id}",
    "patch /api/v1/inventory/stock/update",
    "patch /api/v1/inventory/bulk-update",
    "put /api/v1/inventory/thresholds",
    "get /api/v1/inventory/low-stock",
    "get /api/v1/inventory/out-of-stock",
    "get /api/v1/inventory/history",
    "post /api/v1/orders",
    "get /api/v1/orders",
    "get /api/v1/orders/stats",
    "get /api/v1/orders/{id}",
    "put /api/v1/orders/{id}/status",
    "put /api/v1/orders/{id}/cancel",
    "delete /api/v1/orders/{id}",
    "get /api/v1/orders/{id}/history",
    "post /api/v1/orders/{id}/returns",
    "patch /api/v1/returns/{id}/status",
    "get /api/v1/promotions",
    "get /api/v1/promotions/active",
    "get /api/v1/promotions/{id}",
    "post /api/v1/promotions",
    "put /api/v1/promotions/{id}",
    "delete /api/v1/promotions/{id}",
    "post /api/v1/promotions/apply",
    "post /api/v1/promotions/preview",
    "get /api/v1/coupons",
    "get /api/v1/coupons/{code}",
    "post /api/v1/coupons",
    "put /api/v1/coupons/{code}",
    "delete /api/v1/coupons/{code}",
    "get /api/v1/analytics/dashboard",
    "get /api/v1/analytics/sales",
    "get /api/v1/analytics/products",
    "get /api/v1/health",
    "get /health",
    "get /api/v1/health/live",
    "get /api/v1/health/ready",
    "get /metrics",
    "get /api/v1/monitoring/projections",
    "post /api/v1/monitoring/projections/{name}/rebuild",
    "get /api/v1/audit/events",
    "get /openapi.json",
    "get /docs",
];

#[test]
fn the_document_holds_every_route_that_was_promised() {
    let document = operations();
    for promised in PROMISED {
        let (method, path) = promised.split_once(' ').unwrap();
        assert!(document["paths"][path][method].is_object(), "{promised}");
    }
}

#[test]
fn every_operation_says_who_may_call_it_and_how_it_fails() {
    let document = operations();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(operation["security"].is_array(), "{name} has no security");
            assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name} has no summary");
            let responses = operation["responses"].as_object().unwrap();
            let is_signed =
                operation["security"].as_array().unwrap().iter().all(|way| way != &serde_json::json!({}));
            assert!(responses["default"]["content"]["application/problem+json"].is_object(), "{name}");
            if is_signed {
                assert!(responses.contains_key("401"), "{name} does not say 401");
            }
            for (status, response) in responses {
                let is_error = status.starts_with('4') || status.starts_with('5');
                assert!(!is_error || response["content"].is_object(), "{name} {status} has no body");
                let is_problem = response["content"]["application/problem+json"].is_object();
                assert!(!status.starts_with('4') || is_problem, "{name} {status} is no problem");
            }
            if let Some(body) = operation.get("requestBody") {
                let content = body["content"].as_object().unwrap();
                let is_picture = path.starts_with("/api/v1/upload/")
                    && ["image/*", "multipart/form-data"].iter().any(|kind| content.contains_key(*kind));
                let is_file = path == "/api/v1/products/import"
                    && ["text/csv", "application/x-ndjson"].iter().all(|kind| content.contains_key(*kind));
                let is_json = content.contains_key("application/json");
                assert!(is_picture || is_file || is_json, "{name} has no JSON body");
            }
        }
    }
}
