//! The stock of one product over all warehouses; the stream's id is the product's.
//!
//! INV-1 No counter is ever below zero.
//! INV-2 reserved + held <= on hand, in every warehouse: nothing is sold twice.
//! INV-3 on hand = received + adjusted + returned - deducted.
//! INV-4 Releasing gives back exactly what reserving took.
//! INV-5 Each crossing of low, out and recovered is told once.

mod allocation;
mod crossing;
mod decide;
mod level;
mod movement;
mod plan;
mod state;

pub use allocation::deal;
pub use level::{Level, StockMark};
pub use movement::Movement;
pub use state::{HeldStock, StockState};

use super::{StockCommand, StockError, StockEvent};
use crate::decider::Decider;

/// The stock of one product.
#[derive(Debug)]
pub struct Stock;

impl Decider for Stock {
    const KIND: &'static str = "stock";

    type State = StockState;
    type Command = StockCommand;
    type Event = StockEvent;
    type Error = StockError;

    fn decide(state: &StockState, command: StockCommand) -> Result<Vec<StockEvent>, StockError> {
        let mut events = decide::decide(state, command)?;
        let crossings = crossing::crossings(state, &events);
        events.extend(crossings);
        Ok(events)
    }

    fn evolve(state: &mut StockState, event: &StockEvent) {
        state.evolve(event);
    }
}
