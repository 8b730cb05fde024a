use domain::{
    fixtures::order,
    pricing::{PricingError, Redemptions, RedemptionsCommand, RedemptionsEvent},
    spec::given,
};

fn take(number: u64, limit: u32) -> RedemptionsCommand {
    RedemptionsCommand::Take { order: order(number), limit }
}

fn taken(number: u64, used: u32) -> RedemptionsEvent {
    RedemptionsEvent::RedemptionTaken { order: order(number), used }
}

fn returned(number: u64, used: u32) -> RedemptionsEvent {
    RedemptionsEvent::RedemptionReturned { order: order(number), used }
}

#[test]
fn redemptions_are_counted_up_to_the_limit() {
    given::<Redemptions>(&[]).when(take(1, 2)).then(&[taken(1, 1)]);
    given::<Redemptions>(&[taken(1, 1)]).when(take(2, 2)).then(&[taken(2, 2)]);
    given::<Redemptions>(&[taken(1, 1), taken(2, 2)])
        .when(take(3, 2))
        .then_err(PricingError::LimitReached { limit: 2 });
}

#[test]
fn what_is_given_back_can_be_taken_again() {
    let back = RedemptionsCommand::Return { order: order(1) };
    given::<Redemptions>(&[taken(1, 1), taken(2, 2)]).when(back).then(&[returned(1, 1)]);
    given::<Redemptions>(&[taken(1, 1), taken(2, 2), returned(1, 1)])
        .when(take(3, 2))
        .then(&[taken(3, 2)]);
}

#[test]
fn a_limit_that_was_lowered_waits_until_enough_is_given_back() {
    let five: Vec<RedemptionsEvent> = (1..=5).map(|number| taken(u64::from(number), number)).collect();
    given::<Redemptions>(&five).when(take(6, 3)).then_err(PricingError::LimitReached { limit: 3 });
}

#[test]
fn the_newest_event_tells_the_count() {
    let state = given::<Redemptions>(&[returned(9, 41)]).state();
    assert_eq!(state, given::<Redemptions>(&[taken(1, 1), taken(2, 42), returned(9, 41)]).state());
}
