//! Promotions and coupons: what an independent fold of the same events says, and the lists over them.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    decider::Event,
    ids::{OrderId, PromotionId},
    money::Money,
    orders::{AppliedDiscount, OrderEvent},
    pricing::{
        Activation, CouponCode, CouponEvent, CouponTerms, Grant, PromotionEvent, PromotionTerms, Validity,
    },
};
use projections::{
    PageRequest, Sort,
    pricing::promotion_list::{
        self, CouponFilter, DiscountRow, Phase, PromotionFilter, PromotionRow, PromotionSort, Usage,
    },
};
use sqlx::PgPool;
use uuid::Uuid;

use crate::support::{
    Bench, all,
    history::{History, Written},
};

/// Terms, ended, why, version, created, changed.
type Known<T> = (T, bool, Option<String>, i64, DateTime<Utc>, DateTime<Utc>);
/// Orders and minor units, by currency.
type Tallies = BTreeMap<&'static str, (i64, i64)>;

#[derive(Default)]
struct Expected {
    promotions: BTreeMap<PromotionId, Known<PromotionTerms>>,
    coupons: BTreeMap<CouponCode, Known<CouponTerms>>,
    discounts: BTreeMap<OrderId, Vec<AppliedDiscount>>,
    of_promotions: BTreeMap<PromotionId, Tallies>,
    of_coupons: BTreeMap<CouponCode, Tallies>,
}

fn read<E: Event>(event: &Written) -> E {
    serde_json::from_str(&event.payload).unwrap()
}

impl Expected {
    fn of(events: &[Written]) -> Self {
        let mut all = Self::default();
        for event in events {
            match event.kind {
                "promotion" => all.promotion(event),
                "coupon" => all.coupon(event),
                "order" => all.order(event),
                _ => {}
            }
        }
        all
    }

    fn promotion(&mut self, event: &Written) {
        let id = PromotionId::from_uuid(event.id.parse().unwrap());
        let (at, version) = (event.recorded_at, event.sequence);
        match read::<PromotionEvent>(event) {
            PromotionEvent::PromotionCreated { terms } => {
                self.promotions.insert(id, (*terms, false, None, version, at, at));
            }
            PromotionEvent::PromotionRevised { terms } => {
                let known = self.promotions.get_mut(&id).unwrap();
                (known.0, known.3, known.5) = (*terms, version, at);
            }
            PromotionEvent::PromotionEnded { reason } => {
                let known = self.promotions.get_mut(&id).unwrap();
                (known.1, known.2, known.3, known.5) = (true, reason.map(|r| r.to_string()), version, at);
            }
        }
    }

    fn coupon(&mut self, event: &Written) {
        let code = CouponCode::parse(&event.id).unwrap();
        let (at, version) = (event.recorded_at, event.sequence);
        match read::<CouponEvent>(event) {
            CouponEvent::CouponCreated { terms } => {
                self.coupons.insert(code, (*terms, false, None, version, at, at));
            }
            CouponEvent::CouponRevised { terms } => {
                let known = self.coupons.get_mut(&code).unwrap();
                (known.0, known.3, known.5) = (*terms, version, at);
            }
            CouponEvent::CouponEnded { reason } => {
                let known = self.coupons.get_mut(&code).unwrap();
                (known.1, known.2, known.3, known.5) = (true, reason.map(|r| r.to_string()), version, at);
            }
        }
    }

    fn order(&mut self, event: &Written) {
        let id = OrderId::from_uuid(event.id.parse().unwrap());
        match read::<OrderEvent>(event) {
            OrderEvent::OrderPlaced { discounts, .. } => {
                discounts.iter().for_each(|discount| self.count(discount, 1));
                self.discounts.insert(id, discounts);
            }
            OrderEvent::OrderEdited { discounts, .. } => {
                let before = self.discounts.insert(id, discounts.clone()).unwrap();
                before.iter().for_each(|discount| self.count(discount, -1));
                discounts.iter().for_each(|discount| self.count(discount, 1));
            }
            OrderEvent::OrderCancelled { .. } => {
                let discounts = self.discounts[&id].clone();
                discounts.iter().for_each(|discount| self.count(discount, -1));
            }
            _ => {}
        }
    }

