//! The sums that file and log must agree on.

use std::collections::BTreeMap;

use domain::money::Money;

use super::{
    plan::{Kind, Planned},
    row::CURRENCY,
};

/// Sums over orders, credits and adjustments. Amounts are in minor units (pence).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Invoices that are orders.
    pub orders: u64,
    /// Their lines.
    pub order_lines: u64,
    /// Lines of orders with price zero.
    pub free_order_lines: u64,
    /// What the orders come to.
    pub order_amount: i64,
    /// Units sold.
    pub units_sold: i64,
    /// Credits.
    pub credits: u64,
    /// Their lines.
    pub credit_lines: u64,
    /// What was paid back, above zero.
    pub credit_amount: i64,
    /// Units that came back, above zero.
    pub units_returned: i64,
    /// Invoices that correct the stock.
    pub adjustments: u64,
    /// Units that they add, less those that they take.
    pub units_adjusted: i64,
    /// Orders less credits, by country.
    pub net_by_country: BTreeMap<String, i64>,
    /// Units sold, less returned, with corrections, by stock code.
    pub units_by_code: BTreeMap<String, i64>,
}

/// What the file calls a missing country.
pub(super) const NO_COUNTRY: &str = "(none)";

impl Figures {
    /// Orders less credits, in minor units.
    #[must_use]
    pub const fn net_amount(&self) -> i64 {
        self.order_amount - self.credit_amount
    }

    /// Units sold, less returned, with corrections.
    #[must_use]
    pub const fn net_units(&self) -> i64 {
        self.units_sold - self.units_returned + self.units_adjusted
    }

    pub(super) fn add_line(&mut self, kind: Kind, country: &str, code: &str, units: i64, amount: Money) {
        let minor = amount.minor();
        let (signed_units, signed_amount) = match kind {
            Kind::Order => {
                self.order_lines += 1;
                self.order_amount += minor;
                self.units_sold += units;
                (units, minor)
            }
            Kind::Credit => {
                self.credit_lines += 1;
                self.credit_amount += minor;
                self.units_returned += units;
                (-units, -minor)
            }
            Kind::Adjustment => {
                self.units_adjusted += units;
                (units, 0)
            }
        };
        *self.units_by_code.entry(code.to_owned()).or_default() += signed_units;
        if kind != Kind::Adjustment {
            *self.net_by_country.entry(country.to_owned()).or_default() += signed_amount;
        }
    }

    pub(super) fn add_document(&mut self, kind: Kind) {
        match kind {
            Kind::Order => self.orders += 1,
            Kind::Credit => self.credits += 1,
            Kind::Adjustment => self.adjustments += 1,
        }
    }

    /// The sums of what stands in the file.
    pub(super) fn of_file(invoices: &[Planned]) -> Self {
        let mut figures = Self::default();
        for invoice in invoices {
            figures.add_document(invoice.kind);
            let country = invoice.country.as_ref().map_or(NO_COUNTRY, |country| country.as_str());
            for line in &invoice.lines {
                let units = match invoice.kind {
                    Kind::Order | Kind::Credit => i64::from(line.quantity.get()),
                    Kind::Adjustment => line.delta(),
                };
                let amount = line.price.total(line.quantity).unwrap_or(Money::zero(CURRENCY));
                figures.add_line(invoice.kind, country, line.sku.as_str(), units, amount);
                let is_free = invoice.kind == Kind::Order && line.price.micros() == 0;
                figures.free_order_lines += u64::from(is_free);
            }
        }
        figures
    }
}
