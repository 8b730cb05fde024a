//! PRC-1 to PRC-4 for any basket and any offers, with limits that run out.

use std::{convert::Infallible, sync::Arc};

use domain::{
    decider::Decider,
    fixtures::{
        at, category, company, must,
        orders::{line, order_of, placed},
        pricing::{goods, rate, terms},
        product, promotion, units,
    },
    money::{Currency, Money, UnitPrice},
    orders::{HeldLimit, Order, PlaceLine, PlaceOrder},
    pricing::{
        Basket, BasketLine, BookEvent, BookState, Bundle, BundleItem, BuyXGetY, CouponCandidate, CouponCode,
        CouponOffer, FixedOff, Inapplicable, Limited, Limits, Listed, Offer, Outcome, PercentageOff,
        PromotionBook, PromotionTerms, Reward, Scope, Stacking, apply,
    },
};
use proptest::prelude::*;

fn pounds(minor: i64) -> Money {
    Money::from_minor(minor, Currency::GBP)
}

fn basket_line() -> impl Strategy<Value = BasketLine> {
    let micros = prop_oneof![4 => (0..=2_000_i64).prop_map(|n| n * 5_000), 1 => 0..=100_000_000_i64];
    (1..=5_u64, 1..=30_u32, micros, prop::option::of(1..=2_u64)).prop_map(|(of, number, micros, within)| {
        let unit_price = UnitPrice::from_micros(micros, Currency::GBP);
        BasketLine {
            unit_price,
            total: must(unit_price.total(units(number))),
            categories: within.map(category).into_iter().collect(),
            ..goods(of, number, "1")
        }
    })
}

fn reward() -> impl Strategy<Value = Reward> {
    let item = (1..=5_u64, 1..=4_u32)
        .prop_map(|(of, number)| BundleItem { product: product(of), quantity: units(number) });
    prop_oneof![
        (1..=10_000_u16).prop_map(|points| Reward::Percentage(PercentageOff { rate: rate(points) })),
        (1..=20_000_i64).prop_map(|minor| Reward::Fixed(FixedOff { amount: pounds(minor) })),
        (1..=5_u32, 1..=5_u32, 1..=10_000_u16).prop_map(|(buy, get, points)| {
            Reward::BuyXGetY(BuyXGetY { buy: units(buy), get: units(get), rate: rate(points) })
        }),
        (prop::collection::vec(item, 1..3), 0..=5_000_i64)
            .prop_map(|(items, price)| Reward::Bundle(Bundle { items, price: pounds(price) })),
    ]
}

fn offer() -> impl Strategy<Value = Offer> {
    let products = prop::collection::btree_set((1..=5_u64).prop_map(product), 0..3);
    let categories = prop::collection::btree_set((1..=2_u64).prop_map(category), 0..2);
    let amount = |most| prop::option::weighted(0.3, (1..=most).prop_map(pounds));
    (reward(), products, categories, amount(20_000_i64), amount(3_000_i64), any::<bool>()).prop_map(
        |(reward, products, categories, minimum, cap, exclusive)| Offer {
            reward,
            scope: Scope { products, categories, ..Scope::default() },
            minimum,
            cap,
            stacking: if exclusive {
                Stacking::Exclusive
            } else {
                Stacking::Stackable
            },
        },
    )
}

/// Some offers of promotions, some of coupons; every second redemption is refused where there is a limit.
fn outcome(basket: &Basket, promotions: &[Offer], coupons: &[Offer], limits: Limits) -> Outcome {
    let running: Vec<Listed> = (1..)
        .zip(promotions)
        .map(|(number, offer)| Listed {
            promotion: promotion(number),
            terms: Arc::new(PromotionTerms { limits, ..terms(offer.clone()) }),
            slots: 0,
        })
        .collect();
    let coupons: Vec<CouponCandidate> = coupons
        .iter()
        .enumerate()
        .map(|(number, offer)| CouponCandidate {
            code: must(CouponCode::parse(&format!("CODE-{number}"))),
            standing: Ok(CouponOffer {
                limits: Limited::default(),
                offer: offer.clone(),
                promotion: None,
            }),
        })
        .collect();
    let mut asked = 0;
    must(apply(basket, &running, &coupons, |_, _| {
        asked += 1;
        Ok::<_, Infallible>(if asked % 2 == 1 {
            Ok(HeldLimit { counted: true, slot: None })
        } else {
            Err(Inapplicable::UsedUp { limit: 1 })
        })
    }))
}

fn cases() -> impl Strategy<Value = (Vec<BasketLine>, Vec<Offer>, Vec<Offer>, bool)> {
    (
        prop::collection::vec(basket_line(), 1..8),
        prop::collection::vec(offer(), 0..5),
        prop::collection::vec(offer(), 0..3),
        any::<bool>(),
    )
}

