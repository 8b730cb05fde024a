use domain::{
    fixtures::{
        english, reason,
        stores::{front, revision},
        text,
    },
    inventory::{
        Location, OpeningHours, ReviseWarehouse, ShippingEstimate, StoreFront, StoreStatus, Warehouse,
        WarehouseCommand, WarehouseError, WarehouseEvent, Weekday,
    },
    refusal::Refusal,
    spec::given,
    text::Zone,
};

fn open(zones: &[&str]) -> WarehouseCommand {
    WarehouseCommand::Open {
        code: text("EBL-1"),
        name: english("Erbil main"),
        country: Some(text("IQ")),
        zones: zones.iter().map(|zone| text::<Zone>(zone)).collect(),
    }
}

fn opened(zones: &[&str]) -> WarehouseEvent {
    WarehouseEvent::WarehouseOpened {
        code: text("EBL-1"),
        name: english("Erbil main"),
        country: Some(text("IQ")),
        zones: zones.iter().map(|zone| text::<Zone>(zone)).collect(),
    }
}

fn close() -> WarehouseCommand {
    WarehouseCommand::Close { reason: None }
}

fn closed() -> WarehouseEvent {
    WarehouseEvent::WarehouseClosed { reason: None }
}

#[test]
fn a_warehouse_is_opened() {
    let state = given::<Warehouse>(&[]).when(open(&["erbil", "duhok"])).then(&[opened(&["erbil", "duhok"])]);
    assert!(state.exists() && state.is_open());
    assert_eq!(state.premises().map(|premises| premises.code.as_str()), Some("EBL-1"));
}

#[test]
fn a_warehouse_is_opened_once() {
    given::<Warehouse>(&[opened(&[])]).when(open(&[])).then_err(WarehouseError::AlreadyOpen);
    given::<Warehouse>(&[opened(&[]), closed()]).when(open(&[])).then_err(WarehouseError::Closed);
}

#[test]
fn a_zone_is_named_once() {
    let twice = WarehouseError::RepeatedZone { index: 1 };
    assert_eq!(twice.faults().first().map(|fault| fault.pointer.as_str()), Some("/zones/1"));
    given::<Warehouse>(&[]).when(open(&["erbil", "erbil"])).then_err(twice);
}

#[test]
fn a_closed_warehouse_stays_readable() {
    let why = Some(reason("moved"));
    let state = given::<Warehouse>(&[opened(&[])])
        .when(WarehouseCommand::Close { reason: why.clone() })
        .then(&[WarehouseEvent::WarehouseClosed { reason: why }]);
    assert!(state.exists() && !state.is_open());
}

#[test]
fn closing_twice_does_nothing() {
    given::<Warehouse>(&[opened(&[]), closed()]).when(close()).then_nothing();
}

#[test]
fn a_warehouse_that_does_not_exist_is_not_closed() {
    given::<Warehouse>(&[]).when(close()).then_err(WarehouseError::NotFound);
}

const ERBIL: (i32, i32) = (36_191_113, 44_009_167);

fn placed(zones: &[&str]) -> Vec<WarehouseEvent> {
    let (latitude_e6, longitude_e6) = ERBIL;
    vec![
        opened(zones),
        WarehouseEvent::WarehouseLogisticsSet {
            location: Some(Location { latitude_e6, longitude_e6 }),
            shipping: Vec::new(),
        },
    ]
}

fn store() -> Vec<WarehouseEvent> {
    let mut history = placed(&["erbil"]);
    history.push(WarehouseEvent::StoreOpened { front: front(5_000) });
    history
}

fn status(status: StoreStatus) -> WarehouseCommand {
    WarehouseCommand::SetStoreStatus { status, reason: None }
}

fn set_front(front: StoreFront) -> WarehouseCommand {
    WarehouseCommand::SetFront { front }
}

#[test]
fn a_revision_tells_only_what_changes() {
    let history = placed(&["erbil"]);
    given::<Warehouse>(&history).when(WarehouseCommand::Revise(revision(Some(ERBIL)))).then_nothing();
    let renamed = ReviseWarehouse { name: english("Erbil north"), ..revision(Some(ERBIL)) };
    let state = given::<Warehouse>(&history).when(WarehouseCommand::Revise(renamed)).then(&[
        WarehouseEvent::WarehouseRevised {
            name: english("Erbil north"),
            country: Some(text("IQ")),
            zones: vec![text("erbil")],
        },
    ]);
    assert!(state.premises().is_some_and(|premises| premises.location.is_some()));
    given::<Warehouse>(&history)
        .when(WarehouseCommand::Revise(revision(None)))
        .then(&[WarehouseEvent::WarehouseLogisticsSet { location: None, shipping: Vec::new() }]);
}

