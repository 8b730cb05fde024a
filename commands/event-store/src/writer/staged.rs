//! What a batch has decided and will insert.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::{
    LogPosition, Metadata, RecordedEvent,
    decision::{ClaimChange, Decision, KnownClaims, Pending},
    ids,
    stream::StreamState,
    unit::{Ending, Job, Verdict},
    writer::{Ticket, memory::Memory},
};

/// What the writer learned when it had taken the lock.
pub(super) struct Ground {
    pub(super) last: i64,
    pub(super) epoch: u32,
    pub(super) now: DateTime<Utc>,
    pub(super) commands: HashMap<Uuid, Remembered>,
    pub(super) claims: KnownClaims,
}

/// An accepted command that may be repeated.
#[derive(Clone)]
pub(super) struct Remembered {
    pub(super) fingerprint: Vec<u8>,
    pub(super) result: String,
    pub(super) position: i64,
    pub(super) expires_at: DateTime<Utc>,
}

/// What one append has decided so far, and the answers that wait for its commit.
#[derive(Default)]
pub(super) struct Staged {
    /// In the order of their positions.
    pub(super) events: Vec<Arc<RecordedEvent>>,
    /// The commands that will be remembered.
    pub(super) commands: Vec<(Uuid, Remembered)>,
    pub(super) claims: Vec<(ClaimChange, i64)>,
    /// The streams that were opened.
    pub(super) fresh: Vec<(&'static str, String)>,
    pub(super) endings: Vec<(Ticket, Ending)>,
    pub(super) again: Vec<Ticket>,
}

impl Staged {
    /// Whether there is anything to commit.
    pub(super) fn writes(&self) -> bool {
        !self.events.is_empty() || !self.commands.is_empty() || !self.claims.is_empty()
    }

    /// Decides one job against all that stands before it, and stages what it answers.
    pub(super) fn decide(&mut self, mut ticket: Ticket, ground: &mut Ground, memory: &mut Memory) {
        if ticket.looks()
            && let Some(ending) = repeat(ticket.job.as_ref(), ground)
        {
            self.endings.push((ticket, ending));
            return;
        }
        // It may have been accepted in a batch that was not written.
        ticket.accepted = false;
        let fresh: Vec<_> = ticket
            .job
            .unit()
            .streams
            .iter()
            .filter(|stream| stream.is_new)
            .map(|stream| (stream.kind, stream.id.clone()))
            .collect();
        let mut decision = Decision {
            memory,
            claims: &ground.claims,
            fresh: &fresh,
            now: ground.now,
            pending: Vec::new(),
            claim_changes: Vec::new(),
            overlays: HashMap::new(),
        };
        let verdict = ticket.job.decide(&mut decision);
        let Decision { pending, claim_changes, .. } = decision;
        match verdict {
            Verdict::Accepted => self.accept(ticket, pending, claim_changes, ground, memory),
            Verdict::Refused => {
                let position = LogPosition { epoch: ground.epoch, position: self.head(ground) };
                self.endings.push((ticket, Ending::Decided(position)));
            }
            Verdict::Interrupted(interrupt) => match ticket.wants(interrupt) {
                Ok(()) => self.again.push(ticket),
                Err(reason) => self.endings.push((ticket, Ending::Fault(reason))),
            },
        }
        self.fresh.extend(fresh);
    }

    /// The last position that is given away.
    pub(super) fn head(&self, ground: &Ground) -> i64 {
        self.events.last().map_or(ground.last, |event| event.position)
    }

    fn accept(
        &mut self,
        mut ticket: Ticket,
        pending: Vec<Pending>,
        claim_changes: Vec<ClaimChange>,
        ground: &mut Ground,
        memory: &mut Memory,
    ) {
        ticket.accepted = true;
        for pending in pending {
            self.stage(pending, &ticket, ground, memory);
        }
        let position = self.head(ground);
        let unit = ticket.job.unit();
        if let (Some(idempotency), true) = (unit.context.idempotency, ticket.looks()) {
            let result = match ticket.job.result() {
                Ok(result) => result,
                Err(error) => return self.endings.push((ticket, Ending::Fault(error.to_string()))),
            };
            let remembered = Remembered {
                fingerprint: idempotency.fingerprint.to_vec(),
                result,
                position,
                expires_at: ground.now + unit.remember_for,
            };
            ground.commands.insert(idempotency.key, remembered.clone());
            self.commands.push((idempotency.key, remembered));
        }
        for change in claim_changes {
            let (scope, key, holder) = match &change {
                ClaimChange::Take { scope, key, holder } => (scope, key, Some(holder.clone())),
                ClaimChange::Release { scope, key, .. } => (scope, key, None),
            };
            ground.claims.insert((scope.clone(), key.clone()), holder);
            self.claims.push((change, position));
        }
        let position = LogPosition { epoch: ground.epoch, position };
        self.endings.push((ticket, Ending::Decided(position)));
    }

    fn stage(&mut self, pending: Pending, ticket: &Ticket, ground: &Ground, memory: &mut Memory) {
        let Pending {
            stream,
            event_type,
            event_version,
            payload,
            event_id,
            typed,
            evolve,
        } = pending;
        let fold = |state: &mut dyn StreamState| evolve(state, typed.as_ref());
        let sequence = memory.evolve(stream.kind, &stream.id, fold).unwrap_or(1);
        let context = &ticket.job.unit().context;
        let position = self.head(ground) + 1;
        self.events.push(Arc::new(RecordedEvent {
            position,
            aggregate_type: stream.kind.to_owned(),
            aggregate_id: stream.id,
            sequence,
            event_type: event_type.to_owned(),
            event_version,
            payload,
            metadata: Metadata {
                event_id: event_id.map_or_else(ids::uuid, |id| id.as_uuid()),
                command_id: context.command_id,
                correlation_id: context.correlation_id,
                causation_id: context.causation_id,
                actor: context.actor,
                effective_at: context.effective_at,
            },
            recorded_at: ground.now,
            typed: OnceLock::from(typed),
        }));
    }
}

/// The answer to a repeat, when the key is known: from the table or from earlier in this batch.
fn repeat(job: &dyn Job, ground: &Ground) -> Option<Ending> {
    let idempotency = job.unit().context.idempotency?;
    let remembered = ground.commands.get(&idempotency.key)?;
    if remembered.fingerprint != idempotency.fingerprint {
        return Some(Ending::KeyReused);
    }
    let position = LogPosition { epoch: ground.epoch, position: remembered.position };
    Some(Ending::Replayed { result: remembered.result.clone(), position })
}
