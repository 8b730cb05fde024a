//! Appending: what is accepted stands, what is refused does not, and nothing changes afterwards.

use std::time::Duration;

use event_store::{AsOf, Declined, ExecuteError, Log, LogOptions, StreamRef, Unit};
use souk_tests::TestDatabase;

use super::{
    anyone, assert_whole, node, rows,
    tally::{Add, LimitPassed, Tally, add},
};

#[tokio::test]
async fn an_accepted_unit_is_recorded_with_who_when_and_why() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    let context = anyone();
    let done = add(&log, context, &["a", "b"], 5, 100).await.unwrap();
    assert_eq!((done.result, done.position.to_string(), done.replayed), (5, "1.2".to_owned(), false));
    let events = log.reader().read_stream("tally", "b", 0, AsOf::Now).await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].metadata.command_id, context.command_id);
    assert_eq!(events[0].metadata.actor, context.actor);
    assert_eq!(log.reader().load::<Tally>("b", AsOf::Now).await.unwrap().state, 5);
}

#[tokio::test]
async fn a_refusal_leaves_nothing_of_its_unit_behind() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    add(&log, anyone(), &["b"], 9, 10).await.unwrap();
    // The first stream would accept, the second refuses: neither may change, in the log or in memory.
    let refused = add(&log, anyone(), &["a", "b"], 5, 10).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(LimitPassed))));
    assert_eq!(add(&log, anyone(), &["a"], 10, 10).await.unwrap().result, 10);
    assert_eq!(rows(&database).await.len(), 2);
}

#[tokio::test]
async fn one_unit_may_decide_a_stream_twice_and_sees_its_own_events() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    assert_eq!(add(&log, anyone(), &["a", "a"], 5, 10).await.unwrap().result, 10);
    let refused = add(&log, anyone(), &["c", "c", "c"], 5, 10).await;
    assert!(matches!(refused, Err(ExecuteError::Refused(LimitPassed))));
    assert_eq!(add(&log, anyone(), &["c"], 10, 10).await.unwrap().result, 10);
    assert_whole(&rows(&database).await);
}

#[tokio::test]
async fn what_a_decision_did_not_name_is_fetched_and_decided_again() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    add(&log, anyone(), &["a"], 7, 10).await.unwrap();
    log.close().await;
    let log = node(&database).await;
    let total = log
        .execute(Unit::new(anyone()), |decision| {
            let a = *decision.state::<Tally>("a")?;
            let units = if a == 7 { 3 } else { 100 };
            decision.decide::<Tally>("b", Add { units, limit: 10 })?.map_err(Declined::Refused)?;
            Ok::<i64, Declined<LimitPassed>>(a)
        })
        .await
        .unwrap();
    assert_eq!(total.result, 7);
    assert_eq!(log.reader().load::<Tally>("b", AsOf::Now).await.unwrap().state, 3);
}

#[tokio::test]
async fn thousands_of_units_on_one_stream_keep_its_limit() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    let tries = (0..500).map(|_| add(&log, anyone(), &["hot"], 1, 100));
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 100);
    let rows = rows(&database).await;
    assert_eq!(rows.len(), 100);
    assert_whole(&rows);
}

