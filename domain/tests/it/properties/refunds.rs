use domain::{
    decider::Decider,
    fixtures::{
        must, order,
        orders::{delivered_order, return_lines, returned_lines, withdrawn},
        return_id,
    },
    orders::{Order, OrderCommand, OrderState},
};
use proptest::prelude::*;

use super::order_totals::place_order;

fn apply(state: &mut OrderState, command: OrderCommand) {
    let events = must(Order::decide(state, command));
    events.iter().for_each(|event| Order::evolve(state, event));
}

/// Returns what is left of every line, in pieces of at most `piece` units; answers what each line paid back.
fn return_the_rest(state: &mut OrderState, pieces: &[u32], first_return: u64) -> Vec<i64> {
    let mut paid = vec![0; state.lines().len()];
    let mut pieces = pieces.iter().copied().cycle();
    let mut next_return = first_return;
    let numbers: Vec<u16> = state.lines().iter().map(|line| line.number).collect();
    for number in numbers {
        while state.returnable_units(number) > 0 {
            let units = pieces.next().unwrap_or(1).min(state.returnable_units(number));
            let lines = returned_lines(&[(number, units)]);
            let credit = must(state.credit_for(order(1), &lines));
            paid[usize::from(number) - 1] += credit[0].total.minor();
            assert!(!credit[0].total.is_negative());
            apply(state, return_lines(next_return, &[(number, units)]));
            next_return += 1;
        }
    }
    paid
}

fn net(state: &OrderState) -> Vec<i64> {
    let discount = |line: &domain::orders::OrderLine| line.discount.map_or(0, domain::money::Money::minor);
    state.lines().iter().map(|line| line.total.minor() - discount(line)).collect()
}

proptest! {
    /// ORD-6.
    #[test]
    fn any_split_of_returns_pays_back_exactly_what_was_paid(
        placed in place_order(),
        pieces in prop::collection::vec(1..=9_u32, 1..20),
    ) {
        let mut state = Order::fold(&delivered_order(placed));
        let paid = return_the_rest(&mut state, &pieces, 1);
        prop_assert_eq!(paid, net(&state));
    }

    /// ORD-6 with rejections in between: what was not withdrawn and the rest together pay exactly what was paid.
    #[test]
    fn withdrawn_returns_leave_no_penny_behind(
        placed in place_order(),
        early in prop::collection::vec((0..12_u16, 1..=5_u32, any::<bool>()), 1..10),
        pieces in prop::collection::vec(1..=9_u32, 1..5),
    ) {
        let mut state = Order::fold(&delivered_order(placed));
        let mut kept = vec![0; state.lines().len()];
        let mut withdraw = Vec::new();
        for (id, (line, units, rejected)) in (1_u64..).zip(early) {
            let lines = [(line + 1, units)];
            let Ok(credit) = state.credit_for(order(1), &returned_lines(&lines)) else { continue };
            apply(&mut state, return_lines(id, &lines));
            if rejected {
                withdraw.push(id);
            } else {
                kept[usize::from(line)] += credit[0].total.minor();
            }
        }
        for id in withdraw {
            apply(&mut state, OrderCommand::WithdrawReturn { return_id: return_id(id) });
            prop_assert_eq!(Order::decide(&state, OrderCommand::WithdrawReturn { return_id: return_id(id) }), Ok(vec![]));
            Order::evolve(&mut state, &withdrawn(id));
        }
        let rest = return_the_rest(&mut state, &pieces, 1_000);
        let paid: Vec<i64> = kept.iter().zip(rest).map(|(kept, rest)| kept + rest).collect();
        prop_assert_eq!(paid, net(&state));
    }
}
