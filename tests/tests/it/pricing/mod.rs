//! Price lists, promotions and coupons, through HTTP.

mod buying;
mod complaints;
mod editing;
mod limits;
mod managing;
mod price_lists;
mod simulate;
mod taxes;

use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

/// A node with one product of 10,000 IQD, its super admin, and the product.
async fn shop() -> (TestApp, Client, String) {
    shop_on(TestApp::spawn().await).await
}

async fn shop_on(app: TestApp) -> (TestApp, Client, String) {
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let tea = admin.product("TEA", "10000").await;
    admin.stock(&tea, &warehouse, 1_000).await.ok();
    (app, admin, tea)
}

fn dinars(amount: &str) -> Value {
    json!({"amount": amount, "currency": "IQD", "exponent": 0})
}

/// So many percent off everything, for everybody.
fn percent(percent: &str) -> Value {
    json!({"name": {"en": "Sale", "ar": "تخفيضات"}, "reward": {"type": "percentage", "percent": percent}})
}

/// `base` with the members of `more`.
fn with(base: &Value, more: Value) -> Value {
    let mut base = base.clone();
    if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
        base.extend(more);
    }
    base
}

async fn promote(admin: &Client, promotion: &Value) -> String {
    let created = admin.post("/api/v1/promotions", promotion).await.created();
    created["id"].as_str().unwrap().to_owned()
}

fn order_of(product: &str, units: u32, more: Value) -> Value {
    with(&json!({"lines": [{"product_id": product, "quantity": units}]}), more)
}