    fn count(&mut self, discount: &AppliedDiscount, orders: i64) {
        let (currency, minor) = (discount.amount.currency().code(), discount.amount.minor());
        let add = |tallies: &mut Tallies| {
            let tally = tallies.entry(currency).or_default();
            *tally = (tally.0 + orders, tally.1 + orders * minor);
            tallies.retain(|_, tally| tally.0 != 0);
        };
        if let Some(promotion) = discount.promotion {
            add(self.of_promotions.entry(promotion).or_default());
        }
        if let Some(code) = &discount.coupon {
            add(self.of_coupons.entry(code.clone()).or_default());
        }
    }
}

fn tallies(usage: &[Usage]) -> Tallies {
    let one = |usage: &Usage| {
        (usage.granted.currency.code(), (usage.orders, i64::try_from(usage.granted.minor).unwrap()))
    };
    usage.iter().map(one).collect()
}

fn any_promotion(now: DateTime<Utc>) -> PromotionFilter {
    PromotionFilter { now, phase: None, activation: None, kind: None }
}

async fn promotions(pool: &PgPool, filter: PromotionFilter, sort: Sort<PromotionSort>) -> Vec<PromotionRow> {
    all(|page| async move { promotion_list::promotions(pool, &filter, sort, &page).await }).await
}

async fn compare(pool: &PgPool, expected: &Expected, now: DateTime<Utc>) {
    let rows = promotions(pool, any_promotion(now), Sort::descending(PromotionSort::CreatedAt)).await;
    let mut usage = BTreeMap::new();
    let mut found = BTreeMap::new();
    for row in rows {
        usage.insert(row.id, tallies(&row.usage));
        assert_eq!(promotion_list::promotion(pool, row.id).await.unwrap().as_ref(), Some(&row));
        found.insert(
            row.id,
            (row.terms, row.ended, row.end_reason, row.version, row.created_at, row.updated_at),
        );
    }
    assert_eq!(found, expected.promotions);
    usage.retain(|_, tallies| !tallies.is_empty());
    let mut wanted = expected.of_promotions.clone();
    wanted.retain(|_, tallies| !tallies.is_empty());
    assert_eq!(usage, wanted);

    let none = &CouponFilter { now, phase: None, promotion: None };
    let rows = all(|page| async move { promotion_list::coupons(pool, none, &page).await }).await;
    let mut usage = BTreeMap::new();
    let mut found = BTreeMap::new();
    for row in rows {
        usage.insert(row.code.clone(), tallies(&row.usage));
        assert_eq!(promotion_list::coupon(pool, &row.code).await.unwrap().as_ref(), Some(&row));
        let known = (row.terms, row.ended, row.end_reason, row.version, row.created_at, row.updated_at);
        found.insert(row.code, known);
    }
    assert_eq!(found, expected.coupons);
    usage.retain(|_, tallies| !tallies.is_empty());
    let mut wanted = expected.of_coupons.clone();
    wanted.retain(|_, tallies| !tallies.is_empty());
    assert_eq!(usage, wanted);

    for (order, discounts) in &expected.discounts {
        let wanted: Vec<DiscountRow> = discounts.iter().map(DiscountRow::from).collect();
        assert_eq!(promotion_list::discounts_of(pool, *order).await.unwrap(), wanted);
    }
}

#[tokio::test]
async fn offers_are_what_an_independent_fold_says() {
    for (seed, batch) in [(11, 1), (12, 13), (13, 5_000)] {
        let events = History::random(seed, 100);
        let expected = Expected::of(&events);
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        assert!(expected.of_promotions.len() > 3 && expected.of_coupons.len() > 3);
        compare(&bench.pool(), &expected, events.last().unwrap().recorded_at).await;
    }
}

