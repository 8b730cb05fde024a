//! The book of price lists: whose prices stand in which list, in one stream. An order is decided on this one state, so that
//! it can neither miss a list nor get one that was retired before it.

use chrono::{DateTime, Utc};

use super::{
    Audience, MAX_PRICE_LISTS, PriceBookCommand, PriceBookEvent, PriceListTerms, PricingError, Validity,
};
use crate::{
    decider::Decider,
    ids::{AccountId, PriceListId},
    money::Currency,
    text::Code,
};

/// The id of the one stream.
pub const PRICE_BOOK: &str = "price-lists";

/// The book of price lists.
#[derive(Debug)]
pub struct PriceBook;

/// What stands in the book: the greatest priority first, the older first among equals.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceBookState(Vec<EnteredList>);

/// A list in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnteredList {
    /// Which.
    pub list: PriceListId,
    /// Whose prices it holds.
    pub audience: Audience,
    /// The currency of its prices.
    pub currency: Currency,
    /// When they hold.
    pub validity: Validity,
    /// The greatest first.
    pub priority: i16,
}

impl PriceBookState {
    /// Whether any list is for groups at `now`, so that a customer's groups matter.
    #[must_use]
    pub fn asks_for_groups(&self, now: DateTime<Utc>) -> bool {
        self.holding(now).any(|entry| !entry.audience.groups.is_empty())
    }

    /// The lists that hold for a customer at `now`, in the order in which they are looked into: those that name the
    /// customer, then those of the customer's groups.
    #[must_use]
    pub fn lists_for(&self, customer: AccountId, groups: &[Code], now: DateTime<Utc>) -> Vec<PriceListId> {
        let names = |entry: &&EnteredList| entry.audience.customers.contains(&customer);
        let of_group =
            |entry: &&EnteredList| groups.iter().any(|group| entry.audience.groups.contains(group));
        let own = self.holding(now).filter(names);
        let shared = self.holding(now).filter(|entry| !names(entry) && of_group(entry));
        own.chain(shared).map(|entry| entry.list).collect()
    }

    fn holding(&self, now: DateTime<Utc>) -> impl Iterator<Item = &EnteredList> {
        self.0.iter().filter(move |entry| entry.validity.holds(now))
    }
}

impl Decider for PriceBook {
    const KIND: &'static str = "price_book";

    type State = PriceBookState;
    type Command = PriceBookCommand;
    type Event = PriceBookEvent;
    type Error = PricingError;

    fn decide(
        state: &PriceBookState,
        command: PriceBookCommand,
    ) -> Result<Vec<PriceBookEvent>, PricingError> {
        match command {
            PriceBookCommand::Enter { list, terms, now } => enter(state, list, *terms, now),
            PriceBookCommand::Strike { list } if state.0.iter().any(|entry| entry.list == list) => {
                Ok(vec![PriceBookEvent::PriceListStruck { list }])
            }
            PriceBookCommand::Strike { .. } => Ok(Vec::new()),
        }
    }

    fn evolve(state: &mut PriceBookState, event: &PriceBookEvent) {
        match event {
            PriceBookEvent::PriceListEntered { list, audience, currency, validity, priority } => {
                state.0.retain(|entry| entry.list != *list);
                let key = |entry: &EnteredList| (std::cmp::Reverse(entry.priority), entry.list);
                let new = EnteredList {
                    list: *list,
                    audience: audience.clone(),
                    currency: *currency,
                    validity: *validity,
                    priority: *priority,
                };
                let place = state.0.partition_point(|entry| key(entry) < key(&new));
                state.0.insert(place, new);
            }
            PriceBookEvent::PriceListStruck { list } => state.0.retain(|entry| entry.list != *list),
        }
    }
}

fn enter(
    state: &PriceBookState,
    list: PriceListId,
    terms: PriceListTerms,
    now: DateTime<Utc>,
) -> Result<Vec<PriceBookEvent>, PricingError> {
    let others = state.0.iter().filter(|entry| entry.list != list);
    let (over, live): (Vec<_>, Vec<_>) = others.partition(|entry| entry.validity.is_over(now));
    if live.len() >= MAX_PRICE_LISTS {
        return Err(PricingError::TooManyPriceLists { max: MAX_PRICE_LISTS });
    }
    // The book would otherwise grow with every list that there ever was.
    let mut events: Vec<PriceBookEvent> =
        over.into_iter().map(|entry| PriceBookEvent::PriceListStruck { list: entry.list }).collect();
    let entry = PriceBookEvent::PriceListEntered {
        list,
        audience: terms.audience,
        currency: terms.currency,
        validity: terms.validity,
        priority: terms.priority,
    };
    let known = state.0.iter().find(|entry| entry.list == list);
    let stays = known.is_some_and(|known| is_same(known, &entry));
    if !stays {
        events.push(entry);
    }
    Ok(events)
}

/// Whether a list's entry says already what it is to say: most revisions change prices only.
fn is_same(known: &EnteredList, entry: &PriceBookEvent) -> bool {
    let mut state = PriceBookState::default();
    PriceBook::evolve(&mut state, entry);
    state.0.first() == Some(known)
}