#[test]
fn a_place_is_on_the_globe() {
    for place in [(90_000_001, 0), (0, -180_000_001), (i32::MIN, 0)] {
        given::<Warehouse>(&[opened(&[])])
            .when(WarehouseCommand::Revise(revision(Some(place))))
            .then_err(WarehouseError::InvalidLocation);
    }
    given::<Warehouse>(&[opened(&[])])
        .when(WarehouseCommand::Revise(revision(Some((-90_000_000, 180_000_000)))))
        .then_accepted();
}

#[test]
fn estimates_are_of_the_zones_that_are_served_each_once_and_in_order() {
    let estimate = |zone: Option<&str>, min_days, max_days| ShippingEstimate {
        zone: zone.map(text),
        min_days,
        max_days,
    };
    let with = |shipping: &[ShippingEstimate]| {
        let revision = ReviseWarehouse { shipping: shipping.to_vec(), ..revision(None) };
        given::<Warehouse>(&[opened(&["erbil"])]).when(WarehouseCommand::Revise(revision))
    };
    with(&[estimate(Some("erbil"), 1, 2), estimate(None, 3, 365)]).then_accepted();
    for wrong in [
        [estimate(None, 1, 2), estimate(Some("basra"), 1, 2)],
        [estimate(None, 1, 2), estimate(None, 3, 4)],
        [estimate(None, 1, 2), estimate(Some("erbil"), 3, 2)],
        [estimate(None, 1, 2), estimate(Some("erbil"), 3, 366)],
    ] {
        with(&wrong).then_err(WarehouseError::InvalidShipping { index: 1 });
    }
}

#[test]
fn a_warehouse_with_a_place_becomes_a_store() {
    let opened_store = WarehouseEvent::StoreOpened { front: front(5_000) };
    let state = given::<Warehouse>(&placed(&["erbil"])).when(set_front(front(5_000))).then(&[opened_store]);
    let opened_as = state.premises().and_then(|premises| premises.store.clone());
    assert_eq!(opened_as.map(|store| store.status), Some(StoreStatus::Open));
    given::<Warehouse>(&[opened(&[])])
        .when(set_front(front(1)))
        .then_err(WarehouseError::LocationNeeded);
    given::<Warehouse>(&store())
        .when(WarehouseCommand::Revise(revision(None)))
        .then_err(WarehouseError::LocationNeeded);
    given::<Warehouse>(&[opened(&[]), closed()])
        .when(set_front(front(1)))
        .then_err(WarehouseError::Closed);
}

#[test]
fn a_front_is_revised_and_told_when_it_changes() {
    given::<Warehouse>(&store()).when(set_front(front(5_000))).then_nothing();
    given::<Warehouse>(&store())
        .when(set_front(front(6_000)))
        .then(&[WarehouseEvent::StoreRevised { front: front(6_000) }]);
    given::<Warehouse>(&store())
        .when(set_front(front(200_001)))
        .then_err(WarehouseError::InvalidRadius { max_m: 200_000 });
}

#[test]
fn hours_are_within_a_day_and_do_not_overlap() {
    let hours = |weekday, opens, closes| OpeningHours { weekday, opens, closes };
    let with = |second: OpeningHours| {
        let hours = vec![hours(Weekday::Friday, 540, 720), second];
        given::<Warehouse>(&store()).when(set_front(StoreFront { hours, ..front(5_000) }))
    };
    with(hours(Weekday::Friday, 720, 1_440)).then_accepted();
    with(hours(Weekday::Saturday, 0, 1_440)).then_accepted();
    for wrong in [
        hours(Weekday::Friday, 719, 800),
        hours(Weekday::Friday, 0, 541),
        hours(Weekday::Sunday, 600, 600),
        hours(Weekday::Sunday, 600, 1_441),
    ] {
        with(wrong).then_err(WarehouseError::InvalidHours { index: 1 });
    }
}

#[test]
fn a_store_pauses_closes_and_opens_again() {
    let set = |to: StoreStatus| WarehouseEvent::StoreStatusSet { status: to, reason: None };
    given::<Warehouse>(&store()).when(status(StoreStatus::Open)).then_nothing();
    let mut history = store();
    for next in [StoreStatus::Paused, StoreStatus::Closed, StoreStatus::Open] {
        given::<Warehouse>(&history).when(status(next)).then(&[set(next)]);
        history.push(set(next));
    }
    given::<Warehouse>(&[opened(&[])])
        .when(status(StoreStatus::Paused))
        .then_err(WarehouseError::NoStore);
    given::<Warehouse>(&[]).when(status(StoreStatus::Paused)).then_err(WarehouseError::NotFound);
}