proptest! {
    #[test]
    fn nothing_is_reduced_below_zero_and_every_split_is_exact((lines, promotions, coupons, limited) in cases()) {
        let limits = Limits { total: limited.then_some(1), per_customer: None };
        let basket = must(Basket::try_new(Currency::GBP, None, Vec::new(), lines.clone()));
        let outcome = outcome(&basket, &promotions, &coupons, limits);
        let offers: Vec<&Offer> = promotions.iter().chain(&coupons).collect();
        let mut off = vec![0_i64; lines.len()];
        let mut taken_by: Vec<Vec<&Offer>> = vec![Vec::new(); lines.len()];
        prop_assert_eq!(
            outcome.discounts.len() + outcome.passed.len() + outcome.refused.len(),
            promotions.len() + coupons.len()
        );
        for discount in &outcome.discounts {
            let place = match (&discount.promotion, &discount.coupon) {
                (Some(id), _) => (1..).zip(&promotions).position(|(number, _)| promotion(number) == *id),
                (None, Some(code)) => code.as_str()["CODE-".len()..].parse::<usize>().ok().map(|n| n + promotions.len()),
                (None, None) => None,
            };
            let offer = offers[place.expect("it was offered")];
            let sum: i64 = discount.lines.iter().map(|line| line.amount.minor()).sum();
            prop_assert_eq!(sum, discount.amount.minor());
            prop_assert!(sum > 0);
            prop_assert!(offer.cap.is_none_or(|cap| sum <= cap.minor()), "a cap is a cap");
            prop_assert!(offer.minimum.is_none_or(|least| basket.subtotal().minor() >= least.minor()));
            for line in &discount.lines {
                prop_assert!(line.amount.minor() > 0);
                off[usize::from(line.line) - 1] += line.amount.minor();
                taken_by[usize::from(line.line) - 1].push(offer);
            }
        }
        for ((line, off), by) in lines.iter().zip(&off).zip(&taken_by) {
            prop_assert!(*off <= line.total.minor(), "a line is never negative");
            let exclusive = by.iter().any(|offer| offer.stacking == Stacking::Exclusive);
            prop_assert!(!exclusive || by.len() == 1, "an exclusive offer shares no line");
        }
    }

    /// The order that freezes it: total = sum of the rounded lines - discounts + delivery + tax.
    #[test]
    fn the_order_comes_to_its_lines_less_what_was_taken_off(
        (lines, promotions, coupons, _) in cases(),
        further in 0..=1_000_i64,
        (delivery, tax) in (0..=999_i64, 0..=999_i64),
    ) {
        let basket = must(Basket::try_new(Currency::GBP, None, Vec::new(), lines.clone()));
        let outcome = outcome(&basket, &promotions, &coupons, Limits::default());
        let off: i64 = outcome.discounts.iter().map(|discount| discount.amount.minor()).sum();
        let left = basket.subtotal().minor() - off;
        let further = left * further / 1_000;
        let place = |goods: &BasketLine| PlaceLine {
            product: goods.product,
            unit_price: goods.unit_price,
            ..line(1, goods.quantity.get(), "1", &[])
        };
        let order = Order::fold(&[placed(PlaceOrder {
            discounts: outcome.discounts.clone(),
            discount: pounds(further),
            delivery: pounds(delivery),
            tax: pounds(tax),
            ..order_of(lines.iter().map(place).collect())
        })]);
        let totals = order.totals().expect("it was placed");
        prop_assert_eq!(totals.discount.minor(), off + further);
        prop_assert_eq!(totals.total.minor(), left - further + delivery + tax);
        let by_line: i64 = order.lines().iter().map(|line| line.discount.map_or(0, Money::minor)).sum();
        prop_assert_eq!(by_line, off + further);
        for line in order.lines() {
            prop_assert!(line.discount.is_none_or(|discount| discount.minor() <= line.total.minor()));
        }
    }
}

proptest! {
    /// What the book leaves out for some goods takes nothing off them.
    #[test]
    fn looking_only_at_promotions_for_the_goods_takes_off_the_same(
        lines in prop::collection::vec(basket_line(), 1..6),
        offers in prop::collection::vec((offer(), prop::option::of(1..=2_u64)), 0..8),
    ) {
        let mut book = BookState::default();
        for ((mut offer, vendor), number) in offers.into_iter().zip(1..) {
            offer.scope.companies = vendor.map(company).into_iter().collect();
            let listed = BookEvent::PromotionListed {
                promotion: promotion(number),
                terms: Box::new(terms(offer)),
                slots: 0,
            };
            PromotionBook::evolve(&mut book, &listed);
        }
        let lines: Vec<BasketLine> = lines
            .into_iter()
            .zip([Some(1), None, Some(2)].into_iter().cycle())
            .map(|(line, vendor)| BasketLine { company: vendor.map(company), ..line })
            .collect();
        let all: Vec<Listed> = book.running(at(0)).cloned().collect();
        let some = book.running_for(at(0), &lines, &[]);
        prop_assert!(some.iter().all(|listed| all.contains(listed)));
        let basket = must(Basket::try_new(Currency::GBP, None, Vec::new(), lines));
        let taken = |running: &[Listed]| {
            let Ok(outcome) = apply(&basket, running, &[], |_, _| Ok::<_, Infallible>(Ok(HeldLimit { counted: false, slot: None })));
            outcome.discounts
        };
        prop_assert_eq!(taken(&all), taken(&some));
        // What is asked for by name is looked at whatever its goods.
        let named: Vec<_> = all.iter().map(|listed| listed.promotion).collect();
        prop_assert_eq!(book.running_for(at(0), &[], &named), all);
    }
}
