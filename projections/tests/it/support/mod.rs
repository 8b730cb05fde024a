//! A database with a log, and a driver that projects it batch by batch, as plainly as can be: it is not the runtime
//! of the subscriptions, so that these tests fail for the projections' own faults only.

pub(crate) mod carts;
pub(crate) mod categories;
mod chance;
pub(crate) mod demand;
pub(crate) mod expected;
pub(crate) mod expected_customers;
pub(crate) mod expected_vendors;
pub(crate) mod flags;
pub(crate) mod history;
pub(crate) mod loyalty;
pub(crate) mod movements;
mod offers;
mod pages;
mod people;
pub(crate) mod price_lists;
pub(crate) mod replenishment;
pub(crate) mod reviews;
pub(crate) mod shelf;
pub(crate) mod stores;
mod tables;
pub(crate) mod units;
mod written;

use std::sync::Arc;

use event_store::{EventFilter, Log, LogOptions, RecordedEvent, subscription::Projection};
use souk_tests::TestDatabase;
use sqlx::{Executor, PgPool};

pub(crate) use pages::all;
pub(crate) use tables::dump;

use expected::Expected;
use history::{History, Written};

/// A database with a random history, projected, and what its tables must hold.
pub(crate) async fn filled(seed: u64) -> (Bench, Expected) {
    let events = History::random(seed, 1_800);
    let bench = Bench::with(&events).await;
    bench.install_and_project(500).await;
    (bench, Expected::of(&events))
}

pub(crate) struct Bench {
    database: TestDatabase,
    log: Log,
}

impl Bench {
    /// An empty log.
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::create().await;
        let log = Log::open(LogOptions::new(database.url().parse().unwrap())).await.unwrap();
        Self { database, log }
    }

    /// A log of these events, at positions from 1.
    pub(crate) async fn with(events: &[Written]) -> Self {
        let bench = Self::new().await;
        let metadata = events.iter().map(|event| serde_json::to_string(&event.metadata).unwrap());
        sqlx::query(
            "insert into events (position, aggregate_type, aggregate_id, sequence, event_type, event_version, \
                                 payload, metadata, recorded_at) \
             select row_number() over (), kind, id, sequence, name, version, payload::json, metadata::json, \
                    recorded_at \
             from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], \
                         $8::timestamptz[]) as t (kind, id, sequence, name, version, payload, metadata, recorded_at)",
        )
        .bind(events.iter().map(|event| event.kind).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.sequence).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.name).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.version.to_string()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.payload.as_str()).collect::<Vec<_>>())
        .bind(metadata.collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.recorded_at).collect::<Vec<_>>())
        .execute(&bench.pool())
        .await
        .unwrap();
        bench
    }

    pub(crate) const fn log(&self) -> &Log {
        &self.log
    }

    pub(crate) fn pool(&self) -> PgPool {
        self.database.pool()
    }

    /// Makes every projection's tables, indexes and views.
    pub(crate) async fn install(&self) {
        let pool = self.pool();
        pool.execute(
            "create schema read;
             do $$ begin create role souk_analyst; exception when duplicate_object then null;
                   when unique_violation then null; end $$",
        )
        .await
        .unwrap();
        for projection in projections::all() {
            let schema = projection.schema();
            let mut tx = pool.begin().await.unwrap();
            tx.execute(format!("create schema {schema}; set local search_path to {schema}").as_str())
                .await
                .unwrap();
            tx.execute(projection.tables()).await.unwrap();
            tx.execute(projection.indexes()).await.unwrap();
            tx.execute(projection.views()).await.unwrap();
            tx.execute(
                format!("insert into public.checkpoints (name, position, epoch, state) values ('{schema}', 0, 1, 'running')")
                    .as_str(),
            )
            .await
            .unwrap();
            tx.commit().await.unwrap();
        }
    }

    pub(crate) async fn install_and_project(&self, batch: usize) {
        self.install().await;
        for projection in projections::all() {
            self.project(projection.as_ref(), batch).await;
        }
    }

    /// Projects the whole log in batches of `batch` events that the projection takes.
    pub(crate) async fn project(&self, projection: &dyn Projection, batch: usize) {
        self.project_all(projection, batch, false).await;
    }

    /// The same, with every batch done and rolled back once before it is committed.
    pub(crate) async fn project_with_crashes(&self, projection: &dyn Projection, batch: usize) {
        self.project_all(projection, batch, true).await;
    }

    async fn project_all(&self, projection: &dyn Projection, batch: usize, crashing: bool) {
        let schema = projection.schema();
        let mut after = 0;
        loop {
            let filter = EventFilter {
                after,
                event_types: projection.event_types().iter().map(|name| (*name).to_owned()).collect(),
                ..EventFilter::default()
            };
            let events: Vec<Arc<RecordedEvent>> =
                self.log.reader().read(&filter, batch).await.unwrap().into_iter().map(Arc::new).collect();
            let Some(last) = events.last() else {
                break;
            };
            let to = last.position;
            if crashing {
                let mut tx = self.pool().begin().await.unwrap();
                tx.execute(format!("set local search_path to {schema}, public").as_str()).await.unwrap();
                projection.project(&mut tx, &events).await.unwrap();
                tx.rollback().await.unwrap();
            }
            let mut tx = self.pool().begin().await.unwrap();
            tx.execute(format!("set local search_path to {schema}, public").as_str()).await.unwrap();
            projection.project(&mut tx, &events).await.unwrap();
            sqlx::query("update checkpoints set position = $2 where name = $1 and position = $3")
                .bind(&schema)
                .bind(to)
                .bind(after)
                .execute(&mut *tx)
                .await
                .unwrap();
            tx.commit().await.unwrap();
            after = to;
        }
    }
}
