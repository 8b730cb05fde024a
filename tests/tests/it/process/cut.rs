//! `souk-replay` on a connection that breaks: an error, never a short success, and nothing half done.

use std::{
    fs,
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::Value;
use souk_tests::TestDatabase;
use sqlx::{Connection, PgConnection};

use super::{
    replay::{demo, replay, told},
    text,
};

/// When a way to the database breaks.
#[derive(Clone, Copy)]
pub(super) enum Cut {
    /// Each connection, after so many bytes of answers.
    Answers(usize),
    /// Each connection, after so many bytes of requests.
    Requests(usize),
    /// All of them and for good, after so many bytes of answers.
    ForGood(usize),
    /// The same, but nobody is told: everything stays open.
    Silence(usize),
}

/// The URL of a way to the database that breaks.
pub(super) fn broken(url: &str, cut: Cut) -> String {
    let (before, rest) = url.split_once('@').unwrap();
    let (address, database) = rest.split_once('/').unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let way = format!("{before}@{}/{database}", listener.local_addr().unwrap());
    let address = address.to_owned();
    let of_all = Arc::new(AtomicUsize::new(match cut {
        Cut::ForGood(bytes) | Cut::Silence(bytes) => bytes,
        Cut::Answers(_) | Cut::Requests(_) => 0,
    }));
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let limited = |bytes| Arc::new(AtomicUsize::new(bytes));
            let (answers, requests) = match cut {
                Cut::Answers(bytes) => (limited(bytes), limited(usize::MAX)),
                Cut::Requests(bytes) => (limited(usize::MAX), limited(bytes)),
                Cut::ForGood(_) | Cut::Silence(_) => (Arc::clone(&of_all), limited(usize::MAX)),
            };
            let is_silent = matches!(cut, Cut::Silence(_));
            if answers.load(Ordering::SeqCst) == 0 && !is_silent {
                continue;
            }
            let server = TcpStream::connect(&address).unwrap();
            let (from_client, to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || forward(from_client, to_server, &requests));
            let answer = if is_silent { fall_silent } else { forward };
            thread::spawn(move || answer(server, client, &answers));
        }
    });
    way
}

/// What is read after the limit is kept.
fn fall_silent(mut from: TcpStream, mut to: TcpStream, left: &AtomicUsize) {
    let mut buffer = [0; 4_096];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let before =
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(read)));
        if before.unwrap() >= read && to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
}

fn forward(mut from: TcpStream, mut to: TcpStream, left: &AtomicUsize) {
    let mut buffer = [0; 4_096];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let allowed = left.load(Ordering::SeqCst).min(read);
        if allowed > 0 && to.write_all(&buffer[..allowed]).is_err() {
            break;
        }
        // Several connections may share what is left: the last bytes count for all of them.
        let before =
            left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| Some(left.saturating_sub(read)));
        if before.unwrap() <= read {
            break;
        }
    }
    drop(from.shutdown(Shutdown::Both));
    drop(to.shutdown(Shutdown::Both));
}

#[tokio::test]
async fn what_is_told_is_whole_or_an_error() {
    let database = demo().await;
    let url = database.url();
    for args in [
        &["order", "DEMO-1003"][..],
        &["stock", "RICE-BASMATI-5"],
        &["events", "--up-to", "100"],
        &["verify", "--projection", "stock_levels"],
        &["export", "-"],
    ] {
        let whole = told(url, args);
        let (mut cut, mut done) = (0, 0);
        for bytes in [300, 1_000, 2_000, 4_000, 8_000, 16_000, 60_000, 100_000_000] {
            let output = replay(&broken(url, Cut::Answers(bytes)), args);
            match output.status.code() {
                Some(0) => {
                    done += 1;
                    assert_eq!(text(&output.stdout), whole, "{args:?} after {bytes}");
                }
                Some(2) => {
                    cut += 1;
                    assert!(text(&output.stderr).starts_with("souk-replay: "), "{args:?} after {bytes}");
                }
                other => panic!("{args:?} after {bytes}: {other:?}"),
            }
        }
        assert!(cut > 2 && done > 0, "{args:?}: {cut} cut, {done} done");
    }
    let output = replay(&broken(url, Cut::Answers(4_000)), &["order", "DEMO-1003", "--json"]);
    assert_eq!(output.status.code(), Some(2));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["error"]["code"], "database", "{told}");
}

