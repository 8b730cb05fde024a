//! The rows of a body, one after the other, however large it is: no more than one row is held.

use std::time::Duration;

use actix_web::web;
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tokio::time::timeout;

/// The most bytes of one row.
pub(super) const MAX_ROW_BYTES: usize = 262_144;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    /// RFC 4180, the first line names the columns.
    Csv,
    /// A JSON object a line.
    Ndjson,
}

/// A part of a body.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A row, without the end of its line.
    Row(Bytes),
    /// A row that is too long; what follows it is read.
    TooLong,
    /// A row that is too long, and where it ends nobody can tell: a quoted field that never ends, perhaps.
    Endless,
    /// A quoted field that the body ends in.
    Open,
    /// The body broke off, or nothing came for too long.
    Broken(&'static str),
    /// There is no more.
    End,
}

/// Where in a CSV a byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Within {
    FieldStart,
    Field,
    Quoted,
    /// Behind a quotation mark in a quoted field: its end, or a mark that is meant.
    Mark,
}

/// Finds where rows end.
#[derive(Debug)]
pub(super) struct Splitter {
    format: Format,
    buffer: BytesMut,
    /// So many bytes of the buffer were looked at.
    scanned: usize,
    within: Within,
    /// The rest of a row that is too long is thrown away.
    skips: bool,
}

impl Splitter {
    pub(super) fn new(format: Format) -> Self {
        Self {
            format,
            buffer: BytesMut::new(),
            scanned: 0,
            within: Within::FieldStart,
            skips: false,
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole row; `None` where more bytes are needed.
    fn take(&mut self) -> Option<Piece> {
        loop {
            let end = self.find();
            if let Some(end) = end {
                let row = self.buffer.split_to(end.saturating_add(1));
                self.scanned = 0;
                self.within = Within::FieldStart;
                if std::mem::take(&mut self.skips) {
                    continue;
                }
                return Some(if row.len() > MAX_ROW_BYTES {
                    Piece::TooLong
                } else {
                    Piece::Row(trimmed(row.freeze()))
                });
            }
            if self.skips {
                self.buffer.clear();
                self.scanned = 0;
                return None;
            }
            if self.buffer.len() <= MAX_ROW_BYTES {
                return None;
            }
            if self.within == Within::Quoted {
                return Some(Piece::Endless);
            }
            self.buffer.clear();
            self.scanned = 0;
            self.skips = true;
            return Some(Piece::TooLong);
        }
    }

    /// The end of a line that is the end of a row.
    fn find(&mut self) -> Option<usize> {
        let from = self.scanned;
        for (index, byte) in self.buffer.iter().enumerate().skip(from) {
            if self.format == Format::Ndjson {
                if *byte == b'\n' {
                    return Some(index);
                }
                continue;
            }
            self.within = match (self.within, byte) {
                (Within::Quoted, b'"') => Within::Mark,
                (Within::Quoted, _) | (Within::FieldStart | Within::Mark, b'"') => Within::Quoted,
                (_, b'\n') => return Some(index),
                (_, b',') => Within::FieldStart,
                (Within::FieldStart | Within::Field | Within::Mark, _) => Within::Field,
            };
        }
        self.scanned = self.buffer.len();
        None
    }

    /// What is left when the body has ended.
    fn rest(&mut self) -> Piece {
        let rest = self.buffer.split().freeze();
        self.scanned = 0;
        if self.skips || rest.is_empty() {
            return Piece::End;
        }
        if self.within == Within::Quoted {
            return Piece::Open;
        }
        Piece::Row(trimmed(rest))
    }
}

/// Without the end of its line.
fn trimmed(row: Bytes) -> Bytes {
    let end = row.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    row.slice(..end)
}

/// A body that is being read.
pub(super) struct Rows {
    payload: web::Payload,
    splitter: Splitter,
    /// So long nothing may come.
    patience: Duration,
    has_ended: bool,
}

impl Rows {
    pub(super) fn new(payload: web::Payload, format: Format, patience: Duration) -> Self {
        Self {
            payload,
            splitter: Splitter::new(format),
            patience,
            has_ended: false,
        }
    }

    /// The next part.
    pub(super) async fn next(&mut self) -> Piece {
        loop {
            if let Some(piece) = self.splitter.take() {
                return piece;
            }
            if self.has_ended {
                return self.splitter.rest();
            }
            match timeout(self.patience, self.payload.next()).await {
                Err(_) => return Piece::Broken("body-too-slow"),
                Ok(Some(Err(_))) => return Piece::Broken("incomplete-body"),
                Ok(Some(Ok(bytes))) => self.splitter.push(&bytes),
                Ok(None) => self.has_ended = true,
            }
        }
    }
}

/// The cells of one line of a CSV.
///
/// # Errors
/// A code, where it is no text or no line.
pub(super) fn cells(row: &[u8]) -> Result<Vec<String>, &'static str> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(row);
    let mut record = csv::ByteRecord::new();
    reader.read_byte_record(&mut record).map_err(|_| "malformed-csv")?;
    let cells = record.iter().map(|cell| std::str::from_utf8(cell).map(str::to_owned));
    cells.collect::<Result<_, _>>().map_err(|_| "invalid-utf8")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that a body comes to, however it is cut.
    fn split(format: Format, body: &[u8], by: usize) -> Vec<Piece> {
        let mut splitter = Splitter::new(format);
        let mut pieces = Vec::new();
        for part in body.chunks(by) {
            splitter.push(part);
            while let Some(piece) = splitter.take() {
                let is_last = piece == Piece::Endless;
                pieces.push(piece);
                if is_last {
                    return pieces;
                }
            }
        }
        match splitter.rest() {
            Piece::End => {}
            piece => pieces.push(piece),
        }
        pieces
    }

    fn row(text: &'static str) -> Piece {
        Piece::Row(Bytes::from_static(text.as_bytes()))
    }

    #[test]
    fn rows_end_where_they_end_however_the_body_is_cut() {
        let csv = b"a,b\r\n\"x\ny\",\"say \"\"hi\"\"\"\n5\" pipe,z";
        for by in 1..csv.len() {
            let wanted = vec![row("a,b"), row("\"x\ny\",\"say \"\"hi\"\"\""), row("5\" pipe,z")];
            assert_eq!(split(Format::Csv, csv, by), wanted, "{by}");
        }
        assert_eq!(split(Format::Ndjson, b"{\"a\":\"\\\"\"}\n\n{}", 3).len(), 3);
        assert_eq!(split(Format::Csv, b"a\n\"never", 2), vec![row("a"), Piece::Open]);
    }

    #[test]
    fn a_row_without_end_is_not_held() {
        let long = [b"x".repeat(MAX_ROW_BYTES + 10), b"\nb".to_vec()].concat();
        assert_eq!(split(Format::Ndjson, &long, 1_000), vec![Piece::TooLong, row("b")]);
        assert_eq!(split(Format::Csv, &long, 1_000), vec![Piece::TooLong, row("b")]);
        let endless = [b"\"".to_vec(), b"x\n".repeat(MAX_ROW_BYTES)].concat();
        assert_eq!(split(Format::Csv, &endless, 4_096), vec![Piece::Endless]);
    }

    #[test]
    fn cells_are_texts() {
        assert_eq!(cells(b"a,\"b,\"\"c\"\n"), Ok(vec!["a".to_owned(), "b,\"c".to_owned()]));
        assert_eq!(cells(b"a,\xff"), Err("invalid-utf8"));
    }
}
