//! `souk-replay export --into` and `check`: files for other tools are what the tables hold, to the last digit, also when
//! the export was cut off.

use std::{collections::BTreeSet, fs, path::Path, process::Stdio};

use parquet::{
    file::reader::{FileReader, SerializedFileReader},
    record::Field,
};
use serde_json::{Value, json};
use sqlx::{Connection, Executor, PgConnection, Row};

use super::{
    command,
    replay::{demo, replay, told},
    text, wait_until,
};

fn manifest(folder: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap()
}

fn check(folder: &Path) -> (Option<i32>, Value) {
    let output = command("souk-replay").arg("check").arg(folder).arg("--json").output().unwrap();
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap())
}

/// A value of a Parquet file as PostgreSQL would write it, numbers without trailing zeros.
fn written(field: &Field) -> Option<String> {
    Some(match field {
        Field::Null => return None,
        Field::Bool(value) => value.to_string(),
        Field::Int(value) => value.to_string(),
        Field::Long(value) | Field::TimestampMicros(value) => value.to_string(),
        Field::Date(value) => value.to_string(),
        Field::Str(value) => value.clone(),
        Field::Bytes(value) => match value.data() {
            id if id.len() == 16 => uuid::Uuid::from_slice(id).unwrap().to_string(),
            text => String::from_utf8(text.to_vec()).unwrap(),
        },
        Field::Decimal(value) => {
            let number = i128::from_be_bytes(value.data().try_into().unwrap());
            assert_eq!(value.scale(), 6);
            number.to_string()
        }
        other => panic!("{other:?}"),
    })
}

/// What a column must be in such a file, as text.
fn as_text(name: &str, kind: &str) -> String {
    match kind {
        "timestamp with time zone" => format!("(extract(epoch from \"{name}\") * 1000000)::int8::text"),
        "date" => format!("(\"{name}\" - date '1970-01-01')::text"),
        "numeric" => format!("trunc(\"{name}\" * 1000000)::text"),
        kind if kind.ends_with("[]") => format!("to_json(\"{name}\")::text"),
        _ => format!("\"{name}\"::text"),
    }
}

async fn in_the_table(connection: &mut PgConnection, from: &str) -> (Vec<String>, Vec<Vec<Option<String>>>) {
    let (schema, table) = from.split_once('.').unwrap();
    let columns: Vec<(String, String)> = sqlx::query_as(
        "select a.attname::text, format_type(a.atttypid, null) from pg_attribute a
          where a.attrelid = format('%I.%I', $1::text, $2::text)::regclass and a.attnum > 0 order by a.attnum",
    )
    .bind(schema)
    .bind(table)
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    let texts: Vec<String> = columns.iter().map(|(name, kind)| as_text(name, kind)).collect();
    let sql = format!("select array[{}]::text[] from {from}", texts.join(", "));
    let mut rows: Vec<Vec<Option<String>>> =
        connection.fetch_all(sql.as_str()).await.unwrap().iter().map(|row| row.get(0)).collect();
    rows.sort();
    (columns.into_iter().map(|(name, _)| name).collect(), rows)
}

fn in_the_file(path: &Path, columns: &[String]) -> Vec<Vec<Option<String>>> {
    let reader = SerializedFileReader::new(fs::File::open(path).unwrap()).unwrap();
    let mut rows: Vec<Vec<Option<String>>> = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| {
            let row = row.unwrap();
            let by_name: std::collections::HashMap<&String, &Field> = row.get_column_iter().collect();
            assert_eq!(by_name.len(), columns.len(), "{}", path.display());
            columns.iter().map(|name| written(by_name[name])).collect()
        })
        .collect();
    rows.sort();
    rows
}

