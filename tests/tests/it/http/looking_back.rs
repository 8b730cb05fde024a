//! `as_of` and `as_of_by`: what was, wherever something can be looked at.

use serde_json::{Value, json};
use souk_tests::{Client, TestApp};

use crate::payouts::shop::Market;

/// The code of the first fault.
fn fault(problem: &Value) -> &str {
    problem["errors"][0]["code"].as_str().unwrap()
}

/// Whatever was said for a moment that makes no sense.
async fn refuses_what_is_no_moment(client: &Client, path: &str) {
    for (query, code) in [
        ("as_of=yesterday", "invalid-moment"),
        ("as_of=2999-01-01T00:00:00Z", "moment-in-future"),
        ("as_of=99999999", "position-beyond-log"),
        ("as_of=1.1&as_of_by=effective_at", "moment-not-a-time"),
        ("as_of_by=effective_at", "moment-missing"),
        ("as_of=1&as_of_by=somehow", "invalid-value"),
        ("as_off=1", "unknown-parameter"),
    ] {
        let problem = client.get(&format!("{path}?{query}")).await.problem(400, "invalid-parameter");
        assert_eq!(fault(&problem), code, "{path}?{query}");
    }
    client.get(&format!("{path}?as_of=7.1")).await.problem(412, "position-of-other-epoch");
}

#[tokio::test]
async fn a_payout_and_a_settlement_are_what_they_were() {
    let market = Market::open().await;
    market.delivered(2).await;
    let before = market.app.head().to_string();
    let created = market.pay().await;
    let id = created.created()["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/payouts/{id}");
    let pending = market.admin.get_with(&path, "Min-Event-Position", created.position()).await.ok();
    let approved = market.settle_payout(&id, &json!({"status": "approved"})).await;
    let approved_at = approved.position().to_owned();
    let seen = market.admin.get_with(&path, "Min-Event-Position", &approved_at).await.ok();
    let paid = json!({"status": "paid", "reference": "FT1"});
    market.settle_payout(&id, &paid).await.ok();
    market.app.settle().await;
    let now = market.admin.get(&path).await.ok();
    assert_eq!((&now["status"], &now["reference"]), (&json!("paid"), &json!("FT1")));
    let at = |moment: &str| format!("{path}?as_of={moment}");
    assert_eq!(market.admin.get(&at(created.position())).await.ok(), pending);
    assert_eq!(market.admin.get(&at(&approved_at)).await.ok(), seen);
    assert_eq!(market.admin.get(&at(&market.app.head().to_string())).await.ok(), now);
    let updated_at = seen["updated_at"].as_str().unwrap();
    assert_eq!(market.admin.get(&at(updated_at)).await.ok(), seen);
    assert_eq!(market.admin.get(&format!("{}&as_of_by=effective_at", at(updated_at))).await.ok(), seen);
    let early = market.admin.get(&at(&before)).await.problem(404, "before-beginning");
    assert!(early["first_position"].as_str().unwrap().starts_with("1."));
    refuses_what_is_no_moment(&market.admin, &path).await;
    market.app.anonymous().get(&at(&approved_at)).await.problem(401, "identity.token_missing");
    let other = market.admin.company(None).await;
    let stranger = market.app.account(domain::identity::Role::Vendor, &[], other.parse().ok()).await;
    stranger.get(&at(&approved_at)).await.problem(404, "payouts.payout_not_found");
    stranger.get(&at(&before)).await.problem(404, "payouts.payout_not_found");

    let settlement = market.settlement().await;
    let path = format!("/api/v1/settlements/{}", settlement["id"].as_str().unwrap());
    market.app.settle().await;
    let (open, open_at) = (market.admin.get(&path).await.ok(), market.app.head().to_string());
    let dispute = json!({"status": "disputed", "reason": "a line is missing"});
    market.admin.patch(&format!("{path}/status"), &dispute).await.ok();
    market.app.settle().await;
    assert_eq!(market.admin.get(&path).await.ok()["status"], "disputed");
    assert_eq!(market.admin.get(&format!("{path}?as_of={open_at}")).await.ok(), open);
    market.admin.get(&format!("{path}?as_of=1")).await.problem(404, "before-beginning");
    stranger.get(&format!("{path}?as_of=1")).await.problem(404, "payouts.settlement_not_found");
    refuses_what_is_no_moment(&market.admin, &path).await;
}

