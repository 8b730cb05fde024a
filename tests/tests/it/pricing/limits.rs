//! Limits hold whoever comes at once, on any number of nodes.

use std::path::Path;

use api::{
    config::{Config, Source},
    server::{Server, ServerOptions},
};
use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

use super::{dinars, order_of, percent, promote, shop_on, with};

/// Two nodes on one database with one key for tokens.
struct Two {
    app: TestApp,
    admin: Client,
    tea: String,
    second: Server,
    _folder: tempfile::TempDir,
}

impl Two {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data_dir = |path: &Path| path.display().to_string();
        let app = TestApp::spawn_with(|source| source.flag("data_dir", data_dir(folder.path()))).await;
        let source = Source::default()
            .flag("listen", "127.0.0.1:0")
            .flag("data_dir", data_dir(folder.path()))
            .flag("database_url", app.database.url())
            .flag("master_key", souk_tests::MASTER_KEY)
            .flag("workers", "1")
            .flag("log_requests", "false")
            .flag("rate_limits", "off");
        let config = Config::from_source(&source).unwrap();
        let connect = app.database.url().parse().unwrap();
        let second = Server::start(&config, connect, ServerOptions::default()).await.unwrap();
        let (app, admin, tea) = shop_on(app).await;
        Self { app, admin, tea, second, _folder: folder }
    }

    /// Places an order on the first node where `n` is even, else on the second.
    async fn place(&self, n: usize, customer: &Client, body: &Value) -> Reply {
        if n.is_multiple_of(2) {
            return customer.post("/api/v1/orders", body).await;
        }
        let url = format!("http://{}/api/v1/orders", self.second.address);
        let request = reqwest::Client::new().post(url).json(body).bearer_auth(customer.token().unwrap());
        Reply::of(request.header("Idempotency-Key", event_store::ids::uuid().to_string())).await
    }

    async fn redemptions(&self, path: &str) -> Value {
        self.app.settle().await;
        self.admin.get(path).await.ok()["redemptions"].clone()
    }

    async fn close(self) {
        self.second.stop().await.unwrap();
    }
}

async fn cancel(customer: &Client, order: &Value) {
    let path = format!("/api/v1/orders/{}/cancel", order["id"].as_str().unwrap());
    customer.put(&path, &json!({"reason": "changed my mind"})).await.ok();
}

#[tokio::test]
async fn a_limit_in_total_gives_exactly_as_many_redemptions_between_two_nodes() {
    let two = Two::open().await;
    let sale = promote(&two.admin, &with(&percent("10"), json!({"limits": {"total": 9}}))).await;
    let customers = join_all((0..4).map(|_| two.app.customer())).await;
    let body = order_of(&two.tea, 1, json!({}));
    let placed = join_all((0..40).map(|n| two.place(n, &customers[n % 4], &body))).await;
    let reduced: Vec<(usize, Value)> = (0..)
        .zip(placed.iter().map(Reply::created))
        .filter(|(_, order)| order["discounts"] != json!([]))
        .collect();
    assert_eq!(reduced.len(), 9, "everybody was served, nine of them cheaper");
    let path = format!("/api/v1/promotions/{sale}");
    assert_eq!(two.redemptions(&path).await, 9);
    // Three are cancelled; three more get it, and no fourth.
    for (n, order) in &reduced[..3] {
        cancel(&customers[n % 4], order).await;
    }
    assert_eq!(two.redemptions(&path).await, 6);
    let placed = join_all((0..12).map(|n| two.place(n, &customers[n % 4], &body))).await;
    let again = placed.iter().map(Reply::created).filter(|order| order["discounts"] != json!([]));
    assert_eq!(again.count(), 3);
    let promotion = two.admin.get(&path).await.ok();
    assert_eq!(two.redemptions(&path).await, 9);
    assert_eq!(promotion["usage"].as_array().map(Vec::len), Some(1));
    assert_eq!(two.admin.get(&path).await.ok()["usage"][0]["granted"], dinars("9000"));
    two.close().await;
}

#[tokio::test]
async fn a_coupon_for_once_per_customer_is_taken_once_by_each_between_two_nodes() {
    let two = Two::open().await;
    let coupon = json!({
        "code": "ONCE",
        "reward": {"type": "percentage", "percent": "50"},
        "limits": {"per_customer": 1, "total": 3},
    });
    two.admin.post("/api/v1/coupons", &coupon).await.created();
    let customers = join_all((0..4).map(|_| two.app.customer())).await;
    let body = order_of(&two.tea, 1, json!({"coupons": ["once"]}));
    let placed = join_all((0..24).map(|n| two.place(n, &customers[n / 6], &body))).await;
    let mut winners = Vec::new();
    for (n, reply) in placed.iter().enumerate() {
        if reply.status == 201 {
            winners.push((n / 6, reply.created()));
        } else {
            let code = reply.json()["code"].as_str().unwrap_or_default().to_owned();
            assert!(["pricing.used_up", "pricing.used_up_by_customer"].contains(&code.as_str()), "{code}");
            reply.problem(409, &code);
        }
    }
    assert_eq!(winners.len(), 3);
    assert!(winners.is_sorted_by(|(a, _), (b, _)| a < b), "each customer once");
    assert_eq!(two.redemptions("/api/v1/coupons/once").await, 3);
    // A cancellation gives the slot back to its customer, and the redemption to whoever comes first.
    let (winner, order) = &winners[0];
    cancel(&customers[*winner], order).await;
    let placed = two.place(1, &customers[*winner], &body).await;
    placed.created();
    two.place(0, &customers[*winner], &body).await.problem(409, "pricing.used_up_by_customer");
    assert_eq!(two.redemptions("/api/v1/coupons/once").await, 3);
    two.close().await;
}
