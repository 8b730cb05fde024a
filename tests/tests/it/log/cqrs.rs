//! cqrs-es and postgres-es on the log.

use cqrs_es::{
    CqrsFramework, EventStore,
    persist::{PersistedEventRepository, PersistedEventStore},
    test::TestFramework,
};
use event_store::cqrs::{LogRepository, Recorded, Root};
use souk_tests::TestDatabase;

use super::{
    anyone, assert_whole, node, rows,
    tally::{Add, LimitPassed, Tally, TallyEvent, add},
};

#[test]
fn the_test_framework_drives_a_decider() {
    let added = |units| Recorded(TallyEvent::Added { units });
    TestFramework::<Root<Tally>>::with(())
        .given(vec![added(3)])
        .when(Add { units: 2, limit: 5 })
        .then_expect_events(vec![added(2)]);
    TestFramework::<Root<Tally>>::with(())
        .given(vec![added(4)])
        .when(Add { units: 2, limit: 5 })
        .then_expect_error(LimitPassed);
}

#[tokio::test]
async fn the_framework_writes_and_reads_the_log() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    let store = PersistedEventStore::new_event_store(LogRepository::<Tally>::new(log.clone()));
    let framework = CqrsFramework::<Root<Tally>, _>::new(store, vec![], ());
    framework.execute("a", Add { units: 2, limit: 10 }).await.unwrap();
    add(&log, anyone(), &["a"], 3, 10).await.unwrap();
    framework.execute("a", Add { units: 5, limit: 10 }).await.unwrap();
    assert!(framework.execute("a", Add { units: 1, limit: 10 }).await.is_err());
    let rows = rows(&database).await;
    assert_eq!(rows.iter().map(|row| row.3).collect::<Vec<_>>(), [2, 3, 5]);
    assert_whole(&rows);
}

#[tokio::test]
async fn a_stale_append_is_an_optimistic_lock_error_and_writes_nothing() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    let repository = LogRepository::<Tally>::new(log.clone());
    add(&log, anyone(), &["a"], 1, 10).await.unwrap();
    let mut stale = repository.get_events::<Root<Tally>>("a").await.unwrap();
    stale[0].sequence = 1;
    assert!(repository.persist::<Root<Tally>>(&stale, None).await.is_err());
    assert_eq!(rows(&database).await.len(), 1);
}

#[tokio::test]
async fn a_plain_postgres_es_program_reads_the_log() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    for _ in 0..3 {
        add(&log, anyone(), &["a", "b"], 2, 10).await.unwrap();
    }
    let repository = postgres_es::PostgresEventRepository::new(database.pool());
    let store = PersistedEventStore::<_, Root<Tally>>::new_event_store(repository);
    let events = store.load_events("a").await.unwrap();
    assert_eq!(events.len(), 3);
    assert!(events.iter().all(|event| event.payload == Recorded(TallyEvent::Added { units: 2 })));
    assert_eq!(events[0].metadata["actor"], "system");
    assert_eq!(store.load_aggregate("a").await.unwrap().aggregate.0, 6);
}
