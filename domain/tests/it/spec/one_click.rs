use domain::{
    customers::{OneClick, OneClickCommand, OneClickError, OneClickEvent},
    fixtures::{address, one_click_token, sealed},
    spec::given,
};

fn enabled(token: u64) -> OneClickEvent {
    OneClickEvent::OneClickEnabled {
        address: address(1),
        payment_method: sealed(1, 1),
        token: one_click_token(token),
    }
}

#[test]
fn one_token_at_a_time_is_good_and_none_while_it_is_off() {
    let enable = OneClickCommand::Enable {
        address: address(1),
        payment_method: sealed(1, 1),
        token: one_click_token(2),
    };
    let state = given::<OneClick>(&[enabled(1)]).when(enable).then(&[enabled(2)]);
    assert_eq!(state.address_for(one_click_token(2)), Ok(address(1)));
    assert_eq!(state.address_for(one_click_token(1)), Err(OneClickError::TokenInvalid));
    let off = given::<OneClick>(&[enabled(1)])
        .when(OneClickCommand::Disable)
        .then(&[OneClickEvent::OneClickDisabled]);
    assert_eq!(off.address_for(one_click_token(1)), Err(OneClickError::Off));
    given::<OneClick>(&[]).when(OneClickCommand::Disable).then_nothing();
}
