use domain::{
    customers::{LoyaltyAccount, LoyaltyAccountCommand, LoyaltyAccountState, LoyaltyRules},
    decider::Decider,
    fixtures::{at, must, order, reason, return_id, reward},
    money::{Currency, Money},
    pricing::CouponCode,
};
use proptest::prelude::*;

fn rules(life: Option<u16>) -> LoyaltyRules {
    must(serde_json::from_value(serde_json::json!({
        "rates": [{"points": 7, "spent": {"amount": "3.00", "currency": "GBP"}}],
        "tiers": [
            {"code": "a", "name": {"en": "A"}, "from_points": 0, "multiplier_percent": 100},
            {"code": "b", "name": {"en": "B"}, "from_points": 500, "multiplier_percent": 125},
        ],
        "tier_window_days": 30,
        "expire_after_days": life,
    })))
}

/// What is asked: which kind, of which order or return, how much.
type Step = (u8, u64, i64);

fn command(step: Step, days: i64, life: Option<u16>) -> LoyaltyAccountCommand {
    let (kind, number, amount) = step;
    let now = at(days * 1_440);
    let money = Money::from_minor(amount, Currency::GBP);
    match kind {
        0 | 1 => LoyaltyAccountCommand::Earn { order: order(number), paid: money, rules: rules(life), now },
        2 => LoyaltyAccountCommand::TakeBack {
            order: order(number % 7),
            return_id: return_id(number),
            credited: money,
            now,
        },
        3 => LoyaltyAccountCommand::Redeem {
            reward: reward(1),
            points: amount.unsigned_abs(),
            coupon: must(CouponCode::parse("LOY-1234")),
            now,
        },
        4 => LoyaltyAccountCommand::Adjust {
            points: amount / 3 - 500,
            reason: reason("so"),
            rules: rules(life),
            now,
        },
        5 => LoyaltyAccountCommand::Remind { days: 5, now },
        _ => LoyaltyAccountCommand::Expire { now },
    }
}

proptest! {
    /// LOY-3, LOY-4: whatever is asked in whatever order, and asked again, the balance is the sum of the history and of
    /// the lots and never below zero, and a repeat of what earned or took back changes nothing.
    #[test]
    fn the_balance_is_the_sum_of_the_history(
        steps in prop::collection::vec(((0..7_u8, 0..12_u64, 0..9_000_i64), 0..4_i64), 0..60),
        life in prop::option::of(3..20_u16),
    ) {
        let mut state = LoyaltyAccountState::default();
        let (mut days, mut sum) = (0, 0_i64);
        for (step, later) in steps {
            days += later;
            let Ok(events) = LoyaltyAccount::decide(&state, command(step, days, life)) else { continue };
            for event in &events {
                LoyaltyAccount::evolve(&mut state, event);
                sum += event.change();
                prop_assert!(sum >= 0);
                prop_assert_eq!(i64::try_from(state.balance()).ok(), Some(sum));
                let lots: u64 = state.lots().iter().map(|lot| lot.left).sum();
                prop_assert_eq!(lots, state.balance());
                prop_assert!(state.lots().iter().all(|lot| lot.left > 0));
            }
            if step.0 <= 2 && !events.is_empty() {
                prop_assert_eq!(LoyaltyAccount::decide(&state, command(step, days, life)), Ok(Vec::new()));
            }
        }
    }

    /// LOY-4: however an order comes back, and whether its points came before or after, nothing of them is left.
    #[test]
    fn an_order_that_comes_back_whole_leaves_nothing(
        parts in prop::collection::vec(1..5_000_i64, 1..9),
        earned_after in 0..9_usize,
    ) {
        let paid = parts.iter().sum();
        let mut state = LoyaltyAccountState::default();
        let mut act = |command| {
            for event in must(LoyaltyAccount::decide(&state, command)) {
                LoyaltyAccount::evolve(&mut state, &event);
            }
            state.balance() + state.owed()
        };
        let earn = || command((0, 1, paid), 0, None);
        for (number, part) in (0..).zip(&parts) {
            if number == earned_after {
                act(earn());
            }
            let id = return_id(must(u64::try_from(number)));
            let credited = Money::from_minor(*part, Currency::GBP);
            act(LoyaltyAccountCommand::TakeBack { order: order(1), return_id: id, credited, now: at(0) });
        }
        prop_assert_eq!(act(earn()), 0);
        prop_assert_eq!(state.owed(), 0);
    }
}
