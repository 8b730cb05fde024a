//! Product answers kept in memory, ready to be sent.
//!
//! An entry holds the position that the read model had reached in the snapshot that it was read in. It is dropped when
//! the read model passes an event of that product. Two things could make an entry outlive an event: a read that began
//! before the event and ends after it, which is why the last event of each product is remembered and looked at again
//! after inserting; and a caller who has seen the event already (`Min-Event-Position`), which is why such a caller is
//! served only what is known to be as new as that.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use actix_web::http::header::HeaderValue;
use bytes::Bytes;
use domain::ids::ProductId;
use event_store::{
    LogPosition,
    subscription::{Passed, Passing},
};
use moka::sync::Cache;
use uuid::Uuid;

use crate::http::locale::Locale;

/// The read model that the entries come from.
pub const READ_MODEL: &str = "product_list";
/// No read takes longer; so long the last event of a product must be remembered.
const LONGEST_READ: Duration = Duration::from_secs(60);

/// One product in one language, as bytes.
#[derive(Debug)]
pub struct ProductPage {
    /// The position that the read model had reached.
    pub as_of: LogPosition,
    /// The entity tag.
    pub etag: HeaderValue,
    /// The language that was picked.
    pub language: HeaderValue,
    /// The JSON.
    pub body: Bytes,
    /// The JSON in gzip, where that is worth it.
    pub gzip: Option<Bytes>,
}

/// The entries of this node.
#[derive(Clone)]
pub struct ProductPages {
    entries: Cache<(ProductId, Locale), Arc<ProductPage>>,
    last_events: Cache<Uuid, i64>,
    seen: Arc<RwLock<Seen>>,
    locales: u8,
}

#[derive(Debug, Clone, Copy)]
struct Seen {
    /// Every event up to here has been taken account of.
    up_to: LogPosition,
    /// Nothing that was read before this position may be kept.
    floor: LogPosition,
}

impl ProductPages {
    /// An empty cache of at most `capacity` products in `locales` languages each.
    #[must_use]
    pub fn new(capacity: u32, locales: u8, at: LogPosition) -> Self {
        Self {
            entries: Cache::builder().max_capacity(u64::from(capacity) * u64::from(locales)).build(),
            last_events: Cache::builder().time_to_live(LONGEST_READ).build(),
            seen: Arc::new(RwLock::new(Seen { up_to: at, floor: at })),
            locales,
        }
    }

    /// What may be served to a caller who wants to see at least `min`.
    #[must_use]
    pub fn get(&self, id: ProductId, locale: Locale, min: Option<LogPosition>) -> Option<Arc<ProductPage>> {
        let Some(min) = min else {
            return self.entries.get(&(id, locale));
        };
        // Taken before the entry: whatever it says has been applied to the entry.
        let up_to = self.seen().up_to;
        let page = self.entries.get(&(id, locale))?;
        let is_new = page.as_of >= min || (up_to >= min && !self.is_outdated(id, &page));
        (is_new && page.as_of.epoch == min.epoch).then_some(page)
    }

    /// Keeps what was just read, unless the read model has passed an event of the product since.
    pub fn insert(&self, id: ProductId, locale: Locale, page: Arc<ProductPage>) {
        if page.as_of < self.seen().floor || self.is_outdated(id, &page) {
            return;
        }
        self.entries.insert((id, locale), Arc::clone(&page));
        // An event may have come between the look and the insertion.
        if page.as_of < self.seen().floor || self.is_outdated(id, &page) {
            self.entries.invalidate(&(id, locale));
        }
    }

    fn is_outdated(&self, id: ProductId, page: &ProductPage) -> bool {
        self.last_events.get(&id.as_uuid()).is_some_and(|last| last > page.as_of.position)
    }

