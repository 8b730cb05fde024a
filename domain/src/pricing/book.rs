//! The book of promotions: every promotion that runs or waits to run, with its terms, in one stream. An order is decided
//! on this one state, so that it can neither miss a promotion nor get one that has ended or changed before it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    Activation, BasketLine, BookCommand, BookEvent, MAX_LIVE, PricingError, PromotionTerms, Stacking,
    book_index::BookIndex, overlap,
};
use crate::{decider::Decider, ids::PromotionId};

/// The id of the one stream.
pub const BOOK: &str = "promotions";

/// The book of promotions.
#[derive(Debug)]
pub struct PromotionBook;

/// What stands in the book, in the order in which promotions are applied: the greatest priority first, the older first
/// among equals (PRC-3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BookState {
    listed: Vec<Listed>,
    index: BookIndex,
}

/// A promotion in the book. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which promotion.
    pub promotion: PromotionId,
    /// All of it.
    pub terms: Arc<PromotionTerms>,
    /// The greatest limit per customer that it ever had; 0 without any.
    pub slots: u16,
}

impl Listed {
    /// It applies by itself at `now`.
    fn runs(&self, now: DateTime<Utc>) -> bool {
        self.terms.activation == Activation::Automatic && self.terms.validity.holds(now)
    }
}

impl BookState {
    /// All that stands in it.
    #[must_use]
    pub fn listed(&self) -> &[Listed] {
        &self.listed
    }

    /// What runs at `now` and applies by itself.
    pub fn running(&self, now: DateTime<Utc>) -> impl Iterator<Item = &Listed> {
        self.listed.iter().filter(move |listed| listed.runs(now))
    }

    /// Of what runs at `now` and applies by itself, all that may be for these goods, and `also` these, in the order in
    /// which they are applied. What is left out takes nothing off: the goods are not in its scope.
    #[must_use]
    pub fn running_for(&self, now: DateTime<Utc>, goods: &[BasketLine], also: &[PromotionId]) -> Vec<Listed> {
        let mut places = self.index.of_goods(&self.listed, goods);
        places.extend(
            also.iter().filter_map(|id| self.listed.iter().position(|listed| listed.promotion == *id)),
        );
        let at = places.into_iter().filter_map(|place| self.listed.get(place));
        at.filter(|listed| listed.runs(now)).cloned().collect()
    }

    /// One promotion, if it stands in the book.
    #[must_use]
    pub fn find(&self, promotion: PromotionId) -> Option<&Listed> {
        self.listed.iter().find(|listed| listed.promotion == promotion)
    }
}

impl Decider for PromotionBook {
    const KIND: &'static str = "promotion_book";

    type State = BookState;
    type Command = BookCommand;
    type Event = BookEvent;
    type Error = PricingError;

    fn decide(state: &BookState, command: BookCommand) -> Result<Vec<BookEvent>, PricingError> {
        match command {
            BookCommand::List { promotion, terms, slots, now } => list(state, promotion, terms, slots, now),
            BookCommand::Delist { promotion } if state.find(promotion).is_some() => {
                Ok(vec![BookEvent::PromotionDelisted { promotion }])
            }
            BookCommand::Delist { .. } => Ok(Vec::new()),
        }
    }

    fn evolve(state: &mut BookState, event: &BookEvent) {
        state.index = BookIndex::default();
        match event {
            BookEvent::PromotionListed { promotion, terms, slots } => {
                state.listed.retain(|listed| listed.promotion != *promotion);
                let key = |listed: &Listed| (std::cmp::Reverse(listed.terms.priority), listed.promotion);
                let new = Listed {
                    promotion: *promotion,
                    terms: Arc::new(terms.as_ref().clone()),
                    slots: *slots,
                };
                let place = state.listed.partition_point(|listed| key(listed) < key(&new));
                state.listed.insert(place, new);
            }
            BookEvent::PromotionDelisted { promotion } => {
                state.listed.retain(|listed| listed.promotion != *promotion)
            }
        }
    }
}

fn list(
    state: &BookState,
    promotion: PromotionId,
    terms: Box<PromotionTerms>,
    slots: u16,
    now: DateTime<Utc>,
) -> Result<Vec<BookEvent>, PricingError> {
    let others = || state.listed.iter().filter(|listed| listed.promotion != promotion);
    let (over, live): (Vec<_>, Vec<_>) = others().partition(|listed| listed.terms.validity.is_over(now));
    if live.len() >= MAX_LIVE {
        return Err(PricingError::TooManyLive { max: MAX_LIVE });
    }
    let excludes = |terms: &PromotionTerms| {
        terms.offer.stacking == Stacking::Exclusive && terms.activation == Activation::Automatic
    };
    if excludes(&terms) {
        let with: Vec<(PromotionId, super::Validity)> = live
            .iter()
            .filter(|other| excludes(&other.terms) && overlap::overlap(&terms, &other.terms))
            .map(|other| (other.promotion, other.terms.validity))
            .collect();
        if !with.is_empty() {
            return Err(PricingError::ExclusiveOverlap { with });
        }
    }
    // The book would otherwise grow with every promotion that there ever was.
    let mut events: Vec<BookEvent> = over
        .into_iter()
        .map(|listed| BookEvent::PromotionDelisted { promotion: listed.promotion })
        .collect();
    events.push(BookEvent::PromotionListed { promotion, terms, slots });
    Ok(events)
}
