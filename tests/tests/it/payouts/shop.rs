//! A company with goods, and what becomes of its orders.

use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

pub(crate) struct Market {
    pub(crate) app: TestApp,
    pub(crate) admin: Client,
    pub(crate) company: String,
    pub(crate) warehouse: String,
    pub(crate) honey: String,
}

impl Market {
    /// A company that pays 10 percent, and a product of its for 10,000 dinars.
    pub(crate) async fn open() -> Self {
        let app = TestApp::spawn().await;
        let admin = app.admin().await;
        let company = admin.company(None).await;
        let warehouse = admin.warehouse("EBL").await;
        let honey = admin.product_of(&company, "HONEY", "10000").await;
        admin.stock(&honey, &warehouse, 1_000).await.ok();
        Self { app, admin, company, warehouse, honey }
    }

    /// Orders of one unit each that have arrived; their ids.
    pub(crate) async fn delivered(&self, count: usize) -> Vec<String> {
        let mut orders = Vec::new();
        for _ in 0..count {
            let order = json!({
                "lines": [{"product_id": self.honey, "quantity": 1}], "payment_method": "cash",
            });
            let id =
                self.admin.post("/api/v1/orders", &order).await.created()["id"].as_str().unwrap().to_owned();
            for status in ["processing", "shipped", "delivered"] {
                let path = format!("/api/v1/orders/{id}/status");
                self.admin.put(&path, &json!({"status": status})).await.ok();
            }
            orders.push(id);
        }
        self.app.settle().await;
        orders
    }

    /// The order's one unit comes back and is paid back.
    pub(crate) async fn refund(&self, order: &str) {
        let back = json!({"lines": [{"line": 1, "quantity": 1}], "reason": "torn"});
        let asked = self.admin.post(&format!("/api/v1/orders/{order}/returns"), &back).await.created();
        let step = format!("/api/v1/returns/{}/status", asked["id"].as_str().unwrap());
        self.admin.patch(&step, &json!({"status": "approved"})).await.ok();
        let received = json!({"status": "received", "warehouse_id": self.warehouse});
        self.admin.patch(&step, &received).await.ok();
        self.admin.patch(&step, &json!({"status": "refunded"})).await.ok();
        self.app.settle().await;
    }

    pub(crate) async fn pay(&self) -> Reply {
        self.admin.post("/api/v1/payouts", &json!({"company_id": self.company})).await
    }

    pub(crate) async fn settle_payout(&self, id: &str, body: &Value) -> Reply {
        self.admin.patch(&format!("/api/v1/payouts/{id}/status"), body).await
    }

    /// Draws a settlement up to now.
    pub(crate) async fn settlement(&self) -> Value {
        self.admin.post("/api/v1/settlements", &json!({"company_id": self.company})).await.created()
    }

    /// The company's account; checks that what is owed is what was earned less what was paid.
    pub(crate) async fn account(&self) -> Value {
        self.app.settle().await;
        let path = format!("/api/v1/companies/{}/payouts", self.company);
        let account = self.admin.get(&path).await.ok()["accounts"][0].clone();
        let of = |name: &str| account[name]["amount"].as_str().unwrap().parse::<i64>().unwrap();
        let earned = of("sales") - of("commission") - of("refunds") + of("refunded_commission");
        assert_eq!(of("owed"), earned + of("delivery_fees") - of("paid"));
        assert_eq!(of("due"), of("owed") - of("in_payout"));
        account
    }
}

pub(crate) fn amount(value: &Value) -> &str {
    value["amount"].as_str().unwrap()
}
