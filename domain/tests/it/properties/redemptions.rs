use domain::{
    decider::Decider,
    fixtures::order,
    pricing::{PricingError, Redemptions, RedemptionsCommand, RedemptionsState},
};
use proptest::prelude::*;

proptest! {
    /// PRC-6: whoever comes and goes, and however the limit is changed in between, none is given out above it, none is
    /// lost, and a state read from the newest event alone counts the same.
    #[test]
    fn redemptions_are_those_who_have_one(steps in prop::collection::vec((any::<bool>(), 0..40_u64, 1..12_u32), 0..120)) {
        let mut state = RedemptionsState::default();
        let mut holders: Vec<u64> = Vec::new();
        for (comes, number, limit) in steps {
            let order = order(number);
            let holds = holders.iter().position(|holder| *holder == number);
            // An order takes once and gives back once: the use case sees to that.
            let command = match (comes, holds) {
                (true, None) => RedemptionsCommand::Take { order, limit },
                (false, Some(_)) => RedemptionsCommand::Return { order },
                (true, Some(_)) | (false, None) => continue,
            };
            let full = holders.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
            match Redemptions::decide(&state, command) {
                Ok(events) => {
                    prop_assert!(!comes || !full);
                    for event in &events {
                        Redemptions::evolve(&mut state, event);
                        prop_assert_eq!(state, Redemptions::fold([event]));
                    }
                    match holds {
                        None => holders.push(number),
                        Some(place) => drop(holders.remove(place)),
                    }
                }
                Err(error) => {
                    prop_assert!(comes && full);
                    prop_assert_eq!(error, PricingError::LimitReached { limit });
                }
            }
            prop_assert_eq!(usize::try_from(state.used).ok(), Some(holders.len()));
        }
    }
}
