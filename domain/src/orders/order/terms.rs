//! Vendors' terms: commissions and delivery fees, frozen at placement (ORD-7).

use std::collections::HashMap;

use super::place::{check_amount, out_of_range};
use crate::{
    ids::CompanyId,
    money::Money,
    orders::{Commission, Fulfilment, OrderError, OrderLine, Part, PlaceOrder, Totals, VendorTerms},
};

/// Writes commissions into the lines (which have their discounts already) and delivery fees into the parts, and adds
/// these fees to the totals.
pub(super) fn freeze(
    order: &PlaceOrder,
    lines: &mut [OrderLine],
    parts: &mut [Part],
    totals: &mut Totals,
) -> Result<(), OrderError> {
    if order.terms.is_empty() {
        return Ok(());
    }
    for (index, terms) in order.terms.iter().enumerate() {
        for amount in [terms.delivery_fee, terms.free_from].into_iter().flatten() {
            check_amount(order.currency, amount.currency(), amount.is_negative(), || {
                format!("/terms/{index}")
            })?;
        }
    }
    let terms: HashMap<CompanyId, &VendorTerms> =
        order.terms.iter().map(|terms| (terms.company, terms)).collect();
    let terms_of = |company: Option<CompanyId>| company.and_then(|company| terms.get(&company).copied());
    let mut sold: HashMap<CompanyId, i64> = HashMap::new();
    for line in lines.iter_mut() {
        let Some(terms) = terms_of(line.company) else {
            continue;
        };
        let net = line.net();
        let sum = sold.entry(terms.company).or_default();
        *sum = sum.saturating_add(net.minor());
        let amount = line.revenue().portion(terms.commission_rate);
        line.commission = (amount.minor() != 0).then_some(Commission { rate: terms.commission_rate, amount });
    }
    if order.fulfilment == Fulfilment::Pickup {
        return Ok(());
    }
    for part in parts.iter_mut().filter(|part| part.warehouse.is_some()) {
        let Some(terms) = terms_of(part.company) else {
            continue;
        };
        let bought = sold.get(&terms.company).copied().unwrap_or_default();
        let is_free = terms.free_from.is_some_and(|least| bought >= least.minor());
        part.delivery_fee = terms.delivery_fee.filter(|fee| !is_free && fee.minor() != 0);
        if let Some(fee) = part.delivery_fee {
            totals.delivery = totals.delivery.checked_add(fee).map_err(out_of_range("/delivery"))?;
            totals.total = totals.total.checked_add(fee).map_err(out_of_range("/delivery"))?;
        }
    }
    Ok(())
}

impl OrderLine {
    /// What the customer pays for the line before any tax on top: its total less its share of the discount.
    #[must_use]
    pub fn net(&self) -> Money {
        // A share is never above its line's total, so the difference always fits.
        self.discount.and_then(|discount| self.total.checked_sub(discount).ok()).unwrap_or(self.total)
    }

    /// Some of its units are in this part.
    #[must_use]
    pub fn is_in(&self, part: &Part) -> bool {
        let from_there = match part.warehouse {
            None => self.allocations.is_empty(),
            Some(warehouse) => self.allocations.iter().any(|allocation| allocation.warehouse == warehouse),
        };
        self.company == part.company && from_there
    }
}
