//! What each offer takes off a basket.

use domain::{
    fixtures::{
        category, company, gbp, must,
        pricing::{
            amount_off, basket, bundle, buy_get, goods, of_category, of_company, of_products, offer,
            percent_off, rate,
        },
        text, units,
    },
    money::{Currency, Money},
    pricing::{Basket, BasketLine, BuyXGetY, Inapplicable, Offer, Reward, Scope, Stacking, Till},
};

/// What goes off each line.
fn off(basket: &Basket, offer: &Offer) -> Result<Vec<Money>, Inapplicable> {
    let reduction = Till::new(basket).offered(offer)?;
    let mut lines = vec![gbp("0"); basket.lines().len()];
    for (index, amount) in &reduction.lines {
        lines[*index] = *amount;
    }
    assert_eq!(Money::sum(Currency::GBP, lines.iter().copied()), Ok(reduction.amount));
    Ok(lines)
}

fn two() -> Basket {
    basket(vec![goods(1, 10, "2.55"), goods(2, 3, "4.00")])
}

#[test]
fn a_percentage_is_rounded_once_and_split_exactly() {
    // 10 % of 37.50 is 3.75: 2.55 and 1.20.
    assert_eq!(off(&two(), &percent_off(1_000)), Ok(vec![gbp("2.55"), gbp("1.20")]));
    // Half a penny goes to the even neighbour, and the spare penny to the greatest remainder.
    let pennies = basket(vec![goods(1, 1, "0.01"), goods(2, 1, "0.02"), goods(3, 1, "0.02")]);
    assert_eq!(off(&pennies, &percent_off(5_000)), Ok(vec![gbp("0"), gbp("0.01"), gbp("0.01")]));
    assert_eq!(off(&two(), &percent_off(10_000)), Ok(vec![gbp("25.50"), gbp("12.00")]));
}

#[test]
fn an_amount_is_split_by_the_lines_and_never_more_than_they_are() {
    assert_eq!(off(&two(), &amount_off("5")), Ok(vec![gbp("3.40"), gbp("1.60")]));
    assert_eq!(off(&two(), &amount_off("100")), Ok(vec![gbp("25.50"), gbp("12.00")]));
}

#[test]
fn the_cheapest_of_every_three_is_free() {
    // 13 units are four times three: four units at 2.55.
    assert_eq!(off(&two(), &buy_get(2, 1)), Ok(vec![gbp("10.20"), gbp("0")]));
    let equal = basket(vec![goods(1, 2, "1"), goods(2, 1, "1")]);
    assert_eq!(off(&equal, &buy_get(2, 1)), Ok(vec![gbp("1"), gbp("0")]));
    // All ten cheap ones and two of the dear ones, of twelve.
    assert_eq!(off(&two(), &buy_get(1, 12)), Ok(vec![gbp("25.50"), gbp("8.00")]));
    assert_eq!(off(&two(), &buy_get(13, 1)), Err(Inapplicable::TooFewUnits));
}

#[test]
fn medusa_13265_what_is_got_at_half_its_price_is_not_free() {
    let half = BuyXGetY { buy: units(1), get: units(1), rate: rate(5_000) };
    // 13 units are six times two: six units at half of 2.55.
    assert_eq!(off(&two(), &offer(Reward::BuyXGetY(half))), Ok(vec![gbp("7.65"), gbp("0")]));
}

#[test]
fn a_bundle_costs_its_own_price_as_often_as_it_is_there() {
    // Three times (2 x 2.55 + 4.00 = 9.10) for 8.00 saves 3.30.
    let set = bundle(&[(1, 2), (2, 1)], "8.00");
    assert_eq!(off(&two(), &set), Ok(vec![gbp("1.85"), gbp("1.45")]));
    assert_eq!(off(&two(), &bundle(&[(1, 11)], "1")), Err(Inapplicable::TooFewUnits));
    assert_eq!(off(&two(), &bundle(&[(1, 1), (3, 1)], "1")), Err(Inapplicable::TooFewUnits));
    // It never costs more than its parts.
    assert_eq!(off(&two(), &bundle(&[(1, 1)], "2.56")), Err(Inapplicable::NothingLeft));
    // Lines of one product fill it together.
    let apart = basket(vec![goods(1, 1, "5"), goods(1, 2, "5")]);
    assert_eq!(off(&apart, &bundle(&[(1, 2)], "6")), Ok(vec![gbp("2"), gbp("2")]));
}

#[test]
fn a_cap_is_a_cap() {
    for offer in [
        percent_off(5_000),
        amount_off("9"),
        buy_get(1, 1),
        bundle(&[(1, 1)], "0"),
    ] {
        let capped = Offer { cap: Some(gbp("3.33")), ..offer };
        let lines = off(&two(), &capped).expect("it applies");
        assert_eq!(Money::sum(Currency::GBP, lines), Ok(gbp("3.33")));
    }
}

