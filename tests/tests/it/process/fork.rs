//! `souk-replay fork`: a working copy of the shop as it was, without anybody's data.

use serde_json::{Value, json};
use souk_tests::TestDatabase;
use sqlx::{Connection, PgConnection};

use super::{
    Server,
    replay::{demo, replay, told},
    serving, text,
};

const ADMIN: (&str, &str) = ("copy@souk.example", "a long enough password 41");

/// The demo's first order that was cancelled or returned later, and the end of the unit that placed it.
async fn placed(database: &TestDatabase) -> (String, i64) {
    sqlx::query_as(
        "with placed as (select aggregate_id, position, metadata ->> 'command_id' as unit from events
                          where event_type = 'OrderPlaced' and aggregate_id in
                                (select aggregate_id from events where event_type = 'OrderCancelled') limit 1)
         select p.aggregate_id, (select max(e.position) from events e where e.metadata ->> 'command_id' = p.unit)
           from placed p",
    )
    .fetch_one(&database.pool())
    .await
    .unwrap()
}

/// A database with nothing at all in it.
async fn bare() -> TestDatabase {
    let database = TestDatabase::create().await;
    sqlx::raw_sql("drop schema public cascade; create schema public")
        .execute(&database.pool())
        .await
        .unwrap();
    database
}

async fn count(database: &TestDatabase, what: &str) -> i64 {
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    sqlx::query_scalar(&format!("select count(*) from {what}"))
        .fetch_one(&mut connection)
        .await
        .unwrap()
}

fn refused(database: &str, args: &[&str], code: &str) -> Value {
    let mut all = args.to_vec();
    all.push("--json");
    let output = replay(database, &all);
    assert_eq!(output.status.code(), Some(2), "{args:?}: {}", text(&output.stdout));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["error"]["code"], code, "{args:?}: {told}");
    told
}

