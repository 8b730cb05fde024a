//! Price lists that are created, revised and retired, after whatever else has happened.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    decider::Decider,
    ids::{AccountId, PriceListId, ProductId},
    money::{Currency, UnitPrice},
    pricing::{Audience, ListPrice, PriceList, PriceListCommand, PriceListState, PriceListTerms, Validity},
    quantity::Quantity,
    text::{Code, LocalizedText, Reason},
};
use uuid::Uuid;

use super::{chance::Chance, history::Written};

/// `events`, and at least so many more about price lists.
pub(crate) fn appended(seed: u64, mut events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let mut chance = Chance::new(seed.wrapping_mul(43));
    let mut now =
        events.last().map_or_else(|| "2011-01-01T00:00:00Z".parse().unwrap(), |event| event.recorded_at);
    let mut lists: BTreeMap<PriceListId, (PriceListState, i64)> = BTreeMap::new();
    while events.len() < wanted {
        now += TimeDelta::milliseconds(i64::try_from(chance.below(9_000)).unwrap() + 1);
        let known: Vec<PriceListId> = lists.keys().copied().collect();
        let (id, command) = if known.len() < 3 || chance.one_in(3) {
            let id = PriceListId::from_uuid(chance.uuid());
            (id, PriceListCommand::Create { terms: terms(&mut chance, now), now })
        } else if chance.one_in(4) {
            let reason = chance.maybe(|_| Reason::parse("the season is over").unwrap());
            (chance.pick(&known), PriceListCommand::Retire { reason })
        } else {
            (chance.pick(&known), PriceListCommand::Revise { terms: terms(&mut chance, now), now })
        };
        let (state, version) = lists.entry(id).or_default();
        for event in PriceList::decide(state, command).unwrap_or_default() {
            PriceList::evolve(state, &event);
            *version += 1;
            let stream = id.stream();
            events.push(Written::by_souk::<PriceList>(&event, (stream.as_str(), *version), &mut chance, now));
        }
    }
    events
}

fn terms(chance: &mut Chance, now: DateTime<Utc>) -> PriceListTerms {
    let group = chance.pick(&["bakery", "cafe", "o'hara"]);
    let prices = (0..=chance.below(3)).map(|number| ListPrice {
        product: ProductId::from_uuid(Uuid::from_u64_pair(70, number)),
        from_quantity: Quantity::new(6).unwrap(),
        unit_price: UnitPrice::from_micros(i64::try_from(chance.below(9_000_000)).unwrap(), Currency::GBP),
    });
    let prices = prices.collect();
    PriceListTerms {
        name: LocalizedText::single("en", &format!("'Prices' {}", chance.below(99))).unwrap(),
        audience: Audience {
            customers: chance.maybe(|chance| AccountId::from_uuid(chance.uuid())).into_iter().collect(),
            groups: Code::parse(group).into_iter().chain(Code::parse("all")).collect(),
        },
        currency: Currency::GBP,
        validity: Validity {
            from: now - TimeDelta::hours(1),
            until: chance.maybe(|_| now + TimeDelta::days(9)),
        },
        priority: i16::try_from(chance.below(9)).unwrap() - 4,
        prices,
    }
}