#[tokio::test]
async fn a_row_that_postgres_refuses_fails_alone() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    let good: Vec<String> = (0..40).map(|n| format!("good-{n}")).collect();
    let bad = ["nul \u{0} in the id"];
    let tries = good.iter().map(|id| id.as_str()).chain(bad).map(|id| {
        let log = log.clone();
        async move { add(&log, anyone(), &[id, "shared"], 1, 1_000).await }
    });
    let answers = futures_util::future::join_all(tries).await;
    assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 40);
    assert!(matches!(answers[40], Err(ExecuteError::Fault(_))));
    assert_eq!(add(&log, anyone(), &["shared"], 0, 1_000).await.unwrap().result, 40);
    assert_whole(&rows(&database).await);
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let database = TestDatabase::create().await;
    let mut options = LogOptions::new(database.url().parse().unwrap());
    options.queue_capacity = 4;
    options.batch_limit = 1;
    let log = Log::open(options).await.unwrap();
    let mut blocker = database.pool().begin().await.unwrap();
    sqlx::query("select pg_advisory_xact_lock(32492172425850727)").execute(&mut *blocker).await.unwrap();
    let waiting: Vec<_> = (0..20)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move { add(&log, anyone(), &["a"], 1, 100).await })
        })
        .collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    blocker.rollback().await.unwrap();
    let mut accepted = 0;
    let mut busy = 0;
    for task in waiting {
        match task.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(ExecuteError::Busy) => busy += 1,
            Err(other) => panic!("unexpected {other:?}"),
        }
    }
    assert!(busy >= 10, "only {busy} were refused");
    assert_eq!(accepted + busy, 20);
    assert_eq!(rows(&database).await.len(), accepted);
}

#[tokio::test]
async fn closing_answers_all_that_was_queued() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    let waiting: Vec<_> = (0..100)
        .map(|_| {
            let log = log.clone();
            tokio::spawn(async move { add(&log, anyone(), &["a"], 1, 1_000).await })
        })
        .collect();
    tokio::task::yield_now().await;
    log.close().await;
    let mut accepted = 0;
    for task in waiting {
        match task.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(error) => assert!(matches!(error, ExecuteError::Unavailable), "{error:?}"),
        }
    }
    assert_eq!(rows(&database).await.len(), accepted);
}

#[tokio::test]
async fn the_table_is_insert_only() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    add(&log, anyone(), &["a"], 1, 10).await.unwrap();
    for change in [
        "update events set payload = '{}'",
        "delete from events",
        "truncate events",
    ] {
        let error = sqlx::query(change).execute(&database.pool()).await.unwrap_err();
        assert!(error.to_string().contains("insert-only"), "{change}: {error}");
    }
}

#[tokio::test]
async fn a_time_finds_its_position() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    for _ in 0..9 {
        add(&log, anyone(), &["a"], 1, 100).await.unwrap();
    }
    let events = log.reader().read_stream("tally", "a", 0, AsOf::Now).await.unwrap();
    assert!(events.windows(2).all(|pair| pair[0].recorded_at <= pair[1].recorded_at));
    for event in &events {
        let state = log.reader().load::<Tally>("a", AsOf::Time(event.recorded_at)).await.unwrap();
        let expected = events.iter().filter(|other| other.recorded_at <= event.recorded_at).count();
        assert_eq!(state.version, i64::try_from(expected).unwrap());
    }
    let before = events[0].recorded_at - chrono::Duration::seconds(1);
    assert_eq!(log.reader().load::<Tally>("a", AsOf::Time(before)).await.unwrap().version, 0);
}

#[tokio::test]
async fn statements_beside_the_log_share_its_fate() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    sqlx::query("create table beside (n int primary key)").execute(&database.pool()).await.unwrap();
    let insert = |n: i32, limit: i64| {
        let unit = Unit::new(anyone()).reads(StreamRef::of::<Tally>("a")).beside(move |connection| {
            Box::pin(async move {
                sqlx::query("insert into beside values ($1)").bind(n).execute(connection).await.map(drop)
            })
        });
        log.execute(unit, move |decision| {
            decision.decide::<Tally>("a", Add { units: 1, limit })?.map_err(Declined::Refused)?;
            Ok::<(), Declined<LimitPassed>>(())
        })
    };
    insert(1, 10).await.unwrap();
    assert!(matches!(insert(2, 0).await, Err(ExecuteError::Refused(LimitPassed))));
    // The statement fails: the event must not stand either.
    assert!(matches!(insert(1, 10).await, Err(ExecuteError::Fault(_))));
    let beside: Vec<i32> =
        sqlx::query_scalar("select n from beside").fetch_all(&database.pool()).await.unwrap();
    assert_eq!(beside, [1]);
    assert_eq!(rows(&database).await.len(), 1);
}
