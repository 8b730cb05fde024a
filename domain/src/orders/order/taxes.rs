//! Taxes: of the lines less their discounts, frozen at placement (ORD-8).

use super::place::out_of_range;
use crate::{
    money::{Money, split_by_weight},
    orders::{CreditLine, LineTax, OrderError, OrderLine},
    pricing::{LineRate, TaxTreatment},
};

/// Writes taxes into the lines, which have their discounts already. `rates` has one entry for each line. What a rate
/// comes to is rounded once over all its lines, as tax offices want it on an invoice, and split over them by largest
/// remainder.
pub(super) fn freeze(rates: &[Option<LineRate>], lines: &mut [OrderLine]) -> Result<(), OrderError> {
    let mut seen: Vec<LineRate> = Vec::new();
    for rate in rates.iter().flatten() {
        if !seen.contains(rate) {
            seen.push(*rate);
        }
    }
    for rate in seen {
        let mut taxed: Vec<&mut OrderLine> =
            lines.iter_mut().zip(rates).filter(|(_, of)| **of == Some(rate)).map(|(line, _)| line).collect();
        tax(rate, &mut taxed)?;
    }
    Ok(())
}

fn tax(rate: LineRate, lines: &mut [&mut OrderLine]) -> Result<(), OrderError> {
    let Some(currency) = lines.first().map(|line| line.total.currency()) else {
        return Ok(());
    };
    let nets: Vec<Money> = lines.iter().map(|line| line.net()).collect();
    let base = Money::sum(currency, nets.iter().copied()).map_err(out_of_range("/lines"))?;
    let whole = match rate.treatment {
        TaxTreatment::Exclusive => base.portion(rate.rate),
        TaxTreatment::Inclusive => base.portion_within(rate.rate),
    };
    let weights: Vec<u64> = nets.iter().map(|net| net.minor().unsigned_abs()).collect();
    let shares = split_by_weight(whole, &weights).map_err(out_of_range("/lines"))?;
    for (line, amount) in lines.iter_mut().zip(shares) {
        // Also where the share is nothing: an invoice says by which rate.
        line.tax = Some(LineTax {
            tax_rate: rate.tax_rate,
            rate: rate.rate,
            treatment: rate.treatment,
            amount,
        });
    }
    Ok(())
}

impl LineTax {
    /// What the customer pays for it beside the price.
    fn on_top(&self) -> Option<Money> {
        (self.treatment == TaxTreatment::Exclusive).then_some(self.amount)
    }
}

impl OrderLine {
    /// The tax that comes on top of the price; nothing where the price contains it.
    #[must_use]
    pub fn tax_on_top(&self) -> Money {
        self.tax.and_then(|tax| tax.on_top()).unwrap_or(Money::zero(self.total.currency()))
    }

    /// What vendor and marketplace have of the line: its total less its discount and less the tax in it. Taxes are
    /// neither's: the marketplace collects them and pays them to the office.
    #[must_use]
    pub fn revenue(&self) -> Money {
        let contained = self.tax.filter(|tax| tax.on_top().is_none());
        // The tax in a price is a share of it, so the difference always fits.
        contained.and_then(|tax| self.net().checked_sub(tax.amount).ok()).unwrap_or(self.net())
    }
}

impl CreditLine {
    /// What is paid back of the price, without the tax that came on top of it.
    #[must_use]
    pub fn net(&self) -> Money {
        self.less(self.tax.and_then(|tax| tax.on_top()))
    }

    /// What vendor and marketplace give back: what is paid back without any tax.
    #[must_use]
    pub fn revenue(&self) -> Money {
        self.less(self.tax.map(|tax| tax.amount))
    }

    fn less(&self, tax: Option<Money>) -> Money {
        tax.and_then(|tax| self.total.checked_sub(tax).ok()).unwrap_or(self.total)
    }
}
