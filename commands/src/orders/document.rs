//! Numbered documents: invoices and credits, without a gap.

use domain::orders::{Counter, CounterCommand, CounterEvent};
use event_store::{Decision, StreamRef, Unit};

use crate::execute::{Ruling, judge, refuse};

/// Names the counter that [`issue`] takes from.
pub(super) fn reads_series(unit: Unit, series: &str) -> Unit {
    unit.reads(StreamRef::of::<Counter>(series))
}

/// Takes the next number of a series for a document; if the unit is refused, the number was never taken.
pub(crate) fn issue(decision: &mut Decision<'_>, series: &str, document: String) -> Ruling<u64> {
    let events = judge::<Counter>(decision, series, CounterCommand::Issue { document })?;
    match events.first() {
        Some(CounterEvent::NumberIssued { number, .. }) => Ok(*number),
        None => refuse(crate::Refused::of(&domain::orders::CounterError::Exhausted)),
    }
}
