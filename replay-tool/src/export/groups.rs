//! Parquet: so many rows at a time, column by column.

use std::{path::Path, sync::Arc};

use anyhow::Context;
use parquet::{
    basic::Compression,
    column::writer::ColumnWriter,
    data_type::{ByteArray, FixedLenByteArray},
    file::{properties::WriterProperties, writer::SerializedFileWriter},
    schema::parser::parse_message_type,
};
use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{
    Sink, cell,
    column::{Column, Kind, SCALE, unscaled},
    digest::{Digested, Written},
    plan::Part,
};
use crate::failure::{Code, failure};

/// Rows of one group at most: what is in memory.
const ROWS: usize = 20_000;
/// Bytes of text of one group, beyond which it ends early.
const BYTES: usize = 32 * 1024 * 1024;

pub(super) struct Groups {
    writer: SerializedFileWriter<Digested>,
    columns: Vec<(Column, Values)>,
    /// Of the group.
    rows: usize,
    bytes: usize,
    written: u64,
}

/// The values of a column that are not null, and for each row whether it has one.
struct Values {
    levels: Vec<i16>,
    kept: Kept,
}

enum Kept {
    Boolean(Vec<bool>),
    Int32(Vec<i32>),
    Int64(Vec<i64>),
    Bytes(Vec<ByteArray>),
    Fixed(Vec<FixedLenByteArray>),
}

impl Values {
    fn new(kind: Kind) -> Self {
        let kept = match kind {
            Kind::Boolean => Kept::Boolean(Vec::new()),
            Kind::Date => Kept::Int32(Vec::new()),
            Kind::Integer | Kind::Time => Kept::Int64(Vec::new()),
            Kind::Text | Kind::Json | Kind::Other => Kept::Bytes(Vec::new()),
            Kind::Uuid | Kind::Decimal => Kept::Fixed(Vec::new()),
        };
        Self { levels: Vec::new(), kept }
    }

    /// Takes the column of one row; how many bytes of text that are.
    fn add(&mut self, column: &Column, row: &PgRow, index: usize) -> anyhow::Result<usize> {
        let mut bytes = 0;
        let is_there = match &mut self.kept {
            Kept::Boolean(values) => push(values, cell::<bool>(row, index)?),
            Kept::Int32(values) => push(values, cell::<i32>(row, index)?),
            Kept::Int64(values) => push(values, cell::<i64>(row, index)?),
            Kept::Bytes(values) => {
                let text = cell::<String>(row, index)?;
                bytes = text.as_ref().map_or(0, String::len);
                push(values, text.map(|text| ByteArray::from(text.into_bytes())))
            }
            Kept::Fixed(values) if column.kind == Kind::Uuid => {
                let id = cell::<Uuid>(row, index)?;
                push(values, id.map(|id| fixed(id.as_bytes())))
            }
            Kept::Fixed(values) => {
                let number = cell::<String>(row, index)?.map(|text| decimal(column, &text)).transpose()?;
                push(values, number.map(|number| fixed(&number.to_be_bytes())))
            }
        };
        self.levels.push(i16::from(is_there));
        Ok(bytes)
    }

    fn write(&mut self, to: &mut ColumnWriter<'_>) -> anyhow::Result<()> {
        let levels = Some(self.levels.as_slice());
        match (&mut self.kept, to) {
            (Kept::Boolean(values), ColumnWriter::BoolColumnWriter(to)) => {
                to.write_batch(values, levels, None)?
            }
            (Kept::Int32(values), ColumnWriter::Int32ColumnWriter(to)) => {
                to.write_batch(values, levels, None)?
            }
            (Kept::Int64(values), ColumnWriter::Int64ColumnWriter(to)) => {
                to.write_batch(values, levels, None)?
            }
            (Kept::Bytes(values), ColumnWriter::ByteArrayColumnWriter(to)) => {
                to.write_batch(values, levels, None)?
            }
            (Kept::Fixed(values), ColumnWriter::FixedLenByteArrayColumnWriter(to)) => {
                to.write_batch(values, levels, None)?
            }
            _ => return Err(failure(Code::Failed, "a column has another type than its schema")),
        };
        Ok(())
    }
}

fn push<T>(values: &mut Vec<T>, value: Option<T>) -> bool {
    let is_there = value.is_some();
    values.extend(value);
    is_there
}

fn fixed(bytes: &[u8]) -> FixedLenByteArray {
    ByteArray::from(bytes.to_vec()).into()
}

fn decimal(column: &Column, text: &str) -> anyhow::Result<i128> {
    unscaled(text).ok_or_else(|| {
        let message = format!("{} is {text}, which {SCALE} decimals cannot hold exactly", column.name);
        failure(Code::Damaged, message)
    })
}

impl Groups {
    pub(super) fn create(path: &Path, part: &Part) -> anyhow::Result<Self> {
        let columns: Vec<String> = part.columns.iter().map(Column::parquet).collect();
        let schema = format!("message rows {{ {} }}", columns.join(" "));
        let schema = parse_message_type(&schema).with_context(|| format!("the schema {schema}"))?;
        let properties = WriterProperties::builder().set_compression(Compression::SNAPPY).build();
        let writer =
            SerializedFileWriter::new(Digested::create(path)?, Arc::new(schema), Arc::new(properties))?;
        let columns = part.columns.iter().map(|column| (column.clone(), Values::new(column.kind))).collect();
        Ok(Self { writer, columns, rows: 0, bytes: 0, written: 0 })
    }

    fn end_group(&mut self) -> anyhow::Result<()> {
        if self.rows == 0 {
            return Ok(());
        }
        let mut group = self.writer.next_row_group()?;
        for (column, values) in &mut self.columns {
            let to = group.next_column()?;
            let mut to = to.ok_or_else(|| failure(Code::Failed, "a column is missing in the schema"))?;
            values.write(to.untyped())?;
            to.close()?;
            *values = Values::new(column.kind);
        }
        group.close()?;
        self.written += u64::try_from(self.rows)?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl Sink for Groups {
    fn add(&mut self, row: &PgRow) -> anyhow::Result<()> {
        for (index, (column, values)) in self.columns.iter_mut().enumerate() {
            self.bytes += values.add(column, row, index)?;
        }
        self.rows += 1;
        if self.rows >= ROWS || self.bytes >= BYTES {
            self.end_group()?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> anyhow::Result<Written> {
        self.end_group()?;
        let rows = self.written;
        self.writer.into_inner()?.finish(rows)
    }
}
