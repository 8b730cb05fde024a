//! `fork`: a working copy of the shop as it was, all of it or nothing. It begins with the log's first events and what
//! was claimed at that moment; its read models fill themselves when a server is started on it.

use event_store::{Log, LogPosition, LogReader, connection::DatabaseUrl};
use futures_util::TryStreamExt;
use serde::Serialize;
use sqlx::{Connection, Executor, PgConnection, postgres::PgConnectOptions};

use crate::{
    cli,
    failure::{Code, failure},
    left_out, moment, output,
    source::Source,
};

/// Positions of one step.
const PAGE: i64 = 20_000;

/// The document.
#[derive(Serialize)]
struct Forked {
    into: String,
    /// The last position that the copy has, in the original's epoch.
    until: String,
    /// The same in the copy's own epoch.
    position: String,
    claims: u64,
    commands: u64,
    persons: u64,
}

pub(crate) async fn run(source: &Source, wanted: cli::Fork, is_json: bool) -> anyhow::Result<()> {
    let Source::Database(reader) = source else {
        return Err(failure(
            Code::Usage,
            "a file does not tell what was claimed then: `import` copies it as a whole",
        ));
    };
    let url: DatabaseUrl = wanted.into.parse()?;
    let until = moment::resolve(wanted.until, source).await?.min(source.head().position);
    if until == 0 {
        return Err(failure(Code::NotFound, "there was no shop yet at that moment"));
    }
    let until = LogPosition { position: until, ..source.head() };
    check_source(reader, until).await?;
    let connect = url.connect_options()?.application_name("souk-replay");
    check_empty(&connect, &url).await?;
    Log::migrate(&connect).await?;
    let mut to = PgConnection::connect_with(&connect).await?;
    let mut from = reader.pool().acquire().await?;
    let mut from = from.begin_with("begin isolation level repeatable read read only").await?;
    let mut to = to.begin().await?;
    to.execute("lock table events in access exclusive mode").await?;
    let mut copy = Copy { from: &mut from, to: &mut to, until };
    copy.events().await?;
    let claims = copy.claims().await?;
    let commands = copy.commands().await?;
    let persons = if wanted.with_personal_data {
        copy.persons().await?
    } else {
        0
    };
    let position = copy.rest().await?;
    to.commit().await?;
    let forked = Forked {
        into: url.to_string(),
        until: until.to_string(),
        position: position.to_string(),
        claims,
        commands,
        persons,
    };
    if is_json {
        return output::document(&forked);
    }
    let Forked { into, until, position, .. } = forked;
    let persons = match persons {
        0 => "without personal data".to_owned(),
        persons => format!("with the keys of {persons} persons"),
    };
    output::say(&format!(
        "{into} is the shop as of {until}, {persons}; its own position is {position}. Start a server on it: its first \
         admin is made anew.\n"
    ));
    Ok(())
}

/// The moment must lie between two units, and what was claimed then must be known.
async fn check_source(reader: &LogReader, until: LogPosition) -> anyhow::Result<()> {
    let ends: Option<i64> = sqlx::query_scalar(
        "select coalesce((select min(position) - 1 from events
                           where position > $1 and position <= $1 + 10000 and metadata ->> 'command_id' <> unit.id),
                         (select max(position) from events))
           from (select metadata ->> 'command_id' as id from events where position = $1) unit
          where exists (select from events where position = $1 + 1 and metadata ->> 'command_id' = unit.id)",
    )
    .bind(until.position)
    .fetch_optional(reader.pool())
    .await?;
    if let Some(position) = ends {
        let ends = LogPosition { position, ..until };
        let message = format!(
            "{until} lies within what was decided at once, up to {ends}: name that, or a position before"
        );
        return Err(failure(Code::NotFound, message));
    }
    let since: i64 =
        sqlx::query_scalar("select position from claims_past_since").fetch_one(reader.pool()).await?;
    if until.position < since {
        let since = LogPosition { position: since, ..until };
        let message = format!("what was claimed is known from {since} on, and not as of {until}");
        return Err(failure(Code::NotFound, message));
    }
    Ok(())
}

/// Nothing is in it; or only what an attempt left that broke off before its one transaction: empty tables of ours.
async fn check_empty(connect: &PgConnectOptions, url: &DatabaseUrl) -> anyhow::Result<()> {
    let mut to = PgConnection::connect_with(connect).await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname <> 'information_schema'
            and n.nspname not like 'pg\\_%'",
    )
    .fetch_all(&mut to)
    .await?;
    let is_ours = tables.iter().any(|table| table == "public.log_epoch");
    let rows: i64 = match is_ours {
        true => {
            let sql = "select (select count(*) from events) + (select count(*) from credentials)
                            + (select count(*) from claims) + (select count(*) from checkpoints)";
            sqlx::query_scalar(sql).fetch_one(&mut to).await?
        }
        false => i64::try_from(tables.len())?,
    };
    if rows == 0 {
        return Ok(());
    }
    Err(failure(Code::NotEmpty, format!("{url} is not empty; a copy needs a database of its own")))
}

