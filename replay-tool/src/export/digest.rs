//! A file that is digested while it is written.

use std::{
    fs::File,
    io::{self, BufWriter, Read, Write},
    path::Path,
};

use anyhow::Context;
use sha2::{Digest, Sha256};

/// What a file came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) bytes: u64,
    /// In hexadecimal digits.
    pub(super) sha256: String,
}

/// Goes by another name until it is whole.
pub(super) struct Digested {
    to: BufWriter<File>,
    digest: Sha256,
    bytes: u64,
    unfinished: std::path::PathBuf,
    name: std::path::PathBuf,
}

impl Digested {
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(super::folder::UNFINISHED);
        let unfinished = std::path::PathBuf::from(unfinished);
        let to = File::create(&unfinished)
            .with_context(|| format!("{} cannot be written", unfinished.display()))?;
        Ok(Self {
            to: BufWriter::with_capacity(256 * 1024, to),
            digest: Sha256::new(),
            bytes: 0,
            unfinished,
            name: path.to_owned(),
        })
    }

    /// It is on the disk under its own name.
    pub(super) fn finish(self, rows: u64) -> anyhow::Result<Written> {
        let file = self.to.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.sync_all()?;
        std::fs::rename(&self.unfinished, &self.name)?;
        Ok(Written { rows, bytes: self.bytes, sha256: hex(self.digest) })
    }
}

impl Write for Digested {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        let (taken, _) = bytes.split_at_checked(written).unwrap_or((bytes, &[]));
        self.digest.update(taken);
        self.bytes += u64::try_from(taken.len()).unwrap_or(u64::MAX);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

fn hex(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Bytes, SHA-256 and line breaks of a file.
pub(super) fn of_file(path: &Path) -> io::Result<Written> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    let (mut bytes, mut rows) = (0_u64, 0_u64);
    loop {
        let read = file.read(&mut buffer)?;
        let part = buffer.get(..read).unwrap_or_default();
        if part.is_empty() {
            return Ok(Written { rows, bytes, sha256: hex(digest) });
        }
        digest.update(part);
        bytes += u64::try_from(read).unwrap_or(u64::MAX);
        rows += part.iter().filter(|byte| **byte == b'\n').map(|_| 1).sum::<u64>();
    }
}
