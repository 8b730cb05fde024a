//! Starting on nothing, and again on what was left.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    time::{Duration, Instant},
};

use super::{PASSWORD, PATIENCE, Server, is_alive, postmaster, run, text, wait_until};

const SHOP: &str = "baghdad-shop@souk.example";

#[tokio::test]
async fn it_starts_from_nothing_and_finds_its_data_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data, &["--demo"]);
    let printed = server.printed();
    for part in [
        "/docs",
        PASSWORD,
        "admin@souk.example",
        SHOP,
        "auditor@souk.example",
        "shown this once",
    ] {
        assert!(printed.contains(part), "{part} is not in: {printed}");
    }
    for path in [
        "/openapi.json",
        "/docs",
        "/api/v1/health/live",
        "/api/v1/health/ready",
    ] {
        assert_eq!(server.get(path, None).await.0, 200, "{path}");
    }
    let admin = server.login("admin@souk.example", PASSWORD).await.unwrap();
    let (status, me) = server.get("/api/v1/auth/me", Some(&admin)).await;
    assert_eq!((status, me["role"].as_str()), (200, Some("super_admin")));
    let shop = server.login(SHOP, PASSWORD).await.unwrap();
    let order = server.place(&shop, "first", "TEA-CEYLON-500", 3).await.expect("an order");
    let position = server.position().await;
    let secrets = data.join("secrets");
    assert_eq!(fs::metadata(&secrets).unwrap().permissions().mode() & 0o777, 0o700);
    for file in fs::read_dir(&secrets).unwrap().map(Result::unwrap) {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.path());
    }
    let postgres = postmaster(&data);
    assert!(is_alive(postgres));
    assert_eq!(server.stop().code(), Some(0));
    assert!(!is_alive(postgres), "PostgreSQL is left behind");

    let server = Server::start(&data, &["--demo"]);
    assert_eq!(server.position().await, position, "a second start adds nothing");
    assert!(!server.printed().contains("shown this once"));
    // The key that signed it is the same.
    let (status, found) = server.get(&format!("/api/v1/orders/{order}"), Some(&shop)).await;
    assert_eq!((status, found["id"].as_str()), (200, Some(order.as_str())));
    assert_eq!(server.stop().code(), Some(0));
}

#[tokio::test]
async fn the_first_admin_is_as_configured_or_shown_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = super::serving();
    command
        .env("SOUK_ADMIN_EMAIL", "boss@example.org")
        .env("SOUK_ADMIN_PASSWORD", "a quite secret word");
    let server = Server::start_as(command.arg("--data-dir").arg(folder.path()));
    assert!(!server.printed().contains("quite secret") && !server.printed().contains("shown this once"));
    assert!(server.login("boss@example.org", "a quite secret word").await.is_ok());
    assert_eq!(server.stop().code(), Some(0));

    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let printed = server.printed();
    let line = printed.lines().find(|line| line.contains("shown this once")).unwrap();
    let mut words = line.split_whitespace().rev();
    let (password, email) = (words.next().unwrap(), words.next().unwrap());
    assert!(server.login(email, password).await.is_ok(), "{line}");
    assert_eq!(server.login(email, "something else").await, Err(401));
    assert_eq!(server.stop().code(), Some(0));
}

#[tokio::test]
async fn a_second_server_on_the_same_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]);
    let second = run("souk", folder.path(), &["serve", "--listen", "127.0.0.1:0"]);
    let error = text(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{error}");
    assert!(error.contains("is in use") && error.contains(&format!("pid {}", server.pid())), "{error}");
    assert_eq!(server.get("/api/v1/health/live", None).await.0, 200);
    assert_eq!(server.stop().code(), Some(0));
}

