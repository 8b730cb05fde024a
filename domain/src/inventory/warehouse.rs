//! The warehouse: opened once, closed for good.

use std::collections::HashSet;

use super::{WarehouseCommand, WarehouseError, WarehouseEvent};
use crate::{
    decider::Decider,
    text::{Code, Country, LocalizedText, Zone},
};

/// A place that holds stock.
#[derive(Debug)]
pub struct Warehouse;

/// What is known of a warehouse.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum WarehouseState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It holds stock.
    Open(Box<Premises>),
    /// It holds no stock any more.
    Closed(Box<Premises>),
}

/// What a warehouse is, in the shape of its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Premises {
    /// Short unique code.
    pub code: Code,
    /// What it is called.
    pub name: LocalizedText,
    /// Where it stands.
    pub country: Option<Country>,
    /// Zones that it serves; empty means all.
    pub zones: Vec<Zone>,
}

impl WarehouseState {
    /// It was opened, whether or not it still is.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.premises().is_some()
    }

    /// It holds stock.
    #[must_use]
    pub fn is_open(&self) -> bool {
        matches!(self, Self::Open(_))
    }

    /// All that is known of it.
    #[must_use]
    pub fn premises(&self) -> Option<&Premises> {
        match self {
            Self::Absent => None,
            Self::Open(premises) | Self::Closed(premises) => Some(premises),
        }
    }
}

impl Decider for Warehouse {
    const KIND: &'static str = "warehouse";

    type State = WarehouseState;
    type Command = WarehouseCommand;
    type Event = WarehouseEvent;
    type Error = WarehouseError;

    fn decide(
        state: &WarehouseState,
        command: WarehouseCommand,
    ) -> Result<Vec<WarehouseEvent>, WarehouseError> {
        match command {
            WarehouseCommand::Open { code, name, country, zones } => {
                open(state, Premises { code, name, country, zones })
            }
            WarehouseCommand::Close { reason } => match state {
                WarehouseState::Absent => Err(WarehouseError::NotFound),
                WarehouseState::Open(_) => Ok(vec![WarehouseEvent::WarehouseClosed { reason }]),
                WarehouseState::Closed(_) => Ok(Vec::new()),
            },
        }
    }

    fn evolve(state: &mut WarehouseState, event: &WarehouseEvent) {
        match event {
            WarehouseEvent::WarehouseOpened { code, name, country, zones } => {
                *state = WarehouseState::Open(Box::new(Premises {
                    code: code.clone(),
                    name: name.clone(),
                    country: country.clone(),
                    zones: zones.clone(),
                }));
            }
            WarehouseEvent::WarehouseClosed { reason: _ } => {
                *state = match std::mem::take(state) {
                    WarehouseState::Absent => WarehouseState::Absent,
                    WarehouseState::Open(premises) | WarehouseState::Closed(premises) => {
                        WarehouseState::Closed(premises)
                    }
                };
            }
        }
    }
}

fn open(state: &WarehouseState, premises: Premises) -> Result<Vec<WarehouseEvent>, WarehouseError> {
    match state {
        WarehouseState::Absent => {}
        WarehouseState::Open(_) => return Err(WarehouseError::AlreadyOpen),
        WarehouseState::Closed(_) => return Err(WarehouseError::Closed),
    }
    let mut seen = HashSet::with_capacity(premises.zones.len());
    if let Some(index) = premises.zones.iter().position(|zone| !seen.insert(zone)) {
        return Err(WarehouseError::RepeatedZone { index });
    }
    Ok(vec![WarehouseEvent::WarehouseOpened {
        code: premises.code,
        name: premises.name,
        country: premises.country,
        zones: premises.zones,
    }])
}
