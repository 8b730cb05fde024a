//! What an import comes to.

use std::fmt;

use domain::money::Money;

use super::{figures::Figures, plan::Unplaced, row::CURRENCY};

/// The file's sums beside the log's, and all rows that became nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reconciliation {
    /// Rows of the file, the header not counted.
    pub rows: u64,
    /// Rows without a customer.
    pub rows_without_customer: u64,
    /// Products of the file, services included.
    pub products: u64,
    /// Credited lines whose sale was found.
    pub matched_credit_lines: u64,
    /// Units of work that stand in the log.
    pub units: u64,
    /// Those of them that an earlier run had done.
    pub units_found_done: u64,
    /// Rows that became nothing, with the reason.
    pub unplaced: Vec<Unplaced>,
    /// Sums made while reading the file.
    pub file: Figures,
    /// The same sums, read back from the log.
    pub log: Figures,
}

impl Reconciliation {
    /// Whether the log says what the file says.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.file == self.log
    }

    /// Rows that became nothing.
    #[must_use]
    pub fn unplaced_rows(&self) -> u64 {
        self.unplaced.iter().map(|unplaced| u64::try_from(unplaced.rows.len()).unwrap_or(0)).sum()
    }
}

/// Rows that are listed one by one; the rest is counted.
const LISTED: usize = 50;

fn amount(minor: i64) -> String {
    Money::from_minor(minor, CURRENCY).decimal()
}

impl fmt::Display for Reconciliation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (file, log) = (&self.file, &self.log);
        writeln!(f, "{:<28} {:>16} {:>16}", "", "file", "log")?;
        let mut row = |what: &str, file: String, log: String| {
            let mark = if file == log { "" } else { "   <- differs" };
            writeln!(f, "{what:<28} {file:>16} {log:>16}{mark}")
        };
        for (what, of_file, of_log) in [
            ("orders", file.orders, log.orders),
            ("order lines", file.order_lines, log.order_lines),
            ("order lines with price zero", file.free_order_lines, log.free_order_lines),
            ("credits", file.credits, log.credits),
            ("credit lines", file.credit_lines, log.credit_lines),
            ("adjustment invoices", file.adjustments, log.adjustments),
        ] {
            row(what, of_file.to_string(), of_log.to_string())?;
        }
        for (what, of_file, of_log) in [
            ("orders, GBP", file.order_amount, log.order_amount),
            ("credits, GBP", -file.credit_amount, -log.credit_amount),
            ("net, GBP", file.net_amount(), log.net_amount()),
        ] {
            row(what, amount(of_file), amount(of_log))?;
        }
        for (what, of_file, of_log) in [
            ("units sold", file.units_sold, log.units_sold),
            ("units returned", -file.units_returned, -log.units_returned),
            ("units adjusted", file.units_adjusted, log.units_adjusted),
            ("net units", file.net_units(), log.net_units()),
        ] {
            row(what, of_file.to_string(), of_log.to_string())?;
        }
        let mut countries: Vec<&String> =
            file.net_by_country.keys().chain(log.net_by_country.keys()).collect();
        let worth = |country: &String| file.net_by_country.get(country).copied().unwrap_or(0);
        countries.sort_by_key(|country| (std::cmp::Reverse(worth(country)), country.as_str()));
        countries.dedup();
        for country in &countries {
            let of_log = log.net_by_country.get(*country).copied().unwrap_or(0);
            row(&format!("  {country}"), amount(worth(country)), amount(of_log))?;
        }
        writeln!(
            f,
            "\n{} rows ({} without a customer), {} countries, {} products, {} of {} credited lines matched to \
             their sale",
            self.rows,
            self.rows_without_customer,
            countries.len(),
            self.products,
            self.matched_credit_lines,
            file.credit_lines,
        )?;
        writeln!(f, "{} units of work, {} of them done before", self.units, self.units_found_done)?;
        writeln!(f, "{} rows became nothing", self.unplaced_rows())?;
        for Unplaced { invoice, rows, reason } in self.unplaced.iter().take(LISTED) {
            writeln!(f, "  invoice {invoice}, rows {rows:?}: {reason}")?;
        }
        if self.unplaced.len() > LISTED {
            writeln!(f, "  … and {} more", self.unplaced.len() - LISTED)?;
        }
        write!(
            f,
            "{}",
            if self.agrees() {
                "file and log agree"
            } else {
                "FILE AND LOG DIFFER"
            }
        )
    }
}
