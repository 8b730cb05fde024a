//! What was sold, by effective day, country, product and currency.
//!
//! - A day is a UTC day of `effective_at` (the business time zone is UTC until it can be configured).
//! - An order counts on the day of its placement, whether or not it is confirmed or paid; a cancelled one leaves the
//!   figures of that day. Anonymous orders count.
//! - A return counts when its credit is issued, on that day, in the country that the return names (else in that of
//!   its order).
//! - Units count for every line, service lines too.
//! - Corrections of the stock (`StockAdjusted`) are no sales. Their units are counted apart, signed as they were
//!   booked, so that the goods movements of a period can be reconciled: see [`SalesTotals::net_units`]. Arrivals
//!   (`StockReceived`) are not among them: an opening stock is to be booked as an arrival.

mod facts;
mod project;
mod queries;
mod sheet;
mod write;

use chrono::NaiveDate;
use domain::{ids::ProductId, money::Currency, text::Country};

pub use project::Sales;
pub use queries::{by_country, by_period, by_product, dashboard, totals};

use crate::Sum;

/// Which sales are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesFilter {
    /// First day, inclusive.
    pub from: NaiveDate,
    /// Last day, inclusive.
    pub to: NaiveDate,
    /// In this country.
    pub country: Option<Country>,
    /// In this currency.
    pub currency: Option<Currency>,
}

/// Orders and credits in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SalesFigures {
    /// The currency of all amounts.
    pub currency: Currency,
    /// Orders placed and not cancelled.
    pub orders: i64,
    /// Their lines.
    pub order_lines: i64,
    /// Base units of those lines.
    pub units_sold: i64,
    /// The sum of the orders' rounded lines.
    pub subtotal: Sum,
    /// The sum of their order-level discounts.
    pub discount: Sum,
    /// The sum of their delivery fees.
    pub delivery: Sum,
    /// The sum of their taxes.
    pub tax: Sum,
    /// The sum of what brought their totals to amounts that there are coins for.
    pub rounding: Sum,
    /// The sum of the orders' totals: subtotal - discount + delivery + tax + rounding.
    pub gross: Sum,
    /// Credits issued.
    pub credits: i64,
    /// Their lines.
    pub credit_lines: i64,
    /// Base units of those lines (a positive number).
    pub units_returned: i64,
    /// The sum of the credits (a negative number).
    pub credited: Sum,
    /// gross + credited.
    pub net: Sum,
}

impl SalesFigures {
    /// units sold - units returned.
    #[must_use]
    pub const fn net_units(&self) -> i64 {
        self.units_sold.saturating_sub(self.units_returned)
    }
}

/// The figures of a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SalesTotals {
    /// One for each currency that something was sold or credited in.
    pub by_currency: Vec<SalesFigures>,
    /// Corrections of the stock, in every country and currency: they have none. 0 when the filter names a country or
    /// currency.
    pub adjustments: i64,
    /// Base units that corrections of the stock added (or took away), in every country and currency: they have none.
    /// 0 when the filter names a country or currency.
    pub units_adjusted: i64,
}

impl SalesTotals {
    /// units sold - units returned + units adjusted: the sum of all signed quantities that were booked. (The file of
    /// a month that the import is checked with sums to this: 359,511 sold - 16,042 returned - 1,241 adjusted.)
    #[must_use]
    pub fn net_units(&self) -> i64 {
        let sold = self.by_currency.iter().map(SalesFigures::net_units).fold(0, i64::saturating_add);
        sold.saturating_add(self.units_adjusted)
    }
}

/// What figures are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// UTC days.
    Day,
    /// ISO weeks, by their Mondays.
    Week,
    /// Months, by their first days.
    Month,
}

/// The figures of one day, week or month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeriodSales {
    /// Its first day; may be earlier than the first wanted day, of which only wanted days are counted.
    pub start: NaiveDate,
    /// In one currency.
    pub figures: SalesFigures,
}

/// The figures of one country.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountrySales {
    /// `None` where the source names none.
    pub country: Option<String>,
    /// In one currency.
    pub figures: SalesFigures,
}

/// The figures of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductSales {
    /// Which.
    pub product: ProductId,
    /// Its code.
    pub sku: String,
    /// The currency of all amounts.
    pub currency: Currency,
    /// Order lines.
    pub lines_sold: i64,
    /// Base units of those lines.
    pub units_sold: i64,
    /// The sum of the lines' rounded totals.
    pub gross: Sum,
    /// The sum of their shares of order-level discounts.
    pub discount: Sum,
    /// Credit lines.
    pub lines_returned: i64,
    /// Base units of those lines (a positive number).
    pub units_returned: i64,
    /// units sold - units returned.
    pub net_units: i64,
    /// The sum of the credit lines (a negative number).
    pub credited: Sum,
    /// gross - discount + credited.
    pub net: Sum,
}

/// What the best products are best in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum BestBy {
    /// Most net units.
    #[default]
    Units,
    /// Greatest net revenue, whatever the currency.
    Revenue,
}

/// The recent past at a glance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dashboard {
    /// Today.
    pub today: SalesTotals,
    /// Today and the six days before.
    pub last_7_days: SalesTotals,
    /// Today and the 29 days before.
    pub last_30_days: SalesTotals,
}
