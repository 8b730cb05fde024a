//! Random promotions and coupons, and orders that have them: every event is what a decider answered to some command.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    decider::Decider,
    ids::{CompanyId, OrderId, ProductId, PromotionId, TaxRateId},
    money::{BasisPoints, Currency, Money, UnitPrice},
    orders::{
        AppliedDiscount, DiscountedLine, Fulfilment, HeldLimit, Order, OrderCommand, OrderState,
        PaymentMethod, PlaceLine, PlaceOrder,
    },
    pricing::{
        Activation, Coupon, CouponCode, CouponCommand, CouponState, CouponTerms, FixedOff, Grant, Limits,
        LineRate, Offer, PercentageOff, Promotion, PromotionCommand, PromotionState, PromotionTerms, Reward,
        Scope, Stacking, TaxTreatment, Validity,
    },
    text::{LocalizedText, Reason, Sku},
};
use uuid::Uuid;

use super::{chance::Chance, history::Written};

struct Offers {
    chance: Chance,
    now: DateTime<Utc>,
    promotions: BTreeMap<PromotionId, PromotionState>,
    coupons: BTreeMap<CouponCode, CouponState>,
    orders: BTreeMap<OrderId, OrderState>,
    versions: BTreeMap<(&'static str, String), i64>,
    events: Vec<Written>,
    invoices: u64,
}

/// `events`, and at least so many more about offers.
pub(crate) fn appended(seed: u64, events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let mut offers = Offers {
        chance: Chance::new(seed.wrapping_mul(31)),
        now: events.last().map_or_else(|| "2011-01-01T00:00:00Z".parse().unwrap(), |event| event.recorded_at),
        promotions: BTreeMap::new(),
        coupons: BTreeMap::new(),
        orders: BTreeMap::new(),
        versions: BTreeMap::new(),
        events,
        // Beyond those of the history before.
        invoices: 1_000_000,
    };
    while offers.events.len() < wanted {
        offers.step();
    }
    offers.events
}

fn any<K: Clone + Ord, V>(chance: &mut Chance, of: &BTreeMap<K, V>) -> Option<K> {
    let keys: Vec<K> = of.keys().cloned().collect();
    (!keys.is_empty()).then(|| chance.pick(&keys))
}

impl Offers {
    fn step(&mut self) -> Option<()> {
        self.now += TimeDelta::milliseconds(i64::try_from(self.chance.below(9_000)).unwrap() + 1);
        match self.chance.below(18) {
            0 => self.create_promotion(),
            1 => self.revise_promotion(),
            2 if self.chance.one_in(4) => self.end_promotion(),
            2 | 3 => self.create_coupon(),
            4 => self.revise_coupon(),
            5 if self.chance.one_in(4) => self.end_coupon(),
            5..=10 => self.place(),
            11..=13 => self.edit(),
            14 => self.bring(),
            _ => self.cancel(),
        }
    }

    fn decide<D: Decider>(&mut self, state: &mut D::State, id: &str, command: D::Command) -> Option<()> {
        for event in D::decide(state, command).ok()? {
            D::evolve(state, &event);
            let sequence = self.versions.entry((D::KIND, id.to_owned())).or_default();
            *sequence += 1;
            let stream = (id, *sequence);
            self.events.push(Written::by_souk::<D>(&event, stream, &mut self.chance, self.now));
        }
        Some(())
    }

    fn offer(&mut self) -> Offer {
        let rate = BasisPoints::try_from(u16::try_from(self.chance.below(9_000)).unwrap() + 1).unwrap();
        let amount = Money::from_minor(i64::try_from(self.chance.below(900)).unwrap() + 1, Currency::GBP);
        let rewards = [
            Reward::Percentage(PercentageOff { rate }),
            Reward::Fixed(FixedOff { amount }),
        ];
        Offer {
            reward: self.chance.pick(&rewards),
            scope: Scope::default(),
            minimum: self.chance.maybe(|_| amount),
            cap: None,
            stacking: self.chance.pick(&[Stacking::Stackable, Stacking::Exclusive]),
        }
    }

