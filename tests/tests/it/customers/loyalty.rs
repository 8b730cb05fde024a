//! Points: earned by delivered orders, taken back with returns, redeemed for coupons, never below none.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};
use souk_tests::{Client, Reply, TestApp};

use crate::identity::mailbox;

/// Longer than any job takes.
const COMES_WITHIN: Duration = Duration::from_secs(30);

struct Shop {
    app: TestApp,
    admin: Client,
    warehouse: String,
    tea: String,
}

async fn shop() -> Shop {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("EBL").await;
    let tea = admin.product("TEA", "10000").await;
    admin.stock(&tea, &warehouse, 1_000).await.ok();
    admin.put("/api/v1/loyalty/rules", &rules()).await.ok();
    Shop { app, admin, warehouse, tea }
}

/// A point for a thousand dinars; whoever has a hundred earns half as many again.
fn rules() -> Value {
    json!({
        "rates": [{"points": 1, "spent": {"amount": "1000", "currency": "IQD"}}],
        "tiers": [
            {"code": "silver", "name": {"en": "Silver"}, "from_points": 0, "multiplier_percent": 100},
            {"code": "gold", "name": {"en": "Gold"}, "from_points": 100, "multiplier_percent": 150},
        ],
        "tier_window_days": 365,
        "expire_after_days": 10,
        "remind_before_days": 9,
    })
}

fn dinars(amount: &str) -> Value {
    json!({"amount": amount, "currency": "IQD", "exponent": 0})
}

fn five_thousand_off(points: u64, tier: Option<&str>) -> Value {
    json!({
        "name": {"en": "5000 dinars off"},
        "points": points,
        "tier": tier,
        "reward": {"type": "fixed", "amount": dinars("5000")},
        "valid_days": 30,
    })
}

async fn me(client: &Client) -> Value {
    client.get("/api/v1/auth/me").await.ok()
}

impl Shop {
    async fn reward(&self, points: u64, tier: Option<&str>) -> String {
        let reply = self.admin.post("/api/v1/loyalty/rewards", &five_thousand_off(points, tier)).await;
        reply.created()["id"].as_str().unwrap().to_owned()
    }

    async fn adjust(&self, customer: &Client, points: i64) -> Reply {
        let id = me(customer).await["id"].clone();
        let body = json!({"customer_id": id, "points": points, "reason": "a welcome"});
        self.admin.post("/api/v1/loyalty/adjustments", &body).await
    }

    async fn order(&self, customer: &Client, units: u32) -> String {
        let body = json!({"payment_method": "cash", "lines": [{"product_id": self.tea, "quantity": units}]});
        customer.post("/api/v1/orders", &body).await.created()["id"].as_str().unwrap().to_owned()
    }

    async fn deliver(&self, order: &str) {
        for status in ["processing", "shipped", "delivered"] {
            let step = format!("/api/v1/orders/{order}/status");
            self.admin.put(&step, &json!({"status": status})).await.ok();
        }
    }

    async fn give_back(&self, customer: &Client, order: &str, units: u32) {
        let back = json!({"lines": [{"line": 1, "quantity": units}], "reason": "damp"});
        let asked = customer.post(&format!("/api/v1/orders/{order}/returns"), &back).await.created();
        let step = format!("/api/v1/returns/{}/status", asked["id"].as_str().unwrap());
        for status in ["approved", "received", "refunded"] {
            let mut change = json!({"status": status});
            if status == "received" {
                change["warehouse_id"] = json!(self.warehouse);
            }
            self.admin.patch(&step, &change).await.ok();
        }
    }
}

