//! The price list: created, revised as a whole, retired for good.

use std::{collections::BTreeSet, sync::Arc};

use chrono::{DateTime, Utc};

use super::{
    ListPrice, MAX_AUDIENCE, MAX_LIST_PRICES, PriceListCommand, PriceListEvent, PriceListTerms, PricingError,
    rules,
};
use crate::{
    decider::Decider,
    ids::ProductId,
    money::{Currency, UnitPrice},
    quantity::Quantity,
};

/// Prices of some customers' own.
#[derive(Debug)]
pub struct PriceList;

/// What is known of a price list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PriceListState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// Its prices hold, will hold, or their time is over.
    Live(Arc<PriceListTerms>),
    /// It was retired; what it was stays readable.
    Retired(Arc<PriceListTerms>),
}

impl PriceListState {
    /// It was created, whether or not it was retired.
    #[must_use]
    pub const fn exists(&self) -> bool {
        self.terms().is_some()
    }

    /// All that is known of it.
    #[must_use]
    pub const fn terms(&self) -> Option<&Arc<PriceListTerms>> {
        match self {
            Self::Absent => None,
            Self::Live(terms) | Self::Retired(terms) => Some(terms),
        }
    }
}

impl PriceListTerms {
    /// What one unit of a product costs in a line of so many, where the list says so in this currency: the price of
    /// the greatest quantity that the line reaches.
    #[must_use]
    pub fn price(&self, product: ProductId, currency: Currency, quantity: Quantity) -> Option<UnitPrice> {
        if self.currency != currency {
            return None;
        }
        let beyond = self.prices.partition_point(|price| place(price) <= (product, quantity));
        let price = self.prices.get(beyond.checked_sub(1)?)?;
        (price.product == product).then_some(price.unit_price)
    }
}

impl Decider for PriceList {
    const KIND: &'static str = "price_list";

    type State = PriceListState;
    type Command = PriceListCommand;
    type Event = PriceListEvent;
    type Error = PricingError;

    fn decide(
        state: &PriceListState,
        command: PriceListCommand,
    ) -> Result<Vec<PriceListEvent>, PricingError> {
        match (command, state) {
            (PriceListCommand::Create { terms, now }, PriceListState::Absent) => {
                Ok(vec![PriceListEvent::PriceListCreated { terms: checked(terms, now)? }])
            }
            (PriceListCommand::Create { .. }, PriceListState::Live(_) | PriceListState::Retired(_)) => {
                Err(PricingError::PriceListExists)
            }
            (PriceListCommand::Revise { .. } | PriceListCommand::Retire { .. }, PriceListState::Absent) => {
                Err(PricingError::PriceListNotFound)
            }
            (PriceListCommand::Revise { terms, now }, PriceListState::Live(old)) => {
                let terms = checked(terms, now)?;
                if *terms == **old {
                    return Ok(Vec::new());
                }
                Ok(vec![PriceListEvent::PriceListRevised { terms }])
            }
            (PriceListCommand::Revise { .. }, PriceListState::Retired(_)) => {
                Err(PricingError::PriceListRetired)
            }
            (PriceListCommand::Retire { reason }, PriceListState::Live(_)) => {
                Ok(vec![PriceListEvent::PriceListRetired { reason }])
            }
            (PriceListCommand::Retire { .. }, PriceListState::Retired(_)) => Ok(Vec::new()),
        }
    }

    fn evolve(state: &mut PriceListState, event: &PriceListEvent) {
        match event {
            PriceListEvent::PriceListCreated { terms } | PriceListEvent::PriceListRevised { terms } => {
                *state = PriceListState::Live(Arc::new(terms.as_ref().clone()));
            }
            PriceListEvent::PriceListRetired { reason: _ } => {
                if let Some(terms) = state.terms().cloned() {
                    *state = PriceListState::Retired(terms);
                }
            }
        }
    }
}

/// Where a price stands in its list.
const fn place(price: &ListPrice) -> (ProductId, Quantity) {
    (price.product, price.from_quantity)
}

/// The terms with their prices in order, if all their rules hold.
fn checked(mut terms: PriceListTerms, now: DateTime<Utc>) -> Result<Box<PriceListTerms>, PricingError> {
    rules::check_validity(&terms.validity, now)?;
    let audience = &terms.audience;
    if audience.customers.is_empty() && audience.groups.is_empty() {
        return Err(PricingError::NobodyNamed);
    }
    for (pointer, entries, max) in [
        ("/customers", audience.customers.len(), MAX_AUDIENCE),
        ("/groups", audience.groups.len(), MAX_AUDIENCE),
        ("/prices", terms.prices.len(), MAX_LIST_PRICES),
    ] {
        if entries > max {
            return Err(PricingError::TooManyEntries { pointer, max });
        }
    }
    if terms.prices.is_empty() {
        return Err(PricingError::NoPrices);
    }
    let mut seen = BTreeSet::new();
    for (index, price) in terms.prices.iter().enumerate() {
        if price.unit_price.is_negative() {
            return Err(PricingError::NegativePrice { index });
        }
        if price.unit_price.currency() != terms.currency {
            return Err(PricingError::ForeignPrice { index });
        }
        if !seen.insert(place(price)) {
            return Err(PricingError::RepeatedPrice { index });
        }
    }
    terms.prices.sort_by_key(place);
    Ok(Box::new(terms))
}
