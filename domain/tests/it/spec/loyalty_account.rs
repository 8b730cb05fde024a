use domain::{
    customers::{
        LoyaltyAccount, LoyaltyAccountCommand, LoyaltyAccountEvent, LoyaltyError, LoyaltyRules, MAX_POINTS,
    },
    fixtures::{at, gbp, must, order, reason, return_id, reward},
    pricing::CouponCode,
    spec::given,
};

use super::loyalty_program::rules;

const DAY: i64 = 1_440;

fn earn(number: u64, paid: &str, now: i64) -> LoyaltyAccountCommand {
    LoyaltyAccountCommand::Earn {
        order: order(number),
        paid: gbp(paid),
        rules: rules(),
        now: at(now),
    }
}

fn earned(number: u64, paid: &str, points: u64, now: i64) -> LoyaltyAccountEvent {
    LoyaltyAccountEvent::PointsEarned {
        order: order(number),
        paid: gbp(paid),
        points,
        at: at(now),
        expires_at: Some(at(now + 100 * DAY)),
        remind_at: Some(at(now + 90 * DAY)),
    }
}

fn take_back(number: u64, back: u64, credited: &str) -> LoyaltyAccountCommand {
    LoyaltyAccountCommand::TakeBack {
        order: order(number),
        return_id: return_id(back),
        credited: gbp(credited),
        now: at(DAY),
    }
}

fn taken_back(number: u64, back: Option<u64>, credited: &str, points: u64, owed: u64) -> LoyaltyAccountEvent {
    LoyaltyAccountEvent::PointsTakenBack {
        order: order(number),
        return_id: back.map(return_id),
        credited: gbp(credited),
        points,
        owed,
    }
}

fn coupon() -> CouponCode {
    must(CouponCode::parse("LOY-1234"))
}

fn redeem(points: u64, now: i64) -> LoyaltyAccountCommand {
    LoyaltyAccountCommand::Redeem { reward: reward(1), points, coupon: coupon(), now: at(now) }
}

fn redeemed(points: u64) -> LoyaltyAccountEvent {
    LoyaltyAccountEvent::PointsRedeemed { reward: reward(1), points, coupon: coupon() }
}

fn adjust(points: i64) -> LoyaltyAccountCommand {
    let rules = LoyaltyRules::default();
    LoyaltyAccountCommand::Adjust { points, reason: reason("counted anew"), rules, now: at(DAY) }
}

#[test]
fn an_order_earns_once() {
    let state = given::<LoyaltyAccount>(&[]).when(earn(1, "20.00", 0)).then(&[earned(1, "20.00", 30, 0)]);
    assert_eq!((state.balance(), state.earned_within(&rules(), at(1))), (30, 30));
    given::<LoyaltyAccount>(&[earned(1, "20.00", 30, 0)]).when(earn(1, "20.00", 5)).then_nothing();
    given::<LoyaltyAccount>(&[]).when(earn(1, "0.50", 0)).then_nothing();
}

#[test]
fn whoever_has_earned_much_within_the_window_earns_more() {
    let history = [earned(1, "667.00", 1_000, 0)];
    given::<LoyaltyAccount>(&history).when(earn(2, "20.00", DAY)).then(&[earned(2, "20.00", 45, DAY)]);
    let late = 366 * DAY;
    let expired = LoyaltyAccountEvent::PointsExpired { until: at(late), points: 1_000 };
    given::<LoyaltyAccount>(&history)
        .when(earn(2, "20.00", late))
        .then(&[expired, earned(2, "20.00", 30, late)]);
}

#[test]
fn what_comes_back_takes_its_share_exactly_once() {
    let first = given::<LoyaltyAccount>(&[earned(1, "20.00", 31, 0)]);
    let state = first.when(take_back(1, 1, "6.67")).then(&[taken_back(1, Some(1), "6.67", 10, 0)]);
    assert_eq!((state.balance(), state.earned_within(&rules(), at(DAY))), (21, 21));
    let history = [earned(1, "20.00", 31, 0), taken_back(1, Some(1), "6.67", 10, 0)];
    given::<LoyaltyAccount>(&history).when(take_back(1, 1, "6.67")).then_nothing();
    let rest = given::<LoyaltyAccount>(&history).when(take_back(1, 2, "13.33"));
    assert_eq!(rest.then(&[taken_back(1, Some(2), "13.33", 21, 0)]).balance(), 0);
}

#[test]
fn points_that_are_spent_and_due_back_are_owed_and_paid_by_the_next() {
    let history = [earned(1, "20.00", 30, 0), redeemed(25)];
    let state = given::<LoyaltyAccount>(&history).when(take_back(1, 1, "20.00")).then(&[taken_back(
        1,
        Some(1),
        "20.00",
        5,
        25,
    )]);
    assert_eq!((state.balance(), state.owed()), (0, 25));
    let history = [
        earned(1, "20.00", 30, 0),
        redeemed(25),
        taken_back(1, Some(1), "20.00", 5, 25),
    ];
    let state = given::<LoyaltyAccount>(&history).when(earn(2, "40.00", DAY)).then(&[
        earned(2, "40.00", 60, DAY),
        LoyaltyAccountEvent::PointsOffset { points: 25 },
    ]);
    assert_eq!((state.balance(), state.owed()), (35, 0));
}