#[tokio::test]
async fn it_is_ready_in_under_a_second_on_data_that_are_there() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(Server::start(folder.path(), &["--demo"]).stop().code(), Some(0));
    // The best of some, because the machine may be busy with other tests.
    let ready_ms = (0..5).map(|_| {
        let server = Server::start(folder.path(), &["--demo"]);
        let printed = server.printed();
        assert_eq!(server.stop().code(), Some(0));
        let line = printed.lines().find_map(|line| line.strip_prefix("Souk is ready after ")).unwrap();
        line.strip_suffix(" ms.").unwrap().parse::<u64>().unwrap()
    });
    let ready_ms: Vec<_> = ready_ms.collect();
    assert!(ready_ms.iter().any(|ms| *ms < 1_000), "{ready_ms:?}");
}

#[tokio::test]
async fn expired_holds_and_keys_are_cleared_away() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--demo"]);
    let url = event_store::embedded::EmbeddedPostgres::attach(folder.path()).unwrap().url().to_owned();
    let pool = sqlx::PgPool::connect(&url).await.unwrap();
    // As another node would have written it, long ago: holds last for at least a minute.
    for statement in [EXPIRED_HOLD, EXPIRED_HOLDS_CLAIM, EXPIRED_COMMANDS] {
        assert!(sqlx::raw_sql(statement).execute(&pool).await.unwrap().rows_affected() > 0, "{statement}");
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let (commands, holds): (i64, i64) = sqlx::query_as(
            "select (select count(*) from commands where expires_at < now()), \
                    (select count(*) from claims where scope = 'hold')",
        )
        .fetch_one(&pool)
        .await
        .unwrap();
        if commands == 0 && holds == 0 {
            break;
        }
        assert!(Instant::now() < deadline, "{commands} commands and {holds} holds are left");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let (released, kept): (i64, i64) = sqlx::query_as(
        "select (select count(*) from events where event_type = 'HoldReleased'), (select count(*) from commands)",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(released, 1);
    assert!(kept > 100, "what may still be repeated is kept");
    pool.close().await;
    assert_eq!(server.stop().code(), Some(0));
}

const EXPIRED_HOLD: &str = r#"
    insert into events
    select (select max(position) + 1 from events), 'stock', holder, last.sequence + 1, 'StockHeld', '1',
           format('{"StockHeld":{"hold":"01936f00-0000-7000-8000-000000000001",
                    "allocations":[{"warehouse":%s,"quantity":1}],"expires_at":"2020-01-01T00:00:00Z"}}',
                  first.payload -> 'StockReceived' -> 'warehouse')::json,
           last.metadata, (select max(recorded_at) from events)
      from claims
      join lateral (select * from events where aggregate_type = 'stock' and aggregate_id = holder
                     order by sequence desc limit 1) last on true
      join lateral (select * from events where event_type = 'StockReceived' and aggregate_id = holder
                     order by sequence limit 1) first on true
     where claims.scope = 'sku' and claims.key = 'SALT-1'"#;

const EXPIRED_HOLDS_CLAIM: &str = "
    insert into claims
    select 'hold', '01936f00-0000-7000-8000-000000000001', aggregate_id || '//1577836800000', position
      from events where event_type = 'StockHeld'";

const EXPIRED_COMMANDS: &str = r"
    insert into commands (id, fingerprint, result, position, expires_at)
    select gen_random_uuid(), '\x00', '{}', 1, now() - interval '1 day' from generate_series(1, 2500)";

#[test]
fn the_schema_is_migrated_and_the_document_printed() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let migrated = run("souk", folder.path(), &["migrate"]);
        assert!(migrated.status.success(), "{}", text(&migrated.stderr));
    }
    wait_until("PostgreSQL is gone", || !folder.path().join("postgres/cluster/postmaster.pid").exists());
    let elsewhere = folder.path().join("never-made");
    let printed = run("souk", &elsewhere, &["openapi"]);
    let document: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert!(document["paths"]["/api/v1/orders"]["post"].is_object());
    assert!(!elsewhere.exists(), "a document needs no data");
}