#[test]
fn the_minimum_is_of_the_whole_order_before_any_discount() {
    let least = |amount| Offer {
        minimum: Some(gbp(amount)),
        scope: of_products(&[2]),
        ..percent_off(1_000)
    };
    assert_eq!(off(&two(), &least("37.50")), Ok(vec![gbp("0"), gbp("1.20")]));
    let below = Inapplicable::BelowMinimum { minimum: gbp("37.51"), subtotal: gbp("37.50") };
    assert_eq!(off(&two(), &least("37.51")), Err(below));
}

#[test]
fn a_scope_names_products_or_categories_of_vendors() {
    let lines = || {
        vec![
            of_category(category(1), goods(1, 1, "10")),
            of_company(1, of_category(category(1), goods(2, 1, "10"))),
            goods(3, 1, "10"),
        ]
    };
    let with = |scope| off(&basket(lines()), &Offer { scope, ..percent_off(1_000) });
    let (none, one) = (gbp("0"), gbp("1"));
    assert_eq!(with(of_products(&[3])), Ok(vec![none, none, one]));
    assert_eq!(
        with(Scope { categories: [category(1)].into(), ..of_products(&[3]) }),
        Ok(vec![one, one, one])
    );
    let of_vendor = Scope { companies: [company(1)].into(), ..Scope::default() };
    assert_eq!(
        with(Scope { categories: [category(1)].into(), ..of_vendor.clone() }),
        Ok(vec![none, one, none])
    );
    assert_eq!(with(of_vendor), Ok(vec![none, one, none]));
    assert_eq!(with(of_products(&[9])), Err(Inapplicable::NothingInScope));
}

#[test]
fn a_scope_names_zones_and_groups_of_customers() {
    let to = |zone: Option<&str>, groups: &[&str]| {
        let groups = groups.iter().map(|code| text(code)).collect();
        must(Basket::try_new(Currency::GBP, zone.map(text), groups, vec![goods(1, 1, "10")]))
    };
    let zone = Offer {
        scope: Scope { zones: [text("north")].into(), ..Scope::default() },
        ..percent_off(1_000)
    };
    assert!(off(&to(Some("north"), &[]), &zone).is_ok());
    assert_eq!(off(&to(Some("south"), &[]), &zone), Err(Inapplicable::OtherZone));
    assert_eq!(off(&to(None, &[]), &zone), Err(Inapplicable::OtherZone));
    let groups = Scope {
        customer_groups: [text("wholesale")].into(),
        ..Scope::default()
    };
    let group = Offer { scope: groups, ..percent_off(1_000) };
    assert!(off(&to(None, &["staff", "wholesale"]), &group).is_ok());
    assert_eq!(off(&to(None, &["staff"]), &group), Err(Inapplicable::OtherCustomers));
}

#[test]
fn an_offer_in_another_currency_does_not_apply() {
    let dollars = Offer {
        cap: Some(Money::from_minor(500, Currency::USD)),
        ..percent_off(1_000)
    };
    assert_eq!(off(&two(), &dollars), Err(Inapplicable::OtherCurrency));
}

#[test]
fn an_offer_sees_what_those_before_it_have_left() {
    let basket = two();
    let mut till = Till::new(&basket);
    let half = percent_off(5_000);
    let first = till.offered(&half).expect("it applies");
    till.take(&half, &first);
    let second = till.offered(&half).expect("it applies");
    assert_eq!((first.amount, second.amount), (gbp("18.75"), gbp("9.38")));
    let all = percent_off(10_000);
    let third = till.offered(&all).expect("it applies");
    till.take(&all, &third);
    assert_eq!(till.offered(&half), Err(Inapplicable::NothingLeft));
}

#[test]
fn an_exclusive_offer_shares_no_line() {
    let basket = two();
    let only = |products: &[u64], points| Offer {
        stacking: Stacking::Exclusive,
        scope: of_products(products),
        ..percent_off(points)
    };
    let mut till = Till::new(&basket);
    let first = till.offered(&only(&[1], 1_000)).expect("it applies");
    till.take(&only(&[1], 1_000), &first);
    // The rest is open to others, and what is reduced is closed to exclusive ones.
    let shared = till.offered(&percent_off(1_000)).expect("it applies");
    assert_eq!(shared.lines, [(1, gbp("1.20"))]);
    till.take(&percent_off(1_000), &shared);
    assert_eq!(till.offered(&only(&[2], 1_000)), Err(Inapplicable::NothingLeft));
    assert!(till.offered(&percent_off(1_000)).is_ok());
}

#[test]
fn a_basket_is_in_one_currency_and_owes_nothing() {
    let line = |minor| BasketLine {
        total: Money::from_minor(minor, Currency::GBP),
        ..goods(1, 1, "1")
    };
    assert!(Basket::try_new(Currency::GBP, None, vec![], vec![line(-1)]).is_err());
    assert!(Basket::try_new(Currency::EUR, None, vec![], vec![line(1)]).is_err());
    assert!(Basket::try_new(Currency::GBP, None, vec![], vec![line(i64::MAX), line(1)]).is_err());
}
