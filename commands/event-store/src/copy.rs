//! Rows for `copy … from stdin (format binary)`, the cheapest way into PostgreSQL: no parsing, many rows per page
//! write. For tables that only grow, and for the rows that a batch adds to the others.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// PostgreSQL counts from 2000-01-01; Unix from 1970-01-01.
const EPOCH_SHIFT_MICROS: i64 = 946_684_800_000_000;
const EPOCH_DAY: NaiveDate = match NaiveDate::from_ymd_opt(2000, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

const OID_INT8: i32 = 20;
const OID_TEXT: i32 = 25;
const OID_UUID: i32 = 2950;

/// The rows on their way into one table.
#[derive(Debug)]
pub struct CopyRows {
    statement: String,
    columns: i16,
    buffer: Vec<u8>,
    empty: bool,
}

impl CopyRows {
    /// `table (columns)`; every row must then write these columns in this order.
    #[must_use]
    pub fn into_table(table: &str, columns: &[&str]) -> Self {
        let mut buffer = SIGNATURE.to_vec();
        buffer.extend_from_slice(&[0; 8]);
        Self {
            statement: format!("copy {table} ({}) from stdin (format binary)", columns.join(", ")),
            columns: i16::try_from(columns.len()).unwrap_or(i16::MAX),
            buffer,
            empty: true,
        }
    }

    /// Begins the next row.
    pub fn row(&mut self) -> CopyRow<'_> {
        self.empty = false;
        self.buffer.extend_from_slice(&self.columns.to_be_bytes());
        CopyRow(&mut self.buffer)
    }

    /// Sends all rows; does nothing where there are none.
    ///
    /// # Errors
    /// The database's.
    pub async fn send(mut self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        if self.empty {
            return Ok(());
        }
        self.buffer.extend_from_slice(&(-1_i16).to_be_bytes());
        let mut copy = connection.copy_in_raw(&self.statement).await?;
        copy.send(self.buffer).await?;
        copy.finish().await?;
        Ok(())
    }
}

/// One row; each call writes the next column.
#[derive(Debug)]
pub struct CopyRow<'a>(&'a mut Vec<u8>);

impl CopyRow<'_> {
    fn bytes(self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(&length(bytes.len()));
        self.0.extend_from_slice(bytes);
        self
    }

    fn null(self) -> Self {
        self.0.extend_from_slice(&(-1_i32).to_be_bytes());
        self
    }

    fn optional<T>(self, value: Option<T>, write: impl FnOnce(Self, T) -> Self) -> Self {
        match value {
            Some(value) => write(self, value),
            None => self.null(),
        }
    }

    /// A `uuid` column.
    pub fn uuid(self, value: Uuid) -> Self {
        self.bytes(value.as_bytes())
    }

    /// The same, or null.
    pub fn maybe_uuid(self, value: Option<Uuid>) -> Self {
        self.optional(value, Self::uuid)
    }

    /// A `text` or `json` column.
    pub fn text(self, value: &str) -> Self {
        self.bytes(value.as_bytes())
    }

    /// A `text` column, or null.
    pub fn maybe_text(self, value: Option<&str>) -> Self {
        self.optional(value, Self::text)
    }

    /// A `smallint` column.
    pub fn int2(self, value: i16) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// An `integer` column.
    pub fn int4(self, value: i32) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// The same, or null.
    pub fn maybe_int4(self, value: Option<i32>) -> Self {
        self.optional(value, Self::int4)
    }

    /// A `bigint` column.
    pub fn int8(self, value: i64) -> Self {
        self.bytes(&value.to_be_bytes())
    }

    /// The same, or null.
    pub fn maybe_int8(self, value: Option<i64>) -> Self {
        self.optional(value, Self::int8)
    }

    /// A `boolean` column.
    pub fn bool(self, value: bool) -> Self {
        self.bytes(&[u8::from(value)])
    }

    /// A `timestamptz` column.
    pub fn time(self, value: DateTime<Utc>) -> Self {
        self.int8(value.timestamp_micros().saturating_sub(EPOCH_SHIFT_MICROS))
    }

    /// The same, or null.
    pub fn maybe_time(self, value: Option<DateTime<Utc>>) -> Self {
        self.optional(value, Self::time)
    }

    /// A `date` column.
    pub fn date(self, value: NaiveDate) -> Self {
        let days = value.signed_duration_since(EPOCH_DAY).num_days();
        self.int4(i32::try_from(days).unwrap_or(i32::MAX))
    }

    /// A `uuid[]` column.
    pub fn uuids(self, values: &[Option<Uuid>]) -> Self {
        self.array(OID_UUID, values.len(), values.contains(&None), |buffer| {
            for value in values {
                element(buffer, value.as_ref().map(|id| id.as_bytes().as_slice()));
            }
        })
    }

    /// A `bigint[]` column.
    pub fn int8s(self, values: &[i64]) -> Self {
        self.array(OID_INT8, values.len(), false, |buffer| {
            for value in values {
                element(buffer, Some(&value.to_be_bytes()));
            }
        })
    }

    /// A `text[]` column.
    pub fn texts(self, values: &[&str]) -> Self {
        self.array(OID_TEXT, values.len(), false, |buffer| {
            for value in values {
                element(buffer, Some(value.as_bytes()));
            }
        })
    }

    /// An array of one dimension (of none when it is empty), its length filled in afterwards.
    fn array(self, oid: i32, len: usize, nulls: bool, elements: impl FnOnce(&mut Vec<u8>)) -> Self {
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        self.0.extend_from_slice(&i32::from(len > 0).to_be_bytes());
        self.0.extend_from_slice(&i32::from(nulls).to_be_bytes());
        self.0.extend_from_slice(&oid.to_be_bytes());
        if len > 0 {
            self.0.extend_from_slice(&length(len));
            self.0.extend_from_slice(&1_i32.to_be_bytes());
            elements(self.0);
        }
        self.fill_length(start)
    }

    /// Writes the length of what was written since `start` and its four bytes.
    fn fill_length(self, start: usize) -> Self {
        let written = length(self.0.len().saturating_sub(start).saturating_sub(4));
        if let Some(place) = self.0.get_mut(start..start.saturating_add(4)) {
            place.copy_from_slice(&written);
        }
        self
    }
}

fn length(len: usize) -> [u8; 4] {
    i32::try_from(len).unwrap_or(i32::MAX).to_be_bytes()
}

fn element(buffer: &mut Vec<u8>, value: Option<&[u8]>) {
    match value {
        Some(value) => {
            buffer.extend_from_slice(&length(value.len()));
            buffer.extend_from_slice(value);
        }
        None => buffer.extend_from_slice(&(-1_i32).to_be_bytes()),
    }
}
