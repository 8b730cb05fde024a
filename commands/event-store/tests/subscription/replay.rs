//! A projection filled a second time, unseen: up to exactly one position, in the snapshot of the live one.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use async_trait::async_trait;
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError, Replay, ReplayError, SubscriptionState},
};
use sqlx::PgConnection;

use crate::{
    ledger::{Knobs, Ledger},
    world::{World, append, fill, options, settle, start},
};

async fn number(replay: &mut Replay, sql: &str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(replay.connection()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_stops_at_its_position_goes_on_and_leaves_nothing() {
    let world = World::create().await;
    let log = world.node().await;
    append(&log, (0..500).map(|n| n % 5)).await;
    fill(&world, 25_000).await;
    let head = log.reader().refresh_head().await.unwrap().position;
    let ledger = Ledger::first(&Arc::default());
    let mut replay = Replay::begin(log.reader(), ledger).await.unwrap();
    assert_eq!(replay.live().await.unwrap(), None);
    let mut seen = Vec::new();
    replay.advance(12_345, |position| seen.push(position)).await.unwrap();
    assert_eq!(seen.last(), Some(&12_345));
    let due = "select count(*) from events where event_type = 'Added' and position <= ";
    let entries = "select count(*) from pg_temp.entries";
    assert_eq!(number(&mut replay, entries).await, world.number(&format!("{due} 12345")).await);
    replay.keep().await.unwrap();
    replay.advance(head, |_| {}).await.unwrap();
    assert_eq!(number(&mut replay, entries).await, world.number(&format!("{due} {head}")).await);
    let kept = "select count(*) from pg_temp.entries__kept";
    assert_eq!(number(&mut replay, kept).await, world.number(&format!("{due} 12345")).await);
    let order = "select count(*) from (select position, lag(position) over (order by id) from pg_temp.entries) e \
                  where lag >= position";
    assert_eq!(number(&mut replay, order).await, 0);
    replay.end().await;
    let left = "select (select count(*) from pg_class where relpersistence = 't' and relkind = 'r') \
                     + (select count(*) from pg_namespace where nspname like 'ledger%')";
    assert_eq!(world.number(left).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_live_tables_are_seen_where_their_checkpoint_stands() {
    let world = World::create().await;
    let log = world.node().await;
    let ledger = Ledger::first(&Arc::default());
    let subscriptions = start(&log, &ledger, options()).await;
    append(&log, 1..=300).await;
    for _ in 0..10 {
        append(&log, 1..=40).await;
        let mut replay = Replay::begin(log.reader(), Arc::clone(&ledger)).await.unwrap();
        let standing = replay.live().await.unwrap().unwrap();
        assert_eq!(standing.state, SubscriptionState::Running);
        append(&log, 1..=40).await;
        settle(&log, &subscriptions).await;
        replay.advance(standing.position.position, |_| {}).await.unwrap();
        let differing = "select count(*) from (select position, stream, units from ledger_v1.entries) l \
                          full join (select position, stream, units from pg_temp.entries) r using (position) \
                          where (l.stream, l.units) is distinct from (r.stream, r.units)";
        assert_eq!(number(&mut replay, differing).await, 0);
        let last = number(&mut replay, "select coalesce(max(position), 0) from ledger_v1.entries").await;
        assert!(last <= standing.position.position);
    }
    assert!(world.number("select max(position) from ledger_v1.entries").await > 1_000);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_that_a_rebuild_replaced_are_not_taken_for_those_of_the_snapshot() {
    let world = World::create().await;
    let log = world.node().await;
    let ledger = Ledger::first(&Arc::default());
    let subscriptions = start(&log, &ledger, options()).await;
    append(&log, 1..=300).await;
    settle(&log, &subscriptions).await;
    let mut replay = Replay::begin(log.reader(), Arc::clone(&ledger)).await.unwrap();
    subscriptions.rebuild("ledger").await.unwrap();
    let late = replay.live().await;
    assert!(matches!(late, Err(ReplayError::Replaced)), "{late:?}");
    replay.end().await;

    let mut replay = Replay::begin(log.reader(), ledger).await.unwrap();
    assert!(replay.live().await.unwrap().is_some());
    let rebuild = tokio::spawn({
        let subscriptions = subscriptions.clone();
        async move { subscriptions.rebuild("ledger").await }
    });
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!rebuild.is_finished(), "nobody takes away what is being looked at");
    assert_eq!(number(&mut replay, "select count(*) from ledger_v1.entries").await, 300);
    replay.end().await;
    rebuild.await.unwrap().unwrap();
    world.assert_whole("ledger_v1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_that_cannot_be_projected_is_named() {
    let world = World::create().await;
    let log = world.node().await;
    append(&log, 1..=50).await;
    let bad = append(&log, [777]).await.position;
    let head = append(&log, 1..=50).await.position;
    for refuses in [true, false] {
        let knobs = Arc::new(Knobs::default());
        let knob = if refuses { &knobs.refuses } else { &knobs.panics_at };
        knob.store(777, Ordering::Relaxed);
        let mut replay = Replay::begin(log.reader(), Ledger::first(&knobs)).await.unwrap();
        match replay.advance(head, |_| {}).await {
            Err(ReplayError::Poison { position, .. }) => assert_eq!(position, bad),
            other => panic!("{other:?}"),
        }
    }
}

/// Writes where it must not.
struct Wanderer;

#[async_trait]
impl Projection for Wanderer {
    fn name(&self) -> &'static str {
        "wanderer"
    }

    fn version(&self) -> u32 {
        1
    }

    fn event_types(&self) -> &'static [&'static str] {
        &[]
    }

    fn tables(&self) -> &'static str {
        "create table steps (position bigint primary key)"
    }

    async fn project(
        &self,
        connection: &mut PgConnection,
        _: &[Arc<RecordedEvent>],
    ) -> Result<(), ProjectionError> {
        sqlx::query("delete from checkpoints").execute(connection).await?;
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_but_its_own_tables_can_be_written() {
    let world = World::create().await;
    let log = world.node().await;
    let head = append(&log, [1]).await.position;
    let mut replay = Replay::begin(log.reader(), Arc::new(Wanderer)).await.unwrap();
    match replay.advance(head, |_| {}).await {
        Err(ReplayError::Poison { error, .. }) => assert!(error.contains("read-only transaction"), "{error}"),
        other => panic!("{other:?}"),
    }
}
