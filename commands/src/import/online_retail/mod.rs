//! "Online Retail" (UCI, CC BY 4.0): the invoices of a gift wholesaler, one row per line, as orders.
//!
//! - An invoice is an order at its historical prices, confirmed, shipped and delivered, at the invoice's time.
//! - An invoice `C…` is a return that ends credited; each line is matched to the customer's latest earlier line of the
//!   same product and price that still has so many units, where there is one.
//! - An invoice whose prices are all zero is a correction of the stock, signed as it stands.
//! - Codes such as POST are services. All others are goods in the warehouse MAIN, which opens with just the units that
//!   the file will need beyond what it returns. They are booked as received, so that every `StockAdjusted` is a row.
//! - What fits nothing (`A…` invoices are bookkeeping, prices below zero, …) is listed with its row numbers.
//!
//! Every unit has a key made of its content's place in the file, so a second run, or one after a kill, finds what was
//! done and adds the rest. Invoices are booked in order of time, whatever the order of the rows.

mod book;
mod figures;
mod flow;
mod keys;
mod matching;
mod needs;
mod plan;
mod products;
mod read;
mod readback;
mod report;
mod row;
mod run;

use std::path::Path;

use event_store::{Log, LogError};

pub use figures::Figures;
pub use plan::Unplaced;
pub use report::Reconciliation;

use crate::CommandError;

/// Units that are on their way at the same time, unless told.
const IN_FLIGHT: usize = 64;

/// What an import is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading the file; counts rows.
    Reading,
    /// Registering products and their opening stock; counts products.
    Products,
    /// Booking orders, credits and adjustments; counts invoices.
    Invoices,
    /// Reading everything back from the log; counts events.
    Checking,
}

/// How far an import has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Where it is.
    pub phase: Phase,
    /// How many are done.
    pub done: u64,
    /// Of how many, where that is known.
    pub total: Option<u64>,
}

/// Why an import cannot go on. What was booked stays; running it again adds the rest.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read.
    #[error("{path} cannot be read")]
    File {
        /// Which file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is no table with the wanted columns.
    #[error("{path} is not an Online Retail file: {reason}")]
    Format {
        /// Which file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// A unit could not be written.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The log could not be read back.
    #[error("the log cannot be read back")]
    Log(#[from] LogError),
}

/// Imports `file` (csv or csv.gz) and answers how the log compares with it. May be repeated.
///
/// # Errors
/// When the file cannot be read, or the log cannot be written for longer than a minute.
pub async fn online_retail(
    log: &Log,
    file: &Path,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Reconciliation, ImportError> {
    online_retail_with(log, file, IN_FLIGHT, progress).await
}

/// As [`online_retail`], with so many units on their way at the same time; the result is the same.
///
/// # Errors
/// As [`online_retail`].
pub async fn online_retail_with(
    log: &Log,
    file: &Path,
    in_flight: usize,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Reconciliation, ImportError> {
    let sheet = read::read(file, progress).await?;
    let mut plan = plan::plan(sheet);
    matching::match_credits(&mut plan.invoices);
    run::run(log, plan, in_flight.max(1), progress).await
}
