use domain::{
    catalog::Prices,
    fixtures::{catalog::prices, price},
    orders::price_for,
};

fn all() -> Prices {
    Prices {
        discounted: Some(price("2.10")),
        wholesale: Some(price("1.85")),
        ..prices()
    }
}

#[test]
fn everybody_pays_the_base_price_where_there_is_no_better_one() {
    assert_eq!(price_for(&prices(), false), price("2.55"));
    assert_eq!(price_for(&prices(), true), price("2.55"));
}

#[test]
fn the_discounted_price_goes_before_the_base_price() {
    assert_eq!(price_for(&all(), false), price("2.10"));
    let without_wholesale = Prices { wholesale: None, ..all() };
    assert_eq!(price_for(&without_wholesale, true), price("2.10"));
}

#[test]
fn the_wholesale_price_goes_before_all_others_for_those_who_have_it() {
    assert_eq!(price_for(&all(), true), price("1.85"));
}
