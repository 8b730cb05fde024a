//! `souk-replay --file`: an exported log tells the same as the database that it came from, without one.

use std::{fs, path::Path, process::Output};

use serde_json::Value;
use sqlx::{Connection, PgConnection};

use super::{
    command,
    replay::{demo, replay, told},
    text,
};

fn of_file(file: &Path, args: &[&str]) -> Output {
    command("souk-replay").args(args).arg("--file").arg(file).output().unwrap()
}

#[tokio::test]
async fn a_file_tells_what_its_database_does() {
    let database = demo().await;
    let url = database.url();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.ndjson");
    told(url, &["export", file.to_str().unwrap()]);
    let all = told(url, &["events"]);
    let hundredth: Value = serde_json::from_str(all.lines().nth(99).unwrap()).unwrap();
    let (time, actor) =
        (hundredth["recorded_at"].as_str().unwrap(), hundredth["metadata"]["actor"].as_str().unwrap());
    let (stream, kind) =
        (hundredth["aggregate_id"].as_str().unwrap(), hundredth["aggregate_type"].as_str().unwrap());
    let stream = format!("{kind}/{stream}");
    for args in [
        &["events"][..],
        &["events", "--type", "OrderPlaced,NumberIssued", "--limit", "5"],
        &["events", "--stream", "order", "--after", "200", "--up-to", "500"],
        &["events", "--stream", &stream],
        &["events", "--from", time, "--actor", actor],
        &["events", "--to", time],
        &["order", "DEMO-1003"],
        &["order", "DEMO-1003", "--json"],
        &["stock", "RICE-BASMATI-5"],
        &["stock", "RICE-BASMATI-5", "--as-of", time, "--json"],
        &["verify", "--no-projections", "--json"],
    ] {
        let output = of_file(&file, args);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {}", text(&output.stderr));
        assert_eq!(text(&output.stdout), told(url, args), "{args:?}");
    }
    let verified = text(&of_file(&file, &["verify"]).stdout);
    let (first, last) = verified.split_once('\n').unwrap();
    assert_eq!(first, "an exported log has no projections: only the log was checked");
    assert!(last.ends_with(": no fault\n"), "{verified}");
}

#[tokio::test]
async fn a_file_that_was_damaged_is_refused_and_one_of_a_damaged_log_has_its_faults() {
    let database = demo().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.ndjson");
    told(database.url(), &["export", file.to_str().unwrap()]);
    let whole = fs::read_to_string(&file).unwrap();
    let damaged = folder.path().join("damaged.ndjson");
    for content in [
        &whole[..whole.len() / 2],
        &whole.replacen("\"quantity\":20", "\"quantity\":21", 1),
        "tea\n",
    ] {
        fs::write(&damaged, content).unwrap();
        for args in [
            &["verify", "--json"][..],
            &["events", "--json"],
            &["order", "DEMO-1003", "--json"],
        ] {
            let output = of_file(&damaged, args);
            assert_eq!(output.status.code(), Some(2), "{args:?}");
            let told: Value = serde_json::from_slice(&output.stdout).unwrap();
            assert_eq!(told["error"]["code"], "not-whole", "{told}");
        }
    }
    for args in [&["rebuild", "all"][..], &["export", "copy"], &["import", "other"]] {
        let output = of_file(&file, args);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{args:?}");
    }
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    sqlx::raw_sql(
        "alter table events disable trigger all; \
         update events set payload = regexp_replace(payload::text, '\"number\":\\d+', '\"number\":77')::json \
          where position = (select max(position) from events where event_type = 'NumberIssued'); \
         update events set sequence = 1000 - position where aggregate_type = 'counter'",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let other = folder.path().join("other.ndjson");
    told(database.url(), &["export", other.to_str().unwrap()]);
    let output = of_file(&other, &["verify"]);
    assert_eq!(output.status.code(), Some(1));
    let faults = |text: &str| {
        let mut faults: Vec<String> =
            text.lines().filter(|line| line.starts_with("fault")).map(str::to_owned).collect();
        faults.sort();
        faults
    };
    let of_database = replay(database.url(), &["verify", "--no-projections"]);
    assert_eq!(faults(&text(&output.stdout)), faults(&text(&of_database.stdout)));
    assert!(faults(&text(&output.stdout)).len() > 2);
}
