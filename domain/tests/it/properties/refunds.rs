use domain::{
    decider::Decider,
    fixtures::{
        must, order,
        orders::{delivered_order, return_lines, returned_lines, withdrawn},
        return_id,
    },
    money::Money,
    orders::{CreditLine, Order, OrderCommand, OrderLine, OrderState},
};
use proptest::prelude::*;

use super::order_totals::place_order;

fn apply(state: &mut OrderState, command: OrderCommand) {
    let events = must(Order::decide(state, command));
    events.iter().for_each(|event| Order::evolve(state, event));
}

/// What a line paid back: to the customer, of the commission to the vendor, and of the tax.
type PaidBack = (i64, i64, i64);

fn of(credit: &CreditLine) -> PaidBack {
    let tax = credit.tax.map_or(0, |tax| tax.amount.minor());
    (credit.total.minor(), credit.commission.map_or(0, Money::minor), tax)
}

fn sum(left: PaidBack, right: PaidBack) -> PaidBack {
    (left.0 + right.0, left.1 + right.1, left.2 + right.2)
}

/// Returns what is left of every line, in pieces of at most `piece` units; answers what each line paid back.
fn return_the_rest(state: &mut OrderState, pieces: &[u32], first_return: u64) -> Vec<PaidBack> {
    let mut paid = vec![(0, 0, 0); state.lines().len()];
    let mut pieces = pieces.iter().copied().cycle();
    let mut next_return = first_return;
    let numbers: Vec<u16> = state.lines().iter().map(|line| line.number).collect();
    for number in numbers {
        while state.returnable_units(number) > 0 {
            let units = pieces.next().unwrap_or(1).min(state.returnable_units(number));
            let lines = returned_lines(&[(number, units)]);
            let credit = must(state.credit_for(order(1), &lines));
            let back = of(&credit[0]);
            assert!(back.0 >= 0 && back.1 >= 0 && back.2 >= 0);
            let line = &mut paid[usize::from(number) - 1];
            *line = sum(*line, back);
            apply(state, return_lines(next_return, &[(number, units)]));
            next_return += 1;
        }
    }
    paid
}

fn net(state: &OrderState) -> Vec<PaidBack> {
    let discount = |line: &OrderLine| line.discount.map_or(0, Money::minor);
    let commission = |line: &OrderLine| line.commission.map_or(0, |commission| commission.amount.minor());
    let lines = state.lines().iter();
    let tax = |line: &OrderLine| line.tax.map_or(0, |tax| tax.amount.minor());
    let owed = |line: &OrderLine| line.total.minor() - discount(line) + line.tax_on_top().minor();
    lines.map(|line| (owed(line), commission(line), tax(line))).collect()
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
        let mut kept = vec![(0, 0, 0); state.lines().len()];
        let mut withdraw = Vec::new();
        for (id, (line, units, rejected)) in (1_u64..).zip(early) {
            let lines = [(line + 1, units)];
            let Ok(credit) = state.credit_for(order(1), &returned_lines(&lines)) else { continue };
            apply(&mut state, return_lines(id, &lines));
            if rejected {
                withdraw.push(id);
            } else {
                let line = &mut kept[usize::from(line)];
                *line = sum(*line, of(&credit[0]));
            }
        }
        for id in withdraw {
            apply(&mut state, OrderCommand::WithdrawReturn { return_id: return_id(id) });
            prop_assert_eq!(Order::decide(&state, OrderCommand::WithdrawReturn { return_id: return_id(id) }), Ok(vec![]));
            Order::evolve(&mut state, &withdrawn(id));
        }
        let rest = return_the_rest(&mut state, &pieces, 1_000);
        let paid: Vec<PaidBack> =
            kept.iter().zip(rest).map(|(kept, rest)| sum(*kept, rest)).collect();
        prop_assert_eq!(paid, net(&state));
    }
}
