//! The statements of one append.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::{Executor, PgConnection, Row};
use uuid::Uuid;

use super::{
    Ticket,
    staged::{Ground, Remembered, Staged},
};
use crate::{LogPosition, decision::ClaimChange, listener::CHANNEL};

/// The key is "souklog" in ASCII.
const LOCK: &str = "begin; select pg_advisory_xact_lock(32492172425850727)";

/// Opens the transaction and takes the append lock, in a statement of its own, so that the next one sees
/// everything that was committed while this one waited.
pub(super) async fn lock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute(LOCK).await.map(drop)
}

pub(super) async fn commit(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute("commit").await.map(drop)
}

pub(super) async fn rollback(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute("rollback").await.map(drop)
}

#[derive(Deserialize)]
struct CommandRow {
    id: Uuid,
    fingerprint: String,
    result: Box<serde_json::value::RawValue>,
    position: i64,
    expires_at: DateTime<Utc>,
}

const SURVEY: &str = "
    select coalesce((select max(position) from events), 0),
           (select epoch from log_epoch),
           greatest(clock_timestamp(), (select recorded_at from events order by position desc limit 1)),
           array(select json_build_object('id', c.id, 'fingerprint', encode(c.fingerprint, 'hex'), 'result', c.result,
                                          'position', c.position, 'expires_at', c.expires_at)::text
                   from commands c where c.id = any($1)),
           array(select json_build_array(c.scope, c.key, c.holder)::text
                   from claims c join unnest($2::text[], $3::text[]) w (scope, key) using (scope, key))";

/// What a batch must know before it can be decided.
pub(super) struct Wanted {
    keys: Vec<Uuid>,
    claims: Vec<(String, String)>,
}

impl Wanted {
    pub(super) fn of(batch: &[Ticket]) -> Self {
        let units = || batch.iter().map(|ticket| ticket.job.unit());
        Self {
            keys: units().filter_map(|unit| unit.context.idempotency.map(|i| i.key)).collect(),
            claims: units().flat_map(|unit| unit.claims.iter().cloned()).collect(),
        }
    }
}

/// Reads, under the lock, where the log ends and what is known of the batch's keys and claims.
pub(super) async fn survey(connection: &mut PgConnection, wanted: Wanted) -> Result<Ground, sqlx::Error> {
    let row = sqlx::query(SURVEY)
        .bind(&wanted.keys)
        .bind(wanted.claims.iter().map(|(scope, _)| scope.as_str()).collect::<Vec<_>>())
        .bind(wanted.claims.iter().map(|(_, key)| key.as_str()).collect::<Vec<_>>())
        .fetch_one(connection)
        .await?;
    let damaged = |error: serde_json::Error| sqlx::Error::Decode(Box::new(error));
    let epoch: i32 = row.try_get(1)?;
    let mut ground = Ground {
        last: row.try_get(0)?,
        epoch: u32::try_from(epoch).unwrap_or(0),
        now: row.try_get(2)?,
        commands: std::collections::HashMap::new(),
        claims: wanted.claims.into_iter().map(|claim| (claim, None)).collect(),
    };
    for text in row.try_get::<Vec<String>, _>(3)? {
        let found: CommandRow = serde_json::from_str(&text).map_err(damaged)?;
        ground.commands.insert(
            found.id,
            Remembered {
                fingerprint: unhex(&found.fingerprint),
                result: found.result.get().to_owned(),
                position: found.position,
                expires_at: found.expires_at,
            },
        );
    }
    for text in row.try_get::<Vec<String>, _>(4)? {
        let (scope, key, holder): (String, String, String) = serde_json::from_str(&text).map_err(damaged)?;
        ground.claims.insert((scope, key), Some(holder));
    }
    Ok(ground)
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok()).unwrap_or(0);
    text.as_bytes()
        .chunks_exact(2)
        .map(|pair| pair.iter().fold(0, |byte, d| byte * 16 + digit(*d)))
        .collect()
}

const INSERT: &str = "
    with appended as (
        insert into events (position, aggregate_type, aggregate_id, sequence, event_type, event_version,
                            payload, metadata, recorded_at)
        select e.position, e.kind, e.id, e.sequence, e.type, e.version, e.payload::json, e.metadata::json, $1
          from unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::text[],
                      $9::text[]) as e (position, kind, id, sequence, type, version, payload, metadata)
    ), remembered as (
        insert into commands (id, fingerprint, result, position, expires_at)
        select c.id, c.fingerprint, c.result::json, c.position, c.expires_at
          from unnest($10::uuid[], $11::bytea[], $12::text[], $13::bigint[], $14::timestamptz[])
            as c (id, fingerprint, result, position, expires_at)
    )
    select pg_notify($15, $16)";

/// Inserts everything that was staged, in one statement, and the claims and side tables where there are any.
pub(super) async fn insert(
    connection: &mut PgConnection,
    staged: &mut Staged,
    ground: &Ground,
) -> Result<(), sqlx::Error> {
    let events = &staged.events;
    let metadata = events
        .iter()
        .map(|event| serde_json::to_string(&event.metadata))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let head = events.last().map_or(ground.last, |event| event.position);
    let commands = &staged.commands;
    sqlx::query(INSERT)
        .bind(ground.now)
        .bind(events.iter().map(|e| e.position).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.aggregate_type.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.aggregate_id.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.sequence).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.event_type.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.event_version.to_string()).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.payload.as_str()).collect::<Vec<_>>())
        .bind(metadata)
        .bind(commands.iter().map(|(id, _)| *id).collect::<Vec<_>>())
        .bind(commands.iter().map(|(_, c)| c.fingerprint.as_slice()).collect::<Vec<_>>())
        .bind(commands.iter().map(|(_, c)| c.result.as_str()).collect::<Vec<_>>())
        .bind(commands.iter().map(|(_, c)| c.position).collect::<Vec<_>>())
        .bind(commands.iter().map(|(_, c)| c.expires_at).collect::<Vec<_>>())
        .bind(CHANNEL)
        .bind(LogPosition { epoch: ground.epoch, position: head }.to_string())
        .execute(&mut *connection)
        .await?;
    for (change, position) in &staged.claims {
        change_claim(connection, change, *position).await?;
    }
    for (ticket, ending) in &mut staged.endings {
        if let (crate::unit::Ending::Decided(_), true) = (&*ending, ticket.accepted)
            && let Some(beside) = &mut ticket.job.unit_mut().beside
        {
            beside(connection).await?;
        }
    }
    Ok(())
}

async fn change_claim(
    connection: &mut PgConnection,
    change: &ClaimChange,
    position: i64,
) -> Result<(), sqlx::Error> {
    let query = match change {
        ClaimChange::Take { scope, key, holder } => {
            sqlx::query("insert into claims (scope, key, holder, position) values ($1, $2, $3, $4)")
                .bind(scope)
                .bind(key)
                .bind(holder)
                .bind(position)
        }
        ClaimChange::Release { scope, key } => {
            sqlx::query("delete from claims where scope = $1 and key = $2").bind(scope).bind(key)
        }
    };
    query.execute(connection).await.map(drop)
}
