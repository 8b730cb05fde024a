//! Events as auditors get them: the stored text, by position, stream, type, actor and time.

use domain::ids::AccountId;
use event_store::{Actor, CommandContext, EventFilter, Log, StoredEvent, ids};
use souk_tests::TestDatabase;

use super::{anyone, node, tally::add};

async fn positions(log: &Log, filter: &EventFilter, newest_first: bool, limit: usize) -> Vec<i64> {
    let events = log.reader().read_stored(filter, newest_first, limit).await.unwrap();
    events.iter().map(|event| event.position).collect()
}

#[tokio::test]
async fn the_text_is_given_as_it_was_written() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    // A writer of another kind: spaces, a repeated name and a number that jsonb would rewrite.
    let payload = r#"{ "Added" : {"units":1.50, "units": 1} }"#;
    let metadata = r#"{"actor":"system",  "x": 1e2}"#;
    sqlx::query(
        "insert into events (position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
         payload, metadata, recorded_at) values (1, 'tally', 'a', 1, 'Added', '1.0', $1::json, $2::json, now())",
    )
    .bind(payload)
    .bind(metadata)
    .execute(&database.pool())
    .await
    .unwrap();
    let events = log.reader().read_stored(&EventFilter::default(), false, 10).await.unwrap();
    let [StoredEvent { payload: p, metadata: m, event_version, .. }] = events.as_slice() else {
        panic!("{events:?}");
    };
    assert_eq!((p.as_str(), m.as_str(), event_version.as_str()), (payload, metadata, "1.0"));
}

#[tokio::test]
async fn every_filter_narrows() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    let account = Actor::account(AccountId::from_uuid(ids::uuid()));
    for (stream, context) in [
        ("a", anyone()),
        ("b", CommandContext::new(account)),
        ("a", anyone()),
        ("b", anyone()),
    ] {
        add(&log, context, &[stream], 1, 100).await.unwrap();
    }
    let all = EventFilter::default();
    assert_eq!(positions(&log, &all, false, 10).await, [1, 2, 3, 4]);
    assert_eq!(positions(&log, &all, true, 3).await, [4, 3, 2]);
    let window = EventFilter { after: 1, up_to: Some(3), ..EventFilter::default() };
    assert_eq!(positions(&log, &window, false, 10).await, [2, 3]);
    assert_eq!(positions(&log, &window, true, 1).await, [3]);
    let stream = EventFilter {
        aggregate_type: Some("tally".to_owned()),
        aggregate_id: Some("b".to_owned()),
        ..EventFilter::default()
    };
    assert_eq!(positions(&log, &stream, false, 10).await, [2, 4]);
    let actor = EventFilter { actor: Some(account), ..EventFilter::default() };
    assert_eq!(positions(&log, &actor, false, 10).await, [2]);
    let of_type = |name: &str| EventFilter { event_types: vec![name.to_owned()], ..EventFilter::default() };
    assert_eq!(positions(&log, &of_type("Added"), false, 10).await, [1, 2, 3, 4]);
    assert!(positions(&log, &of_type("Removed"), false, 10).await.is_empty());
    let times: Vec<_> = log.reader().read_stored(&all, false, 10).await.unwrap();
    let [_, second, third, _] = times.as_slice() else {
        panic!("{times:?}")
    };
    let span = EventFilter {
        from: Some(second.recorded_at),
        to: Some(third.recorded_at),
        ..EventFilter::default()
    };
    let within = positions(&log, &span, false, 10).await;
    assert!(within.contains(&2) && within.contains(&3));
    let later = EventFilter {
        from: Some(times[3].recorded_at + std::time::Duration::from_secs(1)),
        ..EventFilter::default()
    };
    assert!(positions(&log, &later, false, 10).await.is_empty());
}
