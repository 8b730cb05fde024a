//! A log that was restored: a new epoch is adopted, a log that ends before the checkpoint stops it.

use std::sync::Arc;

use event_store::LogPosition;

use crate::{
    ledger::Ledger,
    world::{World, append, options, settle, start, until, until_stopped},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_epoch_is_adopted_while_running_and_at_start() {
    let world = World::create().await;
    let log = world.node().await;
    let ledger = Ledger::first(&Arc::default());
    let subscriptions = start(&log, &ledger, options()).await;
    append(&log, 1..=9).await;
    settle(&log, &subscriptions).await;
    world.execute("update log_epoch set epoch = 2").await;
    let last = append(&log, [1]).await;
    assert_eq!(last, LogPosition { epoch: 2, position: 10 });
    settle(&log, &subscriptions).await;
    subscriptions.stop().await;
    world.execute("update log_epoch set epoch = 3").await;
    let log = world.node().await;
    let subscriptions = start(&log, &ledger, options()).await;
    until(&subscriptions, |status| status.position == LogPosition { epoch: 3, position: 10 }).await;
    world.assert_whole("ledger_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_log_that_ends_before_the_checkpoint_asks_for_a_rebuild() {
    let world = World::create().await;
    let log = world.node().await;
    let ledger = Ledger::first(&Arc::default());
    let subscriptions = start(&log, &ledger, options()).await;
    append(&log, 1..=50).await;
    settle(&log, &subscriptions).await;
    subscriptions.stop().await;
    log.close().await;
    world
        .execute("alter table events disable trigger all; delete from events where position > 30; alter table events enable trigger all; update log_epoch set epoch = 2")
        .await;
    let log = world.node().await;
    let subscriptions = start(&log, &ledger, options()).await;
    let status = until_stopped(&subscriptions).await;
    assert!(status.error.unwrap().contains("rebuild"));
    assert_eq!((status.failed_position, status.position.position), (None, 50));
    subscriptions.rebuild("ledger").await.unwrap();
    append(&log, 1..=5).await;
    until(&subscriptions, |status| status.position == LogPosition { epoch: 2, position: 35 }).await;
    world.assert_whole("ledger_v1").await;
}
