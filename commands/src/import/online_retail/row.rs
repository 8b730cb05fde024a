//! One row of the file.

use std::sync::Arc;

use chrono::{DateTime, NaiveDateTime, Utc};
use domain::money::{Currency, UnitPrice};

/// The currency of the whole file.
pub(super) const CURRENCY: Currency = Currency::GBP;

/// One line of an invoice, as it stands in the file.
#[derive(Debug, Clone)]
pub(super) struct Row {
    /// From 1, the header not counted.
    pub(super) ordinal: u64,
    pub(super) invoice: Arc<str>,
    pub(super) code: Arc<str>,
    pub(super) description: Option<Arc<str>>,
    pub(super) quantity: i64,
    pub(super) price: UnitPrice,
    pub(super) at: DateTime<Utc>,
    pub(super) customer: Option<Arc<str>>,
    pub(super) country: Option<Arc<str>>,
}

/// The forms of time that the published versions of the file have; all are taken as UTC.
const TIMES: &[&str] = &[
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%m/%d/%Y %H:%M",
];

pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim().trim_end_matches('Z');
    TIMES
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .map(|time| time.and_utc())
}

/// Spreadsheets write whole numbers as `6.0` too.
pub(super) fn whole(text: &str) -> Option<i64> {
    let text = text.trim();
    let digits = match text.split_once('.') {
        Some((digits, zeros)) if zeros.bytes().all(|byte| byte == b'0') => digits,
        Some(_) => return None,
        None => text,
    };
    digits.parse().ok()
}

pub(super) fn price(text: &str) -> Option<UnitPrice> {
    UnitPrice::parse(text.trim(), CURRENCY).ok()
}

/// A customer's number without the `.0` of a spreadsheet.
pub(super) fn customer(text: &str) -> &str {
    let text = text.trim();
    text.strip_suffix(".0").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::{customer, price, time, whole};

    #[test]
    fn cells_are_read_in_every_form_that_the_file_has() {
        let moment = time("2010-12-01 08:26:00").unwrap();
        assert_eq!(time("12/1/2010 8:26"), Some(moment));
        assert_eq!(time("2010-12-01T08:26:00Z"), Some(moment));
        assert_eq!(time("yesterday"), None);
        assert_eq!((whole("6"), whole("-6.0"), whole("6.5"), whole("")), (Some(6), Some(-6), None, None));
        assert_eq!((customer("17850.0"), customer(" 17850 "), customer("")), ("17850", "17850", ""));
        assert_eq!(price("0.001").unwrap().micros(), 1_000);
        assert_eq!(price("-11062.06").unwrap().micros(), -11_062_060_000);
        assert!(price("1e3").is_none());
    }
}
