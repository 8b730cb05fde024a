//! What is exported: the log in parts, and the tables of the schema `read`, each with where it stands.

use event_store::LogPosition;
use sqlx::{PgConnection, Row};

use super::{
    column::{Column, quoted},
    digest::Written,
    manifest::{Described, File},
};
use crate::{
    cli::Format,
    failure::{Code, failure},
};

/// Positions of one file of events.
const PART: i64 = 100_000;

/// The log itself, beside the tables.
const EVENTS: &str = "events";

const EVENT_COLUMNS: [(&str, &str); 9] = [
    ("position", "bigint"),
    ("recorded_at", "timestamp with time zone"),
    ("aggregate_type", "text"),
    ("aggregate_id", "text"),
    ("sequence", "bigint"),
    ("event_type", "text"),
    ("event_version", "text"),
    ("payload", "json"),
    ("metadata", "json"),
];

const COLUMNS: &str = "
    select a.attname::text, format_type(a.atttypid, a.atttypmod)
      from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'read' and c.relname = $1 and a.attnum > 0 and not a.attisdropped order by a.attnum";

/// The projection whose tables a view shows.
const STANDING: &str = "
    select c.position, c.generation from checkpoints c
     where c.name in (select n.nspname from pg_depend d
                        join pg_rewrite r on r.oid = d.objid
                        join pg_class t on t.oid = d.refobjid
                        join pg_namespace n on n.oid = t.relnamespace
                       where d.classid = 'pg_rewrite'::regclass
                         and r.ev_class = format('read.%I', $1::text)::regclass)
     order by c.position limit 1";

pub(super) struct Plan {
    pub(super) format: Format,
    pub(super) epoch: i32,
    head: i64,
    pub(super) parts: Vec<Part>,
}

/// One file that is to be.
pub(super) struct Part {
    pub(super) file_name: String,
    table: String,
    pub(super) columns: Vec<Column>,
    /// What comes after `select …`.
    from: String,
    order: &'static str,
    rows: u64,
    position: i64,
    generation: Option<i32>,
    format: Format,
}

impl Plan {
    /// # Errors
    /// When a table that is wanted is not there.
    pub(super) async fn make(
        snapshot: &mut PgConnection,
        format: Format,
        wanted: &[String],
    ) -> anyhow::Result<Self> {
        let (epoch, head): (i32, i64) = sqlx::query_as(
            "select (select epoch from log_epoch), coalesce((select max(position) from events), 0)",
        )
        .fetch_one(&mut *snapshot)
        .await?;
        let views: Vec<String> = sqlx::query_scalar(
            "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace \
              where n.nspname = 'read' and c.relkind = 'v' order by 1",
        )
        .fetch_all(&mut *snapshot)
        .await?;
        let is_known = |name: &&String| *name == EVENTS || views.contains(name);
        if let Some(unknown) = wanted.iter().find(|name| !is_known(name)) {
            let message = format!("there is no table {unknown}; there are {EVENTS}, {}", views.join(", "));
            return Err(failure(Code::NotFound, message));
        }
        let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
        let mut parts = Vec::new();
        if is_wanted(EVENTS) {
            parts.extend(events(head, format));
        }
        for view in views.iter().filter(|view| is_wanted(view)) {
            parts.push(table(snapshot, view, format, head).await?);
        }
        Ok(Self { format, epoch, head, parts })
    }

    pub(super) fn position(&self) -> LogPosition {
        LogPosition {
            epoch: u32::try_from(self.epoch).unwrap_or(0),
            position: self.head,
        }
    }

    /// Of all parts.
    pub(super) fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }
}

fn events(head: i64, format: Format) -> Vec<Part> {
    let columns: Vec<Column> =
        EVENT_COLUMNS.iter().map(|(name, kind)| Column::new((*name).to_owned(), kind)).collect();
    let mut parts = Vec::new();
    let mut after = 0;
    while after < head {
        let up_to = (after + PART).min(head);
        parts.push(Part {
            // A later attempt may go further: the name says where it begins.
            file_name: format!("events/{:012}.{}", after + 1, format.name()),
            table: EVENTS.to_owned(),
            columns: columns.clone(),
            from: format!("from events where position > {after} and position <= {up_to}"),
            order: " order by position",
            rows: u64::try_from(up_to - after).unwrap_or(0),
            position: up_to,
            generation: None,
            format,
        });
        after = up_to;
    }
    parts
}

async fn table(snapshot: &mut PgConnection, view: &str, format: Format, head: i64) -> anyhow::Result<Part> {
    let columns: Vec<(String, String)> = sqlx::query_as(COLUMNS).bind(view).fetch_all(&mut *snapshot).await?;
    let standing = sqlx::query(STANDING).bind(view).fetch_optional(&mut *snapshot).await?;
    let (position, generation) = match standing {
        Some(row) => (row.try_get(0)?, Some(row.try_get(1)?)),
        None => (head, None),
    };
    let from = format!("from read.{}", quoted(view));
    let rows: i64 = sqlx::query_scalar(&format!("select count(*) {from}")).fetch_one(snapshot).await?;
    Ok(Part {
        file_name: format!("read/{view}.{}", format.name()),
        table: view.to_owned(),
        columns: columns.into_iter().map(|(name, kind)| Column::new(name, &kind)).collect(),
        from,
        order: "",
        rows: u64::try_from(rows)?,
        position,
        generation,
        format,
    })
}

impl Part {
    /// The rows, each column as the format wants it.
    pub(super) fn sql(&self) -> String {
        let columns: Vec<String> = self.columns.iter().map(|column| column.sql(self.format)).collect();
        let rows = format!("select {} {}{}", columns.join(", "), self.from, self.order);
        match self.format {
            Format::Ndjson => format!("select row_to_json(r)::text from ({rows}) r"),
            Format::Parquet => rows,
        }
    }

    /// What the manifest says of it, once it is written.
    pub(super) fn file(&self, written: Written) -> File {
        let Written { rows, bytes, sha256 } = written;
        File {
            file: self.file_name.clone(),
            table: self.table.clone(),
            rows,
            bytes,
            sha256,
            position: self.position,
            generation: self.generation,
            columns: self
                .columns
                .iter()
                .map(|column| Described {
                    name: column.name.clone(),
                    kind: column.described(self.format),
                })
                .collect(),
        }
    }

    /// Whether a file that was written before is what this part would be: the log never changes, and a table stands
    /// where it stood.
    pub(super) fn is_as(&self, file: &File) -> bool {
        let same = Written {
            rows: file.rows,
            bytes: file.bytes,
            sha256: file.sha256.clone(),
        };
        self.file(same) == *file && self.rows == file.rows
    }
}