#[tokio::test]
async fn parquet_holds_what_the_tables_hold() {
    let database = demo().await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("out");
    let done = told(database.url(), &["export", "--format", "parquet", "--into", into.to_str().unwrap()]);
    assert!(done.contains("as of position 1."), "{done}");
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let manifest = manifest(&into);
    let views: BTreeSet<String> =
        sqlx::query_scalar("select viewname::text from pg_views where schemaname = 'read'")
            .fetch_all(&mut connection)
            .await
            .unwrap()
            .into_iter()
            .collect();
    let files = manifest["files"].as_array().unwrap();
    let tables: BTreeSet<String> = files
        .iter()
        .map(|file| file["table"].as_str().unwrap().to_owned())
        .filter(|table| table != "events")
        .collect();
    assert_eq!(tables, views);
    let (mut decimals, mut lists, mut filled) = (0, 0, 0);
    for file in files {
        let table = file["table"].as_str().unwrap();
        let from = if table == "events" {
            "public.events".to_owned()
        } else {
            format!("read.{table}")
        };
        let (columns, expected) = in_the_table(&mut connection, &from).await;
        let found = in_the_file(&into.join(file["file"].as_str().unwrap()), &columns);
        assert_eq!(file["rows"].as_u64().unwrap(), u64::try_from(found.len()).unwrap());
        assert_eq!(found, expected, "{table}");
        filled += usize::from(!found.is_empty());
        let kinds: Vec<&str> = file["columns"]
            .as_array()
            .unwrap()
            .iter()
            .map(|column| column["type"].as_str().unwrap())
            .collect();
        decimals += kinds.iter().filter(|kind| **kind == "decimal(38, 6)").count();
        lists += kinds.iter().filter(|kind| **kind == "json").count();
        assert!(!kinds.iter().any(|kind| kind.contains("float") || kind.contains("double")), "{kinds:?}");
    }
    assert!(decimals > 10 && lists > 2 && filled > 8, "{decimals} {lists} {filled}");
    assert_eq!(check(&into).0, Some(0));
}

