//! Idempotency: a repeat gets the first answer, and only the first answer.

use event_store::{ExecuteError, Idempotency, ids};
use souk_tests::TestDatabase;

use super::{anyone, node, rows, tally::add};

fn key(fingerprint: u8) -> Idempotency {
    Idempotency { key: ids::uuid(), fingerprint: [fingerprint; 32] }
}

#[tokio::test]
async fn a_repeat_gets_the_first_answer_on_any_node() {
    let database = TestDatabase::create().await;
    let first = node(&database).await;
    let second = node(&database).await;
    let context = anyone().idempotent(key(1));
    let done = add(&first, context, &["a"], 3, 100).await.unwrap();
    add(&first, anyone(), &["a"], 3, 100).await.unwrap();
    for log in [&first, &second] {
        let repeat = add(log, context, &["a"], 3, 100).await.unwrap();
        assert!(repeat.replayed);
        assert_eq!((repeat.result, repeat.position), (done.result, done.position));
    }
    assert_eq!(rows(&database).await.len(), 2);
}

#[tokio::test]
async fn repeats_at_the_same_moment_act_once() {
    let database = TestDatabase::create().await;
    let nodes = [node(&database).await, node(&database).await];
    let context = anyone().idempotent(key(1));
    let tries = (0..40).map(|n| add(&nodes[n % 2], context, &["a"], 3, 100));
    let answers = futures_util::future::join_all(tries).await;
    assert!(answers.iter().all(|answer| answer.as_ref().is_ok_and(|done| done.result == 3)));
    assert_eq!(answers.iter().filter(|answer| !answer.as_ref().unwrap().replayed).count(), 1);
    assert_eq!(rows(&database).await.len(), 1);
}

#[tokio::test]
async fn another_request_under_the_key_is_refused() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    let one = key(1);
    add(&log, anyone().idempotent(one), &["a"], 3, 100).await.unwrap();
    let other = Idempotency { fingerprint: [2; 32], ..one };
    let answer = add(&log, anyone().idempotent(other), &["a"], 4, 100).await;
    assert!(matches!(answer, Err(ExecuteError::KeyReused)));
}

#[tokio::test]
async fn a_refusal_is_not_remembered_but_a_no_op_is() {
    let database = TestDatabase::create().await;
    let log = node(&database).await;
    let refused = anyone().idempotent(key(1));
    assert!(add(&log, refused, &["a"], 5, 4).await.is_err());
    assert!(!add(&log, refused, &["a"], 5, 5).await.unwrap().replayed);
    let nothing = anyone().idempotent(key(1));
    assert!(!add(&log, nothing, &["a"], 0, 5).await.unwrap().replayed);
    assert!(add(&log, nothing, &["a"], 0, 5).await.unwrap().replayed);
    assert_eq!(rows(&database).await.len(), 1);
}
