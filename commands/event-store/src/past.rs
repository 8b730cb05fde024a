//! One stream as it was: by when its facts were recorded, or by when they had happened. Where a stream is long, from a
//! state that was kept on the way (`stream_states`), so that it takes milliseconds whatever its length.

use chrono::{DateTime, Utc};
use domain::{catalog::Product, decider::Decider, pricing::Promotion};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{PgPool, Row};

use crate::{
    AsOf, Loaded, LogError, LogReader, RecordedEvent,
    reader::{COLUMNS, recorded},
};

/// A state is kept at every so many events of a stream.
pub const KEEP_EVERY: i64 = 500;

/// Which facts belong to the past that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Past {
    /// Those that were recorded by then: what was known at that moment.
    Recorded(AsOf),
    /// Those that had happened by then, whenever they were recorded: what is known now of that moment.
    Happened(DateTime<Utc>),
}

/// An aggregate whose streams may grow long, so that states are kept.
pub trait Kept: Decider<State: Serialize + DeserializeOwned> {
    /// Raised with every change of the state's form, and of what the fold makes of an event.
    const STATE_VERSION: i32;
}

impl Kept for Product {
    const STATE_VERSION: i32 = 1;
}

impl Kept for Promotion {
    const STATE_VERSION: i32 = 1;
}

/// Where a stream ended at a moment, and what came later and had happened by then nevertheless.
struct Reach {
    /// The last sequence that was recorded by then.
    sequence: i64,
    /// Later ones count when they had happened by then.
    happened: Option<DateTime<Utc>>,
}

/// A state at one event of its stream.
struct Landmark {
    sequence: i64,
    position: i64,
    state: String,
}

impl LogReader {
    /// Up to `limit` events of a stream after `after` (exclusive sequence) that belong to a past, in order.
    ///
    /// # Errors
    /// When the database fails or a row cannot be read.
    pub async fn read_past(
        &self,
        kind: &str,
        id: &str,
        after: i64,
        past: Past,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        let reach = self.reach(kind, id, past).await?;
        self.read_within(kind, id, after, &reach, limit).await
    }

    /// Folds one aggregate as it was.
    ///
    /// # Errors
    /// As [`Self::read_past`].
    pub async fn load_past<D: Decider>(&self, id: &str, past: Past) -> Result<Loaded<D::State>, LogError> {
        let events = self.read_past(D::KIND, id, 0, past, usize::MAX).await?;
        let mut loaded = Loaded { state: D::State::default(), version: 0 };
        for event in &events {
            D::evolve(&mut loaded.state, event.typed::<D::Event>()?);
            loaded.version = event.sequence;
        }
        Ok(loaded)
    }

    /// As [`Self::load_past`], beginning with the last state that was kept before then. What had to be folded on the
    /// way is kept for the next time, without waiting for it.
    ///
    /// # Errors
    /// As [`Self::read_past`].
    pub async fn load_kept<D: Kept>(&self, id: &str, past: Past) -> Result<Loaded<D::State>, LogError> {
        let reach = self.reach(D::KIND, id, past).await?;
        let kept = self.landmark::<D>(id, reach.sequence).await?;
        let mut loaded = kept.unwrap_or_else(|| Loaded { state: D::State::default(), version: 0 });
        let events = self.read_within(D::KIND, id, loaded.version, &reach, usize::MAX).await?;
        let mut landmarks = Vec::new();
        for event in &events {
            D::evolve(&mut loaded.state, event.typed::<D::Event>()?);
            loaded.version = event.sequence;
            // Beyond the reach some events may be left out: what is folded there is no state of the stream.
            if event.sequence <= reach.sequence && event.sequence % KEEP_EVERY == 0 {
                let state = serde_json::to_string(&loaded.state)
                    .map_err(|error| LogError::Damaged(format!("the state of {}/{id}: {error}", D::KIND)))?;
                landmarks.push(Landmark { sequence: event.sequence, position: event.position, state });
            }
        }
        if !landmarks.is_empty() {
            tokio::spawn(keep(self.pool.clone(), D::KIND, id.to_owned(), D::STATE_VERSION, landmarks));
        }
        Ok(loaded)
    }

