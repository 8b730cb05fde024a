//! What may be asked of a company.

use super::DeliveryFee;
use crate::{
    money::BasisPoints,
    text::{LocalizedText, Reason, Zone},
};

/// A request to one company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CompanyCommand {
    /// Let it sell here.
    Register(RegisterCompany),
    /// Change how it is described; what is `None` stays.
    Revise(ReviseCompany),
    /// Agree on another commission for orders from now on.
    SetCommission {
        /// The new rate.
        commission_rate: BasisPoints,
    },
    /// Charge other delivery fees from now on.
    SetDeliveryFees {
        /// All of them.
        delivery_fees: Vec<DeliveryFee>,
    },
    /// Take its goods off sale.
    Deactivate {
        /// Why.
        reason: Option<Reason>,
    },
    /// Put its goods on sale again.
    Reactivate,
}

/// All of a new company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegisterCompany {
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

/// The parts to change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReviseCompany {
    /// The new name.
    pub name: Option<LocalizedText>,
    /// The new description.
    pub description: Option<LocalizedText>,
    /// All zones that it delivers to.
    pub zones: Option<Vec<Zone>>,
}