    fn seen(&self) -> Seen {
        *self.seen.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes account of what the read model has made visible, until the subscriptions end.
    pub async fn follow(self, mut passing: Passing) {
        while let Some(passed) = passing.next().await {
            self.take(&passed);
        }
    }

    fn take(&self, passed: &Passed) {
        let (up_to, floor) = match passed {
            Passed::Events { events, up_to } => {
                // A batch has many events of some products: the last one of each counts.
                let last: HashMap<&str, i64> =
                    events.iter().map(|event| (event.aggregate_id.as_str(), event.position)).collect();
                last.into_iter().for_each(|(stream, position)| self.forget(stream, position));
                (*up_to, None)
            }
            Passed::Anything { up_to } => (*up_to, Some(*up_to)),
        };
        {
            let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
            seen.up_to = up_to;
            seen.floor = floor.unwrap_or(seen.floor);
        }
        if floor.is_some() {
            self.entries.invalidate_all();
        }
    }

    /// The streams of a product and of its stock go by the same id.
    fn forget(&self, stream: &str, position: i64) {
        let Ok(id) = Uuid::try_parse(stream) else {
            return;
        };
        self.last_events.insert(id, position);
        for locale in 0..self.locales {
            self.entries.invalidate(&(ProductId::from_uuid(id), Locale::from_index(locale)));
        }
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.entries.entry_count()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(position: i64) -> LogPosition {
        LogPosition { epoch: 1, position }
    }

    fn page(position: i64) -> Arc<ProductPage> {
        Arc::new(ProductPage {
            as_of: at(position),
            etag: HeaderValue::from_static("\"1\""),
            language: HeaderValue::from_static("en"),
            body: Bytes::new(),
            gzip: None,
        })
    }

    fn pages() -> (ProductPages, ProductId, Locale) {
        (ProductPages::new(10, 3, at(0)), ProductId::from_uuid(Uuid::from_u128(7)), Locale::default())
    }

    fn pass(pages: &ProductPages, id: ProductId, position: i64) {
        pages.last_events.insert(id.as_uuid(), position);
        for locale in 0..3 {
            pages.entries.invalidate(&(id, Locale::from_index(locale)));
        }
        pages.take(&Passed::Events { events: Arc::from([]), up_to: at(position) });
    }

    #[test]
    fn an_entry_is_served_until_its_product_changes() {
        let (pages, id, locale) = pages();
        pages.insert(id, locale, page(5));
        assert!(pages.get(id, locale, None).is_some());
        pass(&pages, id, 6);
        assert!(pages.get(id, locale, None).is_none());
    }

    #[test]
    fn a_read_that_began_before_the_event_is_not_kept() {
        let (pages, id, locale) = pages();
        pass(&pages, id, 6);
        pages.insert(id, locale, page(5));
        assert!(pages.get(id, locale, None).is_none());
        pages.insert(id, locale, page(6));
        assert!(pages.get(id, locale, None).is_some());
    }

    #[test]
    fn a_caller_who_has_seen_more_gets_no_older_entry() {
        let (pages, id, locale) = pages();
        pages.insert(id, locale, page(5));
        assert!(pages.get(id, locale, Some(at(5))).is_some());
        assert!(pages.get(id, locale, Some(at(8))).is_none());
        // The read model has passed 8, and nothing of this product was there: the entry still tells the truth.
        pages.take(&Passed::Events { events: Arc::from([]), up_to: at(8) });
        assert!(pages.get(id, locale, Some(at(8))).is_some());
        assert!(pages.get(id, locale, Some(LogPosition { epoch: 2, position: 1 })).is_none());
    }

    #[test]
    fn after_a_rebuild_everything_is_read_again() {
        let (pages, id, locale) = pages();
        pages.insert(id, locale, page(5));
        pages.take(&Passed::Anything { up_to: at(9) });
        assert!(pages.get(id, locale, None).is_none());
        pages.insert(id, locale, page(8));
        assert!(pages.get(id, locale, None).is_none());
        pages.insert(id, locale, page(9));
        assert!(pages.get(id, locale, None).is_some());
    }
}
