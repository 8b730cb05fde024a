use domain::{
    fixtures::{english, reason, text},
    inventory::{Warehouse, WarehouseCommand, WarehouseError, WarehouseEvent},
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
