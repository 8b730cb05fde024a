//! The table of tax rates, in one stream: an order is decided on this one state, so that it can neither miss a rate nor
//! get one that was revised before it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{MAX_TAX_RATES, PricingError, TaxTableCommand, TaxTableEvent};
use crate::{
    decider::Decider,
    ids::{CategoryId, TaxRateId},
    money::BasisPoints,
    text::{LocalizedText, Zone},
};

/// The id of the one stream.
pub const TAX_TABLE: &str = "tax-rates";

/// The table of tax rates.
#[derive(Debug)]
pub struct TaxTable;

/// Whether a price has the tax in it already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxTreatment {
    /// Prices are without it: it comes on top.
    Exclusive,
    /// Prices contain it: the customer pays nothing more, and the order tells how much of it is tax.
    Inclusive,
}

/// All of a tax rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxTerms {
    /// What it is called on invoices.
    pub name: LocalizedText,
    /// Of the price after discounts.
    pub rate: BasisPoints,
    /// In the price or on top.
    pub treatment: TaxTreatment,
    /// Where the goods go; everywhere that has no rate of its own, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// What goods; all that have no rate of their own, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<CategoryId>,
    /// Orders are taxed with it.
    pub is_active: bool,
}

impl TaxTerms {
    fn key(&self) -> Key {
        (self.zone.clone(), self.category)
    }
}

/// What a line is taxed with, before any amount is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRate {
    /// Which rate.
    pub tax_rate: TaxRateId,
    /// How much.
    pub rate: BasisPoints,
    /// In the price or on top.
    pub treatment: TaxTreatment,
}

type Key = (Option<Zone>, Option<CategoryId>);

/// Every rate that there ever was, in the order in which they were created.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaxTableState {
    rates: Vec<(TaxRateId, TaxTerms)>,
    /// Where the active ones stand.
    active: BTreeMap<Key, usize>,
}

impl TaxTableState {
    /// Every rate that there ever was, in the order in which they were created.
    #[must_use]
    pub fn rates(&self) -> &[(TaxRateId, TaxTerms)] {
        &self.rates
    }

    /// No order is taxed.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.active.is_empty()
    }

    /// What goods of these categories are taxed with in a zone. The rates of the zone go before those of everywhere,
    /// because a zone is a jurisdiction; among each, the rate of the first category that has one goes before the one
    /// for all goods.
    #[must_use]
    pub fn rate_for(&self, zone: Option<&Zone>, categories: &[CategoryId]) -> Option<LineRate> {
        let of_zone = zone.and_then(|zone| self.within(Some(zone), categories));
        let place = of_zone.or_else(|| self.within(None, categories))?;
        self.rates.get(place).map(|(tax_rate, terms)| LineRate {
            tax_rate: *tax_rate,
            rate: terms.rate,
            treatment: terms.treatment,
        })
    }

    fn within(&self, zone: Option<&Zone>, categories: &[CategoryId]) -> Option<usize> {
        let keys = categories.iter().map(|category| Some(*category)).chain([None]);
        keys.into_iter().find_map(|category| self.active.get(&(zone.cloned(), category)).copied())
    }

    fn place_of(&self, rate: TaxRateId) -> Option<usize> {
        self.rates.iter().position(|(known, _)| *known == rate)
    }

    fn put(&mut self, rate: TaxRateId, terms: &TaxTerms) {
        let place = self.place_of(rate).unwrap_or(self.rates.len());
        self.active.retain(|_, known| *known != place);
        if terms.is_active {
            self.active.insert(terms.key(), place);
        }
        match self.rates.get_mut(place) {
            Some(known) => known.1 = terms.clone(),
            None => self.rates.push((rate, terms.clone())),
        }
    }
}

impl Decider for TaxTable {
    const KIND: &'static str = "tax_table";

    type State = TaxTableState;
    type Command = TaxTableCommand;
    type Event = TaxTableEvent;
    type Error = PricingError;

    fn decide(state: &TaxTableState, command: TaxTableCommand) -> Result<Vec<TaxTableEvent>, PricingError> {
        match command {
            TaxTableCommand::Create { rate, terms } => {
                if state.place_of(rate).is_some() {
                    return Err(PricingError::TaxRateExists);
                }
                if state.rates.len() >= MAX_TAX_RATES {
                    return Err(PricingError::TooManyTaxRates { max: MAX_TAX_RATES });
                }
                check_free(state, None, &terms)?;
                Ok(vec![TaxTableEvent::TaxRateCreated { rate, terms }])
            }
            TaxTableCommand::Revise { rate, terms } => {
                let place = state.place_of(rate).ok_or(PricingError::TaxRateNotFound)?;
                check_free(state, Some(place), &terms)?;
                let stays = state.rates.get(place).is_some_and(|(_, known)| *known == terms);
                Ok(if stays {
                    Vec::new()
                } else {
                    vec![TaxTableEvent::TaxRateRevised { rate, terms }]
                })
            }
        }
    }

    fn evolve(state: &mut TaxTableState, event: &TaxTableEvent) {
        match event {
            TaxTableEvent::TaxRateCreated { rate, terms } | TaxTableEvent::TaxRateRevised { rate, terms } => {
                state.put(*rate, terms);
            }
        }
    }
}

/// Two rates for the same goods in the same zone would leave the tax to chance.
fn check_free(state: &TaxTableState, own: Option<usize>, terms: &TaxTerms) -> Result<(), PricingError> {
    let holder = state.active.get(&terms.key()).copied();
    let taken = terms.is_active && holder.is_some() && holder != own;
    if taken {
        Err(PricingError::TaxRateOverlaps)
    } else {
        Ok(())
    }
}
