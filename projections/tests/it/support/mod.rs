//! A database with a log, and a driver that projects it batch by batch, as plainly as can be: it is not the runtime
//! of the subscriptions, so that these tests fail for the projections' own faults only.

use std::sync::Arc;

use event_store::{EventFilter, Log, LogOptions, RecordedEvent, subscription::Projection};
use souk_tests::TestDatabase;
use sqlx::{Executor, PgPool};

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
