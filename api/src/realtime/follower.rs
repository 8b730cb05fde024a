//! One stream: what its caller may hear, from a position on. It reads the log for itself until it has caught up, and
//! again where it fell behind; else it listens to the node's feed.

use actix_web::{FromRequest, HttpRequest};
use bytes::Bytes;
use domain::ids::OrderId;
use event_store::{LogError, LogPosition};
use futures_util::FutureExt;
use tokio::{
    sync::broadcast::{Receiver, error::RecvError},
    time::{Instant, Interval, MissedTickBehavior, interval},
};

use super::{
    feed::{Feed, Told, visible},
    message::{About, Message},
    name::Name,
    places::Place,
    reader::{WINDOW, read},
};
use crate::http::{auth::Signed, consistency::Reads};

/// Which messages a caller wants, of those that it may hear.
#[derive(Debug, Clone, Default)]
pub(super) struct Wanted {
    pub(super) names: Option<Vec<Name>>,
    pub(super) order: Option<OrderId>,
}

impl Wanted {
    fn takes(&self, message: &Message) -> bool {
        let is_of = |wanted: OrderId| matches!(&message.about, About::Order { id, .. } if *id == wanted);
        self.names.as_ref().is_none_or(|names| names.contains(&message.name)) && self.order.is_none_or(is_of)
    }
}

/// A stream at work.
pub(super) struct Follower {
    /// To look again who it is: a session ends, an account changes.
    request: HttpRequest,
    signed: Signed,
    wanted: Wanted,
    reads: Reads,
    feed: Feed,
    told: Receiver<Told>,
    place: Place,
    epoch: u32,
    /// Everything up to here was sent.
    at: i64,
    /// Everything up to here is read from the log.
    known: i64,
    /// When it looks again whether its caller still may follow, and shows that it is there.
    heartbeat: Interval,
    last_sent: Instant,
}

impl Follower {
    /// From `after` on; from now on where it is `None`.
    pub(super) fn new(
        (request, signed): (HttpRequest, Signed),
        wanted: Wanted,
        (reads, feed): (Reads, Feed),
        place: Place,
        after: Option<i64>,
    ) -> Self {
        // Before anything is read, so that nothing falls between.
        let told = feed.listen();
        let now = visible(&reads);
        let mut heartbeat = interval(feed.heartbeat);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        Self {
            request,
            signed,
            wanted,
            reads,
            feed,
            told,
            place,
            epoch: now.epoch,
            at: after.unwrap_or(now.position),
            known: now.position,
            heartbeat,
            last_sent: Instant::now(),
        }
    }

    /// How a stream begins: how soon to come back, and where it stands, for whoever loses it before the first message.
    pub(super) fn greeting(&self) -> Bytes {
        format!("retry: 2000\n{}", self.place()).into()
    }

    /// What is sent next; `None` at its end.
    ///
    /// # Errors
    /// When the log cannot be read: the client comes back and goes on where it was.
    pub(super) async fn next(&mut self) -> Result<Option<Bytes>, LogError> {
        loop {
            let part = if self.at < self.known {
                // A long look back must not outlast its session either.
                if self.place.revoked().now_or_never().is_some() || !self.may_go_on().await {
                    return Ok(None);
                }
                self.catch_up().await?
            } else {
                match self.listen().await {
                    Some(part) => part,
                    None => return Ok(None),
                }
            };
            if !part.is_empty() {
                self.last_sent = Instant::now();
                return Ok(Some(part));
            }
        }
    }

    /// Looks again who it is, where a heartbeat is due.
    async fn may_go_on(&mut self) -> bool {
        self.heartbeat.tick().now_or_never().is_none() || self.look_again().await
    }

    async fn look_again(&mut self) -> bool {
        let found = Signed::extract(&self.request).await;
        found.map(|signed| self.signed = signed).is_ok()
    }

    /// Reads a window of the log.
    async fn catch_up(&mut self) -> Result<Bytes, LogError> {
        let permit = self.feed.readers.acquire().await;
        let up_to = self.known.min(self.at.saturating_add(WINDOW));
        let messages = read(&self.reads, self.at, up_to).await?;
        drop(permit);
        let mut part = self.pick(&messages);
        self.at = up_to;
        if part.is_empty() && self.last_sent.elapsed() >= self.feed.heartbeat {
            part = self.place().into();
        }
        Ok(part.into())
    }

    /// Waits for what the feed tells; `None` where the stream is over.
    async fn listen(&mut self) -> Option<Bytes> {
        tokio::select! {
            told = self.told.recv() => match told {
                Ok(Told::Batch { after, up_to, messages }) if after <= self.at => {
                    let part = self.pick(&messages);
                    self.at = self.at.max(up_to);
                    self.known = self.known.max(self.at);
                    Some(part.into())
                }
                // What was told in between was missed: the log has it.
                Ok(Told::Batch { up_to, .. }) => {
                    self.known = self.known.max(up_to);
                    Some(Bytes::new())
                }
                Err(RecvError::Lagged(_)) => {
                    self.known = self.known.max(visible(&self.reads).position);
                    Some(Bytes::new())
                }
                Ok(Told::End) | Err(RecvError::Closed) => None,
            },
            () = self.place.revoked() => None,
            _ = self.heartbeat.tick() => {
                self.look_again().await.then(|| self.place().into())
            }
        }
    }

    /// The frames of what is new, wanted, and within reach.
    fn pick(&self, messages: &[Message]) -> Vec<u8> {
        let new = messages.iter().filter(|message| message.position > self.at);
        let own = new.filter(|message| self.wanted.takes(message) && message.is_for(&self.signed));
        own.flat_map(|message| message.frame().iter().copied()).collect()
    }

    /// An event without data is not dispatched, but its id is remembered: whoever comes back need not read again what
    /// was not for them.
    fn place(&self) -> String {
        format!("id: {}\n\n", LogPosition { epoch: self.epoch, position: self.at })
    }
}
