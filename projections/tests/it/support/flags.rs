//! Orders that are taken for fraud and reviewed, after whatever else has happened to them.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::{
    decider::Decider,
    ids::{AccountId, EventId, OrderId},
    orders::{Flag, FraudReason, FraudSignal, Order, OrderCommand, OrderEvent, OrderState, OrderStatus},
    text::Reason,
};
use event_store::Actor;

use super::{chance::Chance, history::Written};

/// `events`, and some more about the orders in them.
pub(crate) fn appended(seed: u64, mut events: Vec<Written>, tries: usize) -> Vec<Written> {
    let mut chance = Chance::new(seed.wrapping_mul(59));
    let mut orders: BTreeMap<String, (OrderState, i64)> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == Order::KIND) {
        let (state, version) = orders.entry(event.id.clone()).or_default();
        Order::evolve(state, &serde_json::from_str::<OrderEvent>(&event.payload).unwrap());
        *version = event.sequence;
    }
    // A few that can still be held, so that they come to every end.
    let waits = |state: &OrderState| state.status().is_some_and(|status| status < OrderStatus::Shipped);
    let open = orders.iter().filter(|(_, (state, _))| waits(state)).map(|(id, _)| id.clone());
    let ids: Vec<String> = open.take(9).collect();
    let mut now = events.last().map(|event| event.recorded_at).unwrap();
    for _ in 0..if ids.is_empty() { 0 } else { tries } {
        now += TimeDelta::milliseconds(i64::try_from(chance.below(9_000)).unwrap() + 1);
        let id = chance.pick(&ids);
        let (state, version) = orders.get_mut(&id).unwrap();
        let note = chance.maybe(|_| Reason::parse("the shop's \"own\" phone").unwrap());
        let command = match (state.flag(), chance.one_in(2)) {
            (Some(Flag::Open), true) => OrderCommand::ClearFlag { note },
            (Some(Flag::Open), false) => OrderCommand::ConfirmFraud { note },
            _ => OrderCommand::Flag {
                agreement: EventId::from_uuid(chance.uuid()),
                score: u16::try_from(chance.below(1_001)).unwrap(),
                reasons: vec![FraudReason {
                    signal: FraudSignal::Velocity,
                    points: 300,
                    observed: Some(7),
                }],
                model_version: chance.below(900),
            },
        };
        for event in Order::decide(state, command).unwrap_or_default() {
            Order::evolve(state, &event);
            *version += 1;
            let mut written = Written::by_souk::<Order>(&event, (id.as_str(), *version), &mut chance, now);
            if chance.one_in(2) {
                written.metadata.actor = Actor::account(AccountId::from_uuid(chance.uuid()));
            }
            events.push(written);
        }
    }
    events
}

/// What a flag is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ExpectedFlag {
    pub(crate) status: Flag,
    pub(crate) score: u16,
    pub(crate) reasons: Vec<FraudReason>,
    pub(crate) model_version: u64,
    pub(crate) note: Option<String>,
    pub(crate) reviewer: Option<AccountId>,
    pub(crate) version: i64,
}

pub(crate) fn expected_flags(events: &[Written]) -> BTreeMap<OrderId, ExpectedFlag> {
    let mut flags: BTreeMap<OrderId, ExpectedFlag> = BTreeMap::new();
    for event in events.iter().filter(|event| event.kind == Order::KIND) {
        let id = OrderId::from_uuid(event.id.parse().unwrap());
        let mut review = |status, note: Option<Reason>| {
            let flag = flags.get_mut(&id).unwrap();
            flag.status = status;
            flag.note = note.map(|note| note.to_string());
            flag.reviewer = event.metadata.actor.id.map(AccountId::from_uuid);
            flag.version = event.sequence;
        };
        match serde_json::from_str::<OrderEvent>(&event.payload).unwrap() {
            OrderEvent::OrderFlagged { score, reasons, model_version, .. } => {
                let flag = ExpectedFlag {
                    status: Flag::Open,
                    score,
                    reasons,
                    model_version,
                    note: None,
                    reviewer: None,
                    version: event.sequence,
                };
                flags.insert(id, flag);
            }
            OrderEvent::FlagCleared { note } => review(Flag::Cleared, note),
            OrderEvent::FraudConfirmed { note } => review(Flag::Confirmed, note),
            _ => {}
        }
    }
    flags
}
