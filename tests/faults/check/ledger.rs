//! What stands in the database, read by plain SQL.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{PgConnection, Row};
use uuid::Uuid;

/// One event as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    pub(crate) position: i64,
    pub(crate) kind: String,
    pub(crate) stream: String,
    pub(crate) sequence: i64,
    pub(crate) name: String,
    /// What stands under the event's name.
    pub(crate) body: Value,
    pub(crate) event_id: String,
    pub(crate) command_id: String,
    pub(crate) recorded_at: DateTime<Utc>,
}

impl Event {
    /// A text of the body.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.body.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    /// A number of the body.
    pub(crate) fn number(&self, field: &str) -> i64 {
        self.body.get(field).and_then(Value::as_i64).unwrap_or_default()
    }

    /// Warehouse and units of each entry of the body's allocations.
    pub(crate) fn allocations(&self) -> Vec<(String, i64)> {
        allocations(&self.body)
    }
}

/// Warehouse and units of each entry under `allocations`.
pub(crate) fn allocations(value: &Value) -> Vec<(String, i64)> {
    let entries = value.get("allocations").and_then(Value::as_array);
    let entry = |entry: &Value| {
        Some((entry.get("warehouse")?.as_str()?.to_owned(), entry.get("quantity")?.as_i64()?))
    };
    entries.into_iter().flatten().filter_map(entry).collect()
}

/// A row of the table `commands`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) id: Uuid,
    pub(crate) position: i64,
}

/// A row of the table `claims`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) scope: String,
    pub(crate) key: String,
    pub(crate) holder: String,
}

/// A row of the table `checkpoints`.
#[derive(Debug, Clone)]
pub(crate) struct Checkpoint {
    pub(crate) name: String,
    pub(crate) position: i64,
    pub(crate) state: String,
}

/// Rows of a projection's table, each as one JSON object.
pub(crate) type Rows = Vec<Value>;

/// The whole of it.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// By position.
    pub(crate) events: Vec<Event>,
    pub(crate) commands: Vec<Remembered>,
    pub(crate) claims: Vec<Claim>,
    pub(crate) checkpoints: Vec<Checkpoint>,
    /// Of `stock_levels`.
    pub(crate) levels: Rows,
    /// Of `stock_history`.
    pub(crate) movements: Rows,
    /// Of `order_list`.
    pub(crate) orders: Rows,
}

const EVENTS: &str = "
    select position, aggregate_type, aggregate_id, sequence, event_type, payload::text,
           metadata ->> 'event_id', metadata ->> 'command_id', recorded_at
      from events order by position";

const BEHIND: &str = "
    select count(*) from checkpoints where position < (select coalesce(max(position), 0) from events)";

impl Ledger {
    /// Reads it.
    pub(crate) async fn read(connection: &mut PgConnection) -> Result<Self> {
        let mut ledger = Self::default();
        for row in sqlx::query(EVENTS).fetch_all(&mut *connection).await? {
            let name: String = row.try_get(4)?;
            let payload: Value = serde_json::from_str(row.try_get(5)?).context("a payload is no JSON")?;
            ledger.events.push(Event {
                position: row.try_get(0)?,
                kind: row.try_get(1)?,
                stream: row.try_get(2)?,
                sequence: row.try_get(3)?,
                body: payload.get(&name).cloned().unwrap_or_default(),
                name,
                event_id: row.try_get(6)?,
                command_id: row.try_get(7)?,
                recorded_at: row.try_get(8)?,
            });
        }
        for row in sqlx::query("select id, position from commands").fetch_all(&mut *connection).await? {
            ledger.commands.push(Remembered { id: row.try_get(0)?, position: row.try_get(1)? });
        }
        for row in sqlx::query("select scope, key, holder from claims").fetch_all(&mut *connection).await? {
            ledger.claims.push(Claim {
                scope: row.try_get(0)?,
                key: row.try_get(1)?,
                holder: row.try_get(2)?,
            });
        }
        for row in
            sqlx::query("select name, position, state from checkpoints").fetch_all(&mut *connection).await?
        {
            ledger.checkpoints.push(Checkpoint {
                name: row.try_get(0)?,
                position: row.try_get(1)?,
                state: row.try_get(2)?,
            });
        }
        ledger.levels = ledger.table(connection, "stock_levels", "levels").await?;
        ledger.movements = ledger.table(connection, "stock_history", "movements").await?;
        ledger.orders = ledger.table(connection, "order_list", "orders").await?;
        Ok(ledger)
    }

    /// All rows of a table of a projection's newest version.
    async fn table(&self, connection: &mut PgConnection, projection: &str, table: &str) -> Result<Rows> {
        let prefix = format!("{projection}_v");
        let version = |name: &str| name.strip_prefix(&prefix)?.parse::<u32>().ok();
        let schema = self
            .checkpoints
            .iter()
            .filter_map(|checkpoint| version(&checkpoint.name))
            .max()
            .with_context(|| format!("there is no projection {projection}"))?;
        let rows: Vec<String> =
            sqlx::query_scalar(&format!("select to_json(t)::text from {prefix}{schema}.{table} t"))
                .fetch_all(connection)
                .await?;
        rows.iter().map(|row| Ok(serde_json::from_str(row)?)).collect()
    }
}

/// Waits until every projection has seen the whole log; false when that takes too long.
pub(crate) async fn settle(connection: &mut PgConnection, limit: Duration) -> Result<bool> {
    let started = Instant::now();
    loop {
        let behind: i64 = sqlx::query_scalar(BEHIND).fetch_one(&mut *connection).await?;
        if behind == 0 || started.elapsed() > limit {
            return Ok(behind == 0);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
