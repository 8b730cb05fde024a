//! `souk-replay why-stock` and `why-payout`: what they tell adds up to the number that is asked about.

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use super::{
    command,
    replay::{demo, replay, told},
    text,
};
use crate::payouts::shop::Market;

fn document(url: &str, args: &[&str]) -> Value {
    let mut all = args.to_vec();
    all.push("--json");
    serde_json::from_str(&told(url, &all)).unwrap()
}

fn units(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

/// Checks that every line's balance is the sum so far, and the last one the total.
fn adds_up(ledger: &Value) {
    let mut balance = 0;
    for (lines, total) in [("causes", "on_hand"), ("taken", "available")] {
        for line in ledger[lines].as_array().unwrap() {
            balance += units(&line["units"]);
            assert_eq!(balance, units(&line["balance"]), "{ledger}");
        }
        assert_eq!(balance, units(&ledger[total]), "{ledger}");
    }
}

#[tokio::test]
async fn a_stock_is_explained_by_what_came_and_went_and_who_has_it() {
    let database = demo().await;
    let url = database.url();
    let ledger = document(url, &["why-stock", "RICE-BASMATI-5"]);
    adds_up(&ledger);
    assert_eq!(ledger["available"], 820);
    let table = told(url, &["why-stock", "RICE-BASMATI-5"]);
    assert!(table.lines().last().unwrap().starts_with("= available"), "{table}");
    assert!(table.lines().last().unwrap().ends_with("820"), "{table}");
    let of_warehouse = document(url, &["why-stock", "RICE-BASMATI-5", "--warehouse", "EBL-1"]);
    adds_up(&of_warehouse);
    assert_eq!((&of_warehouse["available"], &of_warehouse["warehouse"]), (&json!(260), &json!("EBL-1")));

    // Every product at every tenth position: the same as its story.
    let skus: Vec<String> = sqlx::query_scalar("select sku from read.products order by sku limit 12")
        .fetch_all(&database.pool())
        .await
        .unwrap();
    for (sku, at) in skus.iter().zip((0..).map(|step| (100 + step * 40).to_string())) {
        let (ledger, story) = (
            document(url, &["why-stock", sku, "--as-of", &at]),
            document(url, &["stock", sku, "--as-of", &at]),
        );
        adds_up(&ledger);
        assert_eq!((&ledger["available"], &ledger["as_of"]), (&story["available"], &story["as_of"]), "{sku}");
        // Nothing that is taken now was given back.
        for line in ledger["taken"].as_array().unwrap() {
            assert!(units(&line["units"]) < 0, "{line}");
        }
    }
    let (sku, reserved): (String, i64) = sqlx::query_as(
        "select p.sku, sum(l.reserved)::bigint from stock_levels_v2.levels l \
           join stock_levels_v2.products p on p.id = l.product group by p.sku order by 2 desc, 1 limit 1",
    )
    .fetch_one(&database.pool())
    .await
    .unwrap();
    let ledger = document(url, &["why-stock", &sku]);
    adds_up(&ledger);
    let taken: i64 = ledger["taken"].as_array().unwrap().iter().map(|line| units(&line["units"])).sum();
    assert!(reserved > 0 && taken == -reserved, "{sku}: {ledger}");
    let unknown = replay(url, &["why-stock", "NO-SUCH-SKU"]);
    assert_eq!(unknown.status.code(), Some(2));
}

/// Minor units of dinars.
fn dinars(money: &Value) -> i64 {
    assert_eq!(money["currency"], "IQD");
    money["amount"].as_str().unwrap().parse().unwrap()
}

/// The sum of the account, which must be the payout.
fn of_account(explained: &Value) -> i64 {
    let sum: i64 = explained["account"].as_array().unwrap().iter().map(|line| dinars(&line["amount"])).sum();
    assert_eq!((sum, dinars(&explained["stated"])), (dinars(&explained["total"]), sum), "{explained}");
    sum
}

fn amount_of(explained: &Value, what: &str) -> i64 {
    let lines = explained["account"].as_array().unwrap().iter();
    lines.filter(|line| line["what"] == what).map(|line| dinars(&line["amount"])).sum()
}

async fn pay(market: &Market) -> String {
    let payout = market.pay().await.created()["id"].as_str().unwrap().to_owned();
    market.settle_payout(&payout, &json!({"status": "approved"})).await.ok();
    payout
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payout_is_explained_to_the_last_dinar() {
    let market = Market::open().await;
    let url = market.app.database.url().to_owned();
    let orders = market.delivered(3).await;
    let failed = pay(&market).await;
    let reason = json!({"status": "failed", "reason": "the account is closed"});
    market.settle_payout(&failed, &reason).await.ok();
    market.app.settle().await;
    let first = pay(&market).await;
    market.settle_payout(&first, &json!({"status": "paid", "reference": "FT1"})).await.ok();
    market.refund(&orders[0]).await;
    market.delivered(2).await;
    let second = pay(&market).await;
    // What is delivered afterwards is no part of it.
    market.delivered(1).await;

    let explained = document(&url, &["why-payout", &first]);
    assert_eq!((of_account(&explained), &explained["reference"]), (27_000, &json!("FT1")));
    assert_eq!(amount_of(&explained, "earlier_payout"), 0, "one that failed took nothing");
    let explained = document(&url, &["why-payout", &second]);
    assert_eq!((of_account(&explained), &explained["status"]), (9_000, &json!("approved")));
    let parts = [
        "sales",
        "commission",
        "refunds",
        "refunded_commission",
        "earlier_payout",
        "left",
    ];
    let parts = parts.map(|what| amount_of(&explained, what));
    assert_eq!(parts, [50_000, -5_000, -10_000, 1_000, -27_000, 0]);
    let items = explained["items"].as_array().unwrap();
    assert_eq!(items.iter().filter(|item| item["kind"] == "refund").count(), 1);
    assert_eq!(items.len(), 3);
    let table = told(&url, &["why-payout", &second]);
    assert!(table.lines().last().unwrap().ends_with("9000 IQD"), "{table}");
    assert_eq!(of_account(&document(&url, &["why-payout", &failed])), 27_000);

    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    told(&url, &["export", file.to_str().unwrap()]);
    let of_file =
        command("souk-replay").args(["why-payout", &second, "--json", "--file"]).arg(&file).output();
    assert_eq!(serde_json::from_slice::<Value>(&of_file.unwrap().stdout).unwrap(), explained);
    let unknown = replay(&url, &["why-payout", "pay_00000000000000000000000000000001"]);
    assert_eq!(unknown.status.code(), Some(2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payout_that_the_log_does_not_bear_out_is_a_fault() {
    let market = Market::open().await;
    let url = market.app.database.url().to_owned();
    market.delivered(2).await;
    let payout = pay(&market).await;
    assert_eq!(of_account(&document(&url, &["why-payout", &payout])), 18_000);
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for (from, to, told) in [
        (
            "\"total\":{\"amount\":\"18000\"",
            "\"total\":{\"amount\":\"19000\"",
            "the account comes to 18000 IQD",
        ),
        ("\"sales\":{\"amount\":\"10000\"", "\"sales\":{\"amount\":\"11000\"", "not to what is stated"),
    ] {
        let change = format!(
            "alter table events disable trigger all; \
             update events set payload = regexp_replace(payload::text, '{from}', '{to}')::json \
              where event_type = 'PayoutCreated'"
        );
        sqlx::raw_sql(&change).execute(&mut connection).await.unwrap();
        let output = replay(&url, &["why-payout", &payout]);
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
        let table = text(&output.stdout);
        assert!(table.lines().any(|line| line.starts_with("fault: ") && line.contains(told)), "{table}");
    }
    let output = replay(&url, &["why-payout", &payout, "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let explained: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(explained["faults"].as_array().unwrap().len() > 2, "{explained}");
}
