//! A superuser against the evidence: random changes of the log, each of which must be found and pinned. `SOUK_MUTANTS`
//! says how many (50 without it); `script/mutants` runs a thousand.

use souk_tests::TestDatabase;
use sqlx::PgPool;

use super::evidence::{as_superuser, faults, sealed_demo, verified};

const COLUMNS: [(&str, &str); 8] = [
    ("aggregate_type", "aggregate_type || 's'"),
    ("aggregate_id", "overlay(aggregate_id placing 'x' from 1 for 1)"),
    ("sequence", "sequence + 100000"),
    ("event_type", "event_type || 'ed'"),
    ("event_version", "(event_version::int + 1)::text"),
    ("payload", "replace(payload::text, '{', '{ ')::json"),
    ("metadata", "regexp_replace(metadata::text, '[0-9]', '')::json"),
    ("recorded_at", "recorded_at - interval '1 microsecond'"),
];

/// Small and with a seed, so that a mutant that escapes can be made again.
struct Dice(u64);

impl Dice {
    /// From 1 to `sides`.
    fn roll(&mut self, sides: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % u64::try_from(sides).unwrap()).unwrap() + 1
    }
}

/// What a superuser does, and what must be found: the positions that are named, among others where more than they move.
struct Mutant {
    statements: String,
    named: Vec<i64>,
    moves_others: bool,
}

fn mutant(dice: &mut Dice, size: i64) -> Mutant {
    let at = dice.roll(size - 2);
    let other = (at + dice.roll(size - 2)) % size + 1;
    let (other, at) = if other == at { (at + 1, at) } else { (other, at) };
    let one = |statements: String| Mutant { statements, named: vec![at], moves_others: false };
    let moved = |statements: String| Mutant { statements, named: vec![at], moves_others: true };
    let all_but_position = "aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
                            recorded_at";
    match dice.roll(16) {
        kind @ 1..=8 => {
            let (column, value) = COLUMNS[usize::try_from(kind - 1).unwrap()];
            one(format!("update events set {column} = {value} where position = {at}"))
        }
        9 => one(format!("delete from events where position = {at}")),
        10 => moved(format!(
            "delete from events where position = {at}; \
             update events set position = position + 1000000 where position > {at}; \
             update events set position = position - 1000001 where position > 1000000"
        )),
        11 => moved(format!(
            "update events set position = position + 1000000 where position >= {at}; \
             insert into events select {at}, aggregate_type, aggregate_id, sequence + 100000, event_type, \
                    event_version, payload, metadata, recorded_at from events where position = {at} + 1000000; \
             update events set position = position - 999999 where position > 1000000"
        )),
        12 => Mutant {
            statements: format!(
                "update events set position = 1000000 where position = {at}; \
                 update events set position = {at} where position = {other}; \
                 update events set position = {other} where position = 1000000"
            ),
            named: vec![at, other],
            moves_others: false,
        },
        13 => Mutant {
            statements: format!(
                "update events a set payload = b.payload, metadata = b.metadata from events b \
                  where (a.position, b.position) in (({at}, {other}), ({other}, {at}))"
            ),
            named: vec![at, other],
            moves_others: false,
        },
        14 => one(format!(
            "update events set recorded_at = recorded_at - interval '30 days' where position = {at}"
        )),
        15 => one(format!("update events set recorded_at = '-infinity' where position = {at}")),
        // The end is cut off, or an event is put in another's place.
        _ if at % 2 == 0 => moved(format!("delete from events where position >= {at}")),
        _ => one(format!(
            "update events set ({all_but_position}) = \
               (select aggregate_type, aggregate_id, sequence + 100000, event_type, event_version, payload, metadata, \
                       recorded_at from events where position = {other}) where position = {at}"
        )),
    }
}

async fn keep(pool: &PgPool) {
    as_superuser(
        pool,
        "create table kept_events as table events; create table kept_hashes as table evidence_hashes; \
         alter table events drop constraint events_stream_version",
    )
    .await;
}

async fn restore(pool: &PgPool) {
    as_superuser(
        pool,
        "delete from events; insert into events select * from kept_events; \
         delete from evidence_hashes; insert into evidence_hashes select * from kept_hashes",
    )
    .await;
}

fn wanted() -> i64 {
    std::env::var("SOUK_MUTANTS")
        .ok()
        .map_or(50, |wanted| wanted.parse().expect("SOUK_MUTANTS is a number"))
}

/// The head that first covers a position, and the one before it.
fn range(heads: &[i64], position: i64) -> (i64, i64) {
    let next = heads.partition_point(|size| *size < position);
    (next.checked_sub(1).map_or(1, |before| heads[before] + 1), heads[next])
}

async fn untouched(database: &TestDatabase, size: i64) {
    let (status, document) = verified(database, &[]);
    assert_eq!((status, faults(&document)), (Some(0), vec![]), "{document}");
    assert_eq!((document["sealed"].as_i64(), document["events"].as_i64()), (Some(size), Some(size)));
}

#[tokio::test]
async fn whatever_a_superuser_changes_is_found_and_pinned() {
    let database = sealed_demo().await;
    let pool = database.pool();
    let heads: Vec<i64> =
        sqlx::query_scalar("select size from evidence_heads order by size").fetch_all(&pool).await.unwrap();
    let size = *heads.last().unwrap();
    assert!(heads.len() >= 4 && size > 300, "{heads:?}");
    keep(&pool).await;
    untouched(&database, size).await;
    let mut dice = Dice(0x5eed_0000_0000_0001);
    for number in 0..wanted() {
        let Mutant { statements, named, moves_others } = mutant(&mut dice, size);
        as_superuser(&pool, &statements).await;
        // Every fourth also loses the stored hashes: then the range between two heads is all that can be told.
        let is_blind = number % 4 == 3;
        if is_blind {
            as_superuser(&pool, "delete from evidence_hashes").await;
        }
        let (status, document) = verified(&database, &[]);
        let found = faults(&document);
        let told = || format!("mutant {number}: {statements}\n{document}");
        assert_eq!(status, Some(1), "{}", told());
        let first = *named.iter().min().unwrap();
        if is_blind {
            let [(code, at)] = &found[..] else {
                panic!("{}", told())
            };
            let (from, to) = range(&heads, first);
            assert!(code == "range-changed" && (from..=to).contains(at), "{}", told());
            let message = document["faults"][0]["message"].as_str().unwrap();
            assert!(message.contains(&format!("from position {from} to {to} ")), "{}", told());
        } else {
            let positions: Vec<i64> = found.iter().map(|(_, position)| *position).collect();
            let mut expected = named.clone();
            expected.sort_unstable();
            assert_eq!(positions.iter().min(), Some(&first), "{}", told());
            assert!(moves_others || positions == expected, "{}", told());
        }
        restore(&pool).await;
    }
    untouched(&database, size).await;
}
