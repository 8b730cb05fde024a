//! The order: what was agreed is frozen at placement; afterwards only its parts advance and units come back.
//!
//! ORD-1 A placed order has 1 to `MAX_LINES` lines in one currency, none of them negative.
//! ORD-2 total = sum of the rounded lines - discount + delivery + tax + rounding, and the lines' discounts sum to the
//!       discount; the rounding is at most half of the smallest coin.
//! ORD-3 A part advances step by step; the order is as far as its least advanced part.
//! ORD-4 An order is cancelled whole, and only before any part has shipped.
//! ORD-5 Only delivered units come back, each once.
//! ORD-6 Returning a line, in any number of steps, pays back its total less its discount, to the minor unit, and gives
//!       back the whole commission on it; its tax comes back in the same steps.
//! ORD-7 The commission on a line is its vendor's rate at placement on its total less its discount and the tax in it.
//! ORD-8 The tax of a rate is rounded once over all its lines, and their shares sum to it; only what comes on top is
//!       in the order's tax.
//! ORD-9 An order is edited whole, before any part has shipped, in its own currency; a confirmed one is invoiced anew.
//! ORD-10 A flagged order is neither confirmed, edited, processed nor shipped until its flag is cleared; it may be cancelled.

mod discounts;
mod edit;
mod flag;
mod parts;
mod place;
mod state;
mod take_back;
mod taxes;
mod terms;
mod workflow;

pub use flag::Flag;
pub use state::{OrderState, PlacedOrder};

use super::{OrderCommand, OrderError, OrderEvent};
use crate::decider::Decider;

/// What a customer committed to buy.
#[derive(Debug)]
pub struct Order;

impl Decider for Order {
    const KIND: &'static str = "order";

    type State = OrderState;
    type Command = OrderCommand;
    type Event = OrderEvent;
    type Error = OrderError;

    fn decide(state: &OrderState, command: OrderCommand) -> Result<Vec<OrderEvent>, OrderError> {
        match command {
            OrderCommand::Place(order) => place::place(state, order),
            OrderCommand::Edit { order, reason } => edit::edit(state.placed()?, *order, reason),
            OrderCommand::Confirm { invoice_number } => workflow::confirm(state.placed()?, invoice_number),
            OrderCommand::Process { part } => workflow::process(state.placed()?, part),
            OrderCommand::Ship { part } => workflow::ship(state.placed()?, part),
            OrderCommand::Deliver { part } => workflow::deliver(state.placed()?, part),
            OrderCommand::Cancel { reason } => workflow::cancel(state.placed()?, reason),
            OrderCommand::Flag { agreement, score, reasons, model_version } => {
                flag::flag(state.placed()?, agreement, score, reasons, model_version)
            }
            OrderCommand::ClearFlag { note } => flag::clear(state.placed()?, note),
            OrderCommand::ConfirmFraud { note } => flag::confirm(state.placed()?, note),
            OrderCommand::ReturnLines { return_id, lines } => {
                take_back::return_lines(state.placed()?, return_id, lines)
            }
            OrderCommand::WithdrawReturn { return_id } => take_back::withdraw(state.placed()?, return_id),
        }
    }

    fn evolve(state: &mut OrderState, event: &OrderEvent) {
        state.evolve(event);
    }
}