    fn validity(&mut self) -> Validity {
        let hours =
            |chance: &mut Chance, most| TimeDelta::hours(i64::try_from(chance.below(most)).unwrap() + 1);
        let from = self.now - hours(&mut self.chance, 50) + hours(&mut self.chance, 60);
        let now = self.now;
        Validity {
            from,
            until: self.chance.maybe(|chance| from.max(now) + hours(chance, 90)),
        }
    }

    fn promotion_terms(&mut self) -> PromotionTerms {
        PromotionTerms {
            name: LocalizedText::single("en", &format!("Sale {}", self.chance.below(99))).unwrap(),
            validity: self.validity(),
            offer: self.offer(),
            limits: Limits { total: Some(9), per_customer: None },
            priority: i16::try_from(self.chance.below(5)).unwrap() - 2,
            activation: self.chance.pick(&[Activation::Automatic, Activation::Coupon]),
        }
    }

    fn create_promotion(&mut self) -> Option<()> {
        let id = PromotionId::from_uuid(self.chance.uuid());
        let (terms, now) = (self.promotion_terms(), self.now);
        self.promotion(id, PromotionCommand::Create { terms, now })
    }

    fn revise_promotion(&mut self) -> Option<()> {
        let id = any(&mut self.chance, &self.promotions)?;
        let (terms, now) = (self.promotion_terms(), self.now);
        self.promotion(id, PromotionCommand::Revise { terms, now })
    }

    fn end_promotion(&mut self) -> Option<()> {
        let id = any(&mut self.chance, &self.promotions)?;
        let reason = self.chance.maybe(|_| Reason::parse("sold out").unwrap());
        self.promotion(id, PromotionCommand::End { reason })
    }

    fn promotion(&mut self, id: PromotionId, command: PromotionCommand) -> Option<()> {
        let mut state = self.promotions.get(&id).cloned().unwrap_or_default();
        self.decide::<Promotion>(&mut state, &id.stream(), command)?;
        self.promotions.insert(id, state);
        Some(())
    }

    fn coupon_terms(&mut self) -> CouponTerms {
        let promotion = any(&mut self.chance, &self.promotions).filter(|_| self.chance.one_in(2));
        CouponTerms {
            grant: match promotion {
                Some(promotion) => Grant::Promotion(promotion),
                None => Grant::Offer(Box::new(self.offer())),
            },
            validity: self.validity(),
            limits: Limits::default(),
        }
    }

    fn create_coupon(&mut self) -> Option<()> {
        let code = CouponCode::parse(&format!("CODE-{}", self.coupons.len())).unwrap();
        let (terms, now) = (self.coupon_terms(), self.now);
        self.coupon(code, CouponCommand::Create { terms, now })
    }

    fn revise_coupon(&mut self) -> Option<()> {
        let code = any(&mut self.chance, &self.coupons)?;
        let (terms, now) = (self.coupon_terms(), self.now);
        self.coupon(code, CouponCommand::Revise { terms, now })
    }

    fn end_coupon(&mut self) -> Option<()> {
        let code = any(&mut self.chance, &self.coupons)?;
        let reason = self.chance.maybe(|_| Reason::parse("leaked").unwrap());
        self.coupon(code, CouponCommand::End { reason })
    }

    fn coupon(&mut self, code: CouponCode, command: CouponCommand) -> Option<()> {
        let mut state = self.coupons.get(&code).cloned().unwrap_or_default();
        self.decide::<Coupon>(&mut state, code.as_str(), command)?;
        self.coupons.insert(code, state);
        Some(())
    }

    fn place(&mut self) -> Option<()> {
        let id = OrderId::from_uuid(self.chance.uuid());
        let currency = self.chance.pick(&[Currency::GBP, Currency::IQD]);
        let order = self.order(currency);
        let mut state = OrderState::default();
        self.decide::<Order>(&mut state, &id.stream(), OrderCommand::Place(order))?;
        self.orders.insert(id, state);
        Some(())
    }

