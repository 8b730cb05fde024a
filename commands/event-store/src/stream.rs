//! A stream and the state that its events add up to, with the aggregate's type erased for the writer.

use std::any::Any;

use domain::decider::Decider;

use crate::{DecodeError, RecordedEvent};

/// Names a stream that a command will look at, and knows how to fold it.
#[derive(Debug, Clone)]
pub struct StreamRef {
    pub(crate) kind: &'static str,
    pub(crate) id: String,
    pub(crate) newest_suffices: bool,
    /// Its id was made for this command, so that it cannot exist yet and need not be looked for.
    pub(crate) is_new: bool,
    pub(crate) empty: fn() -> Box<dyn StreamState>,
}

impl StreamRef {
    /// The stream `id` of the aggregate `D`.
    pub fn of<D: Decider>(id: impl Into<String>) -> Self {
        Self {
            kind: D::KIND,
            id: id.into(),
            newest_suffices: D::NEWEST_EVENT_SUFFICES,
            is_new: false,
            empty: || Box::new(Folded::<D>(D::State::default())),
        }
    }

    /// A stream whose id was made just now, so that it is known to be empty. Were it not, the append would fail.
    pub fn new_of<D: Decider>(id: impl Into<String>) -> Self {
        Self { is_new: true, ..Self::of::<D>(id) }
    }
}

/// A state that the writer keeps without knowing its type.
pub(crate) trait StreamState: Send + Sync {
    fn fold(&mut self, event: &RecordedEvent) -> Result<(), DecodeError>;
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
}

pub(crate) struct Folded<D: Decider>(pub(crate) D::State);

impl<D: Decider> StreamState for Folded<D> {
    fn fold(&mut self, event: &RecordedEvent) -> Result<(), DecodeError> {
        D::evolve(&mut self.0, event.typed::<D::Event>()?);
        Ok(())
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }
}
