//! The log as raw rows: `copy … to stdout (format binary)`, the cheapest way out of PostgreSQL, and the one that shows
//! the stored bytes themselves.

use bytes::{Buf, Bytes, BytesMut};
use futures_util::{StreamExt, stream::BoxStream};
use sqlx::PgConnection;

use super::encoding::{FIELDS, RawEvent};
use crate::LogError;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Flags and the length of an extension follow the signature.
const HEADER_BYTES: usize = SIGNATURE.len() + 8;
/// PostgreSQL counts from 2000-01-01; Unix from 1970-01-01.
const EPOCH_SHIFT_MICROS: i64 = 946_684_800_000_000;
const NULL: i32 = -1;

/// Rows of the log, in order of position, one after the other.
pub struct EventRows<'c> {
    stream: BoxStream<'c, Result<Bytes, sqlx::Error>>,
    buffer: BytesMut,
    row: Bytes,
    is_begun: bool,
}

impl<'c> EventRows<'c> {
    /// Every row after `after` and up to `up_to`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open(connection: &'c mut PgConnection, after: i64, up_to: i64) -> Result<Self, LogError> {
        let statement = format!(
            "copy (select position, recorded_at, sequence, aggregate_type, aggregate_id, event_type, \
                          event_version, payload::text, metadata::text \
                     from events where position > {after} and position <= {up_to} order by position) \
             to stdout (format binary)"
        );
        let stream = connection.copy_out_raw(&statement).await?;
        Ok(Self {
            stream,
            buffer: BytesMut::new(),
            row: Bytes::new(),
            is_begun: false,
        })
    }

    /// The next row; `None` after the last one.
    ///
    /// # Errors
    /// When the database fails. What was not read is never taken for the end.
    pub async fn next(&mut self) -> Result<Option<RawEvent<'_>>, LogError> {
        while !self.is_begun {
            if self.buffer.len() >= HEADER_BYTES {
                if !self.buffer.starts_with(SIGNATURE) {
                    return Err(damaged());
                }
                self.buffer.advance(HEADER_BYTES);
                self.is_begun = true;
            } else {
                self.fill().await?;
            }
        }
        loop {
            match measure(&self.buffer)? {
                Some(0) => return self.finish().await.map(|()| None),
                Some(length) => {
                    self.row = self.buffer.split_to(length).freeze();
                    return read(&self.row).ok_or_else(damaged).map(Some);
                }
                None => self.fill().await?,
            }
        }
    }

    /// Takes what the server says after the last row, or the connection would be out of step.
    async fn finish(&mut self) -> Result<(), LogError> {
        while let Some(bytes) = self.stream.next().await {
            bytes?;
        }
        Ok(())
    }

    async fn fill(&mut self) -> Result<(), LogError> {
        match self.stream.next().await {
            Some(bytes) => self.buffer.extend_from_slice(&bytes?),
            None => return Err(damaged()),
        }
        Ok(())
    }
}

fn damaged() -> LogError {
    LogError::Damaged("the copy of the events is cut short".to_owned())
}

/// How long the row at the beginning is, 0 for the end of all rows; `None` where it has not arrived yet.
fn measure(bytes: &[u8]) -> Result<Option<usize>, LogError> {
    let Some((count, _)) = bytes.split_first_chunk::<2>() else {
        return Ok(None);
    };
    let count = match usize::try_from(i16::from_be_bytes(*count)) {
        Err(_) => return Ok(Some(0)),
        Ok(count) if count == FIELDS.len() => count,
        Ok(_) => return Err(damaged()),
    };
    let mut at = 2;
    for _ in 0..count {
        let Some(length) = bytes.get(at..).and_then(<[u8]>::first_chunk::<4>) else {
            return Ok(None);
        };
        let length = i32::from_be_bytes(*length);
        at += 4 + usize::try_from(length).unwrap_or(0);
    }
    Ok((bytes.len() >= at).then_some(at))
}

fn read(row: &[u8]) -> Option<RawEvent<'_>> {
    let mut rest = row.get(2..)?;
    let mut field = || -> Option<Option<&[u8]>> {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let length = i32::from_be_bytes(*length);
        if length == NULL {
            rest = after;
            return Some(None);
        }
        let (field, after) = after.split_at_checked(usize::try_from(length).ok()?)?;
        rest = after;
        Some(Some(field))
    };
    let number = |bytes: Option<&[u8]>| match bytes {
        Some(bytes) => bytes.try_into().ok().map(|bytes| Some(i64::from_be_bytes(bytes))),
        None => Some(None),
    };
    let position = number(field()?)??;
    let recorded_at = number(field()?)?.map(|micros| micros.saturating_add(EPOCH_SHIFT_MICROS));
    let sequence = number(field()?)?;
    let texts = [field()?, field()?, field()?, field()?, field()?, field()?];
    Some(RawEvent { position, recorded_at, sequence, texts })
}
