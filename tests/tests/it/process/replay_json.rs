//! `souk-replay --json`: one document whatever happens, and what its codes and exit statuses mean.

use std::{collections::BTreeSet, fs, net::TcpListener};

use serde_json::{Value, json};
use souk_tests::TestDatabase;
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

fn units(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

#[tokio::test]
async fn an_order_in_json_is_the_one_that_people_read() {
    let database = demo().await;
    let story = told(database.url(), &["order", "DEMO-1003"]);
    let order = document(database.url(), &["order", "DEMO-1003"]);
    assert_eq!(order["id"], story.lines().next().unwrap());
    assert_eq!(order["status"], "delivered");
    let events = order["events"].as_array().unwrap();
    let told: Vec<&str> =
        story.lines().filter(|line| line.starts_with(|first: char| first.is_ascii_digit())).collect();
    let lines = order["lines"].as_array().unwrap();
    assert_eq!(told.len(), events.len() + lines.len());
    for (line, event) in told.iter().zip(events) {
        assert!(line.contains(event["event_type"].as_str().unwrap()), "{line} {event}");
        assert!(event["recorded_at"].as_str().unwrap().ends_with('Z'), "{event}");
        assert!(event["command_id"].is_string() && event["actor"].is_string());
    }
    let total = &order["totals"]["total"];
    assert!(story.contains(&format!("total {} {}", total["amount"].as_str().unwrap(), "IQD")), "{total}");
    assert_eq!(lines[0]["total"]["currency"], "IQD");
    let placed = events.iter().find(|event| event["event_type"] == "OrderPlaced").unwrap();
    let first = placed["position"].to_string();
    let then = document(database.url(), &["order", "DEMO-1003", "--as-of", &first]);
    assert_eq!((&then["status"], &then["as_of"]), (&json!("pending"), &json!(format!("1.{first}"))));
}

#[tokio::test]
async fn a_stock_in_json_adds_up() {
    let database = demo().await;
    let stock = document(database.url(), &["stock", "RICE-BASMATI-5"]);
    assert_eq!(stock["available"], 820);
    for warehouse in stock["warehouses"].as_array().unwrap() {
        let movements = stock["movements"].as_array().unwrap().iter();
        let own: Vec<&Value> =
            movements.filter(|movement| movement["warehouse"] == warehouse["warehouse"]).collect();
        for figure in ["on_hand", "reserved", "held"] {
            let sum: i64 = own.iter().map(|movement| units(&movement[figure])).sum();
            assert_eq!(sum, units(&warehouse[figure]), "{figure} of {warehouse}");
        }
        assert_eq!(own.last().unwrap()["balance"]["available"], warehouse["available"]);
    }
    let only = document(database.url(), &["stock", "RICE-BASMATI-5", "--warehouse", "EBL-1"]);
    assert_eq!((&only["available"], only["warehouses"].as_array().unwrap().len()), (&json!(260), 1));
}

#[tokio::test]
async fn export_and_import_say_what_they_did() {
    let (original, copy) = (demo().await, TestDatabase::create().await);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.ndjson");
    let name = file.to_str().unwrap();
    let exported = document(original.url(), &["export", name]);
    let written = fs::read_to_string(&file).unwrap();
    let end: Value = serde_json::from_str(written.lines().last().unwrap()).unwrap();
    for figure in ["events", "claims", "sha256"] {
        assert_eq!(exported[figure], end["end"][figure]);
    }
    assert_eq!(
        (&exported["file"], &exported["position"]),
        (&json!(name), &json!(format!("1.{}", exported["events"])))
    );
    let imported = document(copy.url(), &["import", name]);
    let expected = json!({
        "events": exported["events"], "epoch": 2, "position": format!("2.{}", exported["events"]),
    });
    assert_eq!(imported, expected);
}

/// What makes each code happen, but for `failed`, which stands for what nobody thought of.
#[tokio::test]
async fn every_failure_has_its_code_and_ends_with_2() {
    let (database, broken, empty) = (demo().await, demo().await, TestDatabase::create().await);
    for (database, sql) in [
        (
            &broken,
            "alter table events disable trigger all; update events set payload = '{\"OrderPlaced\": {}}' \
              where position = (select max(position) from events where event_type = 'OrderPlaced')",
        ),
        (&empty, "drop table events cascade"),
    ] {
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    }
    let stream =
        "select aggregate_id from events where event_type = 'OrderPlaced' order by position desc limit 1";
    let mut connection = PgConnection::connect(broken.url()).await.unwrap();
    let unreadable: String = sqlx::query_scalar(stream).fetch_one(&mut connection).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let in_folder = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(in_folder("shopping-list"), "tea, bread\n").unwrap();
    told(database.url(), &["export", &in_folder("log")]);
    let other = TestDatabase::create().await;
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("postgres://nobody@{}/nothing", listener.local_addr().unwrap())
    };
    let mut seen = BTreeSet::from(["failed".to_owned()]);
    for (url, args, code) in [
        (database.url(), vec!["order"], "usage"),
        (database.url(), vec!["order", "DEMO-1003", "--as-of", "lately"], "usage"),
        (database.url(), vec!["export", "-"], "usage"),
        (database.url(), vec!["order", "NO-SUCH-ORDER"], "not-found"),
        (database.url(), vec!["stock", "RICE-BASMATI-5", "--as-of", "7.1"], "not-found"),
        (database.url(), vec!["rebuild", "nothing"], "not-found"),
        (database.url(), vec!["verify", "--projection", "nothing"], "not-found"),
        (empty.url(), vec!["verify"], "no-log"),
        (&nobody, vec!["verify"], "database"),
        (broken.url(), vec!["order", &unreadable], "damaged"),
        (other.url(), vec!["import", "no-such-file"], "file"),
        (database.url(), vec!["export", "/no/such/folder/log"], "file"),
        (other.url(), vec!["import", &in_folder("shopping-list")], "not-whole"),
        (database.url(), vec!["import", &in_folder("log")], "not-empty"),
        (broken.url(), vec!["rebuild", "order_list"], "rebuild-failed"),
    ] {
        let mut all = args.clone();
        all.push("--json");
        let output = replay(url, &all);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stdout));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["error"]["code"], code, "{args:?}: {told}");
        assert!(!told["error"]["message"].as_str().unwrap().is_empty());
        // The same without `--json` is for people.
        let plain = replay(url, &args);
        if args[0] != "export" || args[1] != "-" {
            assert_eq!((plain.status.code(), plain.stdout.len()), (Some(2), 0), "{args:?}");
            assert!(!plain.stderr.is_empty());
        }
        seen.insert(code.to_owned());
    }
    assert_eq!(documented("| `error.code` |"), seen);
}

/// The first column of a table of docs/replay.md.
fn documented(header: &str) -> BTreeSet<String> {
    let page = include_str!("../../../../docs/replay.md");
    let rows = page.lines().skip_while(|line| !line.starts_with(header)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    rows.map(|row| row.split('`').nth(1).unwrap().to_owned()).collect()
}