#[tokio::test]
async fn ndjson_holds_what_the_tables_hold() {
    let database = demo().await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("out");
    let name = into.to_str().unwrap();
    told(database.url(), &["export", "--format", "ndjson", "--into", name]);
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let orders = fs::read_to_string(into.join("read/orders.ndjson")).unwrap();
    let total: String =
        sqlx::query_scalar("select total::text from read.orders where external_id = 'DEMO-1003'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    let lines: Vec<Value> = orders.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let order = lines.iter().find(|line| line["external_id"] == "DEMO-1003").unwrap();
    // A string: a reader of JSON would make a float of a number.
    assert_eq!(order["total"], json!(total));
    assert!(order["placed_at"].as_str().unwrap().ends_with("+00:00"), "{order}");
    let events = fs::read_to_string(into.join("events/000000000001.ndjson")).unwrap();
    let mut told_before = told(database.url(), &["events"]);
    told_before.truncate(told_before.trim_end().len());
    for (line, other) in events.lines().zip(told_before.lines()) {
        let (line, other): (Value, Value) =
            (serde_json::from_str(line).unwrap(), serde_json::from_str(other).unwrap());
        for part in ["position", "aggregate_id", "sequence", "payload", "metadata"] {
            assert_eq!(line[part], other[part]);
        }
    }
    assert_eq!(events.lines().count(), told_before.lines().count());
    assert_eq!(
        check(&into),
        (
            Some(0),
            json!({
                "folder": name, "position": manifest(&into)["position"], "files": manifest(&into)["files"].as_array().unwrap().len(),
                "rows": manifest(&into)["files"].as_array().unwrap().iter().map(|file| file["rows"].as_u64().unwrap()).sum::<u64>(),
                "sound": true, "faults": [],
            })
        )
    );
}

#[tokio::test]
async fn a_folder_that_was_changed_is_found() {
    let database = demo().await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("out");
    let name = into.to_str().unwrap();
    told(database.url(), &["export", "--format", "ndjson", "--into", name]);
    let orders = fs::read_to_string(into.join("read/orders.ndjson")).unwrap();
    let again = replay(database.url(), &["export", "--format", "ndjson", "--into", name]);
    assert!(again.status.code() == Some(2) && text(&again.stderr).contains("is not empty"));
    for (change, code) in [
        (orders.replacen("DEMO-1003", "DEMO-1004", 1), "content-differs"),
        (orders.replacen("DEMO-1003", "DEMO-10031", 1), "bytes-differ"),
    ] {
        fs::write(into.join("read/orders.ndjson"), change).unwrap();
        let (status, told) = check(&into);
        assert_eq!((status, &told["faults"][0]["file"]), (Some(1), &json!("read/orders.ndjson")));
        assert_eq!(told["faults"][0]["code"], code);
    }
    fs::remove_file(into.join("read/orders.ndjson")).unwrap();
    fs::write(into.join("more"), "").unwrap();
    let codes: Vec<Value> =
        check(&into).1["faults"].as_array().unwrap().iter().map(|fault| fault["code"].clone()).collect();
    assert_eq!(codes, ["file-missing", "file-unknown"]);
    let one = folder.path().join("one");
    told(
        database.url(),
        &[
            "export",
            "--format",
            "ndjson",
            "--table",
            "orders",
            "--into",
            one.to_str().unwrap(),
        ],
    );
    assert_eq!(manifest(&one)["files"].as_array().unwrap().len(), 1);
    let none = replay(
        database.url(),
        &[
            "export", "--format", "ndjson", "--table", "nothing", "--into", name,
        ],
    );
    assert_eq!(none.status.code(), Some(2));
}

#[tokio::test]
async fn an_export_that_was_cut_off_goes_on_where_it_was() {
    let database = demo().await;
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("out");
    let export = || {
        let mut export = command("souk-replay");
        export.args(["export", "--format", "parquet", "--json", "--into"]).arg(&into);
        export.args(["--database-url", database.url()]);
        export
    };
    // Killed as soon as two files stand there; what that leaves, or a cut at a later moment, is gone on with.
    let mut child = export().stdout(Stdio::null()).spawn().unwrap();
    let notes = into.join("export.unfinished");
    wait_until("the export begins", || {
        into.join("manifest.json").exists()
            || fs::read_to_string(&notes).is_ok_and(|notes| notes.lines().count() > 2)
    });
    child.kill().unwrap();
    child.wait().unwrap();
    if !into.join("manifest.json").exists() {
        assert_eq!(export().output().unwrap().status.code(), Some(0));
    }
    let first = manifest(&into);
    assert_eq!(check(&into).0, Some(0));

    // Half a line, half a file, a file that was changed meanwhile: as the worst cut may leave them.
    let files = first["files"].as_array().unwrap();
    let mut text = json!({"version": 1, "format": "parquet", "epoch": 1}).to_string();
    for file in &files[..files.len() - 2] {
        text.push_str(&format!("\n{file}"));
    }
    text.push_str("\n{\"file\":\"read/");
    fs::write(&notes, text).unwrap();
    fs::remove_file(into.join("manifest.json")).unwrap();
    let name = |index: usize| into.join(files[index]["file"].as_str().unwrap());
    fs::remove_file(name(files.len() - 1)).unwrap();
    fs::write(into.join("read/orders.parquet.unfinished"), "half").unwrap();
    fs::write(name(1), "changed").unwrap();
    let unreadable = command("souk-replay").arg("check").arg(&into).output().unwrap();
    assert_eq!(unreadable.status.code(), Some(2));
    let output = export().output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", self::text(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["kept"].as_u64().unwrap(), u64::try_from(files.len() - 3).unwrap(), "{told}");
    assert_eq!((check(&into).0, manifest(&into)), (Some(0), first));
    // Another kind of export does not go on with it.
    fs::write(&notes, json!({"version": 1, "format": "ndjson", "epoch": 1}).to_string()).unwrap();
    fs::remove_file(into.join("manifest.json")).unwrap();
    assert_eq!(export().output().unwrap().status.code(), Some(2));
}
