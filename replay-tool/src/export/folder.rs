//! The folder of an export, and what was noted in it before it was cut off.

use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::{
    digest,
    manifest::{Begun, File, Manifest, VERSION},
    plan::{Part, Plan},
};
use crate::failure::{Code, failure};

/// What the name of a file that is being written ends with.
pub(super) const UNFINISHED: &str = ".unfinished";
pub(super) const MANIFEST: &str = "manifest.json";
/// What is noted file by file, until there is a manifest.
const NOTES: &str = "export.unfinished";

pub(super) struct Folder {
    path: PathBuf,
    notes: fs::File,
    /// From before it was cut off.
    noted: Vec<File>,
}

impl Folder {
    /// A folder that is empty, or where an export of the same kind was cut off.
    ///
    /// # Errors
    /// [`Code::NotEmpty`] where something else is in it.
    pub(super) fn open(path: &Path, plan: &Plan) -> anyhow::Result<Self> {
        let begun = Begun {
            version: VERSION,
            format: plan.format.name().to_owned(),
            epoch: plan.epoch,
        };
        fs::create_dir_all(path).with_context(|| format!("{} cannot be made", path.display()))?;
        let noted = earlier(path, &begun)?;
        let notes = path.join(NOTES);
        let mut file = OpenOptions::new().create(true).append(true).open(&notes)?;
        let begins = noted.is_none();
        if begins {
            writeln!(file, "{}", serde_json::to_string(&begun)?)?;
        } else {
            // What a cut left of a line is ended; an empty line means nothing.
            writeln!(file)?;
        }
        for below in ["events", "read"] {
            fs::create_dir_all(path.join(below))?;
        }
        Ok(Self {
            path: path.to_owned(),
            notes: file,
            noted: noted.unwrap_or_default(),
        })
    }

    pub(super) fn path(&self, part: &Part) -> PathBuf {
        self.path.join(&part.file_name)
    }

    /// What was written of a part before, where that is still whole and still right.
    pub(super) fn kept(&self, part: &Part) -> anyhow::Result<Option<File>> {
        let Some(noted) = self.noted.iter().rev().find(|file| part.is_as(file)) else {
            return Ok(None);
        };
        match digest::of_file(&self.path(part)) {
            Ok(found) if found.bytes == noted.bytes && found.sha256 == noted.sha256 => {
                Ok(Some(noted.clone()))
            }
            Ok(_) => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn note(&mut self, file: &File) -> anyhow::Result<()> {
        writeln!(self.notes, "{}", serde_json::to_string(file)?)?;
        Ok(self.notes.sync_data()?)
    }

    /// Writes the manifest, and leaves nothing but it and its files.
    pub(super) fn finish(self, manifest: &Manifest) -> anyhow::Result<()> {
        let is_listed = |name: &str| manifest.files.iter().any(|file| file.file == name);
        for name in files_below(&self.path)? {
            if name != NOTES && !is_listed(&name) {
                fs::remove_file(self.path.join(&name))?;
            }
        }
        let unfinished = self.path.join(format!("{MANIFEST}{UNFINISHED}"));
        let mut file = fs::File::create(&unfinished)?;
        serde_json::to_writer_pretty(&mut file, manifest)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&unfinished, self.path.join(MANIFEST))?;
        Ok(fs::remove_file(self.path.join(NOTES))?)
    }
}

/// The files of an export that was cut off here; `None` where there was none.
fn earlier(path: &Path, begun: &Begun) -> anyhow::Result<Option<Vec<File>>> {
    let text = match fs::read_to_string(path.join(NOTES)) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if fs::read_dir(path)?.next().is_none() {
                return Ok(None);
            }
            let message = format!("{} is not empty, and no export was cut off in it", path.display());
            return Err(failure(Code::NotEmpty, message));
        }
        Err(error) => return Err(error.into()),
    };
    // A cut may have come before the first line.
    if text.trim().is_empty() {
        return Ok(None);
    }
    let mut lines = text.lines();
    let first = lines.next().and_then(|line| serde_json::from_str::<Begun>(line).ok());
    if first.as_ref() != Some(begun) {
        let message = format!("another export was cut off in {}: take another folder", path.display());
        return Err(failure(Code::NotEmpty, message));
    }
    // A line that a cut left in the middle tells of a file that will be written anew.
    Ok(Some(lines.filter_map(|line| serde_json::from_str(line).ok()).collect()))
}

/// Every file of the folder, by its name below it.
pub(super) fn files_below(path: &Path) -> anyhow::Result<Vec<String>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(below) = folders.pop() {
        for entry in fs::read_dir(path.join(&below))? {
            let entry = entry?;
            let name = below.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(name);
            } else {
                files.push(name.to_string_lossy().into_owned());
            }
        }
    }
    files.sort();
    Ok(files)
}
