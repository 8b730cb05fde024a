//! The warehouse: opened once, closed for good. One with a public front is a store.

use std::collections::HashSet;

use super::{
    Location, MAX_RADIUS_M, MAX_SHIPPING_DAYS, OpeningHours, ReviseWarehouse, ShippingEstimate, StoreFront,
    StoreStatus, WarehouseCommand, WarehouseError, WarehouseEvent,
};
use crate::{
    decider::Decider,
    text::{Code, Country, LocalizedText, Reason, Zone},
};

/// Minutes of a day.
const DAY_MINUTES: u16 = 1_440;

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
    /// Its place.
    pub location: Option<Location>,
    /// How long goods are on their way from it.
    pub shipping: Vec<ShippingEstimate>,
    /// Its public front, where it is a store.
    pub store: Option<Store>,
}

/// A store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// What the public sees.
    pub front: StoreFront,
    /// Whether it serves.
    pub status: StoreStatus,
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

    fn open_premises(&self) -> Result<&Premises, WarehouseError> {
        match self {
            Self::Absent => Err(WarehouseError::NotFound),
            Self::Open(premises) => Ok(premises),
            Self::Closed(_) => Err(WarehouseError::Closed),
        }
    }

    /// Changes what is known; nothing is known of a warehouse that was never opened.
    fn change(&mut self, change: impl FnOnce(&mut Premises)) {
        match self {
            Self::Absent => {}
            Self::Open(premises) | Self::Closed(premises) => change(premises),
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
                match state {
                    WarehouseState::Absent => {}
                    WarehouseState::Open(_) => return Err(WarehouseError::AlreadyOpen),
                    WarehouseState::Closed(_) => return Err(WarehouseError::Closed),
                }
                check_zones(&zones)?;
                Ok(vec![WarehouseEvent::WarehouseOpened { code, name, country, zones }])
            }
            WarehouseCommand::Revise(revision) => revise(state.open_premises()?, revision),
            WarehouseCommand::SetFront { front } => set_front(state.open_premises()?, front),
            WarehouseCommand::SetStoreStatus { status, reason } => {
                set_status(state.open_premises()?, status, reason)
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
                    location: None,
                    shipping: Vec::new(),
                    store: None,
                }));
            }
            WarehouseEvent::WarehouseRevised { name, country, zones } => state.change(|premises| {
                premises.name.clone_from(name);
                premises.country.clone_from(country);
                premises.zones.clone_from(zones);
            }),
            WarehouseEvent::WarehouseLogisticsSet { location, shipping } => state.change(|premises| {
                premises.location = *location;
                premises.shipping.clone_from(shipping);
            }),
            WarehouseEvent::StoreOpened { front } => state.change(|premises| {
                premises.store = Some(Store { front: front.clone(), status: StoreStatus::Open });
            }),
            WarehouseEvent::StoreRevised { front } => state.change(|premises| {
                if let Some(store) = &mut premises.store {
                    store.front.clone_from(front);
                }
            }),
            WarehouseEvent::StoreStatusSet { status, reason: _ } => state.change(|premises| {
                if let Some(store) = &mut premises.store {
                    store.status = *status;
                }
            }),
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

fn check_zones(zones: &[Zone]) -> Result<(), WarehouseError> {
    let mut seen = HashSet::with_capacity(zones.len());
    match zones.iter().position(|zone| !seen.insert(zone)) {
        Some(index) => Err(WarehouseError::RepeatedZone { index }),
        None => Ok(()),
    }
}

fn revise(premises: &Premises, revision: ReviseWarehouse) -> Result<Vec<WarehouseEvent>, WarehouseError> {
    let ReviseWarehouse { name, country, zones, location, shipping } = revision;
    check_zones(&zones)?;
    if location.is_some_and(|place| !is_on_the_globe(place)) {
        return Err(WarehouseError::InvalidLocation);
    }
    if location.is_none() && premises.store.is_some() {
        return Err(WarehouseError::LocationNeeded);
    }
    let mut seen = HashSet::with_capacity(shipping.len());
    let fits = |estimate: &ShippingEstimate| {
        let is_served = estimate.zone.as_ref().is_none_or(|zone| zones.is_empty() || zones.contains(zone));
        is_served && estimate.min_days <= estimate.max_days && estimate.max_days <= MAX_SHIPPING_DAYS
    };
    if let Some(index) = shipping.iter().position(|one| !fits(one) || !seen.insert(one.zone.clone())) {
        return Err(WarehouseError::InvalidShipping { index });
    }
    let mut events = Vec::new();
    if name != premises.name || country != premises.country || zones != premises.zones {
        events.push(WarehouseEvent::WarehouseRevised { name, country, zones });
    }
    if location != premises.location || shipping != premises.shipping {
        events.push(WarehouseEvent::WarehouseLogisticsSet { location, shipping });
    }
    Ok(events)
}

const fn is_on_the_globe(place: Location) -> bool {
    place.latitude_e6.unsigned_abs() <= 90_000_000 && place.longitude_e6.unsigned_abs() <= 180_000_000
}

fn set_front(premises: &Premises, front: StoreFront) -> Result<Vec<WarehouseEvent>, WarehouseError> {
    if premises.location.is_none() {
        return Err(WarehouseError::LocationNeeded);
    }
    if front.radius_m > MAX_RADIUS_M {
        return Err(WarehouseError::InvalidRadius { max_m: MAX_RADIUS_M });
    }
    let overlap = |a: &OpeningHours, b: &OpeningHours| {
        a.weekday == b.weekday && a.opens < b.closes && b.opens < a.closes
    };
    for (index, hours) in front.hours.iter().enumerate() {
        let earlier = front.hours.iter().take(index);
        let fits = hours.opens < hours.closes && hours.closes <= DAY_MINUTES;
        if !fits || earlier.into_iter().any(|other| overlap(hours, other)) {
            return Err(WarehouseError::InvalidHours { index });
        }
    }
    Ok(match &premises.store {
        None => vec![WarehouseEvent::StoreOpened { front }],
        Some(store) if store.front == front => Vec::new(),
        Some(_) => vec![WarehouseEvent::StoreRevised { front }],
    })
}

fn set_status(
    premises: &Premises,
    status: StoreStatus,
    reason: Option<Reason>,
) -> Result<Vec<WarehouseEvent>, WarehouseError> {
    let store = premises.store.as_ref().ok_or(WarehouseError::NoStore)?;
    if store.status == status {
        return Ok(Vec::new());
    }
    Ok(vec![WarehouseEvent::StoreStatusSet { status, reason }])
}