#[tokio::test]
async fn a_database_that_goes_silent_is_an_error_in_time() {
    let database = demo().await;
    let url = database.url().to_owned();
    let tries = [
        (&["order", "DEMO-1003", "--json"][..], 100),
        (&["order", "DEMO-1003", "--json"], 8_000),
        (&["verify", "--json"], 60_000),
        (&["rebuild", "product_list", "--json"], 60_000),
    ];
    // Side by side: each of them waits.
    let tries = tries.map(|(args, bytes)| {
        let way = broken(&url, Cut::Silence(bytes));
        thread::spawn(move || (args, bytes, replay(&way, args)))
    });
    for attempt in tries {
        let (args, bytes, output) = attempt.join().unwrap();
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?} after {bytes}: {told}");
        assert_eq!(told["error"]["code"], "database", "{args:?} after {bytes}: {told}");
    }
}

#[tokio::test]
async fn a_broken_export_leaves_no_file() {
    let database = demo().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.ndjson");
    let name = file.to_str().unwrap();
    let attempt = |bytes| {
        let output = replay(&broken(database.url(), Cut::Answers(bytes)), &["export", name]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
        assert!(output.stdout.is_empty());
    };
    for bytes in [2_000, 60_000, 120_000] {
        attempt(bytes);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    fs::write(&file, "the one of yesterday").unwrap();
    attempt(60_000);
    assert_eq!(fs::read_to_string(&file).unwrap(), "the one of yesterday");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    told(database.url(), &["export", name]);
    assert!(fs::read_to_string(&file).unwrap().lines().last().unwrap().starts_with("{\"end\""));
}

#[tokio::test]
async fn a_broken_import_writes_nothing_and_the_next_one_all() {
    let (original, copy) = (demo().await, TestDatabase::create().await);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.ndjson");
    let name = file.to_str().unwrap();
    told(original.url(), &["export", name]);
    let mut connection = PgConnection::connect(copy.url()).await.unwrap();
    for cut in [Cut::Requests(60_000), Cut::Requests(150_000), Cut::Answers(400)] {
        let output = replay(&broken(copy.url(), cut), &["import", name, "--json"]);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(told["error"]["code"], "database", "{told}");
        let (events, epoch): (i64, i32) =
            sqlx::query_as("select (select count(*) from events), (select epoch from log_epoch)")
                .fetch_one(&mut connection)
                .await
                .unwrap();
        assert_eq!((events, epoch), (0, 1));
    }
    told(copy.url(), &["import", name]);
    assert!(told(copy.url(), &["verify"]).ends_with("no fault\n"));
}

#[tokio::test]
async fn a_broken_rebuild_leaves_the_live_tables_and_the_next_one_succeeds() {
    let database = demo().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let live = async |connection: &mut PgConnection| -> (String, i32) {
        sqlx::query_as(
            "select (select md5(string_agg(p::text, '|' order by id)) from product_list_v3.products p),
                    (select generation from checkpoints where name = 'product_list_v3')",
        )
        .fetch_one(connection)
        .await
        .unwrap()
    };
    let before = live(&mut connection).await;
    let output =
        replay(&broken(database.url(), Cut::ForGood(60_000)), &["rebuild", "product_list", "--json"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["error"]["code"].is_string(), "{document}");
    assert_eq!(live(&mut connection).await, before);

    let rebuilt: Value =
        serde_json::from_str(&told(database.url(), &["rebuild", "product_list", "--json"])).unwrap();
    assert_eq!(rebuilt["rebuilt"][0]["schema"], "product_list_v3", "{rebuilt}");
    let after = live(&mut connection).await;
    assert_eq!((&after.0, after.1 > before.1), (&before.0, true));
    let leftover: bool = sqlx::query_scalar(
        "select exists (select from pg_namespace where nspname = 'product_list_v3_rebuild')",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert!(!leftover);
    assert!(told(database.url(), &["verify"]).ends_with("no fault\n"));
}
