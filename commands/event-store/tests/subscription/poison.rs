//! An event that cannot be handled stops its projection loudly, right before it.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use event_store::subscription::{RebuildError, SubscriptionOptions, SubscriptionState};

use crate::{
    ledger::{Knobs, Ledger},
    world::{World, append, options, settle, start, until_stopped},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_stops_right_before_the_event_with_everything_before_it_applied() {
    for batch_limit in [1, 7, 5_000] {
        let world = World::create().await;
        let log = world.node().await;
        append(&log, (0..60).map(|n| n % 5)).await;
        let bad = append(&log, [777]).await.position;
        append(&log, (0..60).map(|n| n % 5)).await;
        let knobs = Arc::new(Knobs::default());
        knobs.refuses.store(777, Ordering::Relaxed);
        let options = SubscriptionOptions { batch_limit, retries: 1, ..options() };
        let subscriptions = start(&log, &Ledger::first(&knobs), options).await;
        let status = until_stopped(&subscriptions).await;
        assert_eq!(status.failed_position, Some(bad));
        assert_eq!(status.position.position, bad - 1);
        assert!(status.error.unwrap().contains("division by zero"));
        assert!(status.lag_events > 60 && status.lag > Duration::ZERO);
        let applied = world.number("select count(*) from ledger_v1.entries").await;
        let before = format!("select count(*) from events where event_type = 'Added' and position < {bad}");
        assert_eq!(applied, world.number(&before).await);
        // Nobody waits in vain for a stopped one.
        let head = log.reader().head();
        let behind = subscriptions.wait_for("ledger", head, Duration::from_secs(60)).await.unwrap_err();
        assert!(behind.is_stopped);
        knobs.refuses.store(0, Ordering::Relaxed);
        assert!(subscriptions.restart("ledger").await.unwrap());
        tokio::time::timeout(Duration::from_secs(10), async {
            while subscriptions.wait_for("ledger", head, Duration::from_secs(10)).await.is_err() {}
        })
        .await
        .unwrap();
        world.assert_whole("ledger_v1").await;
        assert!(!subscriptions.restart("ledger").await.unwrap(), "it was running");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_no_more_than_a_failure() {
    let world = World::create().await;
    let log = world.node().await;
    let knobs = Arc::new(Knobs::default());
    knobs.panics_at.store(778, Ordering::Relaxed);
    let options = SubscriptionOptions { retries: 0, ..options() };
    let subscriptions = start(&log, &Ledger::first(&knobs), options.clone()).await;
    append(&log, 2..=9).await;
    let bad = append(&log, [778]).await.position;
    let status = until_stopped(&subscriptions).await;
    assert_eq!((status.failed_position, status.position.position), (Some(bad), bad - 1));
    assert!(status.error.unwrap().contains("this event is bad"));
    // A new process tries again.
    subscriptions.stop().await;
    knobs.panics_at.store(0, Ordering::Relaxed);
    let subscriptions = start(&log, &Ledger::first(&knobs), options).await;
    settle(&log, &subscriptions).await;
    world.assert_whole("ledger_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_nobody_can_read_stops_it_too() {
    let world = World::create().await;
    let log = world.node().await;
    append(&log, 2..=9).await;
    world
        .execute("insert into events select position + 1, 'tally', 'x', 1, 'Added', '1', '{\"Added\": {\"units\": \"two\"}}', metadata, recorded_at from events order by position desc limit 1")
        .await;
    log.reader().refresh_head().await.unwrap();
    let subscriptions =
        start(&log, &Ledger::first(&Arc::default()), SubscriptionOptions { retries: 0, ..options() }).await;
    let status = until_stopped(&subscriptions).await;
    assert_eq!(status.failed_position, Some(9));
    assert_eq!(world.number("select count(*) from ledger_v1.entries").await, 8);
    subscriptions.stop().await;
    // Not even who wrote it can be read.
    world
        .execute("insert into events select position + 1, 'tally', 'y', 1, 'Noted', '1', '{}', '{}', recorded_at from events order by position desc limit 1; \
                  delete from checkpoints")
        .await;
    world.execute("alter table events disable trigger all; delete from events where position = 9; update events set position = 9 where position = 10").await;
    let log = world.node().await;
    let subscriptions = start(&log, &Ledger::first(&Arc::default()), options()).await;
    let status = until_stopped(&subscriptions).await;
    assert_eq!((status.failed_position, status.position.position), (Some(9), 8));
    assert!(status.error.unwrap().contains("damaged"));
    let rebuilt = subscriptions.rebuild("ledger").await;
    assert!(rebuilt.is_ok() || matches!(rebuilt, Err(RebuildError::Poison { position: 9, .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_names_the_event_and_mends_a_stopped_one() {
    let world = World::create().await;
    let log = world.node().await;
    let knobs = Arc::new(Knobs::default());
    knobs.refuses.store(777, Ordering::Relaxed);
    let options = SubscriptionOptions { retries: 0, ..options() };
    let subscriptions = start(&log, &Ledger::first(&knobs), options).await;
    append(&log, 1..=50).await;
    let bad = append(&log, [777]).await.position;
    append(&log, 1..=50).await;
    until_stopped(&subscriptions).await;
    match subscriptions.rebuild("ledger").await {
        Err(RebuildError::Poison { position, .. }) => assert_eq!(position, bad),
        other => panic!("{other:?}"),
    }
    let status = until_stopped(&subscriptions).await;
    let left = status.rebuild.unwrap();
    assert_eq!((left.state, left.position), (SubscriptionState::Stopped, bad - 1));
    knobs.refuses.store(0, Ordering::Relaxed);
    subscriptions.rebuild("ledger").await.unwrap();
    let status = crate::world::until(&subscriptions, |s| s.state == SubscriptionState::Running).await;
    assert_eq!((status.error, status.failed_position), (None, None));
    append(&log, 1..=50).await;
    tokio::time::timeout(Duration::from_secs(10), async {
        let head = log.reader().head();
        while subscriptions.wait_for("ledger", head, Duration::from_secs(10)).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .unwrap();
    world.assert_whole("ledger_v1").await;
}
