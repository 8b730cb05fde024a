//! What was, at every position and time of a random history, is the fold of what had been recorded, or had happened,
//! until then; whatever was kept on the way.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    catalog::Product,
    decider::Decider,
    inventory::Stock,
    orders::Order,
    payouts::{Payout, Settlement},
    pricing::Promotion,
};
use event_store::{AsOf, EventFilter, KEEP_EVERY, LogReader, Past, RecordedEvent};
use projections::{
    inventory::stock_history,
    payouts::{company_account, settlement_list},
};
use serde_json::json;

use crate::support::{Bench, filled};

fn fold<'a, D: Decider>(events: impl IntoIterator<Item = &'a RecordedEvent>) -> D::State {
    let mut state = D::State::default();
    for event in events {
        D::evolve(&mut state, event.typed::<D::Event>().unwrap());
    }
    state
}

/// Before and at every event of a stream, in the order in which they were recorded.
async fn is_its_prefix<D: Decider>(reader: &LogReader, events: &[RecordedEvent]) -> usize {
    let mut streams: BTreeMap<&str, Vec<&RecordedEvent>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.aggregate_type == D::KIND) {
        streams.entry(&event.aggregate_id).or_default().push(event);
    }
    for (id, stream) in &streams {
        for (before, event) in stream.iter().enumerate() {
            for (position, known) in [(event.position - 1, before), (event.position, before + 1)] {
                let past = Past::Recorded(AsOf::Position(position));
                let loaded = reader.load_past::<D>(id, past).await.unwrap();
                let expected = fold::<D>(stream[..known].iter().copied());
                assert_eq!(loaded.state, expected, "{}/{id} at {position}", D::KIND);
                assert_eq!(loaded.version, i64::try_from(known).unwrap());
            }
        }
    }
    streams.len()
}

/// At and before the time of every event of some streams, by when they had happened.
async fn is_what_had_happened<D: Decider>(reader: &LogReader, events: &[RecordedEvent]) -> usize {
    let mut streams: BTreeMap<&str, Vec<&RecordedEvent>> = BTreeMap::new();
    for event in events.iter().filter(|event| event.aggregate_type == D::KIND) {
        streams.entry(&event.aggregate_id).or_default().push(event);
    }
    let mut late = 0;
    for (id, stream) in streams.iter().take(20) {
        for event in stream {
            for time in [
                event.effective_at(),
                event.recorded_at,
                event.effective_at() - TimeDelta::seconds(1),
            ] {
                let happened: Vec<_> =
                    stream.iter().filter(|event| event.effective_at() <= time).copied().collect();
                late += happened.iter().filter(|event| event.recorded_at > time).count();
                let read = reader.read_past(D::KIND, id, 0, Past::Happened(time), usize::MAX).await.unwrap();
                let sequences =
                    |events: &[&RecordedEvent]| events.iter().map(|e| e.sequence).collect::<Vec<_>>();
                assert_eq!(
                    sequences(&read.iter().collect::<Vec<_>>()),
                    sequences(&happened),
                    "{}/{id}",
                    D::KIND
                );
            }
        }
    }
    late
}

#[tokio::test]
async fn every_thing_is_at_every_position_what_its_prefix_comes_to() {
    let (bench, _) = filled(61).await;
    let reader = bench.log().reader();
    let events = reader.read(&EventFilter::default(), usize::MAX).await.unwrap();
    assert!(is_its_prefix::<Order>(reader, &events).await > 10);
    assert!(is_its_prefix::<Stock>(reader, &events).await > 3);
    assert!(is_its_prefix::<Product>(reader, &events).await > 3);
    assert!(is_its_prefix::<Promotion>(reader, &events).await > 3);
    assert!(is_its_prefix::<Payout>(reader, &events).await > 1);
    assert!(is_its_prefix::<Settlement>(reader, &events).await > 1);
    assert!(is_what_had_happened::<Order>(reader, &events).await > 0, "no order was told late");
    assert!(is_what_had_happened::<Product>(reader, &events).await > 0, "no product was told late");
    is_what_had_happened::<Promotion>(reader, &events).await;
    rows_are_those_of_the_tables(&bench, &events).await;
    balances_are_sums(&bench, &events).await;
}

