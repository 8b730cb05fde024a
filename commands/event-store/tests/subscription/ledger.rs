//! A projection that cannot hide a lost, doubled or reordered event, with knobs to make it fail.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use event_store::{
    RecordedEvent,
    subscription::{Projection, ProjectionError},
};
use sqlx::{Executor, PgConnection};

use crate::world::TallyEvent;

/// What a test turns while the projection runs.
#[derive(Debug, Default)]
pub(crate) struct Knobs {
    /// Events of this many units cannot be written.
    pub(crate) refuses: AtomicI64,
    /// Events of this many units make it panic.
    pub(crate) panics_at: AtomicI64,
    /// So many batches end with a failure that will pass.
    pub(crate) hiccups: AtomicU32,
    /// Milliseconds to wait between the rows and the commit.
    pub(crate) stall_ms: AtomicU64,
    /// Batches that were dropped between their rows and their commit.
    pub(crate) cut: AtomicU64,
    /// Batches that were begun.
    pub(crate) calls: AtomicU64,
    /// The largest batch.
    pub(crate) largest: AtomicU64,
}

pub(crate) struct Ledger {
    pub(crate) name: &'static str,
    pub(crate) version: u32,
    pub(crate) knobs: Arc<Knobs>,
}

impl Ledger {
    pub(crate) fn first(knobs: &Arc<Knobs>) -> Arc<dyn Projection> {
        Self::version(knobs, 1)
    }

    pub(crate) fn version(knobs: &Arc<Knobs>, version: u32) -> Arc<dyn Projection> {
        Arc::new(Self { name: "ledger", version, knobs: Arc::clone(knobs) })
    }

    pub(crate) fn named(name: &'static str, knobs: &Arc<Knobs>) -> Arc<dyn Projection> {
        Arc::new(Self { name, version: 1, knobs: Arc::clone(knobs) })
    }
}

/// Counts a batch that never came to its end.
struct Cut<'a>(&'a Knobs, bool);

impl Drop for Cut<'_> {
    fn drop(&mut self) {
        if !self.1 && !std::thread::panicking() {
            self.0.cut.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[async_trait]
impl Projection for Ledger {
    fn name(&self) -> &'static str {
        self.name
    }

    fn version(&self) -> u32 {
        self.version
    }

    fn event_types(&self) -> &'static [&'static str] {
        &["Added"]
    }

    /// No key on the position: a doubled event must be seen, not refused.
    fn tables(&self) -> &'static str {
        "create table entries (id bigint generated always as identity, position bigint, stream text, units bigint);
         create table totals (stream text primary key, units bigint not null)"
    }

    fn indexes(&self) -> &'static str {
        "create index entries_by_stream on entries (stream);"
    }

    fn views(&self) -> &'static str {
        "create or replace view read.ledger as select stream, units from totals;
         comment on view read.ledger is 'Units by stream'"
    }

    async fn project(
        &self,
        connection: &mut PgConnection,
        batch: &[Arc<RecordedEvent>],
    ) -> Result<(), ProjectionError> {
        let knobs = &self.knobs;
        knobs.calls.fetch_add(1, Ordering::Relaxed);
        knobs.largest.fetch_max(u64::try_from(batch.len()).unwrap(), Ordering::Relaxed);
        let (mut positions, mut streams, mut units) = (vec![], vec![], vec![]);
        for event in batch {
            let TallyEvent::Added { units: added } = event.typed::<TallyEvent>()? else {
                panic!("not taken")
            };
            let bad = knobs.panics_at.load(Ordering::Relaxed);
            assert!(bad == 0 || *added != bad, "this event is bad");
            positions.push(event.position);
            streams.push(event.aggregate_id.clone());
            units.push(*added);
        }
        // PostgreSQL itself refuses, as it would a row that breaks a rule.
        let refused = knobs.refuses.load(Ordering::Relaxed);
        let mut cut = Cut(knobs, false);
        let written = write(connection, &positions, &streams, &units, refused).await;
        let stall = Duration::from_millis(knobs.stall_ms.load(Ordering::Relaxed));
        if written.is_ok() && !stall.is_zero() {
            tokio::time::sleep(stall).await;
        }
        cut.1 = true;
        written?;
        if knobs.hiccups.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1)).is_ok() {
            let hiccup =
                "do $$ begin raise exception 'hiccup' using errcode = 'serialization_failure'; end $$";
            connection.execute(hiccup).await?;
        }
        Ok(())
    }
}

async fn write(
    connection: &mut PgConnection,
    positions: &[i64],
    streams: &[String],
    units: &[i64],
    refused: i64,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into entries (position, stream, units)
         select position, stream, units / (case when units = $4 then 0 else 1 end)
           from unnest($1::bigint[], $2::text[], $3::bigint[]) with ordinality t (position, stream, units, n) order by n",
    )
    .bind(positions)
    .bind(streams)
    .bind(units)
    .bind(refused)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "insert into totals as t select stream, sum(units) from unnest($1::text[], $2::bigint[]) e (stream, units) group by 1
         on conflict (stream) do update set units = t.units + excluded.units",
    )
    .bind(streams)
    .bind(units)
    .execute(connection)
    .await
    .map(drop)
}
