//! Random interleavings of units, nodes and killed connections, against a model.

use std::{collections::HashMap, sync::Arc};

use event_store::{ExecuteError, Idempotency, Log, ids};
use proptest::prelude::*;
use souk_tests::TestDatabase;

use super::{anyone, assert_whole, node, rows, tally::add};

#[derive(Debug, Clone)]
enum Step {
    /// Add to these streams, on this node.
    Add {
        node: usize,
        streams: Vec<u8>,
        units: i64,
    },
    /// End every writer's connection.
    Kill,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..2_usize, prop::collection::vec(0..4_u8, 1..4), 1..5_i64)
            .prop_map(|(node, streams, units)| Step::Add { node, streams, units }),
        1 => Just(Step::Kill),
    ]
}

const LIMIT: i64 = 60;

async fn run(steps: Vec<Step>) {
    let database = TestDatabase::create().await;
    let nodes = Arc::new([node(&database).await, node(&database).await]);
    let mut running = Vec::new();
    for step in steps {
        match step {
            Step::Add { node, streams, units } => {
                let nodes = Arc::clone(&nodes);
                running.push(tokio::spawn(async move { until_known(&nodes[node], streams, units).await }));
            }
            Step::Kill => {
                sqlx::query(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'souk-writer' \
                     and datname = current_database()",
                )
                .execute(&database.pool())
                .await
                .unwrap();
            }
        }
        tokio::task::yield_now().await;
    }
    let mut expected: HashMap<String, i64> = HashMap::new();
    for task in running {
        if let Some((streams, units)) = task.await.unwrap() {
            for stream in streams {
                *expected.entry(stream.to_string()).or_default() += units;
            }
        }
    }
    let rows = rows(&database).await;
    assert_whole(&rows);
    let mut totals: HashMap<String, i64> = HashMap::new();
    for (_, stream, _, units) in rows {
        let total = totals.entry(stream).or_default();
        *total += units;
        assert!(*total <= LIMIT, "a limit was passed");
    }
    assert_eq!(totals, expected, "what was acknowledged is not what is recorded");
}

/// Repeats under one key until the answer is certain; what was done, if it was accepted.
async fn until_known(log: &Log, streams: Vec<u8>, units: i64) -> Option<(Vec<u8>, i64)> {
    let context = anyone().idempotent(Idempotency { key: ids::uuid(), fingerprint: [7; 32] });
    let names: Vec<String> = streams.iter().map(u8::to_string).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    loop {
        match add(log, context, &names, units, LIMIT).await {
            Ok(_) => return Some((streams, units)),
            Err(ExecuteError::Refused(_)) => return None,
            Err(ExecuteError::Unavailable | ExecuteError::OutcomeUnknown) => {
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            Err(other) => panic!("unexpected {other:?}"),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn what_is_acknowledged_is_recorded_once_under_any_interleaving(steps in prop::collection::vec(step(), 1..80)) {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
            .block_on(run(steps));
    }
}
