//! How much stock the warehouse must open with.

use std::collections::{HashMap, HashSet};

use domain::text::Sku;
use uuid::Uuid;

use super::plan::{Kind, Planned, is_service};

/// The fewest units per product that let every invoice be booked, in their order; those of `done` are booked already
/// and need nothing.
pub(super) fn opening(invoices: &[Planned], done: &HashSet<Uuid>) -> HashMap<Sku, u64> {
    let mut levels: HashMap<Sku, (i64, i64)> = HashMap::new();
    for invoice in invoices.iter().filter(|invoice| !done.contains(&invoice.idempotency.key)) {
        // An order takes all that it needs of a product at once, so the lowest level is never inside an invoice,
        // except for adjustments, which are booked row by row.
        for line in invoice.lines.iter().filter(|line| !is_service(line.sku.as_str())) {
            let units = i64::from(line.quantity.get());
            let delta = match invoice.kind {
                Kind::Order => -units,
                Kind::Credit => units,
                Kind::Adjustment => line.delta(),
            };
            let (level, lowest) = levels.entry(line.sku.clone()).or_default();
            *level = level.saturating_add(delta);
            *lowest = (*lowest).min(*level);
        }
    }
    levels.into_iter().map(|(sku, (_, lowest))| (sku, lowest.unsigned_abs())).collect()
}
