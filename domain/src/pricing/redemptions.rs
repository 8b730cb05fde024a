//! How many orders have a promotion or coupon. A counter as those of the invoices are: the newest event tells the
//! count, so that a campaign's millionth redemption costs what its first did.

use super::{PricingError, RedemptionsCommand, RedemptionsEvent};
use crate::decider::Decider;

/// The count of one promotion or coupon with a limit in total.
#[derive(Debug)]
pub struct Redemptions;

/// How often it is redeemed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RedemptionsState {
    /// Orders that have it.
    pub used: u32,
}

impl Decider for Redemptions {
    const KIND: &'static str = "redemptions";
    const NEWEST_EVENT_SUFFICES: bool = true;

    type State = RedemptionsState;
    type Command = RedemptionsCommand;
    type Event = RedemptionsEvent;
    type Error = PricingError;

    fn decide(
        state: &RedemptionsState,
        command: RedemptionsCommand,
    ) -> Result<Vec<RedemptionsEvent>, PricingError> {
        match command {
            RedemptionsCommand::Take { limit, .. } if state.used >= limit => {
                Err(PricingError::LimitReached { limit })
            }
            RedemptionsCommand::Take { order, .. } => {
                Ok(vec![RedemptionsEvent::RedemptionTaken { order, used: state.used.saturating_add(1) }])
            }
            RedemptionsCommand::Return { order } => {
                Ok(vec![RedemptionsEvent::RedemptionReturned { order, used: state.used.saturating_sub(1) }])
            }
        }
    }

    fn evolve(state: &mut RedemptionsState, event: &RedemptionsEvent) {
        match event {
            RedemptionsEvent::RedemptionTaken { used, .. }
            | RedemptionsEvent::RedemptionReturned { used, .. } => {
                state.used = *used;
            }
        }
    }
}
