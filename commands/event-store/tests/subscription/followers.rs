//! Caches and realtime hear of what has become visible, after it has, on every node.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use event_store::subscription::{Passed, Passing};

use crate::{
    ledger::Ledger,
    world::{World, append, options, settle, start},
};

/// The positions that a follower was told of, up to `last`.
async fn told(passing: &mut Passing, last: i64) -> BTreeSet<i64> {
    let mut positions = BTreeSet::new();
    loop {
        let next = tokio::time::timeout(Duration::from_secs(10), passing.next()).await.unwrap().unwrap();
        match next {
            Passed::Events { events, up_to } => {
                positions.extend(events.iter().map(|event| event.position));
                assert!(events.iter().all(|event| event.event_type == "Added"));
                if up_to.position >= last {
                    return positions;
                }
            }
            Passed::Anything { up_to } => panic!("nothing has happened that cannot be told: {up_to}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_node_hears_of_every_event() {
    let world = World::create().await;
    let (first_node, second_node) = (world.node().await, world.node().await);
    let ledger = Ledger::first(&Arc::default());
    let first = start(&first_node, &ledger, options()).await;
    append(&first_node, [1]).await;
    settle(&first_node, &first).await;
    let second = start(&second_node, &ledger, options()).await;
    let (mut here, mut there) = (first.passing("ledger").unwrap(), second.passing("ledger").unwrap());
    let mut follower = second.position("ledger").unwrap();
    let last = append(&first_node, [1, 2, 3, 0, 4, 5, 6]).await;
    // The append is concurrent, so that any of them may be the last.
    let expected: BTreeSet<i64> =
        sqlx::query_scalar("select position from events where event_type = 'Added' and position > 1")
            .fetch_all(&world.pool)
            .await
            .unwrap()
            .into_iter()
            .collect();
    let newest = *expected.last().unwrap();
    assert_eq!(told(&mut here, newest).await, expected);
    assert_eq!(told(&mut there, newest).await, expected);
    let reached = follower.wait_for(|position| *position >= last);
    tokio::time::timeout(Duration::from_secs(5), reached).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuild_makes_every_node_forget() {
    let world = World::create().await;
    let (first_node, second_node) = (world.node().await, world.node().await);
    let ledger = Ledger::first(&Arc::default());
    let first = start(&first_node, &ledger, options()).await;
    append(&first_node, 1..=20).await;
    settle(&first_node, &first).await;
    let second = start(&second_node, &ledger, options()).await;
    settle(&second_node, &second).await;
    for (rebuilder, mut passing) in [
        (&first, second.passing("ledger").unwrap()),
        (&second, first.passing("ledger").unwrap()),
    ] {
        rebuilder.rebuild("ledger").await.unwrap();
        let next = tokio::time::timeout(Duration::from_secs(5), passing.next()).await.unwrap().unwrap();
        assert!(matches!(next, Passed::Anything { up_to } if up_to.position == 20), "{next:?}");
    }
}
