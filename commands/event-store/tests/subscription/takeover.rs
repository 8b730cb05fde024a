//! One live instance over all nodes, another when it dies or stands still, and no harm from two.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use event_store::subscription::{SubscriptionOptions, Subscriptions};

use crate::{
    ledger::{Knobs, Ledger},
    world::{World, append, options, settle, start, until},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_node_takes_over_when_the_live_one_dies() {
    let world = World::create().await;
    let (first_node, second_node) = (world.node().await, world.node().await);
    let ledger = Ledger::first(&Arc::default());
    let first = start(&first_node, &ledger, options()).await;
    append(&first_node, 1..=20).await;
    settle(&first_node, &first).await;
    let second = start(&second_node, &ledger, options()).await;
    append(&first_node, 1..=20).await;
    settle(&first_node, &first).await;
    assert!(until(&first, |status| status.lag_events == 0).await.is_live_here);
    assert!(!until(&second, |status| status.lag_events == 0).await.is_live_here);
    drop(first);
    append(&first_node, 1..=20).await;
    settle(&second_node, &second).await;
    assert!(until(&second, |status| status.lag_events == 0).await.is_live_here);
    world.assert_whole("ledger_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_one_is_put_down_and_does_no_harm_when_it_wakes() {
    let world = World::create().await;
    let (first_node, second_node) = (world.node().await, world.node().await);
    let ledger = Ledger::first(&Arc::default());
    let options = SubscriptionOptions { takeover_after: Duration::from_millis(300), ..options() };
    let first = start(&first_node, &ledger, options.clone()).await;
    append(&first_node, 1..=20).await;
    settle(&first_node, &first).await;
    first.pause();
    let second = start(&second_node, &ledger, options).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!until(&second, |_| true).await.is_live_here, "without events there is nothing to take over");
    append(&second_node, 1..=20).await;
    settle(&second_node, &second).await;
    world.assert_whole("ledger_v1").await;
    first.resume();
    append(&first_node, 1..=20).await;
    settle(&first_node, &first).await;
    assert!(!until(&first, |status| status.lag_events == 0).await.is_live_here);
    world.assert_whole("ledger_v1").await;
}

/// The lock only spares work: three instances that all believe to be the live one fight for every batch.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fence_alone_keeps_several_instances_correct() {
    let world = World::create().await;
    let log = world.node().await;
    let options = SubscriptionOptions { exclusive: false, batch_limit: 3, ..options() };
    let mut instances = Vec::new();
    let mut knobs = Vec::new();
    for _ in 0..3 {
        let own = Arc::new(Knobs::default());
        own.stall_ms.store(1, Ordering::Relaxed);
        instances.push(start(&log, &Ledger::first(&own), options.clone()).await);
        knobs.push(own);
    }
    // Each has a turn alone, so that every one of them holds an idea of where the checkpoint stands.
    for turn in &instances {
        instances.iter().for_each(Subscriptions::pause);
        turn.resume();
        append(&log, 1..=20).await;
        settle(&log, turn).await;
    }
    instances.iter().for_each(Subscriptions::resume);
    // Now and then one sleeps and wakes with an old idea.
    for wave in 0..60 {
        let sleeper = &instances[wave / 3 % 3];
        sleeper.pause();
        append(&log, 1..=10).await;
        if wave % 3 == 2 {
            sleeper.resume();
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    settle(&log, &instances[0]).await;
    world.assert_whole("ledger_v1").await;
    let calls: Vec<u64> = knobs.iter().map(|knobs| knobs.calls.load(Ordering::Relaxed)).collect();
    assert!(calls.iter().all(|calls| *calls > 0), "one never had a turn: {calls:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_nodes_may_start_at_once() {
    let world = World::create().await;
    let log = world.node().await;
    let ledger = Ledger::first(&Arc::default());
    let starts = (0..4).map(|_| start(&log, &ledger, options()));
    let all = futures_util::future::join_all(starts).await;
    append(&log, 1..=20).await;
    settle(&log, &all[3]).await;
    world.assert_whole("ledger_v1").await;
}
