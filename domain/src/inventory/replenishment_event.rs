//! What may happen to a supplier and to a replenishment order.

use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{ProductId, SupplierId, WarehouseId},
    quantity::Quantity,
    text::{Code, LocalizedText, Reason},
};

/// What is known of a supplier. About the business only, never about a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierDetails {
    /// Short unique code.
    pub code: Code,
    /// What it is called.
    pub name: LocalizedText,
    /// Days from ordering until the goods are there.
    pub lead_time_days: u16,
}

/// A fact about one supplier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SupplierEvent {
    /// Goods can be ordered from it.
    SupplierAdded {
        /// What is known of it.
        details: SupplierDetails,
    },
    /// Something else is known of it.
    SupplierRevised {
        /// What is known of it.
        details: SupplierDetails,
    },
    /// Nothing is ordered from it any more.
    SupplierRetired {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
}

impl Event for SupplierEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("SupplierAdded", 1),
        ("SupplierRevised", 1),
        ("SupplierRetired", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::SupplierAdded { .. } => "SupplierAdded",
            Self::SupplierRevised { .. } => "SupplierRevised",
            Self::SupplierRetired { .. } => "SupplierRetired",
        }
    }
}

/// A fact about one replenishment order: more of one product for one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReorderEvent {
    /// More is needed.
    ReorderOpened {
        /// Of which product.
        product: ProductId,
        /// Where.
        warehouse: WarehouseId,
        /// How many.
        quantity: Quantity,
        /// From whom, where that is settled.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        supplier: Option<SupplierId>,
        /// How many units were available then.
        available: u64,
    },
    /// Somebody agreed; it can be ordered.
    ReorderApproved,
    /// The goods are there, and on hand.
    ReorderReceived {
        /// How many came.
        quantity: Quantity,
    },
    /// It is not needed after all.
    ReorderCancelled {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
}

impl Event for ReorderEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("ReorderOpened", 1),
        ("ReorderApproved", 1),
        ("ReorderReceived", 1),
        ("ReorderCancelled", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::ReorderOpened { .. } => "ReorderOpened",
            Self::ReorderApproved => "ReorderApproved",
            Self::ReorderReceived { .. } => "ReorderReceived",
            Self::ReorderCancelled { .. } => "ReorderCancelled",
        }
    }
}
