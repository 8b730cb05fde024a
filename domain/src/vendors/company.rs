//! The company: registered once; its terms change, and every order keeps those that it was placed under.
//!
//! VEN-1 A commission is between nothing and all of a line.
//! VEN-2 A zone has at most one delivery fee in each currency.
//! VEN-3 A change of terms never reaches a placed order.

use std::collections::HashSet;

use super::{
    CompanyCommand, CompanyError, CompanyEvent, DeliveryFee, MAX_DELIVERY_FEES, MAX_ZONES, RegisterCompany,
    ReviseCompany,
};
use crate::{
    decider::Decider,
    money::{BasisPoints, Currency},
    text::{LocalizedText, Reason, Zone},
};

/// A company that sells here.
#[derive(Debug)]
pub struct Company;

/// What is known of a company.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CompanyState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// Its goods can be ordered.
    Active(Box<CompanyProfile>),
    /// Its goods cannot be ordered.
    Inactive(Box<CompanyProfile>),
}

/// What a company is, in the shape of its events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyProfile {
    /// What it is called.
    pub name: LocalizedText,
    /// What it is.
    pub description: Option<LocalizedText>,
    /// Zones that it delivers to; empty means all.
    pub zones: Vec<Zone>,
    /// What the marketplace keeps of each of its lines.
    pub commission_rate: BasisPoints,
    /// What it charges for bringing a part of an order.
    pub delivery_fees: Vec<DeliveryFee>,
}

impl CompanyProfile {
    /// Whether it delivers to `zone`.
    #[must_use]
    pub fn serves(&self, zone: &Zone) -> bool {
        self.zones.is_empty() || self.zones.contains(zone)
    }

    /// The fee for a part that goes to `zone`: that of the zone itself, else that of every other zone.
    #[must_use]
    pub fn delivery_fee(&self, zone: Option<&Zone>, currency: Currency) -> Option<&DeliveryFee> {
        let of = |wanted: Option<&Zone>| {
            let mut fees = self.delivery_fees.iter().filter(|fee| fee.fee.currency() == currency);
            fees.find(|fee| fee.zone.as_ref() == wanted)
        };
        zone.and_then(|zone| of(Some(zone))).or_else(|| of(None))
    }
}

impl CompanyState {
    /// It was registered, active or not.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.profile().is_some()
    }

    /// Its goods can be ordered.
    #[must_use]
    pub const fn is_active(&self) -> bool {
        matches!(self, Self::Active(_))
    }

    /// All that is known of it.
    #[must_use]
    pub fn profile(&self) -> Option<&CompanyProfile> {
        match self {
            Self::Absent => None,
            Self::Active(profile) | Self::Inactive(profile) => Some(profile),
        }
    }

    fn profile_mut(&mut self) -> Option<&mut CompanyProfile> {
        match self {
            Self::Absent => None,
            Self::Active(profile) | Self::Inactive(profile) => Some(profile),
        }
    }

    fn into_profile(self) -> Option<Box<CompanyProfile>> {
        match self {
            Self::Absent => None,
            Self::Active(profile) | Self::Inactive(profile) => Some(profile),
        }
    }
}

type Decision = Result<Vec<CompanyEvent>, CompanyError>;

impl Decider for Company {
    const KIND: &'static str = "company";

    type State = CompanyState;
    type Command = CompanyCommand;
    type Event = CompanyEvent;
    type Error = CompanyError;

    fn decide(state: &CompanyState, command: CompanyCommand) -> Decision {
        match command {
            CompanyCommand::Register(new) => register(state, new),
            CompanyCommand::Revise(parts) => revise(state, parts),
            CompanyCommand::SetCommission { commission_rate } => set_commission(state, commission_rate),
            CompanyCommand::SetDeliveryFees { delivery_fees } => set_delivery_fees(state, delivery_fees),
            CompanyCommand::Deactivate { reason } => deactivate(state, reason),
            CompanyCommand::Reactivate => reactivate(state),
        }
    }