    async fn reach(&self, kind: &str, id: &str, past: Past) -> Result<Reach, LogError> {
        let (as_of, happened) = match past {
            Past::Recorded(AsOf::Now) => return Ok(Reach { sequence: i64::MAX, happened: None }),
            Past::Recorded(as_of) => (as_of, None),
            Past::Happened(time) => (AsOf::Time(time), Some(time)),
        };
        let position = self.position_as_of(as_of).await?;
        let sequence = sqlx::query_scalar("select souk_sequence_at($1, $2, $3)")
            .bind(kind)
            .bind(id)
            .bind(position)
            .fetch_one(&self.pool)
            .await?;
        Ok(Reach { sequence, happened })
    }

    async fn read_within(
        &self,
        kind: &str,
        id: &str,
        after: i64,
        reach: &Reach,
        limit: usize,
    ) -> Result<Vec<RecordedEvent>, LogError> {
        // Nothing happens after it is recorded, so what was recorded by then had happened by then.
        let belongs = match reach.happened {
            None => "sequence <= $4 and $5::timestamptz is null",
            Some(_) => "(sequence <= $4 or (metadata ->> 'effective_at')::timestamptz <= $5)",
        };
        let sql = format!(
            "select {COLUMNS} from events where aggregate_type = $1 and aggregate_id = $2 and sequence > $3 \
             and {belongs} order by sequence limit $6"
        );
        let rows = sqlx::query(&sql)
            .bind(kind)
            .bind(id)
            .bind(after)
            .bind(reach.sequence)
            .bind(reach.happened)
            .bind(i64::try_from(limit).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        rows.iter().map(recorded).collect()
    }

    /// The last state that was kept up to a sequence; one that this code cannot read, or whose event stands elsewhere
    /// than it did, is as good as none.
    async fn landmark<D: Kept>(&self, id: &str, up_to: i64) -> Result<Option<Loaded<D::State>>, LogError> {
        let row = sqlx::query(
            "select s.sequence, s.state::text from stream_states s \
               join events e on e.aggregate_id = s.aggregate_id and e.aggregate_type = s.aggregate_type \
                            and e.sequence = s.sequence and e.position = s.position \
              where s.aggregate_id = $1 and s.aggregate_type = $2 and s.state_version = $3 and s.sequence <= $4 \
              order by s.sequence desc limit 1",
        )
        .bind(id)
        .bind(D::KIND)
        .bind(D::STATE_VERSION)
        .bind(up_to)
        .fetch_optional(&self.pool)
        .await?;
        let Some(row) = row else {
            return Ok(None);
        };
        let state: String = row.try_get(1)?;
        match serde_json::from_str(&state) {
            Ok(state) => Ok(Some(Loaded { state, version: row.try_get(0)? })),
            Err(error) => {
                tracing::warn!(kind = D::KIND, id, %error, "a kept state cannot be read and is left alone");
                Ok(None)
            }
        }
    }
}

/// Best effort: without it the next look back folds as much again.
async fn keep(pool: PgPool, kind: &'static str, id: String, version: i32, landmarks: Vec<Landmark>) {
    let kept = sqlx::query(
        "insert into stream_states (aggregate_type, aggregate_id, state_version, sequence, position, state) \
         select $1, $2, $3, s.sequence, s.position, s.state::json \
           from unnest($4::bigint[], $5::bigint[], $6::text[]) as s (sequence, position, state) \
         on conflict do nothing",
    )
    .bind(kind)
    .bind(&id)
    .bind(version)
    .bind(landmarks.iter().map(|landmark| landmark.sequence).collect::<Vec<_>>())
    .bind(landmarks.iter().map(|landmark| landmark.position).collect::<Vec<_>>())
    .bind(landmarks.iter().map(|landmark| landmark.state.as_str()).collect::<Vec<_>>())
    .execute(&pool)
    .await;
    if let Err(error) = kept {
        tracing::debug!(kind, id, %error, "states were not kept");
    }
}
