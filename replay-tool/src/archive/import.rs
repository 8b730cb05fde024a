//! `import`: an exported log into a database that has none, in one transaction.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, bail, ensure};
use event_store::Log;
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

use super::{Claim, Event, Head, Line, Seal, VERSION};
use crate::output;

const PAGE: usize = 2_000;

/// Reads `file` (or standard input where it is `-`) into the database, which gets the schema first.
pub(crate) async fn run(connect: &PgConnectOptions, file: &Path) -> anyhow::Result<()> {
    Log::migrate(connect).await?;
    let mut lines: Box<dyn BufRead> = if file == Path::new("-") {
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
    ensure!(is_empty, "this database has a log already; an import needs one without");
    let (head, events) = read(&mut transaction, &mut lines).await?;
    // Positions are given out a second time, by another database: they must not be mistaken for the first.
    let epoch = head.epoch + 1;
    sqlx::query("update log_epoch set epoch = $1, raised_at = now()")
        .bind(epoch)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    println!("{events} events; the log is in epoch {epoch} now. Check it with `souk-replay verify`.");
    Ok(())
}

/// Writes what the lines hold; fails, and so writes nothing, unless they are whole and unchanged.
async fn read(connection: &mut PgConnection, lines: &mut dyn BufRead) -> anyhow::Result<(Head, i64)> {
    let mut seal = Seal::default();
    let (first, text) = line(lines)?.context("the file is empty")?;
    seal.add(&first, &text);
    let Line::Log(head) = first else {
        bail!("this is no exported log")
    };
    ensure!(head.version == VERSION, "version {} of the format is not known here", head.version);
    let progress = output::progress("importing", u64::try_from(head.position)?);
    let (mut events, mut claims) = (Vec::new(), Vec::new());
    loop {
        let (line, text) = line(lines)?.context("the file ends before its end: it is only a part")?;
        if let Line::End(end) = line {
            write_events(connection, &mut events).await?;
            write_claims(connection, &mut claims).await?;
            ensure!(seal.events == head.position, "{} of {} events are there", seal.events, head.position);
            ensure!(seal.end() == end, "the file was changed after it was exported");
            progress.finish_and_clear();
            ensure!(lines.fill_buf()?.is_empty(), "there is something behind the end of the log");
            return Ok((head, end.events));
        }
        seal.add(&line, &text);
        match line {
            Line::Event(event) => {
                ensure!(event.position == seal.events, "position {} is missing", seal.events);
                events.push(*event);
                if events.len() == PAGE {
                    write_events(connection, &mut events).await?;
                    progress.set_position(u64::try_from(seal.events)?);
                }
            }
            Line::Claim(claim) => {
                claims.push(claim);
                if claims.len() == PAGE {
                    write_claims(connection, &mut claims).await?;
                }
            }
            Line::Log(_) | Line::End(_) => bail!("a second log begins in this file"),
        }
    }
}

fn line(lines: &mut dyn BufRead) -> anyhow::Result<Option<(Line, Vec<u8>)>> {
    let mut text = Vec::new();
    if lines.read_until(b'\n', &mut text)? == 0 {
        return Ok(None);
    }
    ensure!(text.ends_with(b"\n"), "the file ends in the middle of a line: it is only a part");
    let line = serde_json::from_slice(&text).context("a line is not that of an exported log")?;
    Ok(Some((line, text)))
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