/// The row of a stream is the one that the projection has, and of a part of it the one that it had.
async fn rows_are_those_of_the_tables(bench: &Bench, events: &[RecordedEvent]) {
    let (reader, pool) = (bench.log().reader(), bench.pool());
    let now = Past::Recorded(AsOf::Now);
    for event in events.iter().filter(|event| event.sequence == 1) {
        let (kind, id) = (event.aggregate_type.as_str(), event.aggregate_id.as_str());
        let uuid = || id.parse().unwrap();
        match kind {
            Payout::KIND => {
                let stream = reader.read_past(kind, id, 0, now, usize::MAX).await.unwrap();
                let row = company_account::row_of(&stream).unwrap().unwrap();
                let id = domain::ids::PayoutId::from_uuid(uuid());
                assert_eq!(company_account::get(&pool, id).await.unwrap(), Some(row));
                assert_eq!(company_account::row_of(&stream[..1]).unwrap().unwrap().version, 1);
                assert_eq!(company_account::row_of(&stream[1..]).unwrap(), None);
            }
            Settlement::KIND => {
                let stream = reader.read_past(kind, id, 0, now, usize::MAX).await.unwrap();
                let row = settlement_list::row_of(&stream).unwrap().unwrap();
                let id = domain::ids::SettlementId::from_uuid(uuid());
                assert_eq!(settlement_list::get(&pool, id).await.unwrap(), Some(row));
                assert_eq!(settlement_list::row_of(&stream[1..]).unwrap(), None);
            }
            _ => {}
        }
    }
}

/// What there was by effect is the sum of all that had happened by then.
async fn balances_are_sums(bench: &Bench, events: &[RecordedEvent]) {
    let pool = bench.pool();
    let stock: Vec<_> = events.iter().filter(|event| event.aggregate_type == Stock::KIND).collect();
    let mut late = 0;
    for probe in stock.iter().step_by(23) {
        let product = domain::ids::ProductId::from_uuid(probe.aggregate_id.parse().unwrap());
        for time in [probe.effective_at(), probe.recorded_at] {
            let mut expected: BTreeMap<_, [i64; 3]> = BTreeMap::new();
            let own = stock.iter().filter(|event| event.aggregate_id == probe.aggregate_id);
            for event in own.filter(|event| event.effective_at() <= time) {
                late += usize::from(event.recorded_at > time);
                event.typed::<domain::inventory::StockEvent>().unwrap().each_movement(|movement| {
                    let sums = expected.entry(movement.warehouse).or_default();
                    sums[0] += movement.on_hand;
                    sums[1] += movement.reserved;
                    sums[2] += movement.held;
                });
            }
            let found = stock_history::stock_by_effect(&pool, product, time).await.unwrap();
            let found: BTreeMap<_, _> =
                found.iter().map(|row| (row.warehouse, [row.on_hand, row.reserved, row.held])).collect();
            assert_eq!(found, expected, "{product} at {time}");
        }
    }
    assert!(late > 0, "nothing was recorded late");
}

