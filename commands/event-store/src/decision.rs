//! What a decision sees and does, under the append lock.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    decider::{Decider, Event},
    ids::EventId,
};

use crate::{
    StreamRef,
    stream::{Folded, StreamState},
    writer::memory::Memory,
};

/// Something that a decision needs and the writer does not hold yet; the writer fetches it and decides anew.
#[derive(Debug, Clone)]
pub enum Interrupt {
    /// A stream.
    Stream(StreamRef),
    /// A claim: scope and key.
    Claim(String, String),
    /// Several at once, so that they cost one further decision together.
    Many(Vec<Interrupt>),
    /// A use case broke a rule of this interface.
    Misuse(&'static str),
}

/// The answer to a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// It is this unit's holder's now (or already was).
    Held,
    /// Another stream holds it: that stream's id.
    Taken(String),
}

/// An event that a unit will append.
pub(crate) struct Pending {
    pub(crate) stream: StreamRef,
    pub(crate) event_type: &'static str,
    pub(crate) event_version: u16,
    pub(crate) payload: String,
    /// Chosen by the use case, where something in the payload is bound to it.
    pub(crate) event_id: Option<EventId>,
    pub(crate) typed: Box<dyn std::any::Any + Send + Sync>,
    pub(crate) evolve: fn(&mut dyn StreamState, &dyn std::any::Any),
}

/// A claim that a unit takes or gives up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ClaimChange {
    Take {
        scope: String,
        key: String,
        holder: String,
    },
    Release {
        scope: String,
        key: String,
        /// That it was held stays known (`claims_past`).
        is_kept: bool,
    },
}

/// The claims that the batch knows about, with the changes of the units before this one.
pub(crate) type KnownClaims = HashMap<(String, String), Option<String>>;

/// One unit's view of the log: every state includes all that was committed before it, on any node.
pub struct Decision<'a> {
    pub(crate) memory: &'a mut Memory,
    pub(crate) claims: &'a KnownClaims,
    /// The streams that this unit opens; hardly ever more than one.
    pub(crate) fresh: &'a [(&'static str, String)],
    pub(crate) now: DateTime<Utc>,
    pub(crate) pending: Vec<Pending>,
    pub(crate) claim_changes: Vec<ClaimChange>,
    pub(crate) overlays: HashMap<(&'static str, String), Box<dyn StreamState>>,
}

