//! What every use case does with the log.

use domain::{decider::Decider, ids::EventId};
use event_store::{Decision, Declined, Executed, Log, TRACE_TARGET, Unit};
use serde::{Serialize, de::DeserializeOwned};
use tracing::Instrument;

use crate::{Call, CommandError, Refused, code::codes, error::No};

codes! {
    FORBIDDEN = "permission_denied" Forbidden "the caller's role does not allow this",
    EFFECTIVE_IN_FUTURE = "effective_at_in_future" Invalid "a fact cannot have happened in the future",
}

/// What a decision comes to: an answer, a no, or a look at something that the writer must fetch first.
pub(crate) type Ruling<R> = Result<R, Declined<No>>;

/// Says no.
pub(crate) fn refuse<R>(refused: Refused) -> Ruling<R> {
    Err(Declined::Refused(No::Refused(refused)))
}

/// Lets an aggregate judge; its refusal ends the whole unit.
pub(crate) fn judge<D: Decider>(
    decision: &mut Decision<'_>,
    id: &str,
    command: D::Command,
) -> Ruling<Vec<D::Event>> {
    decision
        .decide::<D>(id, command)?
        .map_err(|refusal| Declined::Refused(No::Refused(Refused::of(&refusal))))
}

/// As [`judge`], with the id of the first event, under which its sealed values open.
pub(crate) fn judge_as<D: Decider>(
    decision: &mut Decision<'_>,
    id: &str,
    event_id: EventId,
    command: D::Command,
) -> Ruling<Vec<D::Event>> {
    decision
        .decide_as::<D>(id, event_id, command)?
        .map_err(|refusal| Declined::Refused(No::Refused(Refused::of(&refusal))))
}

/// Holds the caller to the version that it has seen (`If-Match`).
pub(crate) fn check_version<D: Decider>(
    decision: &mut Decision<'_>,
    id: &str,
    expected: Option<i64>,
) -> Ruling<()> {
    let Some(expected) = expected else {
        return Ok(());
    };
    let current = decision.version::<D>(id)?;
    if current == expected {
        return Ok(());
    }
    Err(Declined::Refused(No::Stale { expected, current }))
}

/// Executes one unit.
pub(crate) async fn execute<R, F>(
    log: &Log,
    call: &Call,
    unit: Unit,
    mut decide: F,
) -> Result<Executed<R>, CommandError>
where
    R: Serialize + DeserializeOwned + Send + 'static,
    F: FnMut(&mut Decision<'_>) -> Ruling<R> + Send + 'static,
{
    let effective_at = call.effective_at;
    let span = tracing::info_span!(target: TRACE_TARGET, "append", log.position = tracing::field::Empty);
    let executed = log
        .execute(unit, move |decision| {
            if effective_at.is_some_and(|time| time > decision.now()) {
                return refuse(EFFECTIVE_IN_FUTURE.refusal());
            }
            decide(decision)
        })
        .instrument(span.clone())
        .await
        .map_err(CommandError::from)?;
    if !span.is_disabled() {
        span.record("log.position", executed.position.to_string());
    }
    Ok(executed)
}
