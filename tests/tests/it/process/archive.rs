//! `souk-replay export`, `import` and `rebuild`: a copy is the whole log or nothing, and tables can be made anew.

use std::{fs, path::Path, process::Output};

use souk_tests::TestDatabase;
use sqlx::{Connection, Executor, PgConnection};

use super::{Server, command, replay::demo, serving, text};

fn replay(database: &TestDatabase, what: &str, argument: &str) -> Output {
    command("souk-replay").args([what, argument, "--database-url", database.url()]).output().unwrap()
}

fn done(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

fn refused(output: &Output, why: &str) {
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(why), "{error}");
}

/// What must be the same in a copy.
async fn content(database: &TestDatabase) -> (String, String) {
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    sqlx::query_as(
        "select (select md5(string_agg(events::text, '|' order by position)) from events),
                (select md5(string_agg(claims::text, '|' order by key, scope)) from claims
                  where scope not in ('email', 'first_admin'))",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap()
}

async fn events(database: &TestDatabase) -> i64 {
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    sqlx::query_scalar("select count(*) from events").fetch_one(&mut connection).await.unwrap()
}

#[tokio::test]
async fn a_copy_is_the_log_to_the_byte_in_the_next_epoch() {
    let (original, copy) = (demo().await, TestDatabase::create().await);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.ndjson");
    let name = file.to_str().unwrap();
    done(&replay(&original, "export", name));
    done(&replay(&copy, "import", name));
    assert_eq!(content(&original).await, content(&copy).await);
    let verified = command("souk-replay").args(["verify", "--database-url", copy.url()]).output().unwrap();
    done(&verified);
    let again = replay(&copy, "export", "-");
    done(&again);
    let first = |text: &str| text.lines().next().unwrap().to_owned();
    let (written, of_copy) = (fs::read_to_string(&file).unwrap(), text(&again.stdout));
    assert!(first(&written).contains("\"epoch\":1") && first(&of_copy).contains("\"epoch\":2"));
    // A copy is sealed anew, by a server of its own; and nobody of the original can sign in to it.
    let is_left_out = |line: &&str| {
        ["leaves", "key", "head"].iter().any(|kind| line.starts_with(&format!("{{\"{kind}\"")))
            || ["email", "first_admin"].iter().any(|scope| line.contains(&format!("\"scope\":\"{scope}\"")))
    };
    let lines = |text: &str| text.lines().filter(|line| !is_left_out(line)).count();
    assert_eq!(lines(&written), lines(&of_copy));
    refused(&replay(&copy, "import", name), "has a log already");
}

#[tokio::test]
async fn a_copy_gets_a_first_admin_of_its_own() {
    let (original, copy) = (demo().await, TestDatabase::create().await);
    let start = |database: &TestDatabase, password: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut souk = serving();
        souk.env("SOUK_ADMIN_EMAIL", "owner@souk.example").env("SOUK_ADMIN_PASSWORD", password);
        souk.args(["--database-url", database.url()]).arg("--data-dir").arg(folder.path());
        (Server::start_as(&mut souk), folder)
    };
    let (first, _folder) = start(&original, "the original's password 17");
    assert_eq!(first.stop().code(), Some(0));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.ndjson");
    done(&replay(&original, "export", file.to_str().unwrap()));
    done(&replay(&copy, "import", file.to_str().unwrap()));
    // Under the same address as the original's.
    let (server, _folder) = start(&copy, "the copy's own password 23");
    assert_eq!(server.login("owner@souk.example", "the original's password 17").await, Err(401));
    server.login("owner@souk.example", "the copy's own password 23").await.unwrap();
    assert_eq!(server.stop().code(), Some(0));
}

#[tokio::test]
async fn a_part_of_a_file_or_a_changed_one_is_refused_and_leaves_nothing() {
    let (original, empty) = (demo().await, TestDatabase::create().await);
    let whole = text(&replay(&original, "export", "-").stdout);
    let folder = tempfile::tempdir().unwrap();
    let attempt = |content: &str, why: &str| {
        let file = folder.path().join("damaged.ndjson");
        fs::write(&file, content).unwrap();
        refused(&replay(&empty, "import", file.to_str().unwrap()), why);
    };
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    attempt("", "empty");
    attempt(&lines[..lines.len() - 1].concat(), "only a part");
    attempt(&whole[..whole.len() - 3], "only a part");
    attempt(&[&lines[..40], &lines[41..]].concat().concat(), "missing");
    attempt(&whole.replacen("\"recorded_at\":\"20", "\"recorded_at\":\"19", 1), "was changed");
    attempt(&format!("{whole}more\n"), "behind the end");
    assert_eq!(events(&empty).await, 0);
    assert!(!Path::new("damaged.ndjson.unfinished").exists());
}

#[tokio::test]
async fn a_rebuild_puts_damaged_tables_right() {
    let database = demo().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let skus = "select string_agg(sku, ',' order by sku) from read.products";
    let before: String = sqlx::query_scalar(skus).fetch_one(&mut connection).await.unwrap();
    let schema: String =
        sqlx::query_scalar("select nspname::text from pg_namespace where nspname like 'product_list_v%'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    connection
        .execute(format!("update {schema}.products set sku = 'LOST-' || sku").as_str())
        .await
        .unwrap();
    let damaged: String = sqlx::query_scalar(skus).fetch_one(&mut connection).await.unwrap();
    assert_ne!(damaged, before);
    done(&replay(&database, "rebuild", "product_list"));
    let after: String = sqlx::query_scalar(skus).fetch_one(&mut connection).await.unwrap();
    assert_eq!(after, before);
    done(&replay(&database, "rebuild", "all"));
    refused(&replay(&database, "rebuild", "nothing"), "product_list");
}
