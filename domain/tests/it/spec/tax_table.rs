//! Which rate goods are taxed with.

use domain::{
    decider::Decider,
    fixtures::{
        category, tax_rate,
        taxes::{line_rate, tax_terms},
        text,
    },
    pricing::{
        LineRate, MAX_TAX_RATES, PricingError, TaxTable, TaxTableCommand, TaxTableEvent, TaxTableState,
        TaxTerms, TaxTreatment,
    },
    spec::given,
};

const EXCLUSIVE: TaxTreatment = TaxTreatment::Exclusive;
const INCLUSIVE: TaxTreatment = TaxTreatment::Inclusive;

fn create(number: u64, terms: TaxTerms) -> TaxTableCommand {
    TaxTableCommand::Create { rate: tax_rate(number), terms }
}

fn created(number: u64, terms: TaxTerms) -> TaxTableEvent {
    TaxTableEvent::TaxRateCreated { rate: tax_rate(number), terms }
}

fn revise(number: u64, terms: TaxTerms) -> TaxTableCommand {
    TaxTableCommand::Revise { rate: tax_rate(number), terms }
}

/// 20 % on all, 5 % on category 1, 9 % in the north, 1 % on category 2 in the north.
fn table() -> TaxTableState {
    TaxTable::fold(&[
        created(1, tax_terms(2_000, EXCLUSIVE)),
        created(2, tax_terms(500, INCLUSIVE).on(1)),
        created(3, tax_terms(900, EXCLUSIVE).within("north")),
        created(4, tax_terms(100, EXCLUSIVE).within("north").on(2)),
    ])
}

fn rate(zone: Option<&str>, categories: &[u64]) -> Option<LineRate> {
    let categories: Vec<_> = categories.iter().map(|number| category(*number)).collect();
    table().rate_for(zone.map(text).as_ref(), &categories)
}

#[test]
fn a_zone_goes_before_everywhere_and_a_category_before_all_goods() {
    assert_eq!(rate(None, &[]), Some(line_rate(1, 2_000, EXCLUSIVE)));
    assert_eq!(rate(Some("south"), &[9]), Some(line_rate(1, 2_000, EXCLUSIVE)));
    assert_eq!(rate(Some("south"), &[9, 1]), Some(line_rate(2, 500, INCLUSIVE)));
    assert_eq!(rate(Some("north"), &[1]), Some(line_rate(3, 900, EXCLUSIVE)));
    assert_eq!(rate(Some("north"), &[1, 2]), Some(line_rate(4, 100, EXCLUSIVE)));
    assert_eq!(TaxTableState::default().rate_for(None, &[]), None);
}

#[test]
fn two_active_rates_never_stand_for_the_same_goods() {
    let all = tax_terms(2_000, EXCLUSIVE);
    let idle = TaxTerms { is_active: false, ..all.clone() };
    let history = [created(1, all.clone())];
    given::<TaxTable>(&history)
        .when(create(2, tax_terms(700, INCLUSIVE)))
        .then_err(PricingError::TaxRateOverlaps);
    given::<TaxTable>(&history).when(create(2, idle.clone())).then(&[created(2, idle.clone())]);
    given::<TaxTable>(&[created(1, all.clone()), created(2, idle)])
        .when(revise(2, all.clone()))
        .then_err(PricingError::TaxRateOverlaps);
    given::<TaxTable>(&history)
        .when(create(2, all.clone().within("north")))
        .then(&[created(2, all.within("north"))]);
}

#[test]
fn a_rate_is_created_once_and_revised_from_then_on() {
    let (before, after) = (tax_terms(2_000, EXCLUSIVE), tax_terms(1_700, EXCLUSIVE).on(1));
    let revised = TaxTableEvent::TaxRateRevised { rate: tax_rate(1), terms: after.clone() };
    given::<TaxTable>(&[created(1, before.clone())])
        .when(create(1, after.clone().on(3)))
        .then_err(PricingError::TaxRateExists);
    given::<TaxTable>(&[]).when(revise(1, after.clone())).then_err(PricingError::TaxRateNotFound);
    given::<TaxTable>(&[created(1, before.clone())]).when(revise(1, before.clone())).then_nothing();
    let state = given::<TaxTable>(&[created(1, before)]).when(revise(1, after)).then(&[revised]);
    assert_eq!(state.rate_for(None, &[]), None);
    assert_eq!(state.rate_for(None, &[category(1)]), Some(line_rate(1, 1_700, EXCLUSIVE)));
}

#[test]
fn a_rate_that_is_switched_off_taxes_nothing() {
    let idle = TaxTerms { is_active: false, ..tax_terms(2_000, EXCLUSIVE) };
    let revised = TaxTableEvent::TaxRateRevised { rate: tax_rate(1), terms: idle.clone() };
    let history = [created(1, tax_terms(2_000, EXCLUSIVE))];
    let state = given::<TaxTable>(&history).when(revise(1, idle)).then(&[revised]);
    assert!(state.is_idle());
    assert_eq!((state.rate_for(None, &[]), state.rates().len()), (None, 1));
}

#[test]
fn the_table_is_bounded() {
    let many: Vec<_> = (0..)
        .take(MAX_TAX_RATES)
        .map(|number| created(number, tax_terms(100, EXCLUSIVE).on(number)))
        .collect();
    given::<TaxTable>(&many)
        .when(create(9_999, tax_terms(100, EXCLUSIVE)))
        .then_err(PricingError::TooManyTaxRates { max: MAX_TAX_RATES });
}
