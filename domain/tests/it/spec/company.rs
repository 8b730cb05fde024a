use domain::{
    fixtures::{
        english, gbp,
        orders::rate,
        reason, text,
        vendors::{company_registered, register_company},
    },
    money::{BasisPoints, Currency, Money},
    refusal::Refusal,
    spec::given,
    text::Zone,
    vendors::{
        Company, CompanyCommand, CompanyError, CompanyEvent, DeliveryFee, MAX_DELIVERY_FEES, MAX_ZONES,
        RegisterCompany, ReviseCompany,
    },
};

fn fee(zone: Option<&str>, amount: &str, free_from: Option<&str>) -> DeliveryFee {
    DeliveryFee {
        zone: zone.map(text),
        fee: gbp(amount),
        free_from: free_from.map(gbp),
    }
}

fn set_fees(delivery_fees: Vec<DeliveryFee>) -> CompanyCommand {
    CompanyCommand::SetDeliveryFees { delivery_fees }
}

fn zones(names: &[&str]) -> Vec<Zone> {
    names.iter().map(|name| text(name)).collect()
}

#[test]
fn a_company_is_registered_once() {
    let state = given::<Company>(&[]).when(register_company()).then(&[company_registered()]);
    assert!(state.exists() && state.is_active());
    given::<Company>(&[company_registered()])
        .when(register_company())
        .then_err(CompanyError::AlreadyRegistered);
}

#[test]
fn it_is_described_anew_and_a_repeat_changes_nothing() {
    let described = CompanyEvent::CompanyDescribed {
        name: english("Zagros"),
        description: None,
        zones: zones(&["erbil"]),
    };
    let revise = || {
        CompanyCommand::Revise(ReviseCompany {
            name: Some(english("Zagros")),
            description: None,
            zones: Some(zones(&["erbil"])),
        })
    };
    let state =
        given::<Company>(&[company_registered()]).when(revise()).then(std::slice::from_ref(&described));
    let profile = state.profile().expect("it exists");
    assert!(profile.serves(&text("erbil")) && !profile.serves(&text("basra")));
    given::<Company>(&[company_registered(), described]).when(revise()).then_nothing();
}

#[test]
fn its_commission_changes_and_a_repeat_changes_nothing() {
    let set = || CompanyCommand::SetCommission { commission_rate: rate(750) };
    let changed = CompanyEvent::CommissionSet { commission_basis_points: rate(750) };
    let state = given::<Company>(&[company_registered()]).when(set()).then(std::slice::from_ref(&changed));
    assert_eq!(state.profile().map(|profile| profile.commission_rate), Some(rate(750)));
    given::<Company>(&[company_registered(), changed]).when(set()).then_nothing();
}

#[test]
fn a_commission_is_at_most_all_of_it() {
    assert!(BasisPoints::try_from(10_001).is_err());
    assert!(serde_json::from_str::<BasisPoints>("10001").is_err());
    assert_eq!(gbp("0.25").portion(rate(1_000)), gbp("0.02"));
    assert_eq!(gbp("0.35").portion(rate(1_000)), gbp("0.04"));
    assert_eq!(Money::from_minor(i64::MAX, Currency::GBP).portion(BasisPoints::MAX).minor(), i64::MAX);
}

#[test]
fn a_zones_own_fee_comes_before_that_of_every_other_zone() {
    let fees = vec![fee(Some("erbil"), "2", Some("50")), fee(None, "5", None)];
    let changed = CompanyEvent::DeliveryFeesSet { delivery_fees: fees.clone() };
    let state = given::<Company>(&[company_registered()])
        .when(set_fees(fees.clone()))
        .then(std::slice::from_ref(&changed));
    let profile = state.profile().expect("it exists");
    let of = |zone: Option<&str>, currency| {
        profile.delivery_fee(zone.map(text).as_ref(), currency).map(|fee| fee.fee)
    };
    assert_eq!(of(Some("erbil"), Currency::GBP), Some(gbp("2")));
    assert_eq!(of(Some("basra"), Currency::GBP), Some(gbp("5")));
    assert_eq!(of(None, Currency::GBP), Some(gbp("5")));
    assert_eq!(of(Some("erbil"), Currency::EUR), None);
    given::<Company>(&[company_registered(), changed]).when(set_fees(fees)).then_nothing();
}

#[test]
fn wrong_fees_are_refused_with_their_place() {
    let euros = Money::from_minor(1, Currency::EUR);
    let cases = [
        (
            vec![fee(None, "1", None), fee(None, "2", None)],
            CompanyError::RepeatedDeliveryFee { index: 1 },
            "/delivery_fees/1",
        ),
        (vec![fee(None, "-1", None)], CompanyError::NegativeAmount { index: 0 }, "/delivery_fees/0/fee"),
        (
            vec![DeliveryFee { zone: None, fee: gbp("1"), free_from: Some(euros) }],
            CompanyError::CurrencyMismatch { index: 0 },
            "/delivery_fees/0/free_from",
        ),
        (
            vec![fee(None, "1", None); MAX_DELIVERY_FEES + 1],
            CompanyError::TooManyDeliveryFees { max: MAX_DELIVERY_FEES },
            "/delivery_fees",
        ),
    ];
    for (fees, refusal, pointer) in cases {
        assert_eq!(refusal.faults().first().map(|fault| fault.pointer.as_str()), Some(pointer));
        given::<Company>(&[company_registered()]).when(set_fees(fees)).then_err(refusal);
    }
}

#[test]
fn wrong_zones_are_refused() {
    let register = |zones: Vec<Zone>| match register_company() {
        CompanyCommand::Register(new) => CompanyCommand::Register(RegisterCompany { zones, ..new }),
        other => other,
    };
    given::<Company>(&[])
        .when(register(zones(&["erbil", "basra", "erbil"])))
        .then_err(CompanyError::RepeatedZone { index: 2 });
    let many = (0..=MAX_ZONES).map(|number| text(&format!("z{number}"))).collect();
    given::<Company>(&[]).when(register(many)).then_err(CompanyError::TooManyZones { max: MAX_ZONES });
}

#[test]
fn it_is_taken_off_sale_and_put_back() {
    let off = || CompanyEvent::CompanyDeactivated { reason: Some(reason("licence")) };
    let deactivate = || CompanyCommand::Deactivate { reason: Some(reason("licence")) };
    let state = given::<Company>(&[company_registered()]).when(deactivate()).then(&[off()]);
    assert!(state.exists() && !state.is_active());
    given::<Company>(&[company_registered(), off()]).when(deactivate()).then_nothing();
    let state = given::<Company>(&[company_registered(), off()])
        .when(CompanyCommand::Reactivate)
        .then(&[CompanyEvent::CompanyReactivated]);
    assert!(state.is_active());
    given::<Company>(&[company_registered()]).when(CompanyCommand::Reactivate).then_nothing();
}

#[test]
fn what_does_not_exist_cannot_be_changed() {
    for command in [
        CompanyCommand::Revise(ReviseCompany::default()),
        CompanyCommand::SetCommission { commission_rate: rate(1) },
        set_fees(vec![]),
        CompanyCommand::Deactivate { reason: None },
        CompanyCommand::Reactivate,
    ] {
        given::<Company>(&[]).when(command).then_err(CompanyError::NotFound);
    }
}
