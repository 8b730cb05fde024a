//! The numbers of invoices and credits: dense from 1, because tax offices ask about every gap.

use super::{CounterCommand, CounterError, CounterEvent};
use crate::decider::Decider;

/// The longest document id, in bytes.
const MAX_DOCUMENT_BYTES: usize = 64;

/// One series of document numbers; the stream's id is the series (`invoice`, `credit`).
#[derive(Debug)]
pub struct Counter;

/// What is known of a series.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CounterState {
    /// The last number given out; zero before the first.
    pub last: u64,
}

impl CounterState {
    /// The greatest number: what `bigint` columns of the read side hold.
    pub const MAX_NUMBER: u64 = i64::MAX.unsigned_abs();

    /// The number that the next document gets.
    #[must_use]
    pub const fn next(&self) -> u64 {
        self.last.saturating_add(1)
    }
}

impl Decider for Counter {
    const KIND: &'static str = "counter";
    const NEWEST_EVENT_SUFFICES: bool = true;

    type State = CounterState;
    type Command = CounterCommand;
    type Event = CounterEvent;
    type Error = CounterError;

    fn decide(state: &CounterState, command: CounterCommand) -> Result<Vec<CounterEvent>, CounterError> {
        let CounterCommand::Issue { document } = command;
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
        if document.is_empty() || document.len() > MAX_DOCUMENT_BYTES || !document.bytes().all(plain) {
            return Err(CounterError::InvalidDocument);
        }
        let number = state.next();
        if number > CounterState::MAX_NUMBER {
            return Err(CounterError::Exhausted);
        }
        Ok(vec![CounterEvent::NumberIssued { number, document }])
    }

    fn evolve(state: &mut CounterState, event: &CounterEvent) {
        let CounterEvent::NumberIssued { number, .. } = event;
        state.last = *number;
    }
}