    /// Other goods; confirmed orders are mostly confirmed anew.
    fn edit(&mut self) -> Option<()> {
        let id = any(&mut self.chance, &self.orders)?;
        let mut state = self.orders.remove(&id)?;
        let was_confirmed = state.invoice_number().is_some();
        let order = Box::new(self.order(state.currency()?));
        let reason = Reason::parse("one is enough").unwrap();
        self.decide::<Order>(&mut state, &id.stream(), OrderCommand::Edit { order, reason })?;
        if was_confirmed || self.chance.one_in(2) {
            self.invoices += 1;
            let invoice_number = self.invoices;
            self.decide::<Order>(&mut state, &id.stream(), OrderCommand::Confirm { invoice_number })?;
        }
        self.orders.insert(id, state);
        Some(())
    }

    /// The whole way of a confirmed order; it is not touched any more.
    fn bring(&mut self) -> Option<()> {
        let id = any(&mut self.chance, &self.orders)?;
        let mut state = self.orders.remove(&id)?;
        for command in [
            OrderCommand::Process { part: None },
            OrderCommand::Ship { part: None },
            OrderCommand::Deliver { part: None },
        ] {
            self.decide::<Order>(&mut state, &id.stream(), command)?;
        }
        Some(())
    }

    fn rate(&mut self) -> Option<LineRate> {
        let chance = &mut self.chance;
        chance.maybe(|chance| LineRate {
            tax_rate: TaxRateId::from_uuid(Uuid::from_u64_pair(80, chance.below(2))),
            rate: BasisPoints::try_from(777).unwrap(),
            treatment: chance.pick(&[TaxTreatment::Exclusive, TaxTreatment::Inclusive]),
        })
    }

    fn order(&mut self, currency: Currency) -> PlaceOrder {
        let line = |chance: &mut Chance| {
            let number = chance.below(9);
            let of_currency = u64::from(currency.exponent());
            PlaceLine {
                product: ProductId::from_uuid(Uuid::from_u64_pair(70 + of_currency, number)),
                sku: Sku::parse(&format!("OFFERED-{currency}-{number}")).unwrap(),
                quantity: chance.quantity(5),
                unit_price: UnitPrice::from_micros(100_000_000, currency),
                tax: None,
                company: chance.maybe(|_| CompanyId::from_uuid(Uuid::from_u64_pair(90, 1))),
                allocations: Vec::new(),
            }
        };
        let mut lines = vec![line(&mut self.chance), line(&mut self.chance)];
        for line in &mut lines {
            line.tax = self.rate();
        }
        let mut discounts = Vec::new();
        for _ in 0..self.chance.below(3) {
            discounts.push(self.discount(currency));
        }
        let zero = Money::zero(currency);
        PlaceOrder {
            customer: None,
            external_id: None,
            country: None,
            zone: None,
            delivery_address: None,
            device: None,
            fulfilment: Fulfilment::Delivery,
            payment_method: PaymentMethod::Invoice,
            currency,
            lines,
            discounts,
            discount: zero,
            delivery: zero,
            tax: zero,
            cash_step: self.chance.maybe(|_| Money::from_minor(25, currency)),
            terms: Vec::new(),
        }
    }

    fn discount(&mut self, currency: Currency) -> AppliedDiscount {
        let coupon = any(&mut self.chance, &self.coupons).filter(|_| self.chance.one_in(2));
        let minor = i64::try_from(self.chance.below(40)).unwrap() + 1;
        let share = |line, minor| DiscountedLine { line, amount: Money::from_minor(minor, currency) };
        AppliedDiscount {
            promotion: any(&mut self.chance, &self.promotions),
            coupon,
            amount: Money::from_minor(minor + 1, currency),
            lines: vec![share(1, minor), share(2, 1)],
            promotion_limit: Some(HeldLimit { counted: true, slot: None }),
            coupon_limit: None,
        }
    }

    fn cancel(&mut self) -> Option<()> {
        let id = any(&mut self.chance, &self.orders)?;
        let mut state = self.orders.remove(&id)?;
        let reason = Reason::parse("changed my mind").unwrap();
        self.decide::<Order>(&mut state, &id.stream(), OrderCommand::Cancel { reason })
    }
}
