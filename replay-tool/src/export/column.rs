//! The columns of what is exported: what PostgreSQL has, and what stands for it in a file. Money is never a float.

use crate::cli::Format;

/// Digits behind the point of every decimal: as many as a unit price has.
pub(super) const SCALE: usize = 6;
/// Digits of a decimal in all.
pub(super) const PRECISION: u32 = 38;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Integer,
    Boolean,
    Time,
    Date,
    Uuid,
    Decimal,
    Text,
    /// JSON as it is stored.
    Json,
    /// A list or anything else, as JSON.
    Other,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
}

impl Column {
    /// By the name that PostgreSQL has for its type.
    pub(super) fn new(name: String, type_name: &str) -> Self {
        let kind = match type_name {
            "bigint" | "integer" | "smallint" => Kind::Integer,
            "boolean" => Kind::Boolean,
            "timestamp with time zone" => Kind::Time,
            "date" => Kind::Date,
            "uuid" => Kind::Uuid,
            "text" => Kind::Text,
            "json" | "jsonb" => Kind::Json,
            name if name.starts_with("numeric") => Kind::Decimal,
            name if name.starts_with("character") => Kind::Text,
            _ => Kind::Other,
        };
        Self { name, kind }
    }

    /// How it is asked for.
    pub(super) fn sql(&self, format: Format) -> String {
        let name = quoted(&self.name);
        let value = match (format, self.kind) {
            // A reader of JSON would make a float of a number with a point.
            (_, Kind::Decimal) => format!("{name}::text"),
            (Format::Ndjson, _) | (Format::Parquet, Kind::Boolean | Kind::Uuid) => name.clone(),
            (Format::Parquet, Kind::Integer) => format!("{name}::int8"),
            (Format::Parquet, Kind::Time) => format!("(extract(epoch from {name}) * 1000000)::int8"),
            (Format::Parquet, Kind::Date) => format!("({name} - date '1970-01-01')::int4"),
            (Format::Parquet, Kind::Text | Kind::Json) => format!("{name}::text"),
            (Format::Parquet, Kind::Other) => format!("to_json({name})::text"),
        };
        format!("{value} as {name}")
    }

    /// What the manifest says of it.
    pub(super) fn described(&self, format: Format) -> String {
        match (format, self.kind) {
            (_, Kind::Integer) => "int64".to_owned(),
            (_, Kind::Boolean) => "boolean".to_owned(),
            (Format::Parquet, Kind::Time) => "timestamp(micros, utc)".to_owned(),
            (Format::Ndjson, Kind::Time) => "timestamp(rfc3339, utc)".to_owned(),
            (_, Kind::Date) => "date".to_owned(),
            (_, Kind::Uuid) => "uuid".to_owned(),
            (Format::Parquet, Kind::Decimal) => format!("decimal({PRECISION}, {SCALE})"),
            (Format::Ndjson, Kind::Decimal) => "decimal(string)".to_owned(),
            (_, Kind::Text) => "string".to_owned(),
            (_, Kind::Json | Kind::Other) => "json".to_owned(),
        }
    }

    /// Its line in the schema of a Parquet file.
    pub(super) fn parquet(&self) -> String {
        let (physical, logical) = match self.kind {
            Kind::Integer => ("int64", "".to_owned()),
            Kind::Boolean => ("boolean", "".to_owned()),
            Kind::Time => ("int64", " (TIMESTAMP(MICROS,true))".to_owned()),
            Kind::Date => ("int32", " (DATE)".to_owned()),
            Kind::Uuid => ("fixed_len_byte_array(16)", " (UUID)".to_owned()),
            Kind::Decimal => ("fixed_len_byte_array(16)", format!(" (DECIMAL({PRECISION},{SCALE}))")),
            Kind::Text => ("binary", " (STRING)".to_owned()),
            Kind::Json | Kind::Other => ("binary", " (JSON)".to_owned()),
        };
        format!("optional {physical} {}{logical};", self.name)
    }
}

pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A decimal as a whole number of its last digit; `None` where it cannot be that exactly.
pub(super) fn unscaled(text: &str) -> Option<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let (kept, dropped) = fraction.split_at_checked(SCALE).unwrap_or((fraction, ""));
    let is_exact = dropped.bytes().all(|digit| digit == b'0');
    let is_number =
        !whole.is_empty() && whole.bytes().chain(kept.bytes()).all(|digit| digit.is_ascii_digit());
    let unscaled: i128 = format!("{whole}{kept:0<SCALE$}").parse().ok()?;
    let fits = unscaled < 10_i128.pow(PRECISION);
    (is_exact && is_number && fits).then_some(sign * unscaled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_exact_or_nothing() {
        assert_eq!(unscaled("12.5"), Some(12_500_000));
        assert_eq!(unscaled("-0.000001"), Some(-1));
        assert_eq!(unscaled("7"), Some(7_000_000));
        assert_eq!(unscaled("1.25000000"), Some(1_250_000));
        assert_eq!(unscaled("99999999999999999999999999999999.999999"), Some(10_i128.pow(38) - 1));
        for text in [
            "",
            "-",
            ".5",
            "NaN",
            "1e3",
            "0.0000001",
            "100000000000000000000000000000000",
            "1.x",
        ] {
            assert_eq!(unscaled(text), None, "{text}");
        }
    }
}
