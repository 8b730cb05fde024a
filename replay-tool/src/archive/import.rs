//! `import`: an exported log into a database that has none, in one transaction.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::Context;
use event_store::Log;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

use super::{
    Claim, Event, Head,
    sealed::{Part, Sealed},
};
use crate::{
    failure::{Code, failure},
    left_out::LEFT_OUT,
    output,
};

const PAGE: usize = 2_000;

/// Reads `file` (or standard input where it is `-`) into the database, which gets the schema first.
pub(crate) async fn run(connect: &PgConnectOptions, file: &Path, is_json: bool) -> anyhow::Result<()> {
    Log::migrate(connect).await?;
    let lines: Box<dyn BufRead> = if file == Path::new("-") {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        Box::new(BufReader::new(
            File::open(file).with_context(|| format!("{} cannot be read", file.display()))?,
        ))
    };
    let mut connection = PgConnection::connect_with(connect).await?;
    let mut transaction = connection.begin().await?;
    sqlx::query("lock table events in access exclusive mode").execute(&mut *transaction).await?;
    let (is_empty,): (bool,) =
        sqlx::query_as("select not exists (select from events)").fetch_one(&mut *transaction).await?;
    if !is_empty {
        let message = "this database has a log already; an import needs one without";
        return Err(failure(Code::NotEmpty, message));
    }
    let (head, events) = read(&mut transaction, lines).await?;
    // Positions are given out a second time, by another database: they must not be mistaken for the first.
    let epoch = head.epoch + 1;
    sqlx::query("update log_epoch set epoch = $1, raised_at = now()")
        .bind(epoch)
        .execute(&mut *transaction)
        .await?;
    // The file says what is claimed, not what was given up.
    sqlx::query("update claims_past_since set position = $1")
        .bind(head.position)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    if is_json {
        let position = format!("{epoch}.{}", head.position);
        return output::document(
            &serde_json::json!({"events": events, "epoch": epoch, "position": position}),
        );
    }
    output::say(&format!(
        "{events} events; the log is in epoch {epoch} now. Check it with `souk-replay verify`.\n"
    ));
    Ok(())
}

/// Writes what the lines hold; fails, and so writes nothing, unless they are whole and unchanged.
async fn read(connection: &mut PgConnection, lines: Box<dyn BufRead>) -> anyhow::Result<(Head, i64)> {
    let mut sealed = Sealed::open(lines)?;
    let head = sealed.head;
    let progress = output::progress("importing", u64::try_from(head.position)?);
    let (mut events, mut claims) = (Vec::new(), Vec::new());
    loop {
        match sealed.next()? {
            Part::Event { event, .. } => {
                events.push(*event);
                if events.len() == PAGE {
                    write_events(connection, &mut events).await?;
                    progress.set_position(u64::try_from(sealed.events())?);
                }
            }
            Part::Claim(claim) if LEFT_OUT.contains(&claim.scope.as_str()) => {}
            Part::Claim(claim) => {
                claims.push(claim);
                if claims.len() == PAGE {
                    write_claims(connection, &mut claims).await?;
                }
            }
            // A copy is sealed anew, by its own server; the file stays the evidence of the original.
            Part::Leaves(_) | Part::Key(_) | Part::Head(_) => {}
            Part::End(end) => {
                write_events(connection, &mut events).await?;
                write_claims(connection, &mut claims).await?;
                progress.finish_and_clear();
                return Ok((head, end.events));
            }
        }
    }
}

async fn write_events(connection: &mut PgConnection, events: &mut Vec<Event>) -> anyhow::Result<()> {
    sqlx::query(
        "insert into events (position, recorded_at, aggregate_type, aggregate_id, sequence, event_type,
                             event_version, payload, metadata)
         select position, recorded_at, kind, id, sequence, type, version, payload::json, metadata::json
           from unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::bigint[], $6::text[],
                       $7::text[], $8::text[], $9::text[])
             as e (position, recorded_at, kind, id, sequence, type, version, payload, metadata)",
    )
    .bind(events.iter().map(|event| event.position).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.recorded_at).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.aggregate_type.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.aggregate_id.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.sequence).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event_type.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.event_version.as_str()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.payload.get()).collect::<Vec<_>>())
    .bind(events.iter().map(|event| event.metadata.get()).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    events.clear();
    Ok(())
}

async fn write_claims(connection: &mut PgConnection, claims: &mut Vec<Claim>) -> anyhow::Result<()> {
    sqlx::query(
        "insert into claims (scope, key, holder, position)
         select * from unnest($1::text[], $2::text[], $3::text[], $4::bigint[])",
    )
    .bind(claims.iter().map(|claim| claim.scope.as_str()).collect::<Vec<_>>())
    .bind(claims.iter().map(|claim| claim.key.as_str()).collect::<Vec<_>>())
    .bind(claims.iter().map(|claim| claim.holder.as_str()).collect::<Vec<_>>())
    .bind(claims.iter().map(|claim| claim.position).collect::<Vec<_>>())
    .execute(connection)
    .await?;
    claims.clear();
    Ok(())
}
