//! `souk-replay`: what it tells is what happened, and no damage escapes it.

use std::{
    process::{Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use souk_tests::TestDatabase;
use sqlx::{Connection, PgConnection};

use super::{
    PATIENCE, Server, command,
    cut::{Cut, broken},
    run, serving, text,
};

/// A database with the demo's story, to which every projection has followed.
pub(super) async fn demo() -> TestDatabase {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    let mut souk = serving();
    souk.args(["--demo", "--database-url", database.url()]).arg("--data-dir").arg(folder.path());
    let server = Server::start_as(&mut souk);
    let names: Vec<String> = projections::all().iter().map(|projection| projection.schema()).collect();
    let follows = "select count(*) = cardinality($1) from checkpoints \
                    where name = any($1) and position = (select max(position) from events)";
    let deadline = Instant::now() + PATIENCE;
    while !sqlx::query_scalar::<_, bool>(follows).bind(&names).fetch_one(&database.pool()).await.unwrap() {
        assert!(Instant::now() < deadline, "the projections do not follow");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.stop().code(), Some(0));
    database
}

pub(super) fn replay(database: &str, args: &[&str]) -> Output {
    command("souk-replay").args(args).args(["--database-url", database]).output().unwrap()
}

pub(super) fn told(database: &str, args: &[&str]) -> String {
    let output = replay(database, args);
    assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stderr), text(&output.stdout));
    text(&output.stdout)
}

fn events(database: &str, args: &[&str]) -> Vec<Value> {
    let mut all = vec!["events"];
    all.extend(args);
    told(database, &all).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn events_are_told_in_order_and_filtered() {
    let database = demo().await;
    let url = database.url();
    let all = events(url, &[]);
    assert!(all.len() > 400, "{}", all.len());
    for (event, position) in all.iter().zip(1..) {
        assert_eq!(event["position"], position);
    }
    let placed = events(url, &["--type", "OrderPlaced"]);
    assert_eq!(placed.len(), 12);
    let order = placed[2]["id"].as_str().unwrap();
    let of_order = events(url, &["--stream", order]);
    assert!(of_order.iter().all(|event| event["aggregate_id"] == placed[2]["aggregate_id"]));
    assert_eq!(of_order.last().unwrap()["event_type"], "LinesReturned");
    let actor = placed[2]["metadata"]["actor"].as_str().unwrap();
    let of_actor = events(url, &["--actor", actor, "--stream", "order"]);
    assert!(!of_actor.is_empty() && of_actor.iter().all(|event| event["metadata"]["actor"] == actor));
    let some = events(url, &["--after", "10", "--up-to", "20"]);
    assert_eq!(
        some.iter().map(|event| event["position"].as_i64().unwrap()).collect::<Vec<_>>(),
        (11..=20).collect::<Vec<_>>()
    );
    assert_eq!(events(url, &["--limit", "7"]).len(), 7);
    let at = all[99]["recorded_at"].as_str().unwrap();
    let until = events(url, &["--to", at]);
    assert!(until.len() >= 100 && until.len() < all.len());
    assert!(events(url, &["--from", "2100-01-01"]).is_empty());
    let misspelt = replay(url, &["events", "--type", "OrderPlacd"]);
    assert_eq!(misspelt.status.code(), Some(2));
    assert!(text(&misspelt.stderr).contains("OrderPlacd"));
}

#[tokio::test]
async fn a_reader_who_has_seen_enough_is_no_error() {
    let database = demo().await;
    for what in ["events", "verify"] {
        let mut replay = command("souk-replay")
            .args([what, "--database-url", database.url()])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // More is written than a pipe holds, and nobody reads it.
        drop(replay.stdout.take());
        let output = replay.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{what}: {}", text(&output.stderr));
        assert!(output.stderr.is_empty(), "{what}: {}", text(&output.stderr));
    }
}

#[tokio::test]
async fn an_order_and_a_stock_have_their_stories() {
    let database = demo().await;
    let url = database.url();
    let story = told(url, &["order", "DEMO-1003"]);
    for part in [
        "OrderPlaced",
        "StockReserved",
        "NumberIssued",
        "StockDeducted",
        "StockReturned",
        "CreditIssued",
    ] {
        assert!(story.contains(part), "{part} is not in:\n{story}");
    }
    assert!(story.lines().any(|line| line.starts_with("delivered")), "{story}");
    let placed = events(url, &["--type", "OrderPlaced"])[2]["position"].to_string();
    let then = told(url, &["order", "DEMO-1003", "--as-of", &placed]);
    assert!(
        then.lines().any(|line| line.starts_with("pending")) && !then.contains("StockDeducted"),
        "{then}"
    );

    let story = told(url, &["stock", "RICE-BASMATI-5"]);
    assert!(story.contains("BGW-1: 380 on hand, 0 reserved, 0 held, 380 available"), "{story}");
    assert!(story.ends_with("820 available\n"), "{story}");
    let deducted = story.lines().find(|line| line.contains("StockDeducted")).unwrap();
    assert!(deducted.contains("-20") && deducted.contains("380"), "{deducted}");
    let only = told(url, &["stock", "RICE-BASMATI-5", "--warehouse", "EBL-1"]);
    assert!(only.ends_with("260 available\n") && !only.contains("BGW-1"), "{only}");

    for unknown in [["order", "ord_nothing"], ["stock", "NO-SUCH-SKU"]] {
        let output = replay(url, &unknown);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(unknown[1]));
    }
}

