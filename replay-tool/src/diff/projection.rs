//! What two moments make of a projection: filled from the log up to the first, kept, filled on up to the second.

use std::{collections::BTreeMap, io::Write, sync::Arc};

use event_store::{
    LogPosition,
    subscription::{KEPT, Replay},
};
use serde::Serialize;

use super::Span;
use crate::{
    failure::{Code, failure},
    output,
    source::Source,
    tables::{self, Cell, Difference, Pair, What},
};

/// The document.
#[derive(Serialize)]
struct Document {
    projection: String,
    from: String,
    to: String,
    tables: Vec<TableChanges>,
}

#[derive(Serialize)]
struct TableChanges {
    table: String,
    added: i64,
    removed: i64,
    changed: i64,
    /// As many as were asked for.
    rows: Vec<RowChange>,
}

#[derive(Serialize)]
struct RowChange {
    /// `added`, `removed` or `changed`.
    what: &'static str,
    key: BTreeMap<String, String>,
    /// The columns that differ; of an added or removed row all. Values as PostgreSQL writes them, null for null.
    columns: BTreeMap<String, Values>,
}

#[derive(Serialize)]
struct Values {
    before: Option<String>,
    after: Option<String>,
}

pub(super) async fn run(
    source: &Source,
    name: &str,
    span: Span,
    rows: i64,
    is_json: bool,
) -> anyhow::Result<()> {
    let all = projections::all();
    let Some(projection) = all.iter().find(|projection| projection.name() == name) else {
        let names: Vec<&str> = all.iter().map(|projection| projection.name()).collect();
        let message = format!("there is no projection {name}; there are {}", names.join(", "));
        return Err(failure(Code::NotFound, message));
    };
    let Source::Database(reader) = source else {
        return Err(failure(
            Code::Usage,
            "an exported log has no projections: import it into a database first",
        ));
    };
    let bar = output::progress("replaying", u64::try_from(span.to)?);
    let mut replay = Replay::begin(reader, Arc::clone(projection)).await?;
    let done = |position| bar.set_position(u64::try_from(position).unwrap_or(0));
    replay.advance(span.from, done).await?;
    replay.keep().await?;
    replay.advance(span.to, done).await?;
    bar.finish_and_clear();
    let at = |position| LogPosition { position, ..source.head() }.to_string();
    let document = Document {
        projection: name.to_owned(),
        from: at(span.from),
        to: at(span.to),
        tables: compare(&mut replay, rows).await?,
    };
    replay.end().await;
    if is_json {
        output::document(&document)
    } else {
        tell(&document)
    }
}

async fn compare(replay: &mut Replay, rows: i64) -> anyhow::Result<Vec<TableChanges>> {
    let connection = replay.connection();
    let schema = tables::temporary_schema(&mut *connection).await?;
    let mut found = Vec::new();
    for (name, table) in tables::of_schema(&mut *connection, &schema).await? {
        if name.ends_with(KEPT) {
            continue;
        }
        let before = tables::qualified(&schema, &format!("{name}{KEPT}"));
        let pair = Pair::new(before, tables::qualified(&schema, &name), &table.columns)?;
        let counts = pair.count(&mut *connection).await?;
        if counts.differing() == 0 {
            continue;
        }
        let rows = pair.differences(&mut *connection, rows).await?;
        found.push(TableChanges {
            table: name,
            added: counts.only_right,
            removed: counts.only_left,
            changed: counts.changed,
            rows: rows.into_iter().map(row).collect(),
        });
    }
    Ok(found)
}

fn row(difference: Difference) -> RowChange {
    let (what, cells) = match difference.what {
        What::OnlyLeft(cells) => ("removed", cells),
        What::OnlyRight(cells) => ("added", cells),
        What::Changed(cells) => ("changed", cells),
    };
    let values = |cell: Cell| (cell.column, Values { before: cell.left, after: cell.right });
    RowChange {
        what,
        key: difference.key.into_iter().collect(),
        columns: cells.into_iter().map(values).collect(),
    }
}

fn tell(document: &Document) -> anyhow::Result<()> {
    let Document { projection, from, to, tables } = document;
    let mut out = output::stdout();
    writeln!(out, "{projection} from {from} to {to}")?;
    if tables.is_empty() {
        writeln!(out, "nothing changed")?;
    }
    for TableChanges { table, added, removed, changed, rows } in tables {
        writeln!(out)?;
        writeln!(out, "{table}: {added} added, {removed} removed, {changed} changed")?;
        for RowChange { what, key, columns } in rows {
            let key: Vec<String> = key.iter().map(|(column, value)| format!("{column}={value}")).collect();
            writeln!(out, "  {what} {}", key.join(" "))?;
            for (column, Values { before, after }) in columns {
                let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".to_owned());
                match *what {
                    "changed" => writeln!(out, "    {column}: {} -> {}", shown(before), shown(after))?,
                    "added" => writeln!(out, "    {column}: {}", shown(after))?,
                    _ => writeln!(out, "    {column}: {}", shown(before))?,
                }
            }
        }
        let told = i64::try_from(rows.len())?;
        let untold = added + removed + changed - told;
        if untold > 0 {
            writeln!(out, "  and {untold} more (--rows)")?;
        }
    }
    Ok(out.flush()?)
}
