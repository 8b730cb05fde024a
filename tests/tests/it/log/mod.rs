//! The log's promises, on real PostgreSQL.

mod append;
mod claims;
mod cqrs;
mod interleaving;
mod nodes;
mod outage;
mod repeats;
mod stored;
mod tally;

use event_store::{Actor, CommandContext, Log, LogOptions};
use souk_tests::TestDatabase;

/// A node on a database.
async fn node(database: &TestDatabase) -> Log {
    Log::open(LogOptions::new(database.url().parse().unwrap())).await.unwrap()
}

fn anyone() -> CommandContext {
    CommandContext::new(Actor::SYSTEM)
}

/// Every row of the log, for checks that share no code with the log: position, stream, sequence, units.
async fn rows(database: &TestDatabase) -> Vec<(i64, String, i64, i64)> {
    sqlx::query_as(
        "select position, aggregate_id, sequence, (payload -> 'Added' ->> 'units')::bigint \
         from events order by position",
    )
    .fetch_all(&database.pool())
    .await
    .unwrap()
}

/// Positions have no gap, every stream is dense from 1.
fn assert_whole(rows: &[(i64, String, i64, i64)]) {
    let mut streams = std::collections::HashMap::new();
    for (index, (position, stream, sequence, _)) in rows.iter().enumerate() {
        assert_eq!(*position, i64::try_from(index).unwrap() + 1, "positions have a gap");
        let last = streams.entry(stream.clone()).or_insert(0);
        assert_eq!(*sequence, *last + 1, "stream {stream} has a gap");
        *last = *sequence;
    }
}
