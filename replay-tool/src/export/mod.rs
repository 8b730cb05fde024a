//! `export --into`: the log and every table of the schema `read` as files for other tools, of one moment, with a manifest
//! that says what each file must be. One that was cut off goes on where it was.

pub(crate) mod check;
mod column;
mod digest;
mod folder;
mod groups;
mod manifest;
mod ndjson;
mod plan;

use std::path::Path;

use anyhow::Context;
use indicatif::ProgressBar;
use serde_json::json;
use sqlx::{Connection, PgConnection, Row, postgres::PgRow};

use crate::{
    cli::{ExportTables, Format},
    failure::{Code, failure},
    output,
    source::Source,
};
use digest::Written;
use folder::Folder;
use manifest::{File, Manifest};
use plan::{Part, Plan};

/// Rows of one look-up.
const PAGE: usize = 2_000;

/// What takes the rows of one part.
trait Sink {
    fn add(&mut self, row: &PgRow) -> anyhow::Result<()>;

    /// Everything is in the file and on the disk.
    fn finish(self: Box<Self>) -> anyhow::Result<Written>;
}

pub(crate) async fn run(source: &Source, wanted: ExportTables, is_json: bool) -> anyhow::Result<()> {
    let Source::Database(reader) = source else {
        return Err(failure(Code::Usage, "tables are in a database: an exported log has none"));
    };
    let mut connection = reader.pool().acquire().await?;
    // One snapshot for all of it: what is appended and projected meanwhile stays out.
    let mut snapshot = connection.begin_with("begin isolation level repeatable read read only").await?;
    sqlx::query("set local timezone = 'UTC'").execute(&mut *snapshot).await?;
    let plan = Plan::make(&mut snapshot, wanted.format, &wanted.tables).await?;
    let mut folder = Folder::open(&wanted.into, &plan)?;
    let bar = output::progress("exporting", plan.rows());
    let mut files = Vec::with_capacity(plan.parts.len());
    let mut kept = 0_usize;
    for part in &plan.parts {
        let file = match folder.kept(part)? {
            Some(file) => {
                kept += 1;
                file
            }
            None => {
                let written = write(&mut snapshot, &folder.path(part), part, wanted.format, &bar).await;
                let file =
                    part.file(written.with_context(|| format!("{} cannot be written", part.file_name))?);
                folder.note(&file)?;
                file
            }
        };
        bar.set_position(files.iter().map(|file: &File| file.rows).sum::<u64>() + file.rows);
        files.push(file);
    }
    bar.finish_and_clear();
    let manifest = Manifest::new(&plan, files);
    folder.finish(&manifest)?;
    tell(&wanted.into, &manifest, kept, is_json)
}

fn tell(folder: &Path, manifest: &Manifest, kept: usize, is_json: bool) -> anyhow::Result<()> {
    let rows: u64 = manifest.files.iter().map(|file| file.rows).sum();
    let bytes: u64 = manifest.files.iter().map(|file| file.bytes).sum();
    if is_json {
        return output::document(&json!({
            "folder": folder.display().to_string(),
            "format": manifest.format,
            "position": manifest.position,
            "files": manifest.files.len(),
            "kept": kept,
            "rows": rows,
            "bytes": bytes,
        }));
    }
    let kept = match kept {
        0 => String::new(),
        kept => format!(", {kept} of them from before it was cut off"),
    };
    output::say(&format!(
        "{}: {rows} rows in {} files{kept}, {bytes} bytes, as of position {}. Check it with `souk-replay check`.\n",
        folder.display(),
        manifest.files.len(),
        manifest.position
    ));
    Ok(())
}

async fn write(
    snapshot: &mut PgConnection,
    path: &Path,
    part: &Part,
    format: Format,
    bar: &ProgressBar,
) -> anyhow::Result<Written> {
    let mut sink: Box<dyn Sink> = match format {
        Format::Ndjson => Box::new(ndjson::Lines::create(path)?),
        Format::Parquet => Box::new(groups::Groups::create(path, part)?),
    };
    let declare = format!("declare part no scroll cursor for {}", part.sql());
    sqlx::query(&declare).execute(&mut *snapshot).await?;
    let fetch = format!("fetch {PAGE} from part");
    loop {
        // The same words mean other columns for the next part: what the driver remembers of them would be wrong.
        let rows = sqlx::query(&fetch).persistent(false).fetch_all(&mut *snapshot).await?;
        for row in &rows {
            sink.add(row)?;
        }
        bar.inc(u64::try_from(rows.len())?);
        if rows.len() < PAGE {
            break;
        }
    }
    sqlx::query("close part").execute(&mut *snapshot).await?;
    sink.finish()
}

/// A column that may be null.
fn cell<'r, T>(row: &'r PgRow, index: usize) -> anyhow::Result<Option<T>>
where
    T: sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    Ok(row.try_get(index)?)
}
