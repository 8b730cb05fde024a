//! `check`: a folder against its manifest. Needs no database.

use std::{fs, path::Path};

use anyhow::Context;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde::Serialize;

use super::{
    digest,
    folder::{MANIFEST, files_below},
    manifest::{File, Manifest, VERSION},
};
use crate::{
    Outcome,
    cli::Format,
    failure::{Code, failure},
    output, tone,
};

/// The document.
#[derive(Serialize)]
struct Document {
    folder: String,
    position: String,
    files: usize,
    rows: u64,
    sound: bool,
    faults: Vec<Fault>,
}

#[derive(Serialize)]
struct Fault {
    /// Stable word.
    code: &'static str,
    file: String,
    message: String,
}

pub(crate) fn run(folder: &Path, is_json: bool) -> anyhow::Result<Outcome> {
    let text = fs::read_to_string(folder.join(MANIFEST)).with_context(|| {
        format!("{} has no {MANIFEST}: it is no export, or one that was cut off", folder.display())
    })?;
    let manifest =
        serde_json::from_str::<Manifest>(&text).ok().filter(|manifest| manifest.version == VERSION);
    let manifest = manifest.ok_or_else(|| {
        let message = format!("{MANIFEST} in {} is not of a form that is known here", folder.display());
        failure(Code::NotWhole, message)
    })?;
    let bar = output::progress("bytes", manifest.files.iter().map(|file| file.bytes).sum());
    let mut faults = Vec::new();
    for file in &manifest.files {
        faults.extend(fault_of(folder, file));
        bar.inc(file.bytes);
    }
    bar.finish_and_clear();
    for file in files_below(folder)? {
        if file != MANIFEST && !manifest.files.iter().any(|known| known.file == file) {
            faults.push(Fault {
                code: "file-unknown",
                message: "stands in no manifest".to_owned(),
                file,
            });
        }
    }
    let document = Document {
        folder: folder.display().to_string(),
        position: manifest.position,
        files: manifest.files.len(),
        rows: manifest.files.iter().map(|file| file.rows).sum(),
        sound: faults.is_empty(),
        faults,
    };
    let outcome = if document.sound {
        Outcome::Well
    } else {
        Outcome::FaultsFound
    };
    if is_json {
        drop(output::document(&document));
        return Ok(outcome);
    }
    for Fault { file, message, .. } in &document.faults {
        output::say(&format!("{} {file}: {message}\n", tone::fault()));
    }
    output::say(&format!(
        "{} rows in {} files as of position {}: {}\n",
        document.rows,
        document.files,
        document.position,
        tone::verdict(u64::try_from(document.faults.len())?)
    ));
    Ok(outcome)
}

fn fault_of(folder: &Path, file: &File) -> Option<Fault> {
    let path = folder.join(&file.file);
    let fault = |code, message: String| Some(Fault { code, file: file.file.clone(), message });
    let found = match digest::of_file(&path) {
        Ok(found) => found,
        Err(error) => return fault("file-missing", format!("cannot be read: {error}")),
    };
    if found.bytes != file.bytes {
        return fault("bytes-differ", format!("has {} bytes, the manifest says {}", found.bytes, file.bytes));
    }
    if found.sha256 != file.sha256 {
        return fault("content-differs", format!("has the SHA-256 {}", found.sha256));
    }
    let rows = if file.file.ends_with(Format::Parquet.name()) {
        match parquet_rows(&path) {
            Ok(rows) => rows,
            Err(error) => return fault("content-differs", format!("is no Parquet: {error:#}")),
        }
    } else {
        found.rows
    };
    if rows == file.rows {
        None
    } else {
        fault("rows-differ", format!("has {rows} rows, the manifest says {}", file.rows))
    }
}

fn parquet_rows(path: &Path) -> anyhow::Result<u64> {
    let reader = SerializedFileReader::new(fs::File::open(path)?)?;
    Ok(u64::try_from(reader.metadata().file_metadata().num_rows())?)
}
