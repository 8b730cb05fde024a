//! The stock of one product over all warehouses; the stream's id is the product's.
//!
//! INV-1 No counter is ever below zero.
//! INV-2 reserved + held <= on hand, in every warehouse: nothing is sold twice.
//! INV-3 on hand = received + adjusted + returned - deducted - wasted; a transfer keeps the sum over warehouses.
//! INV-4 Releasing gives back exactly what reserving took.
//! INV-5 Each crossing of low, out and recovered is told once.
//! INV-6 The lots of a warehouse hold at most what is on hand there; the rest is of no lot.
//! INV-7 What has expired is neither reserved, held nor shipped; it stays on hand until it is written off.
//! INV-8 Coming to the reorder point is told once per crossing, and again after a delivery that does not bring enough.

mod allocation;
mod crossing;
mod decide;
mod level;
mod lots;
mod movement;
mod plan;
mod reorder;
mod state;

pub use allocation::deal;
pub use level::{Level, StockMark};
pub use lots::Pick;
pub use movement::{LotMovement, Movement};
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
        let reached = reorder::points_reached(state, &events);
        events.extend(reached);
        Ok(events)
    }

    fn evolve(state: &mut StockState, event: &StockEvent) {
        state.evolve(event);
    }
}
