//! Every event takes effect once, whatever dies between the rows and the commit.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use event_store::subscription::SubscriptionOptions;

use crate::{
    ledger::{Knobs, Ledger},
    world::{World, append, fill, options, random, settle, start},
};

/// Starts and kills instances while events are written, then lets one finish. How many batches were cut between
/// their rows and their commit.
async fn crash(world: &World, batch_limit: usize, events: i64, options: SubscriptionOptions) -> u64 {
    let log = world.node().await;
    fill(world, events).await;
    let knobs = Arc::new(Knobs::default());
    let ledger = Ledger::first(&knobs);
    let options = SubscriptionOptions { batch_limit, ..options };
    for round in 0..200 {
        knobs.stall_ms.store(random(4), Ordering::Relaxed);
        let subscriptions = start(&log, &ledger, options.clone()).await;
        tokio::time::sleep(Duration::from_millis(random(25))).await;
        append(&log, (0..5).map(|n| n % 3)).await;
        tokio::time::sleep(Duration::from_millis(random(25))).await;
        drop(subscriptions);
        if round >= 25 && knobs.cut.load(Ordering::Relaxed) >= 10 {
            break;
        }
    }
    knobs.stall_ms.store(0, Ordering::Relaxed);
    let subscriptions = start(&log, &ledger, options).await;
    settle(&log, &subscriptions).await;
    subscriptions.stop().await;
    assert!(knobs.largest.load(Ordering::Relaxed) <= u64::try_from(batch_limit).unwrap());
    knobs.cut.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_takes_effect_once_in_batches_of_one() {
    let world = World::create().await;
    assert!(crash(&world, 1, 300, options()).await >= 10);
    world.assert_whole("ledger_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_takes_effect_once_in_batches_of_seven() {
    let world = World::create().await;
    assert!(crash(&world, 7, 2_000, options()).await >= 10);
    world.assert_whole("ledger_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_event_takes_effect_once_in_batches_of_five_thousand() {
    let world = World::create().await;
    assert!(crash(&world, 5_000, 30_000, options()).await >= 10);
    world.assert_whole("ledger_v1").await;
}

/// The test above is worth something: with the checkpoint in a transaction of its own it fails.
#[cfg(feature = "planted-faults")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_checkpoint_in_its_own_transaction_is_found() {
    let world = World::create().await;
    let planted = Some(event_store::PlantedFault::CheckpointInOwnTransaction);
    crash(&world, 7, 2_000, SubscriptionOptions { planted, ..options() }).await;
    assert!(world.fault("ledger_v1").await.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_resumes_where_it_was() {
    let world = World::create().await;
    let log = world.node().await;
    let knobs = Arc::new(Knobs::default());
    let ledger = Ledger::first(&knobs);
    for _ in 0..3 {
        let subscriptions = start(&log, &ledger, options()).await;
        append(&log, 1..=50).await;
        settle(&log, &subscriptions).await;
        subscriptions.stop().await;
    }
    world.assert_whole("ledger_v1").await;
    let calls = knobs.calls.load(Ordering::Relaxed);
    let subscriptions = start(&log, &ledger, options()).await;
    settle(&log, &subscriptions).await;
    assert_eq!(knobs.calls.load(Ordering::Relaxed), calls, "nothing is projected again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lost_connections_are_waited_out() {
    let world = World::create().await;
    let log = world.node().await;
    fill(&world, 3_000).await;
    let knobs = Arc::new(Knobs::default());
    let ledger = Ledger::first(&knobs);
    knobs.stall_ms.store(2, Ordering::Relaxed);
    let subscriptions =
        start(&log, &ledger, SubscriptionOptions { batch_limit: 20, retries: 0, ..options() }).await;
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(50)).await;
        world
            .execute("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'souk-subscription' and datname = current_database()")
            .await;
    }
    // More hiccups than an event would be forgiven.
    knobs.hiccups.store(5, Ordering::Relaxed);
    knobs.stall_ms.store(0, Ordering::Relaxed);
    settle(&log, &subscriptions).await;
    world.assert_whole("ledger_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_that_are_not_taken_move_the_checkpoint_without_a_batch_each() {
    let world = World::create().await;
    let log = world.node().await;
    let knobs = Arc::new(Knobs::default());
    let subscriptions = start(&log, &Ledger::first(&knobs), options()).await;
    let before =
        world.number("select n_tup_upd from pg_stat_user_tables where relname = 'checkpoints'").await;
    let mut last = log.reader().head();
    for _ in 0..300 {
        last = append(&log, [0]).await;
    }
    subscriptions.wait_for("ledger", last, Duration::from_secs(5)).await.unwrap();
    crate::world::until(&subscriptions, |status| status.position == last).await;
    assert_eq!(knobs.calls.load(Ordering::Relaxed), 0);
    subscriptions.stop().await;
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let after = world.number("select n_tup_upd from pg_stat_user_tables where relname = 'checkpoints'").await;
    assert!(after - before < 60, "{} updates for 300 events", after - before);
}