/// Waits until so many points are there.
async fn has(customer: &Client, points: u64) -> Value {
    let deadline = tokio::time::Instant::now() + COMES_WITHIN;
    loop {
        let loyalty = customer.get("/api/v1/loyalty").await.ok();
        if loyalty["points"] == points {
            return loyalty;
        }
        assert!(tokio::time::Instant::now() < deadline, "{points} points never come: {loyalty}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn history(customer: &Client) -> Vec<Value> {
    let list = customer.get("/api/v1/loyalty/history?limit=200&total=true").await.ok();
    let items = list["items"].as_array().unwrap().clone();
    assert_eq!(list["total"], items.len());
    items
}

fn redeem(reward: &str) -> Value {
    json!({"reward_id": reward})
}

#[tokio::test]
async fn a_delivered_order_earns_and_what_comes_back_is_taken_back() {
    let shop = shop().await;
    let (customer, other) = (shop.app.customer().await, shop.app.customer().await);
    let before = customer.get("/api/v1/loyalty").await.ok();
    assert_eq!((&before["points"], &before["tier"]["code"]), (&json!(0), &json!("silver")));
    let order = shop.order(&customer, 7).await;
    let cancelled = shop.order(&customer, 5).await;
    let cancel = format!("/api/v1/orders/{cancelled}/cancel");
    customer.put(&cancel, &json!({"reason": "a slip"})).await.ok();
    shop.deliver(&order).await;
    let loyalty = has(&customer, 70).await;
    assert_eq!(loyalty["next_tier"]["code"], "gold");
    assert_eq!(loyalty["expiring"][0]["points"], 70);
    shop.give_back(&customer, &order, 2).await;
    has(&customer, 50).await;
    let second = shop.order(&customer, 5).await;
    shop.deliver(&second).await;
    assert_eq!(has(&customer, 100).await["tier"]["code"], "gold");
    let third = shop.order(&customer, 1).await;
    shop.deliver(&third).await;
    has(&customer, 115).await;
    shop.give_back(&customer, &order, 5).await;
    has(&customer, 65).await;
    mailbox_settles(&shop).await;
    let changes = history(&customer).await;
    let kinds: Vec<&str> = changes.iter().map(|change| change["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["taken_back", "earned", "earned", "taken_back", "earned"]);
    let sum: i64 = changes.iter().map(|change| change["points"].as_i64().unwrap()).sum();
    assert_eq!((sum, &changes[0]["balance"]), (65, &json!(65)));
    assert_eq!(changes[4]["order_id"], order);
    let page = customer.get("/api/v1/loyalty/history?limit=2").await.ok();
    let next = format!("/api/v1/loyalty/history?limit=3&cursor={}", page["next_cursor"].as_str().unwrap());
    let rest = customer.get(&next).await.ok();
    assert_eq!((&rest["items"][0], &rest["next_cursor"]), (&changes[2], &Value::Null));
    assert_eq!(history(&other).await.len(), 0);
    // It is told to whom it belongs, with everything else.
    let path = format!("/api/v1/users/{}/data-export", me(&customer).await["id"].as_str().unwrap());
    let export = customer.get(&path).await.ok();
    let told = export["history"].as_array().unwrap().iter().filter(|event| event["type"] == "PointsEarned");
    assert_eq!(told.count(), 3);
}

/// Every job that is due has run, and once more would change nothing.
async fn mailbox_settles(shop: &Shop) {
    let pool = shop.app.server.souk.log.pool();
    sqlx::query("update jobs set state = 'waiting', round = round + 1, attempts = 0 where kind in ('earn_points', 'take_points_back')")
        .execute(pool)
        .await
        .unwrap();
    let deadline = tokio::time::Instant::now() + COMES_WITHIN;
    loop {
        let open: i64 = sqlx::query_scalar(
            "select count(*) from jobs where kind in ('earn_points', 'take_points_back') and state <> 'done'",
        )
        .fetch_one(pool)
        .await
        .unwrap();
        if open == 0 {
            return;
        }
        assert!(tokio::time::Instant::now() < deadline, "{open} jobs are open");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn points_become_a_coupon_that_an_order_takes_once() {
    let shop = shop().await;
    let customer = shop.app.customer().await;
    let (cheap, dear) = (shop.reward(60, None).await, shop.reward(60, Some("gold")).await);
    shop.adjust(&customer, 150).await.ok();
    let rewards = customer.get("/api/v1/loyalty/rewards").await.ok();
    assert_eq!((rewards["items"].as_array().unwrap().len(), &rewards["items"][0]["id"]), (1, &json!(cheap)));
    assert_eq!(rewards["items"][0]["affordable"], true);
    let path = "/api/v1/loyalty/redeem";
    customer.post(path, &redeem(&dear)).await.problem(409, "customers.reward_tier_too_low");
    let redeemed = customer.post(path, &redeem(&cheap)).await.ok();
    assert_eq!((&redeemed["points"], &redeemed["balance"]), (&json!(60), &json!(90)));
    let order = json!({
        "lines": [{"product_id": shop.tea, "quantity": 2}], "coupons": [redeemed["coupon"]],
    });
    let placed = customer.post("/api/v1/orders", &order).await.created();
    assert_eq!(placed["totals"]["total"], dinars("15000"));
    assert_eq!(customer.post("/api/v1/orders", &order).await.status, 409);
    // Retired, it cannot be had any more.
    let mut retired = five_thousand_off(60, None);
    retired["retired"] = json!(true);
    let reward = format!("/api/v1/loyalty/rewards/{cheap}");
    assert_eq!(shop.admin.put(&reward, &retired).await.ok()["retired"], true);
    customer.post(path, &redeem(&cheap)).await.problem(409, "customers.reward_retired");
    shop.admin.put(&reward, &five_thousand_off(70, None)).await.problem(409, "customers.reward_retired");
    let bundle =
        json!({"name": {"en": "Two"}, "points": 5, "reward": {"type": "buy_x_get_y", "buy": 1, "get": 1}});
    let refused = shop.admin.post("/api/v1/loyalty/rewards", &bundle).await;
    refused.problem(422, "customers.reward_invalid");
    let rules = shop.admin.get("/api/v1/loyalty/rules").await.ok();
    assert_eq!((&rules["rewards"][0]["retired"], &rules["tiers"][1]["code"]), (&json!(true), &json!("gold")));
}

#[tokio::test]
async fn however_many_redeem_at_once_no_point_is_spent_twice() {
    let shop = shop().await;
    let customer = shop.app.customer().await;
    let reward = shop.reward(40, None).await;
    shop.adjust(&customer, 100).await.ok();
    let body = redeem(&reward);
    let replies = join_all((0..12).map(|_| customer.post("/api/v1/loyalty/redeem", &body))).await;
    let given: Vec<Value> = replies
        .iter()
        .filter(|reply| reply.status == 200)
        .map(|reply| reply.ok()["coupon"].clone())
        .collect();
    assert_eq!(given.len(), 2);
    assert_ne!(given[0], given[1]);
    for refused in replies.iter().filter(|reply| reply.status != 200) {
        let problem = refused.problem(409, "customers.insufficient_points");
        assert_eq!(problem["errors"][0]["numbers"]["needed"], 40, "{problem}");
    }
    // One key, one redemption.
    shop.adjust(&customer, 100).await.ok();
    let once = || async {
        let request = customer.request("POST".parse().unwrap(), "/api/v1/loyalty/redeem");
        Reply::of(request.header("Idempotency-Key", "one-redemption").json(&redeem(&reward))).await
    };
    let (first, again) = (once().await.ok(), once().await.ok());
    assert_eq!(first, again);
    assert_eq!(has(&customer, 80).await["owed"], 0);
    shop.adjust(&customer, -81).await.problem(409, "customers.insufficient_points");
    shop.adjust(&customer, -80).await.ok();
    shop.adjust(&shop.admin, 5).await.problem(404, "identity.account_not_found");
    let sum: i64 = history(&customer).await.iter().map(|change| change["points"].as_i64().unwrap()).sum();
    assert_eq!(sum, 0);
}

#[tokio::test]
async fn who_will_lose_points_gets_one_mail_before() {
    let shop = shop().await;
    let customer = shop.app.customer().await;
    shop.adjust(&customer, 30).await.ok();
    shop.adjust(&customer, 12).await.ok();
    let pool = shop.app.server.souk.log.pool();
    shop.app.settle().await;
    let due = |kind: &'static str| async move {
        let rows: Vec<i64> = sqlx::query_scalar(
            "select round(extract(epoch from run_at - created_at) / 86400)::bigint from jobs where kind = $1",
        )
        .bind(kind)
        .fetch_all(pool)
        .await
        .unwrap();
        rows
    };
    let deadline = tokio::time::Instant::now() + COMES_WITHIN;
    while due("expire_points").await.len() < 2 {
        assert!(tokio::time::Instant::now() < deadline, "no jobs come");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((due("expire_points").await, due("remind_of_points").await), (vec![10, 10], vec![1, 1]));
    // The day has come.
    sqlx::query("update jobs set run_at = clock_timestamp() where kind = 'remind_of_points'")
        .execute(pool)
        .await
        .unwrap();
    let email = me(&customer).await["email"].as_str().unwrap().to_owned();
    let mail = mailbox::mail(&shop.app, &email, 1).await;
    assert!(mail.text().contains("42,"), "{}", mail.text());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(mailbox::mails_to(&shop.app, &email).len(), 1);
    assert_eq!(has(&customer, 42).await["expiring"].as_array().unwrap().len(), 2);
}