#[tokio::test]
async fn a_copy_is_the_shop_as_it_was_and_works() {
    let (original, copy) = (demo().await, bare().await);
    let (order, until) = placed(&original).await;
    let until = until.to_string();
    let forked = told(original.url(), &["fork", "--until", &until, "--into", copy.url(), "--json"]);
    let forked: Value = serde_json::from_str(&forked).unwrap();
    assert_eq!(
        (&forked["until"], &forked["position"]),
        (&json!(format!("1.{until}")), &json!(format!("2.{until}")))
    );
    assert_eq!(count(&copy, "events").await.to_string(), until);
    // Nothing of a person, and nothing that lets anybody in.
    for table in [
        "person_keys",
        "vault_keys",
        "credentials",
        "sessions",
        "refresh_tokens",
        "api_keys",
        "account_tokens",
        "second_factors",
        "recovery_codes",
        "audit_log",
        "jobs",
        "signing_keys",
    ] {
        assert_eq!(count(&copy, table).await, 0, "{table}");
    }
    assert_eq!(count(&copy, "claims where scope in ('email', 'first_admin')").await, 0);
    let same = "(select md5(string_agg(events::text, '|' order by position)) from events where position <= ";
    let mut both = Vec::new();
    for database in [&original, &copy] {
        let mut connection = PgConnection::connect(database.url()).await.unwrap();
        let sum: String =
            sqlx::query_scalar(&format!("select {same}{until})")).fetch_one(&mut connection).await.unwrap();
        both.push(sum);
    }
    assert_eq!(both[0], both[1]);
    let folder = tempfile::tempdir().unwrap();
    let mut souk = serving();
    souk.env("SOUK_ADMIN_EMAIL", ADMIN.0).env("SOUK_ADMIN_PASSWORD", ADMIN.1);
    souk.args(["--database-url", copy.url()]).arg("--data-dir").arg(folder.path());
    let server = Server::start_as(&mut souk);
    assert_eq!(server.login("admin@souk.example", super::PASSWORD).await, Err(401));
    let admin = server.login(ADMIN.0, ADMIN.1).await.unwrap();
    let path = format!("/api/v1/orders/ord_{}", order.replace('-', ""));
    let mut seen = (0, Value::Null);
    for _ in 0..300 {
        seen = server.get(&path, Some(&admin)).await;
        if seen.0 == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!((seen.0, seen.1["status"].as_str()), (200, Some("pending")), "{}", seen.1);
    // It goes on from there on its own.
    let placed = server.place(&admin, "in-the-copy", "RICE-BASMATI-5", 1).await;
    assert!(placed.is_some());
    assert_eq!(server.stop().code(), Some(0));
    assert!(told(copy.url(), &["verify"]).ends_with("no fault\n"));
    let again = refused(original.url(), &["fork", "--into", copy.url()], "not-empty");
    assert!(!again["error"]["message"].as_str().unwrap().contains("password"));
}

#[tokio::test]
async fn what_was_claimed_then_is_claimed_in_the_copy() {
    let original = demo().await;
    let mut connection = PgConnection::connect(original.url()).await.unwrap();
    let head = count(&original, "events").await;
    // One that was given up at the end, one that was given up before, and one that was taken later.
    let half = head / 2;
    for (key, position, until) in [("late", 3, head), ("early", 3, 5), ("edge", 4, half)] {
        sqlx::query("insert into claims_past values ('test', $1, 'holder', $2, $3)")
            .bind(key)
            .bind::<i64>(position)
            .bind(until)
            .execute(&mut connection)
            .await
            .unwrap();
    }
    sqlx::query("insert into claims values ('test', 'new', 'holder', $1)")
        .bind(head)
        .execute(&mut connection)
        .await
        .unwrap();
    let ends: i64 = sqlx::query_scalar(
        "select max(position) from events where metadata ->> 'command_id' =
           (select metadata ->> 'command_id' from events where position = $1)",
    )
    .bind(half)
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let copy = TestDatabase::create().await;
    told(
        original.url(),
        &[
            "fork",
            "--until",
            &ends.to_string(),
            "--into",
            copy.url(),
            "--with-personal-data",
        ],
    );
    let held: Vec<String> = sqlx::query_scalar("select key from claims where scope = 'test' order by key")
        .fetch_all(&copy.pool())
        .await
        .unwrap();
    assert_eq!(held, ["late"]);
    assert_eq!(count(&copy, "claims_past where scope = 'test'").await, 2);
    assert_eq!(
        count(&copy, "claims where scope = 'sku'").await,
        count(&original, &format!("claims where scope = 'sku' and position <= {ends}")).await
    );
    // Their keys go along when they are asked for; what they sign in with does not.
    let registered = format!("events where event_type = 'AccountRegistered' and position <= {ends}");
    assert_eq!(count(&copy, "person_keys").await, count(&original, &registered).await);
    assert_eq!(count(&copy, "credentials").await, 0);
    assert_eq!(
        count(&copy, "commands").await,
        count(&original, &format!("commands where position <= {ends}")).await
    );
}

#[tokio::test]
async fn a_moment_that_cannot_be_copied_is_refused_and_leaves_nothing() {
    let (original, copy) = (demo().await, bare().await);
    let (_, until) = placed(&original).await;
    let within = (until - 1).to_string();
    let told = refused(original.url(), &["fork", "--until", &within, "--into", copy.url()], "not-found");
    assert!(told["error"]["message"].as_str().unwrap().contains(&format!("1.{until}")), "{told}");
    refused(original.url(), &["fork", "--until", "0", "--into", copy.url()], "not-found");
    refused(original.url(), &["fork", "--until", "7.1", "--into", copy.url()], "not-found");
    let mut connection = PgConnection::connect(original.url()).await.unwrap();
    sqlx::query("update claims_past_since set position = $1")
        .bind(until + 1)
        .execute(&mut connection)
        .await
        .unwrap();
    let before =
        refused(original.url(), &["fork", "--until", &until.to_string(), "--into", copy.url()], "not-found");
    assert!(before["error"]["message"].as_str().unwrap().contains("is known from"), "{before}");
    let tables = "pg_tables where schemaname = 'public'";
    assert_eq!(count(&copy, tables).await, 0);
    sqlx::query("create table notes (note text)").execute(&copy.pool()).await.unwrap();
    refused(original.url(), &["fork", "--into", copy.url()], "not-empty");
    let unreadable = refused(original.url(), &["fork", "--into", "mysql://me:s3cret@db/copy"], "database");
    assert!(!unreadable.to_string().contains("s3cret"));
}
