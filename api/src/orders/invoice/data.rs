//! An invoice as the template sees it: texts only, each a value and never markup.

use serde::Serialize;

use super::words::Words;

/// An invoice.
#[derive(Debug, Serialize)]
pub(super) struct Invoice {
    pub(super) words: &'static Words,
    pub(super) language: &'static str,
    pub(super) rtl: bool,
    /// Whose shop it is.
    pub(super) issuer: String,
    pub(super) number: String,
    /// `2026-11-21`
    pub(super) issued: String,
    /// The order's id.
    pub(super) order: String,
    pub(super) placed: String,
    pub(super) payment: &'static str,
    pub(super) status: &'static str,
    /// Name and address, a line each; empty where the reader may not see them.
    pub(super) customer: Vec<String>,
    /// By seller.
    pub(super) parts: Vec<Part>,
    pub(super) totals: Vec<Sum>,
    pub(super) credits: Vec<Credit>,
    /// What the credits come to.
    pub(super) after: Vec<Sum>,
}

/// The lines of one seller.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    /// Its name; `None` for what the marketplace itself sells.
    pub(super) seller: Option<String>,
    pub(super) lines: Vec<Line>,
}

/// One line, as it was agreed.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) number: String,
    pub(super) title: String,
    pub(super) sku: String,
    pub(super) quantity: String,
    pub(super) unit_price: String,
    pub(super) discount: Option<String>,
    pub(super) tax: Option<String>,
    pub(super) total: String,
}

/// One row below the lines.
#[derive(Debug, Serialize)]
pub(super) struct Sum {
    pub(super) label: String,
    pub(super) value: String,
    pub(super) strong: bool,
}

/// What was credited back.
#[derive(Debug, Serialize)]
pub(super) struct Credit {
    pub(super) number: String,
    pub(super) date: String,
    pub(super) value: String,
}

/// A plain decimal with commas between thousands: `-1,250,000.50`.
pub(super) fn grouped(decimal: &str) -> String {
    let (sign, digits) = decimal.strip_prefix('-').map_or(("", decimal), |digits| ("-", digits));
    let (whole, fraction) =
        digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let mut text = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart_and_nothing_is_lost() {
        for (plain, shown) in [
            ("0", "0"),
            ("999", "999"),
            ("1000", "1,000"),
            ("-1250000.50", "-1,250,000.50"),
            ("0.001", "0.001"),
            ("123456.7891", "123,456.7891"),
        ] {
            assert_eq!(grouped(plain), shown);
        }
    }
}