#[tokio::test]
async fn offers_are_listed_by_phase_kind_and_order() {
    let events = History::random(14, 100);
    let bench = Bench::with(&events).await;
    bench.install_and_project(100).await;
    let (pool, expected) = (bench.pool(), Expected::of(&events));
    let now = events.last().unwrap().recorded_at + TimeDelta::hours(20);
    let phase_of = |ended: bool, validity: &Validity| match (ended, validity.until) {
        (true, _) => Phase::Ended,
        (false, Some(until)) if until <= now => Phase::Over,
        (false, _) if validity.from > now => Phase::Scheduled,
        (false, _) => Phase::Running,
    };
    for phase in Phase::ALL {
        let filter = PromotionFilter { phase: Some(*phase), ..any_promotion(now) };
        let rows = promotions(&pool, filter, Sort::ascending(PromotionSort::From)).await;
        assert!(rows.is_sorted_by_key(|row| row.terms.validity.from));
        let wanted =
            expected.promotions.values().filter(|known| phase_of(known.1, &known.0.validity) == *phase);
        assert_eq!(rows.len(), wanted.count(), "{phase:?}");
        assert!(rows.iter().all(|row| row.phase(now) == *phase));
        let filter = CouponFilter { now, phase: Some(*phase), promotion: None };
        let page = PageRequest { with_total: true, ..PageRequest::first(200) };
        let page = promotion_list::coupons(&pool, &filter, &page).await.unwrap();
        let wanted = expected.coupons.values().filter(|known| phase_of(known.1, &known.0.validity) == *phase);
        let wanted = wanted.count();
        assert_eq!((page.items.len(), page.total), (wanted, i64::try_from(wanted).ok()), "{phase:?}");
        assert!(page.items.iter().all(|row| row.phase(now) == *phase));
    }
    let filter = PromotionFilter {
        kind: Some("fixed"),
        activation: Some(Activation::Coupon),
        ..any_promotion(now)
    };
    let rows = promotions(&pool, filter, Sort::descending(PromotionSort::Priority)).await;
    assert!(rows.is_sorted_by_key(|row| std::cmp::Reverse(row.terms.priority)));
    let wanted = expected
        .promotions
        .values()
        .filter(|(terms, ..)| terms.offer.reward.kind() == "fixed" && terms.activation == Activation::Coupon);
    assert_eq!(rows.len(), wanted.count());
    assert!(rows.iter().all(|row| !row.is_public(now)));
    let stood_for = expected.coupons.values().find_map(|(terms, ..)| match terms.grant {
        Grant::Promotion(promotion) => Some(promotion),
        Grant::Offer(_) => None,
    });
    let filter = CouponFilter { now, phase: None, promotion: stood_for };
    let page = promotion_list::coupons(&pool, &filter, &PageRequest::first(200)).await.unwrap();
    assert!(!page.items.is_empty());
    assert!(page.items.iter().all(|row| row.terms.grant == Grant::Promotion(stood_for.unwrap())));
}

#[tokio::test]
async fn no_offer_is_found_where_nothing_happened() {
    let bench = Bench::new().await;
    bench.install_and_project(10).await;
    let pool = bench.pool();
    assert_eq!(promotion_list::promotion(&pool, PromotionId::from_uuid(Uuid::nil())).await.unwrap(), None);
    assert_eq!(promotion_list::coupon(&pool, &CouponCode::parse("NONE").unwrap()).await.unwrap(), None);
    assert_eq!(promotion_list::discounts_of(&pool, OrderId::from_uuid(Uuid::nil())).await.unwrap(), []);
}

#[test]
fn a_vendor_sees_the_share_of_its_lines() {
    let pence = |minor| Money::from_minor(minor, domain::money::Currency::GBP);
    let row = || DiscountRow {
        promotion: None,
        coupon: CouponCode::parse("TENTH").ok(),
        amount: pence(6),
        lines: vec![(1, pence(1)), (2, pence(2)), (3, pence(3))],
    };
    let mut narrowed = row();
    assert!(narrowed.narrow(&[1, 3, 9]));
    assert_eq!((narrowed.amount, narrowed.lines.len()), (pence(4), 2));
    assert!(!row().narrow(&[9]));
}
