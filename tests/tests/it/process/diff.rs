//! `souk-replay diff`: what changed between two moments, no more and no less.

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
async fn a_stream_is_compared_with_itself_at_another_time() {
    let database = demo().await;
    let url = database.url();
    let order = document(url, &["order", "DEMO-1003"]);
    let id = order["id"].as_str().unwrap();
    let events: Vec<&Value> = order["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|event| event["aggregate_type"] == "order")
        .collect();
    let [placed, confirmed] = [events[0], events[1]].map(|event| event["position"].to_string());
    let changed = document(url, &["diff", &placed, "100000", "--stream", id]);
    assert_eq!(changed["id"], id);
    let positions = |events: &Value| -> Vec<Value> {
        events.as_array().unwrap().iter().map(|event| event["position"].clone()).collect()
    };
    let later: Vec<Value> = events[1..].iter().map(|event| event["position"].clone()).collect();
    assert_eq!(positions(&changed["events"]), later);
    assert!(changed["events"].as_array().unwrap().iter().any(|event| event["event_type"] == "LinesReturned"));
    assert!(!changed["changes"].as_array().unwrap().is_empty());
    for change in changed["changes"].as_array().unwrap() {
        assert_ne!(change["before"], change["after"], "{change}");
    }
    let only = document(url, &["diff", &placed, &confirmed, "--stream", id]);
    assert_eq!(positions(&only["events"]), [events[1]["position"].clone()]);
    let invoice = only["changes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|change| change["path"].as_str().unwrap().contains("invoice_number"));
    assert!(invoice.is_some_and(|change| change["after"] != Value::Null), "{only}");
    let none = document(url, &["diff", "100000", "100000", "--stream", id]);
    assert_eq!((&none["events"], &none["changes"]), (&json!([]), &json!([])));
    let table = told(url, &["diff", "0", "100000", "--stream", id]);
    assert!(table.contains("OrderPlaced") && table.contains("LinesReturned"), "{table}");
    for args in [
        &["diff", "9", "8", "--stream", id][..],
        &["diff", "1", "8"],
        &["diff", "1", "8", "--stream", "order"],
        &["diff", "1", "8", "--stream", id, "--projection", "sales"],
        &[
            "diff",
            "1",
            "8",
            "--stream",
            "ord_00000000000000000000000000000001",
        ],
        &["diff", "1", "8", "--projection", "nothing"],
    ] {
        let output = replay(url, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stdout));
    }
}

#[tokio::test]
async fn a_projection_is_compared_with_itself_at_another_time() {
    let database = demo().await;
    let url = database.url();
    let mut connection = PgConnection::connect(url).await.unwrap();
    let head: i64 =
        sqlx::query_scalar("select max(position) from events").fetch_one(&mut connection).await.unwrap();
    let head = head.to_string();
    let all = document(url, &["diff", "0", &head, "--projection", "order_list", "--rows", "1000"]);
    let of = |document: &Value, table: &str| -> Value {
        let mut tables = document["tables"].as_array().unwrap().iter();
        tables.find(|known| known["table"] == table).cloned().unwrap_or(Value::Null)
    };
    let stored: Vec<(String, String)> =
        sqlx::query_as("select id::text, status from order_list_v2.orders order by id")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let orders = of(&all, "orders");
    assert_eq!((orders["added"].as_u64(), &orders["removed"]), (u64::try_from(stored.len()).ok(), &json!(0)));
    for (row, (id, status)) in orders["rows"].as_array().unwrap().iter().zip(&stored) {
        assert_eq!((&row["what"], &row["key"]), (&json!("added"), &json!({"id": id})));
        assert_eq!(row["columns"]["status"], json!({"before": null, "after": status}));
    }
    // From the moment when it was placed to now, the third order came a long way.
    let placed: i64 = sqlx::query_scalar(
        "select position from events where event_type = 'OrderPlaced' order by position offset 2 limit 1",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let since = document(url, &["diff", &placed.to_string(), &head, "--projection", "order_list"]);
    let order = document(url, &["order", "DEMO-1003"]);
    let orders = of(&since, "orders");
    let third = orders["rows"].as_array().unwrap().iter().find(|row| {
        let id = row["key"]["id"].as_str().unwrap().replace('-', "");
        order["id"] == format!("ord_{id}")
    });
    let third = third.unwrap();
    assert_eq!(third["what"], "changed");
    assert_eq!(third["columns"]["status"], json!({"before": "pending", "after": "delivered"}));
    assert!(third["columns"].get("total").is_none(), "what is the same is not told");

    let nothing = told(url, &["diff", &head, &head, "--projection", "order_list"]);
    assert!(nothing.ends_with("nothing changed\n"), "{nothing}");
    let few = told(url, &["diff", "0", &head, "--projection", "stock_levels", "--rows", "2"]);
    assert!(few.contains("levels: ") && few.contains(" more (--rows)\n"), "{few}");
}
