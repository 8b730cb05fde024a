//! The book outside of decisions, for quotes: kept folded, and brought up to date with one look-up.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    decider::Decider,
    pricing::{BOOK, BookEvent, BookState, PromotionBook},
};
use event_store::{AsOf, LogError, LogReader};

#[derive(Clone)]
pub(super) struct BookView {
    reader: LogReader,
    known: Arc<Mutex<Known>>,
}

#[derive(Clone, Default)]
struct Known {
    book: Arc<BookState>,
    version: i64,
}

impl BookView {
    pub(super) fn new(reader: LogReader) -> Self {
        Self { reader, known: Arc::default() }
    }

    /// The book as it is now.
    pub(super) async fn current(&self) -> Result<Arc<BookState>, LogError> {
        let Known { mut book, mut version } =
            self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let events = self.reader.read_stream(PromotionBook::KIND, BOOK, version, AsOf::Now).await?;
        if events.is_empty() {
            return Ok(book);
        }
        for event in &events {
            PromotionBook::evolve(Arc::make_mut(&mut book), event.typed::<BookEvent>()?);
            version = event.sequence;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // Another request may have come further in the meantime.
        if known.version < version {
            *known = Known { book: Arc::clone(&book), version };
        }
        Ok(book)
    }
}
