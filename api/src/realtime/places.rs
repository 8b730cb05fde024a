//! How many streams are open: on this node, and of each caller.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::http::{Problem, auth::Signed};

/// Streams of one account or API key at the same time on one node. One more ends the oldest: more often than not that is
/// a line that broke and that nobody has noticed yet, and whoever comes back must not stand before a closed door.
const OF_ONE_CALLER: usize = 8;

/// Who follows.
#[derive(Debug)]
pub(super) struct Places {
    limit: u32,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: u32,
    /// The oldest first; what each hears when it has to go.
    of: HashMap<Uuid, VecDeque<Arc<Notify>>>,
}

/// One open stream; gives its place back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    of: Uuid,
    revoked: Arc<Notify>,
}

impl Places {
    pub(super) fn new(limit: u32) -> Arc<Self> {
        Arc::new(Self { limit, taken: Mutex::default() })
    }

    /// A place for the caller.
    ///
    /// # Errors
    /// 503 where the node has no more.
    pub(super) fn take(self: &Arc<Self>, signed: &Signed) -> Result<Place, Problem> {
        let principal = signed.principal();
        let of = principal.key.as_ref().map_or_else(|| principal.account.as_uuid(), |key| key.id.as_uuid());
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let own = taken.of.get(&of).map_or(0, VecDeque::len);
        if own < OF_ONE_CALLER && taken.all >= self.limit {
            let detail = "this node follows the log for as many as it can";
            return Err(Problem::unavailable("streams-busy", 10, detail));
        }
        let revoked = Arc::new(Notify::new());
        let places = taken.of.entry(of).or_default();
        places.push_back(Arc::clone(&revoked));
        if own >= OF_ONE_CALLER
            && let Some(oldest) = places.pop_front()
        {
            oldest.notify_one();
        } else {
            taken.all += 1;
        }
        metrics::gauge!("souk_streams_open").set(taken.all);
        Ok(Place { places: Arc::clone(self), of, revoked })
    }
}

impl Place {
    /// Until somebody else has it.
    pub(super) async fn revoked(&self) {
        self.revoked.notified().await;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(own) = taken.of.get_mut(&self.of) else {
            return;
        };
        let before = own.len();
        own.retain(|revoked| !Arc::ptr_eq(revoked, &self.revoked));
        let given_back = own.len() < before;
        if own.is_empty() {
            taken.of.remove(&self.of);
        }
        // The place of a stream that had to go belongs to another one already.
        taken.all = taken.all.saturating_sub(u32::from(given_back));
        metrics::gauge!("souk_streams_open").set(taken.all);
    }
}