#[tokio::test]
async fn a_whole_log_has_no_fault_and_every_damage_is_one() {
    let database = demo().await;
    let url = database.url();
    let sound = told(url, &["verify"]);
    assert!(sound.contains("no fault"), "{sound}");

    let mut connection = PgConnection::connect(url).await.unwrap();
    let position = async |connection: &mut PgConnection, name: &str| -> i64 {
        sqlx::query_scalar("select max(position) from events where event_type = $1")
            .bind(name)
            .fetch_one(connection)
            .await
            .unwrap()
    };
    // One that others of its stream follow.
    let removed = "select min(position) from events where event_type = 'PartProcessed'";
    let removed: i64 = sqlx::query_scalar(removed).fetch_one(&mut connection).await.unwrap();
    let retyped = position(&mut connection, "OrderCancelled").await;
    let newer = position(&mut connection, "ProductDiscontinued").await;
    let oversold = position(&mut connection, "StockDeducted").await;
    let misnumbered = position(&mut connection, "NumberIssued").await;
    let nameless = position(&mut connection, "WarehouseOpened").await;
    let early = position(&mut connection, "ReturnRequested").await;
    for statement in [
        "alter table events disable trigger all".to_owned(),
        format!("delete from events where position = {removed}"),
        format!("update events set event_type = 'OrderConfirmed' where position = {retyped}"),
        format!("update events set event_version = '99' where position = {newer}"),
        format!(
            "update events set payload = regexp_replace(payload::text, '\"quantity\":\\d+', '\"quantity\":99999')::json \
             where position = {oversold}"
        ),
        format!(
            "update events set payload = regexp_replace(payload::text, '\"number\":\\d+', '\"number\":77')::json \
             where position = {misnumbered}"
        ),
        format!("update events set metadata = '{{}}' where position = {nameless}"),
        format!("update events set recorded_at = recorded_at - interval '1 day' where position = {early}"),
    ] {
        sqlx::raw_sql(&statement).execute(&mut connection).await.unwrap();
    }
    let output = replay(url, &["verify", "--no-projections"]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{report}");
    let fault = |parts: &[&str]| {
        let found = report
            .lines()
            .any(|line| line.starts_with("fault: ") && parts.iter().all(|part| line.contains(part)));
        assert!(found, "no fault with {parts:?} in:\n{report}");
    };
    fault(&[&format!("position {removed} is missing")]);
    fault(&["the stream has no sequence"]);
    fault(&[&format!("event {retyped} "), "OrderConfirmed"]);
    fault(&[&format!("event {newer} "), "version 99"]);
    fault(&[&format!("event {oversold} "), "the stock in"]);
    fault(&[&format!("event {misnumbered} "), "number 77"]);
    fault(&[&format!("event {nameless}: its metadata")]);
    fault(&[&format!("event {early}: recorded at")]);
    assert!(report.lines().last().unwrap().ends_with("8 faults"), "{report}");
}

#[tokio::test]
async fn a_broken_connection_is_no_success() {
    let database = demo().await;
    // In the middle of the events: well behind signing on, well before the end.
    let output = replay(&broken(database.url(), Cut::Answers(40_000)), &["verify"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    assert!(!text(&output.stdout).contains("no fault"));
    let output = replay(&broken(database.url(), Cut::Answers(40_000)), &["events"]);
    assert_eq!(output.status.code(), Some(2));

    let folder = tempfile::tempdir().unwrap();
    let missing = run("souk-replay", &folder.path().join("nothing"), &["verify"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("no data folder"));
    let empty = TestDatabase::create().await;
    let mut connection = PgConnection::connect(empty.url()).await.unwrap();
    sqlx::raw_sql("drop table events cascade").execute(&mut connection).await.unwrap();
    let output = replay(empty.url(), &["verify"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("souk migrate"), "{}", text(&output.stderr));
}
