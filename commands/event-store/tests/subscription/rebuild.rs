//! A rebuild beside the live one gives the same rows, while writes go on and whatever dies.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use event_store::subscription::{RebuildError, SubscriptionOptions, SubscriptionState, Subscriptions};

use crate::{
    ledger::{Knobs, Ledger},
    world::{World, append, fill, options, settle, start, status, until},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_equals_the_incremental_one_while_writes_go_on() {
    let world = World::create().await;
    let log = world.node().await;
    fill(&world, 20_000).await;
    let knobs = Arc::new(Knobs::default());
    let options = SubscriptionOptions { rebuild_batch: 1_000, ..options() };
    let subscriptions = start(&log, &Ledger::first(&knobs), options).await;
    settle(&log, &subscriptions).await;
    // What stands in the live tables by mistake is gone afterwards.
    world
        .execute(
            "insert into ledger_v1.entries (position) values (-1); update ledger_v1.totals set units = 0",
        )
        .await;
    knobs.stall_ms.store(5, Ordering::Relaxed);
    let writer = tokio::spawn({
        let log = log.clone();
        async move {
            for _ in 0..100 {
                append(&log, (0..20).map(|n| n % 4)).await;
            }
        }
    });
    let seen = {
        let subscriptions = subscriptions.clone();
        tokio::spawn(async move {
            until(&subscriptions, |s| s.rebuild.as_ref().is_some_and(|r| r.position > 2_000)).await
        })
    };
    let rebuilt = subscriptions.rebuild("ledger").await.unwrap();
    assert!(rebuilt.position >= 20_000 && rebuilt.key == "ledger_v1");
    writer.await.unwrap();
    let seen = seen.await.unwrap();
    assert_eq!(seen.rebuild.unwrap().state, SubscriptionState::Rebuilding);
    settle(&log, &subscriptions).await;
    world.assert_whole("ledger_v1").await;
    assert_eq!(status(&subscriptions).await.rebuild, None);
    let schemas = "select count(*) from pg_namespace where nspname like 'ledger%'";
    assert_eq!(world.number(schemas).await, 1, "the old schema is gone");
    let index =
        "select count(*) from pg_indexes where schemaname = 'ledger_v1' and indexname = 'entries_by_stream'";
    assert_eq!(world.number(index).await, 1);
    let sums = "select sum(units)::bigint from read.ledger";
    assert_eq!(
        world.number(sums).await,
        world.number("select sum(units)::bigint from ledger_v1.entries").await
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_runs_on_a_node_that_does_not_run_the_live_one() {
    let world = World::create().await;
    let (first_node, second_node) = (world.node().await, world.node().await);
    let ledger = Ledger::first(&Arc::default());
    let first = start(&first_node, &ledger, options()).await;
    append(&first_node, 1..=80).await;
    settle(&first_node, &first).await;
    let second = start(&second_node, &ledger, options()).await;
    second.rebuild("ledger_v1").await.unwrap();
    append(&second_node, 1..=80).await;
    settle(&first_node, &first).await;
    settle(&second_node, &second).await;
    world.assert_whole("ledger_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_are_rebuilt_from_one_reading() {
    let world = World::create().await;
    let log = world.node().await;
    fill(&world, 5_000).await;
    let knobs = Arc::default();
    let both = vec![Ledger::first(&knobs), Ledger::named("journal", &knobs)];
    let subscriptions = Subscriptions::start(&log, both, options()).await.unwrap();
    settle(&log, &subscriptions).await;
    world.execute("truncate ledger_v1.entries, journal_v1.entries").await;
    let outcomes = subscriptions.rebuild_all().await;
    let keys: Vec<_> = outcomes.iter().map(|(key, outcome)| (key.as_str(), outcome.is_ok())).collect();
    assert_eq!(keys, [("journal_v1", true), ("ledger_v1", true)]);
    world.assert_whole("ledger_v1").await;
    world.assert_whole("journal_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_that_dies_anywhere_leaves_the_live_one_whole() {
    let world = World::create().await;
    let log = world.node().await;
    fill(&world, 4_000).await;
    let knobs = Arc::new(Knobs::default());
    let ledger = Ledger::first(&knobs);
    let options = SubscriptionOptions {
        rebuild_batch: 200,
        standby_interval: Duration::from_millis(20),
        ..options()
    };
    let mut subscriptions = start(&log, &ledger, options.clone()).await;
    settle(&log, &subscriptions).await;
    let mut finished = 0;
    for round in 0..40_u64 {
        append(&log, 1..=5).await;
        let attempt =
            tokio::time::timeout(Duration::from_millis(round * 8), subscriptions.rebuild("ledger")).await;
        match attempt {
            Ok(Ok(_)) => finished += 1,
            // The server may need a moment to notice that the one before is gone.
            Ok(Err(RebuildError::AlreadyRunning(_))) | Err(_) => {}
            Ok(Err(error)) => panic!("{error}"),
        }
        if round % 8 == 0 {
            drop(subscriptions);
            subscriptions = start(&log, &ledger, options.clone()).await;
        }
        settle(&log, &subscriptions).await;
        world.assert_whole("ledger_v1").await;
    }
    assert!(finished < 40, "none was cut short");
    subscriptions.stop().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let subscriptions = start(&log, &ledger, options).await;
    assert_eq!(status(&subscriptions).await.rebuild, None, "what was left behind is dropped at start");
    subscriptions.rebuild("ledger").await.unwrap();
    world.assert_whole("ledger_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_connection_does_not_end_a_rebuild() {
    let world = World::create().await;
    let log = world.node().await;
    fill(&world, 4_000).await;
    let knobs = Arc::new(Knobs::default());
    let subscriptions =
        start(&log, &Ledger::first(&knobs), SubscriptionOptions { rebuild_batch: 100, ..options() }).await;
    settle(&log, &subscriptions).await;
    knobs.stall_ms.store(10, Ordering::Relaxed);
    let rebuild = tokio::spawn({
        let subscriptions = subscriptions.clone();
        async move { subscriptions.rebuild("ledger").await }
    });
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        world
            .execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'souk-subscription' and datname = current_database()")
            .await;
    }
    rebuild.await.unwrap().unwrap();
    settle(&log, &subscriptions).await;
    world.assert_whole("ledger_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_queries_delay_the_swap_but_not_the_live_one() {
    let world = World::create().await;
    let log = world.node().await;
    let subscriptions = start(&log, &Ledger::first(&Arc::default()), options()).await;
    append(&log, 1..=50).await;
    settle(&log, &subscriptions).await;
    let mut analyst = world.pool.begin().await.unwrap();
    sqlx::query("select * from read.ledger").fetch_all(&mut *analyst).await.unwrap();
    let rebuild = tokio::spawn({
        let subscriptions = subscriptions.clone();
        async move { subscriptions.rebuild("ledger").await }
    });
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    append(&log, 1..=50).await;
    settle(&log, &subscriptions).await;
    assert!(!rebuild.is_finished());
    analyst.commit().await.unwrap();
    rebuild.await.unwrap().unwrap();
    settle(&log, &subscriptions).await;
    world.assert_whole("ledger_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_rebuild_at_a_time_of_known_projections() {
    let world = World::create().await;
    let log = world.node().await;
    fill(&world, 2_000).await;
    let knobs = Arc::new(Knobs::default());
    let subscriptions =
        start(&log, &Ledger::first(&knobs), SubscriptionOptions { rebuild_batch: 100, ..options() }).await;
    settle(&log, &subscriptions).await;
    assert_eq!(subscriptions.rebuild("nothing").await, Err(RebuildError::Unknown("nothing".to_owned())));
    knobs.stall_ms.store(20, Ordering::Relaxed);
    let (one, two) = tokio::join!(subscriptions.rebuild("ledger"), subscriptions.rebuild("ledger"));
    let refused = [one, two].into_iter().filter_map(Result::err).collect::<Vec<_>>();
    assert_eq!(refused, [RebuildError::AlreadyRunning("ledger_v1".to_owned())]);
    world.assert_whole("ledger_v1").await;
}
