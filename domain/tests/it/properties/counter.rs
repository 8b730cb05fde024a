use domain::{
    decider::Decider,
    orders::{Counter, CounterCommand, CounterEvent, CounterState},
};
use proptest::prelude::*;

proptest! {
    /// Refused requests in between leave no gap, and a state read from the newest event alone counts the same.
    #[test]
    fn numbers_are_dense(documents in prop::collection::vec("(inv_[0-9a-f]{4})?", 0..60)) {
        let (mut state, mut numbers) = (CounterState::default(), Vec::new());
        for document in documents {
            for event in Counter::decide(&state, CounterCommand::Issue { document }).unwrap_or_default() {
                let CounterEvent::NumberIssued { number, .. } = &event;
                numbers.push(*number);
                Counter::evolve(&mut state, &event);
                prop_assert_eq!(state, Counter::fold([&event]));
            }
        }
        prop_assert_eq!(&numbers, &(1..=state.last).collect::<Vec<_>>());
    }
}
