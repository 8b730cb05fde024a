//! `souk-replay show`, `simulate-promotion` and `rebuild --compare`.

use std::fs;

use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use super::{
    replay::{demo, replay, told},
    text,
};

fn document(url: &str, args: &[&str]) -> Value {
    let mut all = args.to_vec();
    all.push("--json");
    serde_json::from_str(&told(url, &all)).unwrap()
}

#[tokio::test]
async fn every_kind_of_thing_is_shown_as_it_was() {
    let database = demo().await;
    let url = database.url();
    let mut connection = PgConnection::connect(url).await.unwrap();
    for kind in ["order", "stock", "product", "promotion"] {
        let (id, first, last): (String, i64, i64) = sqlx::query_as(
            "select aggregate_id, min(position), max(position) from events where aggregate_type = $1
              group by 1 order by count(*) desc, 2 limit 1",
        )
        .bind(kind)
        .fetch_one(&mut connection)
        .await
        .unwrap();
        let name = format!("{kind}/{id}");
        let now = document(url, &["show", &name]);
        assert_eq!((&now["aggregate_id"], &now["by"]), (&json!(id), &json!("recorded_at")), "{now}");
        let at_last = document(url, &["show", &name, "--as-of", &last.to_string()]);
        assert_eq!((&at_last["state"], &at_last["version"]), (&now["state"], &now["version"]));
        let at_first = document(url, &["show", &name, "--as-of", &first.to_string()]);
        assert_eq!(at_first["version"], 1);
        let early = replay(url, &["show", &name, "--as-of", &(first - 1).to_string()]);
        assert_eq!(early.status.code(), Some(2));
        assert!(
            text(&early.stderr).contains(&format!("begins at position {first}")),
            "{}",
            text(&early.stderr)
        );
        let far = document(
            url,
            &[
                "show",
                &name,
                "--as-of",
                "2100-01-01T00:00:00Z",
                "--by",
                "effective_at",
            ],
        );
        assert_eq!((&far["state"], &far["by"]), (&now["state"], &json!("effective_at")));
    }
    let by_number = document(url, &["show", "order/DEMO-1003"]);
    assert_eq!(by_number["state"]["Placed.statuses[0]"], "Delivered", "{by_number}");
    let by_sku = document(url, &["show", "stock/RICE-BASMATI-5"]);
    assert_eq!(by_sku["aggregate_type"], "stock");
    let table = told(url, &["show", "order/DEMO-1003"]);
    assert!(table.lines().count() > 10 && table.starts_with("order ord_"), "{table}");
    for args in [
        vec!["show", "order"],
        vec!["show", "order/DEMO-1003", "--as-of", "3", "--by", "effective_at"],
    ] {
        assert_eq!(replay(url, &args).status.code(), Some(2), "{args:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("log");
    told(url, &["export", file.to_str().unwrap()]);
    let offline = super::command("souk-replay")
        .args([
            "show",
            "order/DEMO-1003",
            "--json",
            "--file",
            file.to_str().unwrap(),
        ])
        .output()
        .unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&offline.stdout).unwrap(), by_number);
}

#[tokio::test]
async fn a_draft_is_replayed_through_past_orders() {
    let database = demo().await;
    let url = database.url();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("draft.json");
    let name = file.to_str().unwrap();
    let draft = json!({
        "name": {"en": "Ten percent"},
        "offer": {"reward": {"percentage": {"rate": 1000}}},
        "limits": {"total": 2},
    });
    fs::write(&file, draft.to_string()).unwrap();
    let found = document(url, &["simulate-promotion", name]);
    let dinars = &found["currencies"][0];
    assert_eq!((&dinars["currency"], &dinars["orders_touched"]), (&json!("IQD"), &json!(2)));
    let minor = |of: &str| dinars[of]["amount"].as_str().unwrap().parse::<i64>().unwrap();
    assert!(minor("cost") > 0 && minor("net_after") == minor("net") - minor("cost"));
    assert!(dinars["orders"].as_u64().unwrap() > 5);
    assert_eq!(
        found["passed"]["pricing.used_up"].as_u64(),
        dinars["orders"].as_u64().map(|orders| orders - 2),
        "{found}"
    );
    let none = document(
        url,
        &[
            "simulate-promotion",
            name,
            "--from",
            "2001-01-01",
            "--to",
            "2001-12-31",
        ],
    );
    assert_eq!(none["currencies"], json!([]));
    assert!(told(url, &["simulate-promotion", name]).contains("would have had it"));
    for bad in [
        "tea",
        "{}",
        r#"{"name": {"en": "x"}, "offer": {"reward": {"percentage": {"rate": 0}}}}"#,
    ] {
        fs::write(&file, bad).unwrap();
        assert_eq!(replay(url, &["simulate-promotion", name]).status.code(), Some(2), "{bad}");
    }
}

#[tokio::test]
async fn a_rebuild_tells_what_it_puts_right() {
    let database = demo().await;
    let url = database.url();
    let sound = replay(url, &["rebuild", "stock_levels", "--compare"]);
    assert_eq!(sound.status.code(), Some(0), "{}", text(&sound.stdout));
    let mut connection = PgConnection::connect(url).await.unwrap();
    sqlx::raw_sql("update stock_levels_v2.levels set on_hand = on_hand + 7")
        .execute(&mut connection)
        .await
        .unwrap();
    let put_right = replay(url, &["rebuild", "stock_levels", "--compare", "--json"]);
    assert_eq!(put_right.status.code(), Some(1), "{}", text(&put_right.stdout));
    let told: Value = serde_json::from_slice(&put_right.stdout).unwrap();
    let fault = told["before"]["faults"]
        .as_array()
        .unwrap()
        .iter()
        .find(|fault| fault["column"] == "on_hand")
        .unwrap();
    assert_eq!((&fault["code"], &fault["projection"]), (&json!("row-changed"), &json!("stock_levels")));
    assert_eq!(fault["streams"][0]["aggregate_type"], "stock");
    assert_eq!(
        (&told["after"]["fault_count"], &told["rebuilt"][0]["schema"]),
        (&json!(0), &json!("stock_levels_v2"))
    );
    let again = replay(url, &["rebuild", "stock_levels", "--compare"]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stdout));
}
