//! The statements of one append.

use std::{collections::HashMap, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Deserialize;
use sqlx::{
    Encode, Executor, PgConnection, Postgres, Row,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgRow, PgTypeInfo, types::Oid},
};
use uuid::Uuid;

use super::{
    Ticket, claims,
    staged::{Ground, Remembered, Staged},
};
use crate::{LogPosition, RecordedEvent, listener::CHANNEL};

/// The key is "souklog" in ASCII.
const LOCK: &str = "begin; select pg_advisory_xact_lock(32492172425850727)";

/// Opens the transaction and takes the append lock, in a statement of its own, so that the next one sees
/// everything that was committed while this one waited.
pub(super) async fn lock(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute(LOCK).await.map(drop)
}

/// Makes ready what every batch asks. Once for each connection.
pub(super) async fn prepare(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    let sql = format!(
        "prepare survey (uuid[], json) as {SURVEY}; \
         prepare remember (uuid[], text[], json[], bigint[], bigint[]) as {REMEMBER}"
    );
    connection.execute(sql.as_str()).await.map(drop)
}

/// Takes the lock, and then reads where the log ends and what is known of the batch's keys and claims: three
/// statements, one round trip.
pub(super) async fn lock_and_survey(
    connection: &mut PgConnection,
    wanted: Wanted,
) -> Result<Ground, sqlx::Error> {
    let keys: Vec<String> = wanted.keys.iter().map(Uuid::to_string).collect();
    let claims = plain_json(&wanted.claims)?;
    let sql = format!("{LOCK}; execute survey('{{{}}}', '{claims}')", keys.join(","));
    let rows = connection.fetch_all(sql.as_str()).await?;
    let row = rows.last().ok_or(sqlx::Error::RowNotFound)?;
    ground(row, wanted)
}

/// JSON in which every character but letters, digits and punctuation without meaning to SQL is written as `\uXXXX`,
/// so that it can stand in a literal, whatever a caller named its claims.
fn plain_json(claims: &[(String, String)]) -> Result<String, sqlx::Error> {
    let json = serde_json::to_string(claims).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    let mut plain = String::with_capacity(json.len());
    for character in json.chars() {
        match character {
            '[' | ']' | ',' | '"' | '\\' | ':' | '-' | '_' | '.' | '/' | ' ' => plain.push(character),
            _ if character.is_ascii_alphanumeric() => plain.push(character),
            _ => {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    plain.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
    }
    Ok(plain)
}

/// Remembers the commands, tells the other nodes how far the log will reach, and commits: one round trip.
pub(super) async fn commit(
    connection: &mut PgConnection,
    commands: &[(Uuid, Remembered)],
    head: LogPosition,
) -> Result<(), sqlx::Error> {
    let remember = if commands.is_empty() {
        String::new()
    } else {
        remember(commands)
    };
    connection.execute(format!("{remember}notify {CHANNEL}, '{head}'; commit").as_str()).await.map(drop)
}

const REMEMBER: &str = "
    insert into commands (id, fingerprint, result, position, expires_at)
    select c.id, decode(c.fingerprint, 'hex'), c.result, c.position,
           timestamptz 'epoch' + c.expires * interval '1 microsecond'
      from unnest($1, $2, $3, $4, $5) as c (id, fingerprint, result, position, expires)";

fn remember(commands: &[(Uuid, Remembered)]) -> String {
    let mut sql = "execute remember(".to_owned();
    array(&mut sql, commands, |sql, (id, _)| {
        sql.push_str(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
    });
    sql.push(',');
    array(&mut sql, commands, |sql, (_, command)| hex(sql, &command.fingerprint));
    sql.push(',');
    array(&mut sql, commands, |sql, (_, command)| quoted(sql, &command.result));
    sql.push(',');
    array(&mut sql, commands, |sql, (_, command)| sql.push_str(&command.position.to_string()));
    sql.push(',');
    array(&mut sql, commands, |sql, (_, command)| {
        sql.push_str(&command.expires_at.timestamp_micros().to_string());
    });
    sql.push_str("); ");
    sql
}

/// An array as a literal.
fn array<T>(sql: &mut String, items: &[T], mut write: impl FnMut(&mut String, &T)) {
    sql.push_str("'{");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            sql.push(',');
        }
        write(sql, item);
    }
    sql.push_str("}'");
}

/// A text as an element of an array that is a literal: quoted for the array, and its apostrophes for the literal.
/// (In this session a backslash in a literal is a backslash.)
fn quoted(sql: &mut String, text: &str) {
    sql.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => sql.extend(['\\', character]),
            '\'' => sql.push_str("''"),
            _ => sql.push(character),
        }
    }
    sql.push('"');
}

