use domain::{
    customers::{
        AlertRegister, AlertRegisterEvent, ClearServedAlerts, MAX_WAITING, StockAlertError, StockAlerts,
        StockAlertsCommand, StockAlertsEvent,
    },
    fixtures::account,
    spec::given,
};

const fn request(number: u64, available: u64) -> StockAlertsCommand {
    StockAlertsCommand::Request { customer: account(number), available }
}

const fn requested(number: u64) -> StockAlertsEvent {
    StockAlertsEvent::StockAlertRequested { customer: account(number) }
}

const fn served(number: u64) -> StockAlertsEvent {
    StockAlertsEvent::StockAlertServed { customer: account(number) }
}

#[test]
fn nobody_waits_for_what_is_there_nor_twice() {
    given::<StockAlerts>(&[]).when(request(1, 3)).then_err(StockAlertError::InStock { available: 3 });
    given::<StockAlerts>(&[]).when(request(1, 0)).then(&[requested(1)]);
    given::<StockAlerts>(&[requested(1)]).when(request(1, 0)).then_nothing();
    let full: Vec<_> = (0..10_000).map(requested).collect();
    assert_eq!(full.len(), MAX_WAITING);
    given::<StockAlerts>(&full).when(request(7, 0)).then_nothing();
    let many = StockAlertError::TooManyWaiting { max: MAX_WAITING };
    given::<StockAlerts>(&full).when(request(10_001, 0)).then_err(many);
}

#[test]
fn whoever_waits_is_told_once() {
    let serve = |available, at_most| StockAlertsCommand::Serve { available, at_most };
    let waiting = [requested(1), requested(2), requested(3)];
    given::<StockAlerts>(&waiting).when(serve(0, 9)).then_err(StockAlertError::OutOfStock);
    let state = given::<StockAlerts>(&waiting).when(serve(1, 2)).then(&[served(1), served(2)]);
    assert_eq!(state.waiting(), [account(3)]);
    let told = [requested(1), served(1)];
    given::<StockAlerts>(&told).when(serve(1, 9)).then_nothing();
    given::<StockAlerts>(&told).when(request(1, 0)).then(&[requested(1)]);
}

#[test]
fn whoever_waits_no_longer_is_not_told() {
    let withdraw = StockAlertsCommand::Withdraw { customer: account(1) };
    let withdrawn = StockAlertsEvent::StockAlertWithdrawn { customer: account(1) };
    let state = given::<StockAlerts>(&[requested(1)]).when(withdraw).then(&[withdrawn]);
    assert!(state.waiting().is_empty());
    given::<StockAlerts>(&[]).when(withdraw).then_nothing();
}

#[test]
fn what_was_served_is_cleared_as_often_as_wanted() {
    let cleared = AlertRegisterEvent::ServedAlertsCleared;
    let state = given::<AlertRegister>(&[]).when(ClearServedAlerts).then(std::slice::from_ref(&cleared));
    assert_eq!(state.cleared, 1);
    given::<AlertRegister>(std::slice::from_ref(&cleared)).when(ClearServedAlerts).then(&[cleared]);
}
