//! A schema per version, views for analysts, and names that cannot be schemas.

use std::sync::{Arc, atomic::Ordering};

use event_store::subscription::{StartError, Subscriptions};

use crate::{
    ledger::{Knobs, Ledger},
    world::{World, append, fill, options, settle, start},
};

/// Which schema's tables the view shows.
async fn shown(world: &World) -> String {
    sqlx::query_scalar("select view_schema || ' shows ' || table_schema from information_schema.view_table_usage where view_schema = 'read'")
        .fetch_one(&world.pool)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_version_is_shown_when_it_has_caught_up() {
    let world = World::create().await;
    let log = world.node().await;
    fill(&world, 6_000).await;
    let old = start(&log, &Ledger::first(&Arc::default()), options()).await;
    settle(&log, &old).await;
    assert_eq!(shown(&world).await, "read shows ledger_v1");
    let knobs = Arc::new(Knobs::default());
    knobs.stall_ms.store(300, Ordering::Relaxed);
    let options = event_store::subscription::SubscriptionOptions { batch_limit: 500, ..options() };
    let new = start(&log, &Ledger::version(&knobs, 2), options).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert_eq!(shown(&world).await, "read shows ledger_v1", "half-filled tables are not shown");
    knobs.stall_ms.store(0, Ordering::Relaxed);
    settle(&log, &new).await;
    append(&log, [1]).await;
    settle(&log, &new).await;
    settle(&log, &old).await;
    for _ in 0..100 {
        if shown(&world).await == "read shows ledger_v2" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!(shown(&world).await, "read shows ledger_v2");
    world.assert_whole("ledger_v1").await;
    world.assert_whole("ledger_v2").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn analysts_read_the_views_and_nothing_else() {
    let world = World::create().await;
    let log = world.node().await;
    let subscriptions = start(&log, &Ledger::first(&Arc::default()), options()).await;
    append(&log, [4]).await;
    settle(&log, &subscriptions).await;
    subscriptions.rebuild("ledger").await.unwrap();
    let may = "select count(*) from pg_tables t full join pg_views v using (schemaname) \
               where has_table_privilege('souk_analyst', \
                   quote_ident(schemaname) || '.' || quote_ident(coalesce(viewname, tablename)), 'select') \
                 and schemaname not in ('pg_catalog', 'information_schema')";
    assert_eq!(world.number(may).await, 1);
    let usage = "select count(*) from pg_namespace where has_schema_privilege('souk_analyst', nspname, 'usage') \
                 and nspname in ('read', 'read_personal', 'ledger_v1')";
    assert_eq!(world.number(usage).await, 1);
    assert_eq!(world.number("select units from read.ledger").await, 4);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_a_schema_is_refused_at_start() {
    let world = World::create().await;
    let log = world.node().await;
    let knobs = Arc::default();
    for name in [
        "Ledger",
        "led-ger",
        "1edger",
        "x'; drop table events; --",
        "a_name_that_is_far_too_long_to_be_the_name_of_any_schema",
    ] {
        let outcome = Subscriptions::start(&log, vec![Ledger::named(name, &knobs)], options()).await;
        assert!(matches!(outcome, Err(StartError::InvalidKey(_))), "{name}");
    }
    let twice = vec![Ledger::first(&knobs), Ledger::version(&knobs, 2)];
    let outcome = Subscriptions::start(&log, twice, options()).await;
    assert!(matches!(outcome, Err(StartError::Repeated(name)) if name == "ledger"));
}
