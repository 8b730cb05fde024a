//! What may happen to a return, and to the counters that number documents.

use serde::{Deserialize, Serialize};

use super::LineTax;
use crate::{
    decider::Event,
    ids::{AccountId, OrderId, ProductId, WarehouseId},
    money::{Money, UnitPrice},
    quantity::Quantity,
    text::{Country, ExternalId, Reason, Sku},
};

/// One line of a credit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreditLine {
    /// From 1.
    pub number: u16,
    /// Which product.
    pub product: ProductId,
    /// Its code at that time.
    pub sku: Sku,
    /// How many units come back (a positive number).
    pub quantity: Quantity,
    /// The price that one was sold at; where a discount was given, `total` is less than price times quantity.
    pub unit_price: UnitPrice,
    /// What is paid back: the recorded share of the order's line, or price times quantity where none is known.
    pub total: Money,
    /// The tax in `total`; absent where the line was not taxed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax: Option<LineTax>,
    /// What the marketplace gives its vendor back of the commission; absent when that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commission: Option<Money>,
    /// The line of the order that it was sold with, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sold_in: Option<SoldIn>,
}

/// The line that a returned unit was sold with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoldIn {
    /// The order.
    pub order: OrderId,
    /// Its line.
    pub line: u16,
}

/// A fact about one return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReturnEvent {
    /// A customer asks to give units back.
    ReturnRequested {
        /// The order; absent where a legacy credit names none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        order: Option<OrderId>,
        /// Who returns.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<AccountId>,
        /// Its number in another system.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<ExternalId>,
        /// Country of the sale.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<Country>,
        /// At least one.
        lines: Vec<CreditLine>,
        /// Sum of the lines: what will be paid back.
        total: Money,
        /// Why.
        reason: Reason,
    },
    /// The units may be sent back.
    ReturnApproved,
    /// The units are on hand again.
    ReturnReceived {
        /// Where they went.
        warehouse: WarehouseId,
    },
    /// The money goes back.
    CreditIssued {
        /// From the counter `credit`; no number is left out or used twice.
        credit_number: u64,
    },
    /// The request is refused.
    ReturnRejected {
        /// Why.
        reason: Reason,
    },
}

impl Event for ReturnEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("ReturnRequested", 1),
        ("ReturnApproved", 1),
        ("ReturnReceived", 1),
        ("CreditIssued", 1),
        ("ReturnRejected", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::ReturnRequested { .. } => "ReturnRequested",
            Self::ReturnApproved => "ReturnApproved",
            Self::ReturnReceived { .. } => "ReturnReceived",
            Self::CreditIssued { .. } => "CreditIssued",
            Self::ReturnRejected { .. } => "ReturnRejected",
        }
    }
}

/// A fact about one series of document numbers; the stream's id is the series (`invoice`, `credit`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CounterEvent {
    /// The next number was given out.
    NumberIssued {
        /// From 1, without gaps.
        number: u64,
        /// The document's id in the API's form.
        document: String,
    },
}

impl Event for CounterEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("NumberIssued", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::NumberIssued { .. } => "NumberIssued",
        }
    }
}
