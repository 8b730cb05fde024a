use std::sync::Arc;

use domain::{
    catalog::Prices,
    fixtures::{catalog::prices, price, pricing::price_list, product, text, units},
    money::UnitPrice,
    pricing::{PriceListTerms, PriceSource, WHOLESALE},
};

fn all() -> Prices {
    Prices {
        discounted: Some(price("2.10")),
        wholesale: Some(price("1.85")),
        ..prices()
    }
}

fn wholesale() -> PriceSource {
    PriceSource::new(Vec::new(), &[text(WHOLESALE)])
}

fn of(lists: &[PriceListTerms]) -> PriceSource {
    PriceSource::new(lists.iter().cloned().map(Arc::new).collect(), &[])
}

/// What the first product costs in a line of `quantity`.
fn pays(source: &PriceSource, prices: &Prices, quantity: u32) -> UnitPrice {
    source.price(product(1), prices, units(quantity))
}

#[test]
fn everybody_pays_the_base_price_where_there_is_no_better_one() {
    assert_eq!(pays(&PriceSource::default(), &prices(), 1), price("2.55"));
    assert_eq!(pays(&wholesale(), &prices(), 1), price("2.55"));
}

#[test]
fn the_discounted_price_goes_before_the_base_price() {
    assert_eq!(pays(&PriceSource::default(), &all(), 1), price("2.10"));
    let without_wholesale = Prices { wholesale: None, ..all() };
    assert_eq!(pays(&wholesale(), &without_wholesale, 1), price("2.10"));
}

#[test]
fn the_wholesale_price_is_for_the_group_of_that_name_alone() {
    assert_eq!(pays(&wholesale(), &all(), 1), price("1.85"));
    let others = PriceSource::new(Vec::new(), &[text("bakery")]);
    assert_eq!(pays(&others, &all(), 1), price("2.10"));
}

#[test]
fn a_list_goes_before_all_other_prices_even_where_it_is_dearer() {
    let dear = price_list(&[(1, 1, "3.00")]);
    assert_eq!(pays(&of(std::slice::from_ref(&dear)), &all(), 1), price("3.00"));
    let both = PriceSource::new(vec![Arc::new(dear)], &[text(WHOLESALE)]);
    assert_eq!(pays(&both, &all(), 1), price("3.00"));
}

#[test]
fn the_first_list_that_knows_the_product_decides() {
    let lists = [
        price_list(&[(2, 1, "9.00")]),
        price_list(&[(1, 1, "2.30")]),
        price_list(&[(1, 1, "2.20")]),
    ];
    assert_eq!(pays(&of(&lists), &all(), 1), price("2.30"));
}

#[test]
fn the_price_is_that_of_the_greatest_quantity_that_the_line_reaches() {
    let list = of(&[price_list(&[(1, 6, "2.40"), (1, 24, "2.15"), (2, 1, "1.00")])]);
    for (quantity, costs) in [
        (1, "2.10"),
        (5, "2.10"),
        (6, "2.40"),
        (23, "2.40"),
        (24, "2.15"),
        (9_999, "2.15"),
    ] {
        assert_eq!(pays(&list, &all(), quantity), price(costs), "{quantity}");
    }
}

#[test]
fn a_list_in_another_currency_is_passed_over() {
    let mut list = price_list(&[(1, 1, "1.00")]);
    list.currency = domain::money::Currency::IQD;
    assert_eq!(pays(&of(&[list]), &all(), 1), price("2.10"));
}
