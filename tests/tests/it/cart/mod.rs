mod buying;
mod complaints;
mod guests;
mod items;

use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

/// Somebody with a cart, who may be a guest.
#[derive(Clone)]
struct Shopper {
    client: Client,
    token: Option<String>,
}

impl Shopper {
    /// Somebody who is signed in.
    fn of(client: &Client) -> Self {
        Self { client: client.clone(), token: None }
    }

    /// A guest whose cart begins with so many units of a product.
    async fn guest(app: &TestApp, product: &str, quantity: u32) -> Self {
        let client = app.anonymous();
        let begun = client.post("/api/v1/cart/items", &item(product, quantity)).await.ok();
        Self {
            client,
            token: Some(begun["cart_token"].as_str().expect("a token").to_owned()),
        }
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Reply {
        let mut request = self.client.request(method, &format!("/api/v1/cart{path}"));
        if let Some(token) = &self.token {
            request = request.header("X-Cart-Token", token);
        }
        if let Some(body) = body {
            request = request.header("Idempotency-Key", event_store::ids::uuid().to_string()).json(body);
        }
        Reply::of(request).await
    }

    async fn cart(&self) -> Value {
        self.send(Method::GET, "", None).await.ok()
    }

    async fn add(&self, product: &str, quantity: u32) -> Reply {
        self.send(Method::POST, "/items", Some(&item(product, quantity))).await
    }

    async fn set(&self, product: &str, quantity: u32) -> Reply {
        self.send(Method::PUT, &format!("/items/{product}"), Some(&json!({"quantity": quantity}))).await
    }

    async fn remove(&self, product: &str) -> Reply {
        self.send(Method::DELETE, &format!("/items/{product}"), None).await
    }

    async fn coupon(&self, code: &str) -> Reply {
        self.send(Method::POST, "/coupons", Some(&json!({"code": code}))).await
    }

    async fn check(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(&body)).await
    }
}

fn item(product: &str, quantity: u32) -> Value {
    json!({"product_id": product, "quantity": quantity})
}

fn dinars(amount: &str) -> Value {
    json!({"amount": amount, "currency": "IQD", "exponent": 0})
}

/// What a cart holds: product and units, in its order.
fn held(cart: &Value) -> Vec<(&str, u64)> {
    let items = cart["items"].as_array().expect("items").iter();
    items
        .map(|item| (item["id"].as_str().expect("an id"), item["quantity"].as_u64().expect("a quantity")))
        .collect()
}

/// The codes of warnings or issues.
fn codes(issues: &Value) -> Vec<&str> {
    let issues = issues.as_array().expect("issues").iter();
    issues.map(|issue| issue["code"].as_str().expect("a code")).collect()
}

/// A shop with tea at 10,000 dinars and rice at 2,500, of which there is plenty.
async fn shop() -> (TestApp, Client, [String; 2]) {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let tea = admin.product("TEA", "10000").await;
    let rice = admin.product("RICE", "2500").await;
    for product in [&tea, &rice] {
        admin.stock(product, &warehouse, 1_000).await.ok();
    }
    (app, admin, [tea, rice])
}
