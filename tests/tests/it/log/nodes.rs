//! Several nodes on one log.

use std::time::Duration;

use event_store::{ExecuteError, LogPosition};
use souk_tests::TestDatabase;

use super::{
    anyone, assert_whole, node, rows,
    tally::{LimitPassed, add},
};

#[tokio::test(flavor = "multi_thread")]
async fn three_nodes_fighting_for_one_stream_never_pass_its_limit() {
    let database = TestDatabase::create().await;
    let mut nodes = Vec::new();
    for _ in 0..3 {
        nodes.push(node(&database).await);
    }
    let tries: Vec<_> = (0..600)
        .map(|n| {
            let log = nodes[n % 3].clone();
            tokio::spawn(async move { add(&log, anyone(), &["hot"], 1, 150).await })
        })
        .collect();
    let mut accepted = 0;
    for task in tries {
        match task.await.unwrap() {
            Ok(_) => accepted += 1,
            Err(error) => assert!(matches!(error, ExecuteError::Refused(LimitPassed)), "{error:?}"),
        }
    }
    assert_eq!(accepted, 150);
    let rows = rows(&database).await;
    assert_eq!(rows.len(), 150);
    assert_whole(&rows);
}

#[tokio::test]
async fn a_node_hears_of_another_nodes_appends() {
    let database = TestDatabase::create().await;
    let first = node(&database).await;
    let second = node(&database).await;
    let mut head = second.reader().follow();
    add(&first, anyone(), &["a"], 1, 10).await.unwrap();
    let wanted = LogPosition { epoch: 1, position: 1 };
    tokio::time::timeout(Duration::from_secs(5), head.wait_for(|head| *head >= wanted))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(second.reader().read_after(0, 10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_node_far_behind_forgets_rather_than_errs() {
    let database = TestDatabase::create().await;
    let first = node(&database).await;
    let second = node(&database).await;
    add(&second, anyone(), &["a"], 1, 1_000_000).await.unwrap();
    let many: Vec<String> = (0..500).map(|_| "a".to_owned()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for _ in 0..45 {
        add(&first, anyone(), &many, 1, 1_000_000).await.unwrap();
    }
    assert_eq!(add(&second, anyone(), &["a"], 1, 1_000_000).await.unwrap().result, 22_502);
    assert_whole(&rows(&database).await);
}
