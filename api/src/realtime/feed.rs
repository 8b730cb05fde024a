//! One reader of messages for all streams of a node: what becomes visible in the read models is read once, and told to
//! every stream, which picks what is for its caller.

use std::{sync::Arc, time::Duration};

use event_store::LogPosition;
use futures_util::future::select_all;
use tokio::{
    sync::{Semaphore, broadcast, watch},
    time::sleep,
};

use super::{
    message::Message,
    places::Places,
    reader::{MODELS, WINDOW, read},
};
use crate::http::consistency::Reads;

/// Batches that a slow stream may fall behind before it reads the log for itself.
const BACKLOG: usize = 64;

/// What happens within so long is read together.
const LINGER: Duration = Duration::from_millis(50);

/// After a failed read.
const PAUSE: Duration = Duration::from_secs(1);

/// Streams that read the log for themselves at the same time: each takes a connection of the pool.
const READERS: usize = 3;

/// What streams are told.
#[derive(Debug, Clone)]
pub(super) enum Told {
    /// These messages are all that there are after one position up to another.
    Batch {
        after: i64,
        up_to: i64,
        messages: Arc<[Message]>,
    },
    /// Positions mean something else from now on, or the node stops: streams end.
    End,
}

/// The feed of a node.
#[derive(Debug, Clone)]
pub struct Feed {
    told: broadcast::Sender<Told>,
    pub(super) places: Arc<Places>,
    /// Taken while a stream reads the log for itself.
    pub(super) readers: Arc<Semaphore>,
    pub(super) heartbeat: Duration,
}

impl Feed {
    /// A feed for at most `limit` streams, each of which is silent for no longer than `heartbeat`.
    #[must_use]
    pub fn new(limit: u32, heartbeat: Duration) -> Self {
        Self {
            told: broadcast::Sender::new(BACKLOG),
            places: Places::new(limit),
            readers: Arc::new(Semaphore::new(READERS)),
            heartbeat,
        }
    }

    pub(super) fn listen(&self) -> broadcast::Receiver<Told> {
        self.told.subscribe()
    }

    /// Ends every stream.
    pub fn stop(&self) {
        // Where nobody listens there is nothing to end.
        drop(self.told.send(Told::End));
    }

    /// Reads and tells, until the subscriptions have ended.
    pub async fn run(self, reads: Reads) {
        let mut reached = followed(&reads);
        let mut at = visible(&reads);
        while !reached.is_empty()
            && select_all(reached.iter_mut().map(|reached| Box::pin(reached.changed()))).await.0.is_ok()
        {
            sleep(LINGER).await;
            at = self.tell(&reads, at).await;
        }
    }

    /// Tells what has become visible; answers up to where.
    async fn tell(&self, reads: &Reads, mut at: LogPosition) -> LogPosition {
        loop {
            let visible = visible(reads);
            if visible.epoch != at.epoch {
                self.stop();
                return visible;
            }
            if visible.position <= at.position {
                return at;
            }
            if self.told.receiver_count() == 0 {
                return visible;
            }
            let up_to = visible.position.min(at.position.saturating_add(WINDOW));
            match read(reads, at.position, up_to).await {
                Ok(messages) => {
                    let messages = messages.into();
                    drop(self.told.send(Told::Batch { after: at.position, up_to, messages }));
                    at.position = up_to;
                }
                Err(error) => {
                    tracing::warn!(error = %error, position = at.position, "messages cannot be read");
                    sleep(PAUSE).await;
                }
            }
        }
    }
}

fn followed(reads: &Reads) -> Vec<watch::Receiver<LogPosition>> {
    MODELS.iter().filter_map(|name| reads.subscriptions.position(name)).collect()
}

/// How far every read model that messages need has come.
pub(super) fn visible(reads: &Reads) -> LogPosition {
    let reached = followed(reads).into_iter().map(|reached| *reached.borrow());
    reached.min().unwrap_or_else(|| reads.log.head())
}