    fn evolve(state: &mut CompanyState, event: &CompanyEvent) {
        match event {
            CompanyEvent::CompanyRegistered {
                name,
                description,
                zones,
                commission_basis_points,
                delivery_fees,
            } => {
                *state = CompanyState::Active(Box::new(CompanyProfile {
                    name: name.clone(),
                    description: description.clone(),
                    zones: zones.clone(),
                    commission_rate: *commission_basis_points,
                    delivery_fees: delivery_fees.clone(),
                }));
            }
            CompanyEvent::CompanyDescribed { name, description, zones } => {
                if let Some(profile) = state.profile_mut() {
                    profile.name.clone_from(name);
                    profile.description.clone_from(description);
                    profile.zones.clone_from(zones);
                }
            }
            CompanyEvent::CommissionSet { commission_basis_points } => {
                if let Some(profile) = state.profile_mut() {
                    profile.commission_rate = *commission_basis_points;
                }
            }
            CompanyEvent::DeliveryFeesSet { delivery_fees } => {
                if let Some(profile) = state.profile_mut() {
                    profile.delivery_fees.clone_from(delivery_fees);
                }
            }
            CompanyEvent::CompanyDeactivated { reason: _ } => {
                let profile = std::mem::take(state).into_profile();
                *state = profile.map_or(CompanyState::Absent, CompanyState::Inactive);
            }
            CompanyEvent::CompanyReactivated => {
                let profile = std::mem::take(state).into_profile();
                *state = profile.map_or(CompanyState::Absent, CompanyState::Active);
            }
        }
    }
}

fn register(state: &CompanyState, new: RegisterCompany) -> Decision {
    if state.exists() {
        return Err(CompanyError::AlreadyRegistered);
    }
    check_zones(&new.zones)?;
    check_delivery_fees(&new.delivery_fees)?;
    Ok(vec![CompanyEvent::CompanyRegistered {
        name: new.name,
        description: new.description,
        zones: new.zones,
        commission_basis_points: new.commission_rate,
        delivery_fees: new.delivery_fees,
    }])
}

fn known(state: &CompanyState) -> Result<&CompanyProfile, CompanyError> {
    state.profile().ok_or(CompanyError::NotFound)
}

fn revise(state: &CompanyState, parts: ReviseCompany) -> Decision {
    let profile = known(state)?;
    let name = parts.name.unwrap_or_else(|| profile.name.clone());
    let description = parts.description.or_else(|| profile.description.clone());
    let zones = parts.zones.unwrap_or_else(|| profile.zones.clone());
    check_zones(&zones)?;
    if name == profile.name && description == profile.description && zones == profile.zones {
        return Ok(Vec::new());
    }
    Ok(vec![CompanyEvent::CompanyDescribed { name, description, zones }])
}

fn set_commission(state: &CompanyState, commission_basis_points: BasisPoints) -> Decision {
    if known(state)?.commission_rate == commission_basis_points {
        return Ok(Vec::new());
    }
    Ok(vec![CompanyEvent::CommissionSet { commission_basis_points }])
}

fn set_delivery_fees(state: &CompanyState, delivery_fees: Vec<DeliveryFee>) -> Decision {
    let profile = known(state)?;
    check_delivery_fees(&delivery_fees)?;
    if profile.delivery_fees == delivery_fees {
        return Ok(Vec::new());
    }
    Ok(vec![CompanyEvent::DeliveryFeesSet { delivery_fees }])
}

fn deactivate(state: &CompanyState, reason: Option<Reason>) -> Decision {
    match state {
        CompanyState::Absent => Err(CompanyError::NotFound),
        CompanyState::Active(_) => Ok(vec![CompanyEvent::CompanyDeactivated { reason }]),
        CompanyState::Inactive(_) => Ok(Vec::new()),
    }
}

fn reactivate(state: &CompanyState) -> Decision {
    match state {
        CompanyState::Absent => Err(CompanyError::NotFound),
        CompanyState::Active(_) => Ok(Vec::new()),
        CompanyState::Inactive(_) => Ok(vec![CompanyEvent::CompanyReactivated]),
    }
}

fn check_zones(zones: &[Zone]) -> Result<(), CompanyError> {
    if zones.len() > MAX_ZONES {
        return Err(CompanyError::TooManyZones { max: MAX_ZONES });
    }
    let mut seen = HashSet::with_capacity(zones.len());
    match zones.iter().position(|zone| !seen.insert(zone)) {
        Some(index) => Err(CompanyError::RepeatedZone { index }),
        None => Ok(()),
    }
}

/// VEN-2.
fn check_delivery_fees(fees: &[DeliveryFee]) -> Result<(), CompanyError> {
    if fees.len() > MAX_DELIVERY_FEES {
        return Err(CompanyError::TooManyDeliveryFees { max: MAX_DELIVERY_FEES });
    }
    let mut seen = HashSet::with_capacity(fees.len());
    for (index, DeliveryFee { zone, fee, free_from }) in fees.iter().enumerate() {
        if fee.is_negative() || free_from.is_some_and(|least| least.is_negative()) {
            return Err(CompanyError::NegativeAmount { index });
        }
        if free_from.is_some_and(|least| least.currency() != fee.currency()) {
            return Err(CompanyError::CurrencyMismatch { index });
        }
        if !seen.insert((zone, fee.currency())) {
            return Err(CompanyError::RepeatedDeliveryFee { index });
        }
    }
    Ok(())
}