#[test]
fn a_return_before_the_points_came_is_caught_up_with() {
    let early = taken_back(1, Some(1), "10.00", 0, 0);
    given::<LoyaltyAccount>(&[]).when(take_back(1, 1, "10.00")).then(std::slice::from_ref(&early));
    let state = given::<LoyaltyAccount>(&[early])
        .when(earn(1, "20.00", 0))
        .then(&[earned(1, "20.00", 30, 0), taken_back(1, None, "0", 15, 0)]);
    assert_eq!(state.balance(), 15);
}

#[test]
fn what_has_expired_is_not_taken_back_a_second_time() {
    let late = 200 * DAY;
    let expired = LoyaltyAccountEvent::PointsExpired { until: at(late), points: 30 };
    let history = [earned(1, "20.00", 30, 0), expired, earned(2, "20.00", 30, late)];
    let state = given::<LoyaltyAccount>(&history).when(take_back(1, 1, "20.00")).then(&[taken_back(
        1,
        Some(1),
        "20.00",
        0,
        0,
    )]);
    assert_eq!((state.balance(), state.owed()), (30, 0));
}

#[test]
fn nobody_spends_what_is_not_there() {
    let few = LoyaltyError::InsufficientPoints { balance: 30, needed: 31 };
    let history = [earned(1, "20.00", 30, 0)];
    given::<LoyaltyAccount>(&history).when(redeem(31, 1)).then_err(few);
    given::<LoyaltyAccount>(&history).when(redeem(30, 1)).then(&[redeemed(30)]);
    let over = LoyaltyError::InsufficientPoints { balance: 0, needed: 1 };
    given::<LoyaltyAccount>(&history).when(redeem(1, 100 * DAY)).then_err(over);
}

#[test]
fn the_oldest_points_are_spent_first() {
    let history = [
        earned(1, "20.00", 30, 0),
        earned(2, "20.00", 30, 10),
        redeemed(40),
    ];
    let state = given::<LoyaltyAccount>(&history).state();
    assert_eq!(state.lots().len(), 1);
    assert_eq!((state.lots()[0].order, state.lots()[0].left), (Some(order(2)), 20));
    assert_eq!((state.spendable(at(1)), state.spendable(at(10 + 100 * DAY))), (20, 0));
    assert_eq!(state.expiring(at(9 + 100 * DAY)), 0);
}

#[test]
fn points_are_corrected_but_never_below_none() {
    let adjusted = |points| LoyaltyAccountEvent::PointsAdjusted {
        points,
        reason: reason("counted anew"),
        at: at(DAY),
        expires_at: None,
        remind_at: None,
    };
    given::<LoyaltyAccount>(&[]).when(adjust(5)).then(&[adjusted(5)]);
    let state = given::<LoyaltyAccount>(&[adjusted(5)]).when(adjust(-5)).then(&[adjusted(-5)]);
    assert_eq!((state.balance(), state.earned_within(&rules(), at(DAY))), (0, 0));
    let few = LoyaltyError::InsufficientPoints { balance: 5, needed: 6 };
    given::<LoyaltyAccount>(&[adjusted(5)]).when(adjust(-6)).then_err(few);
    for wrong in [0, 1_000_000_001, i64::MIN] {
        given::<LoyaltyAccount>(&[])
            .when(adjust(wrong))
            .then_err(LoyaltyError::PointsOutOfRange { max: MAX_POINTS });
    }
}

#[test]
fn points_expire_once_and_a_reminder_comes_before() {
    let remind = |now| LoyaltyAccountCommand::Remind { days: 10, now: at(now) };
    let history = [earned(1, "20.00", 30, 0), earned(2, "20.00", 30, 5 * DAY)];
    let told = LoyaltyAccountEvent::ExpiryReminded { points: 60, until: at(107 * DAY), at: at(90 * DAY) };
    given::<LoyaltyAccount>(&history).when(remind(82 * DAY)).then_nothing();
    given::<LoyaltyAccount>(&history).when(remind(90 * DAY)).then(std::slice::from_ref(&told));
    let told = [history[0].clone(), history[1].clone(), told];
    given::<LoyaltyAccount>(&told).when(remind(95 * DAY)).then_nothing();
    let expire = |now| LoyaltyAccountCommand::Expire { now: at(now) };
    let expired = LoyaltyAccountEvent::PointsExpired { until: at(100 * DAY), points: 30 };
    let state = given::<LoyaltyAccount>(&told).when(expire(100 * DAY)).then(&[expired]);
    assert_eq!(state.balance(), 30);
    given::<LoyaltyAccount>(&told).when(expire(99 * DAY)).then_nothing();
}
