//! One JSON object a line.

use std::{io::Write, path::Path};

use sqlx::{Row, postgres::PgRow};

use super::{
    Sink,
    digest::{Digested, Written},
};

pub(super) struct Lines {
    to: Digested,
    rows: u64,
}

impl Lines {
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        Ok(Self { to: Digested::create(path)?, rows: 0 })
    }
}

impl Sink for Lines {
    fn add(&mut self, row: &PgRow) -> anyhow::Result<()> {
        let line: &str = row.try_get(0)?;
        // Text as it was written may hold line breaks between its members, where a space means the same.
        self.to.write_all(line.replace(['\n', '\r'], " ").as_bytes())?;
        self.rows += 1;
        Ok(self.to.write_all(b"\n")?)
    }

    fn finish(self: Box<Self>) -> anyhow::Result<Written> {
        self.to.finish(self.rows)
    }
}
