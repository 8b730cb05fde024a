//! The sums that a batch adds to (or takes from) the figures.

use std::collections::HashMap;

use chrono::NaiveDate;
use domain::money::Currency;
use uuid::Uuid;

use super::facts::{LineFact, OrderFact, ReturnFact};

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct DayKey {
    pub(super) day: NaiveDate,
    pub(super) country: String,
    pub(super) currency: Currency,
}

/// Whole orders and credits of one day, country and currency.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct DayDelta {
    pub(super) orders: i64,
    pub(super) order_lines: i64,
    pub(super) units_sold: i64,
    pub(super) subtotal: i128,
    pub(super) discount: i128,
    pub(super) delivery: i128,
    pub(super) tax: i128,
    pub(super) rounding: i128,
    pub(super) total: i128,
    pub(super) credits: i64,
    pub(super) credit_lines: i64,
    pub(super) units_returned: i64,
    pub(super) credited: i128,
}

/// Lines of one product on one day, in one country and currency.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct ProductDelta {
    pub(super) lines_sold: i64,
    pub(super) units_sold: i64,
    pub(super) gross: i128,
    pub(super) discount: i128,
    pub(super) lines_returned: i64,
    pub(super) units_returned: i64,
    pub(super) credited: i128,
}

/// All sums of a batch.
#[derive(Debug, Default)]
pub(super) struct Sheet {
    /// Where in `days` a key is: the text of a country is looked at once per order, not once per line.
    places: HashMap<DayKey, usize>,
    pub(super) days: Vec<(DayKey, DayDelta)>,
    /// By place in `days`, and product.
    pub(super) products: HashMap<(usize, Uuid), ProductDelta>,
    pub(super) skus: HashMap<Uuid, String>,
    /// Number and units of the corrections, by day and product.
    pub(super) adjustments: HashMap<(NaiveDate, Uuid), (i64, i64)>,
}

impl Sheet {
    /// Adds an order (`sign` 1), or takes it out (-1).
    pub(super) fn order(&mut self, fact: &OrderFact, sign: i64) {
        let place = self.place(fact.day, &fact.country, fact.currency);
        let wide = i128::from(sign);
        let mut lines = 0;
        let mut units = 0_i64;
        for line in &fact.lines {
            lines += 1;
            units = units.saturating_add(line.quantity);
            let delta = self.products.entry((place, line.product)).or_default();
            delta.lines_sold += sign;
            delta.units_sold += sign * line.quantity;
            delta.gross += wide * i128::from(line.total);
            delta.discount += wide * i128::from(line.discount);
        }
        if let Some((_, delta)) = self.days.get_mut(place) {
            delta.orders += sign;
            delta.order_lines += sign * lines;
            delta.units_sold += sign * units;
            delta.subtotal += wide * i128::from(fact.subtotal);
            delta.discount += wide * i128::from(fact.discount);
            delta.delivery += wide * i128::from(fact.delivery);
            delta.tax += wide * i128::from(fact.tax);
            delta.rounding += wide * i128::from(fact.rounding);
            delta.total += wide * i128::from(fact.total);
        }
    }

    /// Adds a credit that was issued on `day`.
    pub(super) fn credit(&mut self, fact: &ReturnFact, day: NaiveDate) {
        let place = self.place(day, &fact.country, fact.currency);
        let mut lines = 0;
        let mut units = 0_i64;
        for (LineFact { product, quantity, total, .. }, sku) in fact.lines.iter().zip(&fact.skus) {
            lines += 1;
            units = units.saturating_add(*quantity);
            self.name(*product, sku);
            let delta = self.products.entry((place, *product)).or_default();
            delta.lines_returned += 1;
            delta.units_returned += quantity;
            delta.credited += i128::from(*total);
        }
        if let Some((_, delta)) = self.days.get_mut(place) {
            delta.credits += 1;
            delta.credit_lines += lines;
            delta.units_returned += units;
            delta.credited += i128::from(fact.total);
        }
    }

    /// Adds a correction of the stock.
    pub(super) fn adjustment(&mut self, day: NaiveDate, product: Uuid, units: i64) {
        let (count, sum) = self.adjustments.entry((day, product)).or_default();
        *count += 1;
        *sum = sum.saturating_add(units);
    }

    /// Notes a product's code.
    pub(super) fn name(&mut self, product: Uuid, sku: &str) {
        self.skus.entry(product).or_insert_with(|| sku.to_owned());
    }

    fn place(&mut self, day: NaiveDate, country: &str, currency: Currency) -> usize {
        let key = DayKey { day, country: country.to_owned(), currency };
        *self.places.entry(key).or_insert_with_key(|key| {
            self.days.push((key.clone(), DayDelta::default()));
            self.days.len() - 1
        })
    }
}