/// A product whose price changes again and again, with something else between, and some changes told late.
async fn long(bench: &Bench, reprices: i64) -> String {
    let id = uuid::Uuid::from_u128(0x0193_e1f0_0000_7000_8000_0000_0000_0001).to_string();
    let golden = include_str!("../../../domain/tests/golden/ProductRegistered.v1.json");
    let registered: serde_json::Value = serde_json::from_str(golden).unwrap();
    let metadata = json!({"event_id": id, "command_id": id, "actor": "system"});
    sqlx::query(
        "insert into events (position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload,
                             metadata, recorded_at)
         select 2 * n + 1, 'product', $1, n + 1,
                case n when 0 then 'ProductRegistered' else 'ProductRepriced' end, '1',
                case n when 0 then $2::json
                     else json_build_object('ProductRepriced', json_build_object('prices', json_build_object('base',
                          json_build_object('amount', (n % 977 + 1)::text || '.5', 'currency', 'GBP')))) end,
                case when n % 7 = 3 then ($3::jsonb || jsonb_build_object('effective_at',
                          to_char(timestamp '2026-01-01' + (n - 40) * interval '1 minute', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')))::json
                     else $3::json end,
                timestamptz '2026-01-01 00:00:00Z' + n * interval '1 minute'
           from generate_series(0, $4) n
          union all
         select 2 * n + 2, 'counter', 'invoice', n + 1, 'NumberIssued', '1',
                json_build_object('NumberIssued', json_build_object('number', n + 1, 'document', 'd')), $3::json,
                timestamptz '2026-01-01 00:00:00Z' + n * interval '1 minute'
           from generate_series(0, $4) n
          order by 1",
    )
    .bind(&id)
    .bind(&registered)
    .bind(&metadata)
    .bind(reprices)
    .execute(&bench.pool())
    .await
    .unwrap();
    id
}

async fn kept(bench: &Bench) -> i64 {
    sqlx::query_scalar("select count(*) from stream_states").fetch_one(&bench.pool()).await.unwrap()
}

#[tokio::test]
async fn a_kept_state_and_the_rest_are_the_whole_fold() {
    let bench = Bench::new().await;
    let reprices = 4 * KEEP_EVERY + 123;
    let id = long(&bench, reprices).await;
    let reader = bench.log().reader();
    let now = Past::Recorded(AsOf::Now);
    let all = reader.read_past(Product::KIND, &id, 0, now, usize::MAX).await.unwrap();
    assert_eq!(i64::try_from(all.len()).unwrap(), reprices + 1);
    let probes: Vec<i64> = (0..=reprices)
        .filter(|n| n % 173 == 0 || (n % KEEP_EVERY <= 1) || n % KEEP_EVERY == KEEP_EVERY - 1)
        .collect();
    // First without anything kept, then with all that the first round kept.
    for round in 0..2 {
        for n in &probes {
            let prefix = &all[..usize::try_from(n + 1).unwrap()];
            for position in [2 * n + 1, 2 * n + 2] {
                let past = Past::Recorded(AsOf::Position(position));
                let loaded = reader.load_kept::<Product>(&id, past).await.unwrap();
                assert_eq!(
                    (loaded.state, loaded.version),
                    (fold::<Product>(prefix), n + 1),
                    "{round}: {position}"
                );
            }
            let time: DateTime<Utc> = prefix.last().unwrap().recorded_at - TimeDelta::minutes(20);
            let happened: Vec<_> = all.iter().filter(|event| event.effective_at() <= time).collect();
            let loaded = reader.load_kept::<Product>(&id, Past::Happened(time)).await.unwrap();
            assert_eq!(loaded.state, fold::<Product>(happened.iter().copied()), "{round}: by {time}");
        }
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while kept(&bench).await < reprices / KEEP_EVERY {
            assert!(std::time::Instant::now() < deadline, "nothing is kept");
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
    assert_eq!(kept(&bench).await, reprices / KEEP_EVERY);
    // It is what is read: what is kept there is found; and what is of other code, or of another log, is not.
    let at = 3 * KEEP_EVERY;
    let wrong = all[..1].iter().collect::<Vec<_>>();
    let wrong = serde_json::to_string(&fold::<Product>(wrong.iter().copied())).unwrap();
    for (set, is_used) in [
        ("state = $1::json", true),
        ("state = '{}'::json where $1 <> ''", false),
        ("state = $1::json, position = position + 2", false),
        ("state = $1::json, state_version = 99", false),
    ] {
        let condition = if set.contains("where") { "and" } else { "where" };
        let sql = format!("update stream_states set {set} {condition} sequence = {at}");
        let mut tx = bench.pool().begin().await.unwrap();
        sqlx::query(&sql).bind(&wrong).execute(&mut *tx).await.unwrap();
        tx.commit().await.unwrap();
        let past = Past::Recorded(AsOf::Position(2 * at - 1));
        let loaded = reader.load_kept::<Product>(&id, past).await.unwrap();
        let right = fold::<Product>(&all[..usize::try_from(at).unwrap()]);
        assert_eq!(loaded.state != right, is_used, "{set}");
        sqlx::query("delete from stream_states where sequence = $1")
            .bind(at)
            .execute(&bench.pool())
            .await
            .unwrap();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while kept(&bench).await < reprices / KEEP_EVERY {
            assert!(std::time::Instant::now() < deadline, "it is not kept anew");
            reader.load_kept::<Product>(&id, past).await.unwrap();
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }
}