impl Decision<'_> {
    /// The time at which everything of this batch is recorded.
    #[must_use]
    pub const fn now(&self) -> DateTime<Utc> {
        self.now
    }

    /// The state of a stream, this unit's own events so far included.
    ///
    /// # Errors
    /// [`Interrupt`] when it must be read first; pass it on with `?`.
    pub fn state<D: Decider>(&mut self, id: &str) -> Result<&D::State, Interrupt> {
        if self.pending.iter().any(|p| p.stream.kind == D::KIND && p.stream.id == id) {
            return self.overlay::<D>(id);
        }
        self.committed::<D>(id)
    }

    fn committed<D: Decider>(&mut self, id: &str) -> Result<&D::State, Interrupt> {
        let stream = || StreamRef::of::<D>(id);
        if !self.memory.holds(D::KIND, id) {
            if !self.fresh.iter().any(|(kind, fresh)| *kind == D::KIND && fresh == id) {
                return Err(Interrupt::Stream(stream()));
            }
            self.memory.insert(stream(), (stream().empty)(), 0);
        }
        self.memory
            .state(D::KIND, id)
            .and_then(|state| state.as_any().downcast_ref::<Folded<D>>())
            .map(|folded| &folded.0)
            .ok_or(Interrupt::Misuse("two aggregates share one kind"))
    }

    /// Folds this unit's own events over a copy, so that a refusal later leaves the memory as it was.
    fn overlay<D: Decider>(&mut self, id: &str) -> Result<&D::State, Interrupt> {
        let key = (D::KIND, id.to_owned());
        let mut state = self.committed::<D>(id)?.clone();
        for pending in self.pending.iter().filter(|p| p.stream.kind == D::KIND && p.stream.id == id) {
            if let Some(event) = pending.typed.downcast_ref::<D::Event>() {
                D::evolve(&mut state, event);
            }
        }
        self.overlays.insert(key.clone(), Box::new(Folded::<D>(state)));
        self.overlays
            .get(&key)
            .and_then(|state| state.as_any().downcast_ref::<Folded<D>>())
            .map(|folded| &folded.0)
            .ok_or(Interrupt::Misuse("two aggregates share one kind"))
    }

    /// How many events the stream has, this unit's own included: the `ETag` of what it stands for.
    ///
    /// # Errors
    /// As [`Self::state`].
    pub fn version<D: Decider>(&mut self, id: &str) -> Result<i64, Interrupt> {
        self.committed::<D>(id)?;
        let own = self.pending.iter().filter(|p| p.stream.kind == D::KIND && p.stream.id == id).count();
        Ok(self.memory.version(D::KIND, id) + i64::try_from(own).unwrap_or(i64::MAX))
    }

    /// Lets the aggregate judge `command`; what it answers is appended if the whole unit is accepted.
    ///
    /// # Errors
    /// The aggregate's refusal inside `Ok(Err(_))`; [`Interrupt`] as [`Self::state`].
    pub fn decide<D: Decider>(
        &mut self,
        id: &str,
        command: D::Command,
    ) -> Result<Result<Vec<D::Event>, D::Error>, Interrupt> {
        let events = match D::decide(self.state::<D>(id)?, command) {
            Ok(events) => events,
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.append::<D>(id, &events)?;
        Ok(Ok(events))
    }

    /// As [`Self::decide`], with the id of the first event: a sealed value in it opens under this id and no other.
    ///
    /// # Errors
    /// As [`Self::decide`].
    pub fn decide_as<D: Decider>(
        &mut self,
        id: &str,
        event_id: EventId,
        command: D::Command,
    ) -> Result<Result<Vec<D::Event>, D::Error>, Interrupt> {
        let before = self.pending.len();
        let decided = self.decide::<D>(id, command)?;
        if let Some(first) = self.pending.get_mut(before) {
            first.event_id = Some(event_id);
        }
        Ok(decided)
    }

    /// Appends events that were decided elsewhere.
    pub(crate) fn append<D: Decider>(&mut self, id: &str, events: &[D::Event]) -> Result<(), Interrupt> {
        self.committed::<D>(id)?;
        for event in events {
            let payload = self.memory.text_of(event)?;
            self.pending.push(Pending {
                stream: StreamRef::of::<D>(id),
                event_type: event.name(),
                event_version: event.version(),
                payload,
                event_id: None,
                typed: Box::new(event.clone()),
                evolve: |state, event| {
                    if let (Some(folded), Some(event)) =
                        (state.as_any_mut().downcast_mut::<Folded<D>>(), event.downcast_ref::<D::Event>())
                    {
                        D::evolve(&mut folded.0, event);
                    }
                },
            });
        }
        Ok(())
    }

    /// Looks whether all of these are at hand, so that what is not can be fetched in one go before it is asked for.
    ///
    /// # Errors
    /// [`Interrupt::Many`] with all that must be read first; pass it on with `?`.
    pub fn prefetch(&mut self, streams: &[StreamRef], claims: &[(&str, String)]) -> Result<(), Interrupt> {
        let mut missing = Vec::new();
        for stream in streams {
            if !self.memory.holds(stream.kind, &stream.id) {
                missing.push(Interrupt::Stream(stream.clone()));
            }
        }
        for (scope, key) in claims {
            if let Err(interrupt) = self.holder(scope, key) {
                missing.push(interrupt);
            }
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(Interrupt::Many(missing))
        }
    }

    /// Looks at what something would come to: all that `look` appends and claims is given up again.
    pub fn rehearse<R>(&mut self, look: impl FnOnce(&mut Self) -> R) -> R {
        let (events, claims) = (self.pending.len(), self.claim_changes.len());
        let seen = look(self);
        self.pending.truncate(events);
        self.claim_changes.truncate(claims);
        seen
    }

    /// Claims `key` in `scope` for `holder` (a stream's id): unique in the whole log, written with the events.
    ///
    /// # Errors
    /// [`Interrupt`] when the claim must be looked up first.
    pub fn claim(&mut self, scope: &str, key: &str, holder: &str) -> Result<ClaimOutcome, Interrupt> {
        match self.holder(scope, key)? {
            Some(current) if current == holder => Ok(ClaimOutcome::Held),
            Some(current) => Ok(ClaimOutcome::Taken(current)),
            None => {
                self.claim_changes.push(ClaimChange::Take {
                    scope: scope.to_owned(),
                    key: key.to_owned(),
                    holder: holder.to_owned(),
                });
                Ok(ClaimOutcome::Held)
            }
        }
    }

    /// Gives a claim up, whoever holds it.
    pub fn release_claim(&mut self, scope: &str, key: &str) {
        self.give_up(scope, key, true);
    }

    /// As [`Self::release_claim`], for what leads to a person: that it was ever held is forgotten too.
    pub fn forget_claim(&mut self, scope: &str, key: &str) {
        self.give_up(scope, key, false);
    }

    fn give_up(&mut self, scope: &str, key: &str, is_kept: bool) {
        let (scope, key) = (scope.to_owned(), key.to_owned());
        self.claim_changes.push(ClaimChange::Release { scope, key, is_kept });
    }

    /// Who holds a claim.
    ///
    /// # Errors
    /// [`Interrupt`] when the claim must be looked up first.
    pub fn holder(&self, scope: &str, key: &str) -> Result<Option<String>, Interrupt> {
        for change in self.claim_changes.iter().rev() {
            match change {
                ClaimChange::Take { scope: s, key: k, holder } if s == scope && k == key => {
                    return Ok(Some(holder.clone()));
                }
                ClaimChange::Release { scope: s, key: k, .. } if s == scope && k == key => return Ok(None),
                ClaimChange::Take { .. } | ClaimChange::Release { .. } => {}
            }
        }
        self.claims
            .get(&(scope.to_owned(), key.to_owned()))
            .cloned()
            .ok_or_else(|| Interrupt::Claim(scope.to_owned(), key.to_owned()))
    }
}

impl std::fmt::Debug for Decision<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decision").field("now", &self.now).field("pending", &self.pending.len()).finish()
    }
}
