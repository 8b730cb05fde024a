//! V2 Validation and business logic: steps in their order, once, by those whose turn it is.

use serde_json::{Value, json};

use crate::security::support::{faults::Faults, marketplace::Marketplace};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v2_3_1_no_step_of_an_order_is_skipped_or_taken_back() {
    let town = Marketplace::open().await;
    let (world, admin) = (&town.world, town.world.admin());
    let mut faults = Faults::default();
    // By status: what must not come next.
    let steps: [(&[&str], &[&str]); 4] = [
        (&[], &["pending", "shipped", "delivered", "paid", "refunded", "nonsense"]),
        (&["processing"], &["pending", "confirmed", "delivered"]),
        (&["processing", "shipped"], &["pending", "confirmed", "processing"]),
        (
            &["processing", "shipped", "delivered"],
            &["pending", "confirmed", "processing", "shipped", "cancelled"],
        ),
    ];
    for (taken, wrong) in steps {
        let order = world.order().await;
        let path = format!("/api/v1/orders/{order}/status");
        for status in taken {
            admin.put(&path, &json!({"status": status})).await.ok();
        }
        for status in wrong {
            let reply = admin.put(&path, &json!({"status": status})).await;
            // What has been done already is no error, and does nothing.
            let is_unchanged = reply.status == 200 && reply.json()["status"] != *status;
            let is_refused = matches!(reply.status.as_u16(), 409 | 422) || is_unchanged;
            faults
                .unless(is_refused, || format!("{taken:?} then {status}: {} {}", reply.status, reply.json()));
        }
        let cancel =
            admin.put(&format!("/api/v1/orders/{order}/cancel"), &json!({"reason": "too late"})).await;
        let may_cancel = taken.len() < 2;
        faults.unless(cancel.status.is_success() == may_cancel, || {
            format!("cancel after {taken:?}: {}", cancel.status)
        });
    }
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v2_3_1_money_moves_in_its_order_and_once() {
    let town = Marketplace::open().await;
    let (world, admin) = (&town.world, town.world.admin());
    let mut faults = Faults::default();
    let status = async |kind: &str, id: &str, body: Value| {
        admin.patch(&format!("/api/v1/{kind}/{id}/status"), &body).await
    };
    let paid = || json!({"status": "paid", "reference": "FT-1"});
    // A payout is paid when it was approved, and then never again.
    for (body, is_fine) in [
        (paid(), false),
        (json!({"status": "approved"}), true),
        (paid(), true),
        (json!({"status": "paid", "reference": "FT-2"}), false),
        (json!({"status": "failed", "reason": "no"}), false),
        (json!({"status": "approved"}), false),
    ] {
        let reply = status("payouts", &world.payout, body.clone()).await;
        faults.unless(reply.status.is_success() == is_fine, || {
            format!("payout {body}: {} {}", reply.status, reply.json())
        });
    }
    // What was returned is received and refunded once.
    let warehouse = world.warehouse.as_str();
    for (body, is_fine) in [
        (json!({"status": "received", "warehouse_id": warehouse}), false),
        (json!({"status": "refunded"}), false),
        (json!({"status": "approved"}), true),
        (json!({"status": "approved"}), true),
        (json!({"status": "refunded"}), false),
    ] {
        let reply = status("returns", &world.returned, body.clone()).await;
        faults.unless(reply.status.is_success() == is_fine, || {
            format!("return {body}: {} {}", reply.status, reply.json())
        });
    }
    // No more comes back than went out, in one return or in many.
    let order = world.delivered().await;
    let path = format!("/api/v1/orders/{order}/returns");
    let back = |lines: Value| json!({"lines": lines, "reason": "torn"});
    for (lines, is_fine) in [
        (json!([{"line": 1, "quantity": 2}]), false),
        (json!([{"line": 1, "quantity": 1}, {"line": 1, "quantity": 1}]), false),
        (json!([{"line": 2, "quantity": 1}]), false),
        (json!([{"line": 0, "quantity": 1}]), false),
        (json!([]), false),
        (json!([{"line": 1, "quantity": 1}]), true),
        (json!([{"line": 1, "quantity": 1}]), false),
    ] {
        let reply = admin.post(&path, &back(lines.clone())).await;
        faults.unless(reply.status.is_success() == is_fine, || {
            format!("back {lines}: {} {}", reply.status, reply.json())
        });
    }
    faults.none();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn v2_2_3_values_that_contradict_each_other_are_refused() {
    let town = Marketplace::open().await;
    let (world, admin) = (&town.world, town.world.admin());
    let mut faults = Faults::default();
    let money = |amount: &str, currency: &str| json!({"amount": amount, "currency": currency});
    let product = |prices: Value| json!({"sku": "CONTRADICTION", "title": {"en": "x"}, "prices": prices});
    let line = json!({"product_id": world.honey, "quantity": 1});
    let percent = json!({"type": "percentage", "percent": "10"});
    for (path, body) in [
        ("products", product(json!({"base": money("10", "IQD"), "discounted": money("11", "IQD")}))),
        ("products", product(json!({"base": money("10", "IQD"), "discounted": money("9", "USD")}))),
        ("products", product(json!({"base": {"amount": "10", "currency": "IQD", "exponent": 3}}))),
        ("orders", json!({"zone": "erbil", "lines": []})),
        (
            "orders",
            json!({"zone": "erbil", "lines": [{"product_id": world.honey, "sku": "HONEY", "quantity": 1}]}),
        ),
        ("orders", json!({"zone": "erbil", "lines": [{"quantity": 1}]})),
        ("orders", json!({"zone": "erbil", "coupons": ["NO-SUCH-COUPON"], "lines": [line]})),
        (
            "orders",
            json!({"zone": "erbil", "promotion_ids": ["prm_0190c7a2000070008000000000000001"], "lines": [line]}),
        ),
        (
            "promotions",
            json!({"name": {"en": "x"}, "reward": percent, "from": "2030-01-02T00:00:00Z", "until": "2030-01-01T00:00:00Z"}),
        ),
        ("promotions", json!({"name": {"en": "x"}, "reward": {"type": "percentage", "percent": "100.01"}})),
        ("promotions", json!({"name": {"en": "x"}, "reward": {"type": "percentage", "percent": "-1"}})),
        ("promotions", json!({"name": {"en": "x"}, "reward": {"type": "percentage", "percent": "0"}})),
        (
            "promotions",
            json!({"name": {"en": "x"}, "reward": {"type": "fixed", "amount": money("-1", "IQD")}}),
        ),
        (
            "settlements",
            json!({"company_id": world.company, "to_position": 1, "until": "2026-01-01T00:00:00Z"}),
        ),
        ("settlements", json!({"company_id": world.company, "to_position": i64::MAX})),
        ("admins", json!({"email": "a@example.com", "password": "four plain words", "role": "vendor"})),
        ("admins", json!({"email": "a@example.com", "password": "four plain words", "role": "customer"})),
    ] {
        let reply = admin.post(&format!("/api/v1/{path}"), &body).await;
        let is_refused = matches!(reply.status.as_u16(), 400 | 404 | 409 | 422);
        faults.unless(is_refused, || format!("{path} takes {body}: {} {}", reply.status, reply.json()));
    }
    faults.none();
}
