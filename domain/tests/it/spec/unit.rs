use domain::{
    catalog::{
        Dimension, SellingUnit, SellingUnitCommand, SellingUnitDetails, SellingUnitError, SellingUnitEvent,
        Unit, UnitCommand, UnitDetails, UnitError, UnitEvent,
    },
    fixtures::{english, must, price, product, text, uuid},
    ids::UnitId,
    ratio::Ratio,
    refusal::Refusal,
    spec::given,
};

fn ratio(numerator: u32, denominator: u32) -> Ratio {
    must(Ratio::try_new(numerator, denominator))
}

fn kilogram() -> UnitDetails {
    UnitDetails {
        name: english("kilogram"),
        symbol: english("kg"),
        dimension: Dimension::Mass,
        scale: ratio(1_000, 1),
    }
}

fn defined() -> UnitEvent {
    UnitEvent::UnitDefined { code: text("KG"), details: kilogram() }
}

#[test]
fn a_unit_is_defined_once() {
    let define = || UnitCommand::Define { code: text("KG"), details: kilogram() };
    let state = given::<Unit>(&[]).when(define()).then(&[defined()]);
    assert!(state.is_defined());
    given::<Unit>(&[defined()]).when(define()).then_err(UnitError::AlreadyDefined);
    given::<Unit>(&[defined(), UnitEvent::UnitRetired])
        .when(define())
        .then_err(UnitError::AlreadyDefined);
}

#[test]
fn a_unit_is_revised_until_it_is_retired() {
    let renamed = UnitDetails { name: english("kilo"), ..kilogram() };
    let revise = || UnitCommand::Revise { details: renamed.clone() };
    given::<Unit>(&[defined()])
        .when(revise())
        .then(&[UnitEvent::UnitRevised { details: renamed.clone() }]);
    given::<Unit>(&[defined()]).when(UnitCommand::Revise { details: kilogram() }).then_nothing();
    given::<Unit>(&[]).when(revise()).then_err(UnitError::NotFound);
    given::<Unit>(&[defined(), UnitEvent::UnitRetired]).when(revise()).then_err(UnitError::Retired);
}

#[test]
fn a_unit_is_retired_once() {
    let state = given::<Unit>(&[defined()]).when(UnitCommand::Retire).then(&[UnitEvent::UnitRetired]);
    assert!(!state.is_defined());
    given::<Unit>(&[defined(), UnitEvent::UnitRetired]).when(UnitCommand::Retire).then_nothing();
    given::<Unit>(&[]).when(UnitCommand::Retire).then_err(UnitError::NotFound);
}

fn dozen() -> SellingUnitDetails {
    SellingUnitDetails {
        unit: UnitId::from_uuid(uuid(1)),
        name: None,
        contains: ratio(12, 1),
        price: Some(price("27.50")),
        barcode: None,
        sku: Some(text("BOX")),
    }
}

fn added() -> SellingUnitEvent {
    SellingUnitEvent::SellingUnitAdded { product: product(1), details: dozen() }
}

#[test]
fn a_selling_unit_is_added_once() {
    let add = || SellingUnitCommand::Add { product: product(1), details: dozen() };
    let state = given::<SellingUnit>(&[]).when(add()).then(&[added()]);
    assert_eq!(state.known().map(|known| known.product), Some(product(1)));
    given::<SellingUnit>(&[added()]).when(add()).then_err(SellingUnitError::AlreadyAdded);
}

#[test]
fn a_selling_unit_is_revised_until_it_is_retired() {
    let half = SellingUnitDetails { contains: ratio(1, 2), sku: None, ..dozen() };
    let revise = || SellingUnitCommand::Revise { details: half.clone() };
    given::<SellingUnit>(&[added()])
        .when(revise())
        .then(&[SellingUnitEvent::SellingUnitRevised { details: half.clone() }]);
    given::<SellingUnit>(&[added()])
        .when(SellingUnitCommand::Revise { details: dozen() })
        .then_nothing();
    given::<SellingUnit>(&[]).when(revise()).then_err(SellingUnitError::NotFound);
    given::<SellingUnit>(&[added(), SellingUnitEvent::SellingUnitRetired])
        .when(revise())
        .then_err(SellingUnitError::Retired);
}

#[test]
fn a_selling_unit_is_retired_once_and_stays_known() {
    let state = given::<SellingUnit>(&[added()])
        .when(SellingUnitCommand::Retire)
        .then(&[SellingUnitEvent::SellingUnitRetired]);
    assert!(state.known().is_some());
    given::<SellingUnit>(&[added(), SellingUnitEvent::SellingUnitRetired])
        .when(SellingUnitCommand::Retire)
        .then_nothing();
    given::<SellingUnit>(&[]).when(SellingUnitCommand::Retire).then_err(SellingUnitError::NotFound);
}

#[test]
fn a_selling_unit_costs_nothing_or_more() {
    let cheap = SellingUnitDetails { price: Some(price("-0.01")), ..dozen() };
    given::<SellingUnit>(&[])
        .when(SellingUnitCommand::Add { product: product(1), details: cheap.clone() })
        .then_err(SellingUnitError::NegativePrice);
    given::<SellingUnit>(&[added()])
        .when(SellingUnitCommand::Revise { details: cheap })
        .then_err(SellingUnitError::NegativePrice);
    let faults = SellingUnitError::NegativePrice.faults();
    assert_eq!(faults.first().map(|fault| fault.pointer.as_str()), Some("/price"));
}
