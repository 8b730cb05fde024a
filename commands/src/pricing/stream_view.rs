//! One stream outside of decisions, for quotes: kept folded, and brought up to date with one look-up.

use std::sync::{Arc, Mutex, PoisonError};

use domain::decider::Decider;
use event_store::{AsOf, LogError, LogReader};

pub(super) struct StreamView<D: Decider> {
    reader: LogReader,
    id: &'static str,
    known: Arc<Mutex<Known<D>>>,
}

struct Known<D: Decider> {
    state: Arc<D::State>,
    version: i64,
}

impl<D: Decider> Clone for StreamView<D> {
    fn clone(&self) -> Self {
        Self {
            reader: self.reader.clone(),
            id: self.id,
            known: Arc::clone(&self.known),
        }
    }
}

impl<D> StreamView<D>
where
    D: Decider,
    D::State: Clone + Default,
    D::Event: 'static,
{
    pub(super) fn new(reader: LogReader, id: &'static str) -> Self {
        let known = Known { state: Arc::default(), version: 0 };
        Self { reader, id, known: Arc::new(Mutex::new(known)) }
    }

    /// The state as it is now.
    pub(super) async fn current(&self) -> Result<Arc<D::State>, LogError> {
        let (mut state, mut version) = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            (Arc::clone(&known.state), known.version)
        };
        let events = self.reader.read_stream(D::KIND, self.id, version, AsOf::Now).await?;
        if events.is_empty() {
            return Ok(state);
        }
        for event in &events {
            D::evolve(Arc::make_mut(&mut state), event.typed::<D::Event>()?);
            version = event.sequence;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Another request may have come further in the meantime.
        if known.version < version {
            *known = Known { state: Arc::clone(&state), version };
        }
        Ok(state)
    }
}
