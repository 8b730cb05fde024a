use serde_json::{Value, json};

use super::shop::{Market, amount};

fn id(payout: &Value) -> String {
    payout["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_delivered_is_paid_and_a_refund_goes_into_the_next_payout() {
    let market = Market::open().await;
    let orders = market.delivered(3).await;
    let created = market.pay().await;
    let payout = created.created();
    assert_eq!((amount(&payout["total"]), &payout["item_count"]), ("27000", &json!(3)));
    assert_eq!(created.header("location"), format!("/api/v1/payouts/{}", id(&payout)));
    assert_eq!(created.header("etag"), "\"1\"");
    let account = market.account().await;
    assert_eq!((amount(&account["due"]), amount(&account["owed"])), ("0", "27000"));
    market.pay().await.problem(409, "payouts.nothing_due");

    market
        .settle_payout(&id(&payout), &json!({"status": "paid", "reference": "FT1"}))
        .await
        .problem(409, "payouts.not_approved");
    market.settle_payout(&id(&payout), &json!({"status": "approved"})).await.ok();
    market
        .settle_payout(&id(&payout), &json!({"status": "paid"}))
        .await
        .problem(422, "payouts.reference_needed");
    let paid = market.settle_payout(&id(&payout), &json!({"status": "paid", "reference": "FT1"})).await.ok();
    assert_eq!((&paid["status"], &paid["version"]), (&json!("paid"), &json!(3)));
    assert_eq!(amount(&market.account().await["owed"]), "0");
    let seen = market.admin.get(&format!("/api/v1/payouts/{}", id(&payout))).await.ok();
    assert_eq!(seen["reference"], "FT1");
    let named: Vec<_> =
        seen["items"].as_array().unwrap().iter().map(|item| item["order_id"].clone()).collect();
    assert_eq!(named, orders);

    market.refund(&orders[0]).await;
    assert_eq!(amount(&market.account().await["owed"]), "-9000");
    let problem = market.pay().await.problem(409, "payouts.nothing_to_pay");
    assert_eq!(problem["errors"][0]["numbers"]["balance"], "-9000");
    market.delivered(2).await;
    let next = market.pay().await.created();
    assert_eq!((amount(&next["total"]), &next["item_count"]), ("9000", &json!(3)));
    assert_eq!(amount(&next["earnings"]["refunds"]), "10000");
    market.account().await;
}

#[tokio::test]
async fn a_payout_that_fails_gives_its_lines_to_the_next_one() {
    let market = Market::open().await;
    market.delivered(2).await;
    let first = market.pay().await.created();
    market
        .settle_payout(&id(&first), &json!({"status": "failed"}))
        .await
        .problem(422, "payouts.reason_needed");
    let failed = json!({"status": "failed", "reason": "the account is closed"});
    let reply = market.settle_payout(&id(&first), &failed).await;
    assert_eq!(reply.ok()["status"], "failed");
    let body = json!({"company_id": market.company});
    let second = market
        .admin
        .request(reqwest::Method::POST, "/api/v1/payouts")
        .header("Idempotency-Key", "second")
        .header("Min-Event-Position", reply.position())
        .json(&body);
    let second = souk_tests::Reply::of(second).await.created();
    assert_eq!(amount(&second["total"]), "18000");
    assert_ne!(id(&second), id(&first));
    market.account().await;
    let shown = market.admin.get(&format!("/api/v1/payouts/{}", id(&first))).await.ok();
    assert_eq!((&shown["status"], shown["items"].as_array().unwrap().len()), (&json!("failed"), 2));
}

#[tokio::test]
async fn payouts_at_once_pay_every_line_once_and_a_repeat_pays_nothing() {
    let market = Market::open().await;
    market.delivered(6).await;
    let replies = futures_util::future::join_all((0..8).map(|_| market.pay())).await;
    let mut items = 0;
    for reply in replies {
        if reply.status.is_success() {
            items += reply.created()["item_count"].as_u64().unwrap();
        } else {
            reply.problem(409, "payouts.nothing_due");
        }
    }
    assert_eq!(items, 6);
    let account = market.account().await;
    assert_eq!((amount(&account["in_payout"]), amount(&account["due"])), ("54000", "0"));

    market.delivered(1).await;
    let repeat = || {
        let body = json!({"company_id": market.company});
        let request = market.admin.request(reqwest::Method::POST, "/api/v1/payouts");
        souk_tests::Reply::of(request.header("Idempotency-Key", "once").json(&body))
    };
    let first = repeat().await;
    let again = repeat().await;
    assert_eq!(first.created(), again.created());
    assert_eq!(again.header("idempotent-replayed"), "true");
    let without = market.admin.request(reqwest::Method::POST, "/api/v1/payouts").json(&json!({}));
    souk_tests::Reply::of(without).await.problem(400, "idempotency-key-required");
}

#[tokio::test]
async fn settlements_adjoin_and_balance_with_the_payouts() {
    let market = Market::open().await;
    let orders = market.delivered(3).await;
    let first = market.settlement().await;
    assert_eq!((&first["from_position"], amount(&first["statement"]["closing"])), (&json!(0), "27000"));
    let payout = market.pay().await.created();
    market.settle_payout(&id(&payout), &json!({"status": "approved"})).await.ok();
    let paid = json!({"status": "paid", "reference": "FT1"});
    market.settle_payout(&id(&payout), &paid).await.ok();
    market.refund(&orders[1]).await;
    market.delivered(1).await;
    let second = market.settlement().await;
    assert_eq!(second["from_position"], first["to_position"]);
    let statement = &second["statement"];
    let figures = [
        ("opening", amount(&statement["opening"])),
        ("sales", amount(&statement["earnings"]["sales"])),
        ("commission", amount(&statement["earnings"]["commission"])),
        ("refunds", amount(&statement["earnings"]["refunds"])),
        ("refunded_commission", amount(&statement["earnings"]["refunded_commission"])),
        ("payouts", amount(&statement["payouts"])),
        ("closing", amount(&statement["closing"])),
    ];
    assert_eq!(
        figures,
        [
            ("opening", "27000"),
            ("sales", "10000"),
            ("commission", "1000"),
            ("refunds", "10000"),
            ("refunded_commission", "1000"),
            ("payouts", "27000"),
            ("closing", "0"),
        ]
    );
    assert_eq!(amount(&market.account().await["owed"]), amount(&statement["closing"]));
    let old = json!({"company_id": market.company, "to_position": first["to_position"]});
    market.admin.post("/api/v1/settlements", &old).await.problem(409, "payouts.settlement_range_empty");
    let far = json!({"company_id": market.company, "to_position": 1_000_000});
    market.admin.post("/api/v1/settlements", &far).await.problem(422, "payouts.position_not_reached");

    let path = format!("/api/v1/settlements/{}/status", id(&second));
    let disputed = json!({"status": "disputed", "reason": "one is missing"});
    assert_eq!(market.admin.patch(&path, &disputed).await.ok()["status"], "disputed");
    market.admin.patch(&path, &json!({"status": "confirmed"})).await.ok();
    market.admin.patch(&path, &disputed).await.problem(409, "payouts.settlement_confirmed");
    assert_eq!(market.admin.patch(&path, &json!({"status": "closed"})).await.ok()["version"], 4);
    market.app.settle().await;
    let listed = market.admin.get("/api/v1/settlements?filter[status]=closed&total=true").await.ok();
    assert_eq!((&listed["total"], &listed["items"][0]["id"]), (&json!(1), &json!(id(&second))));
    let shown = market.admin.get(&format!("/api/v1/settlements/{}", id(&second))).await.ok();
    assert_eq!((&shown["dispute_reason"], &shown["statement"]), (&json!("one is missing"), statement));
}