#[tokio::test]
async fn a_promotion_is_what_it_was_for_whoever_may_see_it() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let offer = |percent: &str, activation: &str| json!({"name": {"en": "Sale"}, "reward": {"type": "percentage", "percent": percent}, "activation": activation});
    let before = app.head().to_string();
    let created = admin.post("/api/v1/promotions", &offer("5", "automatic")).await;
    let path = format!("/api/v1/promotions/{}", created.created()["id"].as_str().unwrap());
    let then = created.position().to_owned();
    let revised = admin.put(&path, &offer("7", "automatic")).await;
    app.settle().await;
    let at = |moment: &str| format!("{path}?as_of={moment}");
    for client in [&admin, &app.anonymous()] {
        assert_eq!(client.get(&path).await.ok()["reward"]["percent"], "7");
        let past = client.get(&at(&then)).await.ok();
        assert_eq!((&past["reward"]["percent"], &past["version"]), (&json!("5"), &json!(1)));
        assert_eq!(client.get(&at(revised.position())).await.ok()["reward"]["percent"], "7");
        client.get(&at(&before)).await.problem(404, "before-beginning");
        refuses_what_is_no_moment(client, &path).await;
    }
    let (mut now, mut past) = (admin.get(&path).await.ok(), admin.get(&at(revised.position())).await.ok());
    assert_eq!((past["names"].clone(), past.get("usage")), (json!({"en": "Sale"}), None));
    for only_now in ["redemptions", "usage"] {
        now.as_object_mut().unwrap().remove(only_now);
    }
    past.as_object_mut().unwrap().remove("usage");
    assert_eq!(past, now);
    admin.delete(&path).await.ok();
    app.settle().await;
    assert_eq!(admin.get(&at(&then)).await.ok()["phase"], "running");
    // Who may not see it any more does not see what it was either.
    app.anonymous().get(&at(&then)).await.problem(404, "pricing.promotion_not_found");
    admin
        .get("/api/v1/promotions/prm_00000000000000000000000000000001?as_of=1")
        .await
        .problem(404, "pricing.promotion_not_found");
}

#[tokio::test]
async fn what_was_told_late_counts_by_when_it_happened() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let rice = admin.product("RICE", "100").await;
    admin.stock(&rice, &warehouse, 5).await.ok();
    let late = json!({
        "product_id": rice, "warehouse_id": warehouse, "delta": 3, "reason": "found",
        "effective_at": "2024-05-01T12:00:00Z",
    });
    admin.patch("/api/v1/inventory/stock/update", &late).await.ok();
    app.settle().await;
    let stock = format!("/api/v1/inventory/stock/{rice}?as_of=2024-06-01T00:00:00Z");
    assert_eq!(admin.get(&stock).await.ok()["on_hand"], 0);
    assert_eq!(admin.get(&format!("{stock}&as_of_by=recorded_at")).await.ok()["on_hand"], 0);
    assert_eq!(admin.get(&format!("{stock}&as_of_by=effective_at")).await.ok()["on_hand"], 3);
    let now = format!("/api/v1/inventory/stock/{rice}");
    assert_eq!(admin.get(&now).await.ok()["on_hand"], 8);
    let moved = format!("/api/v1/inventory/history?filter[product]={rice}&as_of=2024-06-01T00:00:00Z");
    assert_eq!(admin.get(&moved).await.ok()["items"], json!([]));
    let happened = admin.get(&format!("{moved}&as_of_by=effective_at")).await.ok();
    assert_eq!(
        (happened["items"].as_array().unwrap().len(), &happened["items"][0]["change"]["on_hand"]),
        (1, &json!(3))
    );
    refuses_what_is_no_moment(&admin, &now).await;
    refuses_what_is_no_moment(&admin, "/api/v1/inventory/history").await;
    refuses_what_is_no_moment(&admin, &format!("/api/v1/products/{rice}/history")).await;
    let order = admin.order(&[(&rice, 1)]).await.created();
    refuses_what_is_no_moment(&admin, &format!("/api/v1/orders/{}/history", order["id"].as_str().unwrap()))
        .await;
}
