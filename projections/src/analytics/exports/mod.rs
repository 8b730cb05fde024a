//! Whole lists to take away: rows of one read model in one snapshot, page by page, however many there are.
//!
//! Each report reads by keyset in a transaction of its own that sees one moment, so that a long export neither repeats
//! nor misses a row while orders go on, and never holds more than one page in memory.

mod reports;

use event_store::LogPosition;
use sqlx::{PgPool, Postgres, Row, Transaction};

pub use reports::{Column, Report, Shape};

/// Rows that are read at once.
const PAGE_ROWS: i64 = 1_000;

/// An export under way.
pub struct Export {
    tx: Transaction<'static, Postgres>,
    report: Report,
    after: Option<Vec<String>>,
    is_done: bool,
    position: LogPosition,
}

/// One row: a text for each column as it is to be shown, `None` where there is nothing.
pub type Cells = Vec<Option<String>>;

impl Export {
    /// Takes the snapshot.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(pool: &PgPool, report: Report) -> Result<Self, sqlx::Error> {
        let mut tx = pool.begin().await?;
        sqlx::query("set transaction isolation level repeatable read, read only").execute(&mut *tx).await?;
        let row = sqlx::query(
            "select (select epoch from public.log_epoch), \
                    coalesce((select position from public.checkpoints where name = $1), 0)",
        )
        .bind(report.read_model())
        .fetch_one(&mut *tx)
        .await?;
        let epoch: i32 = row.try_get(0)?;
        let position = LogPosition {
            epoch: u32::try_from(epoch).unwrap_or_default(),
            position: row.try_get(1)?,
        };
        Ok(Self { tx, report, after: None, is_done: false, position })
    }

    /// How far the read model had followed the log in this snapshot.
    #[must_use]
    pub const fn position(&self) -> LogPosition {
        self.position
    }

    /// The report's columns.
    #[must_use]
    pub fn columns(&self) -> &'static [Column] {
        self.report.columns()
    }

    /// The next rows, in the order of the report's key; none when all were read.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn next(&mut self) -> Result<Vec<Cells>, sqlx::Error> {
        if self.is_done {
            return Ok(Vec::new());
        }
        let sql = self.report.page(self.after.is_some());
        let mut query = sqlx::query(&sql).bind(PAGE_ROWS);
        for part in self.after.iter().flatten() {
            query = query.bind(part);
        }
        let rows = query.fetch_all(&mut *self.tx).await?;
        match rows.last() {
            Some(last) => self.after = Some(last.try_get("key")?),
            None => self.is_done = true,
        }
        if i64::try_from(rows.len()).unwrap_or(i64::MAX) < PAGE_ROWS {
            self.is_done = true;
        }
        rows.iter().map(|row| row.try_get("cells")).collect()
    }
}
