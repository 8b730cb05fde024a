//! What may happen to the definitions of attributes.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{AttributeId, CategoryId},
    text::{AttributeText, Code, LocalizedText},
};

/// What a product's attribute is: a yes or no, or a text. Numbers are plain decimals, choices the codes of their options;
/// which of them it is the definition says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum AttributeValue {
    /// Yes or no.
    Boolean(bool),
    /// A text, a number or the code of an option.
    Text(AttributeText),
}

/// The attributes of a product by their codes.
pub type AttributeValues = BTreeMap<Code, AttributeValue>;

/// One of the values to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeOption {
    /// What products carry.
    pub code: Code,
    /// What it is called.
    pub label: LocalizedText,
}

/// What values an attribute takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttributeKind {
    /// Words.
    Text,
    /// A plain decimal.
    Number {
        /// How the unit is written behind it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<LocalizedText>,
    },
    /// Yes or no.
    Boolean,
    /// One of some values.
    Choice {
        /// The values, in the order of display.
        options: Vec<AttributeOption>,
    },
}

/// Everything about an attribute that is described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeDetails {
    /// What it is called.
    pub label: LocalizedText,
    /// What values it takes.
    pub kind: AttributeKind,
    /// Every product that it is for must have it.
    pub required: bool,
    /// Shops offer it as a filter.
    pub filterable: bool,
    /// The only categories, with all below them, whose products have it; absent where all do.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub categories: BTreeSet<CategoryId>,
}

/// A fact about the definitions of attributes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttributeBookEvent {
    /// Products can have it from now on.
    AttributeDefined {
        /// Which.
        attribute: AttributeId,
        /// What products carry it under, unique for ever.
        code: Code,
        /// What it is.
        details: AttributeDetails,
    },
    /// It is described anew; the whole description is replaced.
    AttributeRevised {
        /// Which.
        attribute: AttributeId,
        /// The new description.
        details: AttributeDetails,
    },
    /// No product gets it any more; those that have it keep it.
    AttributeRetired {
        /// Which.
        attribute: AttributeId,
    },
}

impl Event for AttributeBookEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("AttributeDefined", 1),
        ("AttributeRevised", 1),
        ("AttributeRetired", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::AttributeDefined { .. } => "AttributeDefined",
            Self::AttributeRevised { .. } => "AttributeRevised",
            Self::AttributeRetired { .. } => "AttributeRetired",
        }
    }
}
