//! `souk-replay verify` on projections: each is what the log says, at one position, whatever goes on meanwhile.

use std::process::Stdio;

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::{Value, json};
use souk_tests::{TestApp, TestDatabase};
use sqlx::{Connection, PgConnection, Row};

use super::{
    command,
    replay::{demo, replay, told},
    text,
};

/// The faults of one kind.
fn of_kind<'a>(document: &'a Value, code: &str) -> Vec<&'a Value> {
    document["faults"].as_array().unwrap().iter().filter(|fault| fault["code"] == code).collect()
}

#[tokio::test]
async fn sound_projections_have_no_fault() {
    let database = demo().await;
    let report = told(database.url(), &["verify"]);
    let names: Vec<&str> = projections::all().iter().map(|projection| projection.name()).collect();
    for name in &names {
        let line = report.lines().find(|line| line.starts_with(&format!("{name} at 1.")));
        assert!(line.is_some_and(|line| line.ends_with("as replayed")), "{name} is not in\n{report}");
    }
    let document: Value = serde_json::from_str(&told(database.url(), &["verify", "--json"])).unwrap();
    assert_eq!((&document["sound"], &document["fault_count"]), (&json!(true), &json!(0)));
    assert_eq!(document["projections"].as_array().unwrap().len(), names.len());
    for projection in document["projections"].as_array().unwrap() {
        assert_eq!(projection["state"], "equal");
    }
    let some = told(database.url(), &["verify", "--projection", "accounts", "--projection", "sales"]);
    assert!(some.contains("accounts at") && some.contains("sales at") && !some.contains("order_list at"));
    let none = told(database.url(), &["verify", "--no-projections"]);
    assert_eq!(none.lines().count(), 1, "{none}");
    let unknown = replay(database.url(), &["verify", "--projection", "order_lists"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("order_list,"), "{}", text(&unknown.stderr));
}

/// What was done to the rows of some projections.
struct Damage {
    product: String,
    warehouse: String,
    /// What stands there; the log says 7 less.
    on_hand: i64,
    /// Of the product's stock.
    newest: i64,
    removed: String,
}

async fn damaged() -> (TestDatabase, Damage) {
    let database = demo().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let changed = sqlx::query(
        "update stock_levels_v2.levels set on_hand = on_hand + 7 where (product, warehouse) = \
           (select product, warehouse from stock_levels_v2.levels order by on_hand desc limit 1) \
         returning product::text, warehouse::text, on_hand, \
                   (select max(position) from events where aggregate_id = product::text and aggregate_type = 'stock')",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    let removed = "delete from order_list_v2.orders where external_id = 'DEMO-1003' returning id::text";
    let removed: String = sqlx::query_scalar(removed).fetch_one(&mut connection).await.unwrap();
    for statement in [
        "insert into stock_history_v2.stocked values ('0193e1f0-0000-7000-8000-000000000001', \
                                                      '0193e1f0-0000-7000-8000-000000000002')",
        "update product_list_v3.products set title = '{}' where sku = 'RICE-BASMATI-5'",
    ] {
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    }
    let damage = Damage {
        product: changed.get(0),
        warehouse: changed.get(1),
        on_hand: changed.get(2),
        newest: changed.get(3),
        removed,
    };
    (database, damage)
}

#[tokio::test]
async fn a_row_that_was_changed_removed_or_added_is_found_and_named() {
    let (database, Damage { product, warehouse, on_hand, newest, removed }) = damaged().await;
    let output = replay(database.url(), &["verify"]);
    let report = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{report}");
    let has = |parts: &[&str]| {
        let found = report
            .lines()
            .any(|line| line.starts_with("fault: ") && parts.iter().all(|part| line.contains(part)));
        assert!(found, "no fault with {parts:?} in:\n{report}");
    };
    has(&[
        &format!("stock_levels.levels product={product} warehouse={warehouse}: on_hand is {on_hand}, "),
        &format!("its replay says {}", on_hand - 7),
        &format!("stock/{product} at {newest}"),
    ]);
    has(&[
        &format!("order_list.orders id={removed}: the row is missing"),
        &format!("order/{removed} at "),
    ]);
    has(&[
        "stock_history.stocked product=0193e1f0-0000-7000-8000-000000000001",
        "the log knows no such row",
    ]);
    has(&["product_list.products id=", "title is {}, its replay says {\""]);
    told(database.url(), &["rebuild", "all"]);
    assert!(told(database.url(), &["verify"]).ends_with("no fault\n"));
}

#[tokio::test]
async fn a_row_that_differs_is_told_to_machines_in_parts() {
    let (database, Damage { product, warehouse, on_hand, removed, .. }) = damaged().await;
    let output = replay(database.url(), &["verify", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["sound"], false);
    let changed = of_kind(&document, "row-changed");
    let on_hand_fault = changed.iter().find(|fault| fault["column"] == "on_hand").unwrap();
    assert_eq!(on_hand_fault["key"], json!({"product": product, "warehouse": warehouse}));
    assert_eq!(on_hand_fault["stored"], on_hand.to_string());
    assert_eq!(on_hand_fault["replayed"], (on_hand - 7).to_string());
    assert!(changed.iter().any(|fault| fault["column"] == "available"), "what is generated follows");
    assert_eq!(of_kind(&document, "row-missing")[0]["key"]["id"], removed);
    assert_eq!(of_kind(&document, "row-added")[0]["table"], "stocked");
    let states: Vec<&str> = document["projections"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|projection| projection["state"] == "differs")
        .map(|projection| projection["name"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["product_list", "stock_levels", "stock_history", "order_list"]);
}

#[tokio::test]
async fn damaged_tables_are_found_whatever_was_done_to_them() {
    let database = demo().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    for (statement, code) in [
        ("update stock_levels_v2.levels set threshold = threshold + 1", "rows-differ"),
        ("drop table return_list_v1.return_lines cascade", "table-missing"),
        ("create table accounts_v2.extra (id uuid primary key)", "table-unknown"),
        ("alter table company_list_v1.companies drop column zones cascade", "column-differs"),
        ("delete from checkpoints where name = 'settlement_list_v1'", "checkpoint-missing"),
        ("update checkpoints set position = 1000000 where name = 'sales_v3'", "beyond-the-log"),
        (
            "alter table stock_history_v2.stocked drop constraint stocked_pkey; \
             insert into stock_history_v2.stocked select * from stock_history_v2.stocked limit 1",
            "key-repeated",
        ),
        ("update checkpoints set position = 400 where name = 'order_list_v2'", "row-added"),
    ] {
        sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
        let output = replay(database.url(), &["verify", "--json"]);
        assert_eq!(output.status.code(), Some(1), "{statement}");
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(!of_kind(&document, code).is_empty(), "{statement}: no {code} in {document}");
    }
    let levels: i64 = sqlx::query_scalar("select count(*) from stock_levels_v2.levels")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    let document: Value = serde_json::from_slice(
        &replay(database.url(), &["verify", "--json", "--projection", "stock_levels"]).stdout,
    )
    .unwrap();
    assert!(
        document["fault_count"].as_i64().unwrap() >= levels,
        "those that are not told one by one are counted"
    );
}

#[tokio::test]
async fn a_log_that_cannot_be_projected_is_a_fault_of_the_projections_that_take_the_event() {
    let database = demo().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    sqlx::raw_sql(
        "alter table events disable trigger all; \
         update events set payload = '{\"OrderPlaced\": {}}' where position = \
                (select min(position) from events where event_type = 'OrderPlaced')",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    let output = replay(database.url(), &["verify", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let position: i64 =
        sqlx::query_scalar("select min(position) from events where event_type = 'OrderPlaced'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    let faults = of_kind(&document, "not-replayable");
    let of = |name: &str| faults.iter().find(|fault| fault["projection"] == name);
    assert_eq!(of("order_list").unwrap()["position"], position);
    assert!(of("sales").is_some() && of("stock_levels").is_none(), "{faults:?}");
}

#[tokio::test]
async fn a_copy_of_the_log_alone_has_no_projections_yet() {
    let (original, copy) = (demo().await, TestDatabase::create().await);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("shop.ndjson");
    told(original.url(), &["export", file.to_str().unwrap()]);
    told(copy.url(), &["import", file.to_str().unwrap()]);
    let report = told(copy.url(), &["verify"]);
    assert!(report.contains("order_list: no tables of order_list_v2 in this database\n"), "{report}");
    let document: Value = serde_json::from_str(&told(copy.url(), &["verify", "--json"])).unwrap();
    assert_eq!(document["projections"][0]["state"], "absent");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projections_that_go_on_meanwhile_have_no_fault() {
    let app = TestApp::spawn().await;
    let admin = app.admin().await;
    let warehouse = admin.warehouse("BGW").await;
    let product = admin.product("TEA", "2500").await;
    admin.stock(&product, &warehouse, 100_000).await.ok();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (stopped, url) = (std::sync::Arc::clone(&stop), app.database.url().to_owned());
    let orders = async {
        let mut orders = 0;
        while !stopped.load(std::sync::atomic::Ordering::SeqCst) {
            let order = json!({"lines": [{"product_id": product, "quantity": 1}], "payment_method": "cash"});
            admin.post("/api/v1/orders", &order).await.created();
            orders += 1;
        }
        orders
    };
    let verified = tokio::task::spawn_blocking(move || {
        let outputs: Vec<_> = (0..3).map(|_| replay(&url, &["verify"])).collect();
        stop.store(true, std::sync::atomic::Ordering::SeqCst);
        outputs
    });
    let (orders, verified) = tokio::join!(orders, verified);
    assert!(orders > 20, "{orders}");
    for output in verified.unwrap() {
        assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
    }
}

#[tokio::test]
async fn one_that_is_killed_or_interrupted_leaves_nothing_behind() {
    let database = demo().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let waiting = "select exists (select from pg_stat_activity where datname = current_database() \
                                   and application_name = 'souk-replay' and wait_event_type = 'Lock')";
    let temporary = "select count(*) from pg_class where relpersistence = 't'";
    let sessions = "select count(*) from pg_stat_activity where datname = current_database() \
                                   and application_name = 'souk-replay'";
    for signal in [Signal::SIGKILL, Signal::SIGINT, Signal::SIGTERM] {
        let mut blocker = PgConnection::connect(database.url()).await.unwrap();
        sqlx::raw_sql("begin; lock table order_list_v2.orders in access exclusive mode")
            .execute(&mut blocker)
            .await
            .unwrap();
        let mut child = command("souk-replay")
            .args([
                "verify",
                "--projection",
                "order_list",
                "--database-url",
                database.url(),
            ])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        until(&mut connection, waiting).await;
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        let status = child.wait().unwrap();
        assert!(!status.success(), "{signal}: {status}");
        sqlx::raw_sql("rollback").execute(&mut blocker).await.unwrap();
        until(&mut connection, &format!("select ({sessions}) = 0")).await;
        let left: i64 = sqlx::query_scalar(temporary).fetch_one(&mut connection).await.unwrap();
        assert_eq!(left, 0, "{signal}");
    }
    assert!(told(database.url(), &["verify"]).ends_with("no fault\n"));
}

async fn until(connection: &mut PgConnection, is_so: &str) {
    let deadline = std::time::Instant::now() + super::PATIENCE;
    while !sqlx::query_scalar::<_, bool>(is_so).fetch_one(&mut *connection).await.unwrap() {
        assert!(std::time::Instant::now() < deadline, "never: {is_so}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

/// A rebuild that puts other tables in place between our snapshot and our first look at them must not be taken for a
/// fault, nor be held up for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projections_that_are_rebuilt_meanwhile_have_no_fault() {
    let database = demo().await;
    let url = database.url().to_owned();
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (stopped, rebuilding) = (std::sync::Arc::clone(&stop), url.clone());
    let rebuilds = tokio::task::spawn_blocking(move || {
        let mut rebuilds = 0;
        while !stopped.load(std::sync::atomic::Ordering::SeqCst) {
            told(&rebuilding, &["rebuild", "all"]);
            rebuilds += 1;
        }
        rebuilds
    });
    let verified = tokio::task::spawn_blocking(move || {
        let outputs: Vec<_> = (0..3).map(|_| replay(&url, &["verify"])).collect();
        stop.store(true, std::sync::atomic::Ordering::SeqCst);
        outputs
    });
    for output in verified.await.unwrap() {
        assert_eq!(output.status.code(), Some(0), "{}{}", text(&output.stdout), text(&output.stderr));
        assert!(!text(&output.stdout).contains("no tables of"), "{}", text(&output.stdout));
    }
    assert!(rebuilds.await.unwrap() > 0);
}
