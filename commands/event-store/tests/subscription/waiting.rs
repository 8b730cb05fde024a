//! Read your own writes, on the live node and on any other.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use event_store::LogPosition;

use crate::{
    ledger::Ledger,
    world::{World, append, options, start},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_that_waited_sees_its_own_writes_on_any_node() {
    let world = World::create().await;
    let (first_node, second_node) = (world.node().await, world.node().await);
    let ledger = Ledger::first(&Arc::default());
    let first = start(&first_node, &ledger, options()).await;
    append(&first_node, [1]).await;
    crate::world::settle(&first_node, &first).await;
    let second = start(&second_node, &ledger, options()).await;
    for n in 0..30 {
        let (log, subscriptions) = match n % 4 {
            0 => (&first_node, &first),
            1 => (&first_node, &second),
            2 => (&second_node, &first),
            _ => (&second_node, &second),
        };
        let position = append(log, [5]).await;
        subscriptions.wait_for("ledger_v1", position, Duration::from_secs(5)).await.unwrap();
        let seen = world.number("select max(position) from ledger_v1.entries").await;
        assert!(seen >= position.position);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wait_ends_in_time() {
    let world = World::create().await;
    let log = world.node().await;
    let subscriptions = start(&log, &Ledger::first(&Arc::default()), options()).await;
    append(&log, 1..=5).await;
    crate::world::settle(&log, &subscriptions).await;
    subscriptions.pause();
    let wanted = append(&log, [1]).await;
    let start = Instant::now();
    let behind = subscriptions.wait_for("ledger", wanted, Duration::from_millis(200)).await.unwrap_err();
    assert!((200..1_000).contains(&start.elapsed().as_millis()));
    assert_eq!((behind.wanted, behind.reached.position, behind.is_stopped), (wanted, 5, false));
    subscriptions.resume();
    subscriptions.wait_for("ledger", wanted, Duration::from_secs(5)).await.unwrap();
    let of_an_older_epoch = LogPosition { epoch: 0, position: 1_000 };
    subscriptions.wait_for("ledger", of_an_older_epoch, Duration::ZERO).await.unwrap();
    assert!(subscriptions.wait_for("nothing", wanted, Duration::ZERO).await.unwrap_err().is_stopped);
}

/// Under load batches grow, but whoever waits for their own write does not wait for that.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn waiting_cuts_the_lingering_short() {
    let world = World::create().await;
    let log = world.node().await;
    let options =
        event_store::subscription::SubscriptionOptions { linger: Duration::from_secs(2), ..options() };
    let subscriptions = start(&log, &Ledger::first(&Arc::default()), options).await;
    let start = Instant::now();
    for _ in 0..5 {
        let position = append(&log, [1]).await;
        subscriptions.wait_for("ledger", position, Duration::from_secs(10)).await.unwrap();
    }
    assert!(start.elapsed() < Duration::from_secs(2));
}
