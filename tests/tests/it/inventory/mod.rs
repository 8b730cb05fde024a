//! Stock through HTTP: what moves, what expires, what is held.

mod expiry;
mod holds;
mod movement;
mod replenishment;
mod restock;
mod stores;

use serde_json::{Value, json};
use souk_tests::{Client, Reply};

/// Moves units; `more` adds members to the request.
async fn transfer(client: &Client, product: &str, [from, to]: [&str; 2], units: u32, more: &Value) -> Reply {
    let mut body = json!({
        "product_id": product, "from_warehouse_id": from, "to_warehouse_id": to, "quantity": units,
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    client.post("/api/v1/inventory/transfer", &body).await
}

/// Writes units off; `more` adds members to the request.
async fn waste(client: &Client, product: &str, warehouse: &str, units: u32, more: &Value) -> Reply {
    let mut body = json!({
        "product_id": product, "warehouse_id": warehouse, "quantity": units, "cause": "damaged",
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        body[name] = value.clone();
    }
    client.post("/api/v1/inventory/waste", &body).await
}

/// What there is of a product after `reply`.
async fn stock(client: &Client, product: &str, reply: &Reply) -> Value {
    let path = format!("/api/v1/inventory/stock/{product}");
    client.get_with(&path, "Min-Event-Position", reply.position()).await.ok()
}

/// One figure of one warehouse.
fn figure(stock: &Value, warehouse: &str, name: &str) -> i64 {
    let rows = stock["warehouses"].as_array().expect("warehouses");
    let row = rows.iter().find(|row| row["warehouse_id"] == warehouse);
    row.and_then(|row| row[name].as_i64()).unwrap_or_default()
}