fn hex(sql: &mut String, bytes: &[u8]) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            sql.push(char::from_digit(digit.into(), 16).unwrap_or('0'));
        }
    }
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
                   from json_array_elements($2) w
                   join claims c on c.scope = (w ->> 0) collate \"C\" and c.key = (w ->> 1) collate \"C\")";

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

fn ground(row: &PgRow, wanted: Wanted) -> Result<Ground, sqlx::Error> {
    let damaged = |error: serde_json::Error| sqlx::Error::Decode(Box::new(error));
    let epoch: i32 = row.try_get(1)?;
    let mut ground = Ground {
        last: row.try_get(0)?,
        epoch: u32::try_from(epoch).unwrap_or(0),
        now: row.try_get(2)?,
        commands: HashMap::new(),
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
    insert into events (position, aggregate_type, aggregate_id, sequence, event_type, event_version,
                        payload, metadata, recorded_at)
    select e.position, e.kind, e.id, e.sequence, e.type, e.version, e.payload, e.metadata, $1
      from unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::json[],
                  $9::json[]) as e (position, kind, id, sequence, type, version, payload, metadata)";

/// Inserts events, in one statement. (`COPY` would cost PostgreSQL an eighth less, but a node that is paused while its
/// `COPY` waits for data keeps the append lock for as long: no timeout of the server ends that wait.)
pub(super) async fn insert(
    connection: &mut PgConnection,
    events: &[Arc<RecordedEvent>],
    now: DateTime<Utc>,
) -> Result<(), sqlx::Error> {
    let metadata = events
        .iter()
        .map(|event| serde_json::to_string(&event.metadata).map(JsonText))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    sqlx::query(INSERT)
        .bind(now)
        .bind(events.iter().map(|e| e.position).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.aggregate_type.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.aggregate_id.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.sequence).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.event_type.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|e| e.event_version.to_string()).collect::<Vec<_>>())
        .bind(events.iter().map(|e| JsonText(e.payload.as_str())).collect::<Vec<_>>())
        .bind(metadata)
        .execute(connection)
        .await
        .map(drop)
}

/// Writes the claims that changed, and runs the statements beside the log.
pub(super) async fn insert_beside(
    connection: &mut PgConnection,
    staged: &mut Staged,
) -> Result<(), sqlx::Error> {
    claims::change(connection, &staged.claims).await?;
    for (ticket, ending) in &mut staged.endings {
        if let (crate::unit::Ending::Decided(_), true) = (&*ending, ticket.accepted)
            && let Some(beside) = &mut ticket.job.unit_mut().beside
        {
            beside(connection).await?;
        }
    }
    Ok(())
}

/// JSON as text, bound as PostgreSQL's `json`: it is checked once, and neither parsed nor copied on the way.
struct JsonText<T>(T);

impl<T> sqlx::Type<Postgres> for JsonText<T> {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(114))
    }
}

impl<T> PgHasArrayType for JsonText<T> {
    fn array_type_info() -> PgTypeInfo {
        PgTypeInfo::with_oid(Oid(199))
    }
}

impl<T: AsRef<str>> Encode<'_, Postgres> for JsonText<T> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.0.as_ref().as_bytes());
        Ok(IsNull::No)
    }
}

#[cfg(test)]
mod tests {
    use super::{array, plain_json, quoted};

    #[test]
    fn a_result_cannot_leave_its_array() {
        let mut sql = String::new();
        array(&mut sql, &["a\"},'; drop table events; --", "\\"], |sql, text| quoted(sql, text));
        assert_eq!(sql, r#"'{"a\"},''; drop table events; --","\\"}'"#);
    }

    #[test]
    fn a_claim_cannot_leave_its_literal() {
        let hostile =
            vec![("sku".to_owned(), "a'; drop table events; --\\' \u{1F600} \"x\" \n $$".to_owned())];
        let plain = plain_json(&hostile).unwrap();
        assert!(plain.chars().all(|c| c.is_ascii() && !"';$\n".contains(c)), "{plain}");
        assert_eq!(serde_json::from_str::<Vec<(String, String)>>(&plain).unwrap(), hostile);
    }
}
