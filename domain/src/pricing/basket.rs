//! What is bought, and what offers have left of it so far.

use super::{Inapplicable, Offer, Scope, Stacking, reward};
use crate::{
    ids::{CategoryId, CompanyId, ProductId},
    money::{Currency, Money, MoneyError, UnitPrice},
    quantity::Quantity,
    text::{Code, Zone},
};

/// One line of goods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasketLine {
    /// Which product.
    pub product: ProductId,
    /// The categories that it is in.
    pub categories: Vec<CategoryId>,
    /// The vendor.
    pub company: Option<CompanyId>,
    /// How many base units.
    pub quantity: Quantity,
    /// The price of one.
    pub unit_price: UnitPrice,
    /// Price times quantity, rounded once; not negative.
    pub total: Money,
}

/// What is bought, by whom and whereto.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basket {
    zone: Option<Zone>,
    groups: Vec<Code>,
    lines: Vec<BasketLine>,
    subtotal: Money,
}

impl Basket {
    /// Lines in one currency, going to `zone`, for a customer of `groups`.
    ///
    /// # Errors
    /// When the currencies differ, a line is negative, or the sum does not fit.
    pub fn try_new(
        currency: Currency,
        zone: Option<Zone>,
        groups: Vec<Code>,
        lines: Vec<BasketLine>,
    ) -> Result<Self, MoneyError> {
        if lines.iter().any(|line| line.total.is_negative()) {
            return Err(MoneyError::OutOfRange);
        }
        let subtotal = Money::sum(currency, lines.iter().map(|line| line.total))?;
        Ok(Self { zone, groups, lines, subtotal })
    }

    /// The lines, in their order.
    #[must_use]
    pub fn lines(&self) -> &[BasketLine] {
        &self.lines
    }

    /// What they come to, before any discount.
    #[must_use]
    pub const fn subtotal(&self) -> Money {
        self.subtotal
    }
}

/// What one offer takes off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reduction {
    /// The sum of the lines; more than nothing.
    pub amount: Money,
    /// By line, from 0; only those that are reduced.
    pub lines: Vec<(usize, Money)>,
}

/// One line while offers are applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    /// Minor units that nothing has taken off yet.
    left: i64,
    reduced: bool,
    /// An exclusive offer has it.
    closed: bool,
}

/// A basket while offers are applied, one after the other.
#[derive(Debug, Clone)]
pub struct Till<'a> {
    basket: &'a Basket,
    lines: Vec<Open>,
}

/// A line that an offer may reduce.
pub(super) struct Eligible<'a> {
    pub(super) index: usize,
    pub(super) line: &'a BasketLine,
    /// Minor units that may be taken off; more than none.
    pub(super) left: i64,
}

impl<'a> Till<'a> {
    /// Nothing has been applied yet.
    #[must_use]
    pub fn new(basket: &'a Basket) -> Self {
        let open = |line: &BasketLine| Open { left: line.total.minor(), reduced: false, closed: false };
        Self { basket, lines: basket.lines.iter().map(open).collect() }
    }

    /// Notes what a line had off before.
    pub fn reduced(&mut self, index: usize, amount: Money) {
        if let Some(open) = self.lines.get_mut(index).filter(|_| amount.minor() > 0) {
            open.left = open.left.saturating_sub(amount.minor());
            open.reduced = true;
        }
    }

    /// What an offer would take off of what those before it have left.
    ///
    /// # Errors
    /// Why that is nothing.
    pub fn offered(&self, offer: &Offer) -> Result<Reduction, Inapplicable> {
        self.check_order(offer)?;
        let in_scope = || self.basket.lines.iter().enumerate().filter(|(_, line)| offer.scope.takes(line));
        if in_scope().next().is_none() {
            return Err(Inapplicable::NothingInScope);
        }
        let eligible: Vec<Eligible<'_>> = in_scope()
            .filter_map(|(index, line)| {
                let open = self.lines.get(index)?;
                let shared = !open.closed && (offer.stacking == Stacking::Stackable || !open.reduced);
                (shared && open.left > 0).then_some(Eligible { index, line, left: open.left })
            })
            .collect();
        if eligible.is_empty() {
            return Err(Inapplicable::NothingLeft);
        }
        let lines = reward::reduce(offer, self.basket.subtotal.currency(), &eligible)?;
        let amount = Money::sum(self.basket.subtotal.currency(), lines.iter().map(|(_, amount)| *amount))
            .map_err(|_| Inapplicable::NothingLeft)?;
        Ok(Reduction { amount, lines })
    }

    fn check_order(&self, offer: &Offer) -> Result<(), Inapplicable> {
        let subtotal = self.basket.subtotal;
        if offer.currency().is_some_and(|currency| currency != subtotal.currency()) {
            return Err(Inapplicable::OtherCurrency);
        }
        let zones = &offer.scope.zones;
        if !zones.is_empty() && !self.basket.zone.as_ref().is_some_and(|zone| zones.contains(zone)) {
            return Err(Inapplicable::OtherZone);
        }
        let groups = &offer.scope.customer_groups;
        if !groups.is_empty() && !self.basket.groups.iter().any(|group| groups.contains(group)) {
            return Err(Inapplicable::OtherCustomers);
        }
        match offer.minimum {
            Some(minimum) if subtotal.minor() < minimum.minor() => {
                Err(Inapplicable::BelowMinimum { minimum, subtotal })
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Takes it off; the offers after it see what it leaves.
    pub fn take(&mut self, offer: &Offer, reduction: &Reduction) {
        for (index, amount) in &reduction.lines {
            if let Some(open) = self.lines.get_mut(*index) {
                open.left = open.left.saturating_sub(amount.minor());
                open.reduced = true;
                open.closed |= offer.stacking == Stacking::Exclusive;
            }
        }
    }
}

impl Scope {
    /// Whether the goods of a line are meant; whom the offer is for is another question.
    fn takes(&self, line: &BasketLine) -> bool {
        let every_product = self.products.is_empty() && self.categories.is_empty();
        let of_product = every_product
            || self.products.contains(&line.product)
            || line.categories.iter().any(|category| self.categories.contains(category));
        let of_company = self.companies.is_empty()
            || line.company.is_some_and(|company| self.companies.contains(&company));
        of_product && of_company
    }
}
