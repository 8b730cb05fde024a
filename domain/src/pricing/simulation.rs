//! What a promotion would have cost: it is applied to past orders, after all that they got, one after the other.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};

use super::{
    Basket, BasketLine, Inapplicable, PricingError, PromotionTerms, Reduction, Till, Validity, rules,
};
use crate::{
    ids::AccountId,
    money::{Currency, Money, MoneyError, UnitPrice},
    text::{Code, Zone},
};

/// An order as it was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastOrder {
    /// Who bought.
    pub customer: Option<AccountId>,
    /// The customer's groups.
    pub groups: Vec<Code>,
    /// Where it went.
    pub zone: Option<Zone>,
    /// The currency of all its lines.
    pub currency: Currency,
    /// At least one.
    pub lines: Vec<PastLine>,
}

/// A line of an order as it was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastLine {
    /// The goods, at their price then.
    pub goods: BasketLine,
    /// What was taken off then.
    pub discount: Money,
    /// What one unit costs the seller, where that is known in the order's currency.
    pub unit_cost: Option<UnitPrice>,
}

/// Sums over past orders in one currency, in its minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Simulated {
    /// All orders.
    pub orders: u64,
    /// Those that would have had the promotion.
    pub touched: u64,
    /// What customers paid for goods: lines less their discounts.
    pub net: i128,
    /// What the promotion would have taken off that.
    pub cost: i128,
    /// What lines with a known cost brought beyond it.
    pub margin: i128,
    /// The same with the promotion.
    pub margin_after: i128,
    /// The part of `net` whose cost is not known, and which no margin counts.
    pub net_of_unknown_cost: i128,
}

/// A promotion on its way through past orders.
#[derive(Debug, Clone)]
pub struct Simulation {
    terms: PromotionTerms,
    used: u32,
    of_customers: HashMap<AccountId, u32>,
    sums: BTreeMap<&'static str, (Currency, Simulated)>,
    passed: BTreeMap<&'static str, u64>,
}

impl Simulation {
    /// A draft that has been applied to nothing yet. When it would run does not matter: the orders are chosen by that.
    ///
    /// # Errors
    /// The rules of its terms, but for those about its time.
    pub fn new(mut terms: PromotionTerms, now: DateTime<Utc>) -> Result<Self, PricingError> {
        terms.validity = Validity { from: now, until: None };
        rules::check_promotion(&terms, now)?;
        Ok(Self {
            terms,
            used: 0,
            of_customers: HashMap::new(),
            sums: BTreeMap::new(),
            passed: BTreeMap::new(),
        })
    }

    /// The next order, in the order of time, because limits count.
    ///
    /// # Errors
    /// When its amounts are not those of an order.
    pub fn order(&mut self, order: PastOrder) -> Result<(), MoneyError> {
        let (goods, rest): (Vec<_>, Vec<_>) =
            order.lines.into_iter().map(|line| (line.goods, (line.discount, line.unit_cost))).unzip();
        let basket = Basket::try_new(order.currency, order.zone, order.groups, goods)?;
        let mut till = Till::new(&basket);
        for (index, (discount, _)) in rest.iter().enumerate() {
            till.reduced(index, *discount);
        }
        let offered = till.offered(&self.terms.offer).and_then(|reduction| {
            self.redeem(order.customer)?;
            Ok(reduction)
        });
        let mut off = vec![0; rest.len()];
        match &offered {
            Ok(reduction) => spread(reduction, &mut off),
            Err(reason) => *self.passed.entry(reason_of(reason)).or_default() += 1,
        }
        let (_, sums) =
            self.sums.entry(order.currency.code()).or_insert((order.currency, Simulated::default()));
        sums.orders += 1;
        sums.touched += u64::from(offered.is_ok());
        for ((line, (discount, unit_cost)), off) in basket.lines().iter().zip(rest).zip(off) {
            sums.line(line, discount, unit_cost, off)?;
        }
        Ok(())
    }

    fn redeem(&mut self, customer: Option<AccountId>) -> Result<(), Inapplicable> {
        let limits = self.terms.limits;
        if let Some(limit) = limits.total.filter(|limit| self.used >= *limit) {
            return Err(Inapplicable::UsedUp { limit });
        }
        if let Some(limit) = limits.per_customer {
            let used = self.of_customers.entry(customer.ok_or(Inapplicable::CustomerNeeded)?).or_default();
            if *used >= u32::from(limit) {
                return Err(Inapplicable::UsedUpByCustomer { limit });
            }
            *used += 1;
        }
        self.used = self.used.saturating_add(1);
        Ok(())
    }

    /// The sums so far, by currency.
    pub fn sums(&self) -> impl Iterator<Item = (Currency, Simulated)> {
        self.sums.values().copied()
    }

    /// How many orders would not have had it, by the code of the reason.
    #[must_use]
    pub const fn passed(&self) -> &BTreeMap<&'static str, u64> {
        &self.passed
    }
}

impl Simulated {
    fn line(
        &mut self,
        line: &BasketLine,
        discount: Money,
        unit_cost: Option<UnitPrice>,
        off: i64,
    ) -> Result<(), MoneyError> {
        let net = i128::from(line.total.checked_sub(discount)?.minor());
        self.net += net;
        self.cost += i128::from(off);
        match unit_cost {
            Some(cost) => {
                let margin = net - i128::from(cost.total(line.quantity)?.minor());
                self.margin += margin;
                self.margin_after += margin - i128::from(off);
            }
            None => self.net_of_unknown_cost += net,
        }
        Ok(())
    }
}

fn spread(reduction: &Reduction, off: &mut [i64]) {
    for (index, amount) in &reduction.lines {
        if let Some(off) = off.get_mut(*index) {
            *off += amount.minor();
        }
    }
}

fn reason_of(reason: &Inapplicable) -> &'static str {
    use crate::refusal::Refusal;
    reason.code()
}