/// Both sides, each in a transaction of its own.
struct Copy<'a> {
    from: &'a mut PgConnection,
    to: &'a mut PgConnection,
    until: LogPosition,
}

impl Copy<'_> {
    /// Rows as PostgreSQL has them, byte by byte.
    async fn pipe(&mut self, select: &str, into: &str) -> anyhow::Result<u64> {
        let mut rows = self.from.copy_out_raw(&format!("copy ({select}) to stdout (format binary)")).await?;
        let mut copy = self.to.copy_in_raw(&format!("copy {into} from stdin (format binary)")).await?;
        while let Some(bytes) = rows.try_next().await? {
            copy.send(bytes).await?;
        }
        Ok(copy.finish().await?)
    }

    async fn events(&mut self) -> anyhow::Result<()> {
        let columns = "position, aggregate_type, aggregate_id, sequence, event_type, event_version, payload, metadata, \
                       recorded_at";
        let until = self.until.position;
        let bar = output::progress("copying", u64::try_from(until)?);
        let mut after = 0;
        while after < until {
            let up_to = (after + PAGE).min(until);
            let select = format!(
                "select {columns} from events where position > {after} and position <= {up_to} order by position"
            );
            let copied = self.pipe(&select, &format!("events ({columns})")).await?;
            if i64::try_from(copied)? != up_to - after {
                return Err(failure(
                    Code::Damaged,
                    format!("events after {after} are missing: verify the log"),
                ));
            }
            after = up_to;
            bar.set_position(u64::try_from(after)?);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// What was claimed at that moment, and what had been given up before.
    async fn claims(&mut self) -> anyhow::Result<u64> {
        let until = self.until.position;
        let left_out = left_out::as_sql();
        let held = format!(
            "select scope, key, holder, position from claims
              where position <= {until} and scope not in {left_out}
             union all
             select scope, key, holder, position from claims_past
              where position <= {until} and until > {until} and scope not in {left_out}"
        );
        let claims = self.pipe(&held, "claims (scope, key, holder, position)").await?;
        let past = format!(
            "select scope, key, holder, position, until from claims_past
              where until <= {until} and scope not in {left_out}"
        );
        self.pipe(&past, "claims_past (scope, key, holder, position, until)").await?;
        let since = "select position from claims_past_since";
        let since: i64 = sqlx::query_scalar(since).fetch_one(&mut *self.from).await?;
        let update = sqlx::query("update claims_past_since set position = $1").bind(since);
        update.execute(&mut *self.to).await?;
        Ok(claims)
    }

    /// What must not be done a second time.
    async fn commands(&mut self) -> anyhow::Result<u64> {
        let columns = "id, fingerprint, result, position, expires_at";
        let select = format!("select {columns} from commands where position <= {}", self.until.position);
        self.pipe(&select, &format!("commands ({columns})")).await
    }

    /// The keys of those who were registered by then and are not erased. They are wrapped as they are.
    async fn persons(&mut self) -> anyhow::Result<u64> {
        let columns = "person_id, key_id, master_key_id, wrapped, created_at";
        let select = format!(
            "select {columns} from person_keys where erased_at is null and person_id in
                 (select aggregate_id::uuid from events
                   where aggregate_type = 'account' and sequence = 1 and position <= {})",
            self.until.position
        );
        self.pipe(&select, &format!("person_keys ({columns})")).await
    }

    /// The copy gives out positions a second time, and what follows the log to act on it (mails, jobs, the broker) goes
    /// on behind what it has.
    async fn rest(&mut self) -> anyhow::Result<LogPosition> {
        let until = self.until.position;
        let epoch: i32 =
            sqlx::query_scalar("update log_epoch set epoch = $1, raised_at = now() returning epoch")
                .bind(i32::try_from(self.until.epoch)? + 1)
                .fetch_one(&mut *self.to)
                .await?;
        let followers = format!(
            "select name, {until}::bigint, {epoch}::integer, 'running'::text from checkpoints
              where to_regnamespace(name) is null"
        );
        self.pipe(&followers, "checkpoints (name, position, epoch, state)").await?;
        self.to.execute("analyze events").await?;
        Ok(LogPosition { epoch: u32::try_from(epoch)?, position: until })
    }
}
