//! What may happen to a company.

use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    money::{BasisPoints, Money},
    text::{LocalizedText, Reason, Zone},
};

/// What a company charges for bringing one part of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryFee {
    /// Into this zone; absent for every zone that has no fee of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// For each part.
    pub fee: Money,
    /// From this much on (the company's lines of the order less their discounts) it is free.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub free_from: Option<Money>,
}

/// A fact about one company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CompanyEvent {
    /// It may sell here.
    CompanyRegistered {
        /// What it is called.
        name: LocalizedText,
        /// What it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<LocalizedText>,
        /// Zones that it delivers to; empty means all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        zones: Vec<Zone>,
        /// What the marketplace keeps of each line, in hundredths of a percent.
        commission_basis_points: BasisPoints,
        /// What it charges for bringing a part of an order.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        delivery_fees: Vec<DeliveryFee>,
    },
    /// It is described anew; all of it is replaced.
    CompanyDescribed {
        /// What it is called.
        name: LocalizedText,
        /// What it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        description: Option<LocalizedText>,
        /// Zones that it delivers to; empty means all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        zones: Vec<Zone>,
    },
    /// Orders that are placed from now on pay this commission; placed ones keep theirs.
    CommissionSet {
        /// In hundredths of a percent.
        commission_basis_points: BasisPoints,
    },
    /// Orders that are placed from now on pay these delivery fees; placed ones keep theirs.
    DeliveryFeesSet {
        /// All of them.
        delivery_fees: Vec<DeliveryFee>,
    },
    /// Its goods cannot be ordered any more; placed orders go on.
    CompanyDeactivated {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
    /// Its goods can be ordered again.
    CompanyReactivated,
}

impl Event for CompanyEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("CompanyRegistered", 1),
        ("CompanyDescribed", 1),
        ("CommissionSet", 1),
        ("DeliveryFeesSet", 1),
        ("CompanyDeactivated", 1),
        ("CompanyReactivated", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::CompanyRegistered { .. } => "CompanyRegistered",
            Self::CompanyDescribed { .. } => "CompanyDescribed",
            Self::CommissionSet { .. } => "CommissionSet",
            Self::DeliveryFeesSet { .. } => "DeliveryFeesSet",
            Self::CompanyDeactivated { .. } => "CompanyDeactivated",
            Self::CompanyReactivated => "CompanyReactivated",
        }
    }
}
