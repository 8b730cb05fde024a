//! The smallest aggregate that can refuse: a number that may not pass a limit.

use domain::{
    decider::{Decider, Event},
    refusal::{Refusal, RefusalKind},
};
use event_store::{CommandContext, Declined, ExecuteError, Executed, Log, StreamRef, Unit};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TallyEvent {
    Added { units: i64 },
}

impl Event for TallyEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("Added", 1)];

    fn name(&self) -> &'static str {
        "Added"
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the limit would be passed")]
pub(crate) struct LimitPassed;

impl Refusal for LimitPassed {
    fn code(&self) -> &'static str {
        "tally.limit_passed"
    }

    fn kind(&self) -> RefusalKind {
        RefusalKind::Conflict
    }
}

pub(crate) struct Add {
    pub(crate) units: i64,
    pub(crate) limit: i64,
}

pub(crate) enum Tally {}

impl Decider for Tally {
    const KIND: &'static str = "tally";
    type State = i64;
    type Command = Add;
    type Event = TallyEvent;
    type Error = LimitPassed;

    fn decide(state: &i64, command: Add) -> Result<Vec<TallyEvent>, LimitPassed> {
        match command.units {
            0 => Ok(vec![]),
            units if state + units > command.limit => Err(LimitPassed),
            units => Ok(vec![TallyEvent::Added { units }]),
        }
    }

    fn evolve(state: &mut i64, event: &TallyEvent) {
        let TallyEvent::Added { units } = event;
        *state += units;
    }
}

/// Adds to several streams as one unit and answers the last one's total.
pub(crate) async fn add(
    log: &Log,
    context: CommandContext,
    streams: &[&str],
    units: i64,
    limit: i64,
) -> Result<Executed<i64>, ExecuteError<LimitPassed>> {
    let ids: Vec<String> = streams.iter().map(|id| (*id).to_owned()).collect();
    let unit = ids.iter().fold(Unit::new(context), |unit, id| unit.reads(StreamRef::of::<Tally>(id.clone())));
    log.execute(unit, move |decision| {
        let mut total = 0;
        for id in &ids {
            decision.decide::<Tally>(id, Add { units, limit })?.map_err(Declined::Refused)?;
            total = *decision.state::<Tally>(id)?;
        }
        Ok(total)
    })
    .await
}
