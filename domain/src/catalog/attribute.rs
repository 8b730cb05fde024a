//! The definitions of attributes, in one stream: a product's attributes are decided on this one state, so that none
//! slips past a definition, or in under one that was retired before it.
//!
//! ATR-1 A code belongs to one attribute for ever, and an attribute keeps its kind.
//! ATR-2 What a product carries already is not asked again when definitions change.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    AttributeBookEvent, AttributeDetails, AttributeError, AttributeKind, AttributeOption, AttributeValue,
    AttributeValueError, AttributeValues,
};
use crate::{
    decider::Decider,
    ids::{AttributeId, CategoryId},
    text::Code,
};

/// The id of the one stream.
pub const ATTRIBUTE_BOOK: &str = "attributes";

/// The most attributes, retired ones too; a limit of the command, not of the type, so that it may change.
pub const MAX_ATTRIBUTES: usize = 500;

/// The most options of one choice; a limit of the command, not of the type, so that it may change.
pub const MAX_OPTIONS: usize = 200;

/// The most digits of a number before its point, and behind it: what every spreadsheet holds exactly.
const NUMBER_DIGITS: (usize, usize) = (9, 6);

/// The definitions of attributes.
#[derive(Debug)]
pub struct AttributeBook;

/// A request to the definitions of attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AttributeBookCommand {
    /// Let products have it.
    Define {
        /// Which.
        attribute: AttributeId,
        /// What products carry it under.
        code: Code,
        /// What it is.
        details: AttributeDetails,
    },
    /// Describe it anew.
    Revise {
        /// Which.
        attribute: AttributeId,
        /// The whole new description.
        details: AttributeDetails,
    },
    /// Let no product get it any more.
    Retire {
        /// Which.
        attribute: AttributeId,
    },
}

/// What attributes there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttributeBookState(BTreeMap<AttributeId, KnownAttribute>);

/// An attribute as it is defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAttribute {
    /// What products carry it under.
    pub code: Code,
    /// What it is.
    pub details: AttributeDetails,
    /// No product gets it any more.
    pub is_retired: bool,
}

impl AttributeBookState {
    /// Every attribute, in the order in which they were defined.
    pub fn attributes(&self) -> impl Iterator<Item = (AttributeId, &KnownAttribute)> {
        self.0.iter().map(|(id, known)| (*id, known))
    }

    fn usable(&self) -> impl Iterator<Item = &KnownAttribute> {
        self.0.values().filter(|known| !known.is_retired)
    }

    fn revisable(&self, attribute: AttributeId) -> Result<&KnownAttribute, AttributeError> {
        let known = self.0.get(&attribute).ok_or(AttributeError::NotFound)?;
        if known.is_retired {
            Err(AttributeError::Retired)
        } else {
            Ok(known)
        }
    }

    /// Whether a product in `categories` (with all that they hang below) may have these attributes, which are not what it
    /// had `before`.
    ///
    /// # Errors
    /// The first attribute that is unknown, ill-typed, for others, or missing.
    pub fn check(
        &self,
        values: &AttributeValues,
        before: &AttributeValues,
        categories: &BTreeSet<CategoryId>,
    ) -> Result<(), AttributeValueError> {
        let is_for = |known: &&KnownAttribute| {
            known.details.categories.is_empty() || !known.details.categories.is_disjoint(categories)
        };
        for (code, value) in values.iter().filter(|(code, value)| before.get(*code) != Some(value)) {
            let known = self.usable().find(|known| known.code == *code);
            let known = known.ok_or_else(|| AttributeValueError::Unknown { code: code.clone() })?;
            if !is_for(&known) {
                return Err(AttributeValueError::ForOthers { code: code.clone() });
            }
            known
                .details
                .kind
                .check(value)
                .map_err(|wanted| AttributeValueError::IllTyped { code: code.clone(), wanted })?;
        }
        let mut required = self.usable().filter(|known| known.details.required).filter(is_for);
        match required.find(|known| !values.contains_key(&known.code)) {
            Some(known) => Err(AttributeValueError::Missing { code: known.code.clone() }),
            None => Ok(()),
        }
    }
}

impl AttributeKind {
    fn check(&self, value: &AttributeValue) -> Result<(), &'static str> {
        let is_one = match (self, value) {
            (Self::Boolean, AttributeValue::Boolean(_)) | (Self::Text, AttributeValue::Text(_)) => true,
            (Self::Number { .. }, AttributeValue::Text(text)) => is_decimal(text.as_str()),
            (Self::Choice { options }, AttributeValue::Text(text)) => {
                options.iter().any(|option| option.code.as_str() == text.as_str())
            }
            (Self::Boolean, AttributeValue::Text(_))
            | (Self::Text | Self::Number { .. } | Self::Choice { .. }, AttributeValue::Boolean(_)) => false,
        };
        if is_one {
            return Ok(());
        }
        Err(match self {
            Self::Text => "a text",
            Self::Number { .. } => "a plain decimal with at most 9 digits before its point and 6 behind it",
            Self::Boolean => "true or false",
            Self::Choice { .. } => "the code of one of the options",
        })
    }

    /// The same kind, whatever its unit or options.
    fn is_like(&self, other: &Self) -> bool {
        match self {
            Self::Text => matches!(other, Self::Text),
            Self::Number { .. } => matches!(other, Self::Number { .. }),
            Self::Boolean => matches!(other, Self::Boolean),
            Self::Choice { .. } => matches!(other, Self::Choice { .. }),
        }
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, rest) = digits.split_once('.').map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let are_digits = |part: &str, most: usize| {
        (1..=most).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    are_digits(whole, NUMBER_DIGITS.0) && rest.is_none_or(|rest| are_digits(rest, NUMBER_DIGITS.1))
}

impl Decider for AttributeBook {
    const KIND: &'static str = "attribute_book";

    type State = AttributeBookState;
    type Command = AttributeBookCommand;
    type Event = AttributeBookEvent;
    type Error = AttributeError;

    fn decide(
        state: &AttributeBookState,
        command: AttributeBookCommand,
    ) -> Result<Vec<AttributeBookEvent>, AttributeError> {
        match command {
            AttributeBookCommand::Define { attribute, code, details } => {
                if state.0.values().any(|known| known.code == code) {
                    return Err(AttributeError::CodeTaken);
                }
                if state.0.len() >= MAX_ATTRIBUTES {
                    return Err(AttributeError::TooMany { max: MAX_ATTRIBUTES });
                }
                check_kind(&details.kind)?;
                Ok(vec![AttributeBookEvent::AttributeDefined { attribute, code, details }])
            }
            AttributeBookCommand::Revise { attribute, details } => {
                let known = state.revisable(attribute)?;
                if !known.details.kind.is_like(&details.kind) {
                    return Err(AttributeError::KindChanged);
                }
                check_kind(&details.kind)?;
                if known.details == details {
                    return Ok(Vec::new());
                }
                Ok(vec![AttributeBookEvent::AttributeRevised { attribute, details }])
            }
            AttributeBookCommand::Retire { attribute } => match state.revisable(attribute) {
                Ok(_) => Ok(vec![AttributeBookEvent::AttributeRetired { attribute }]),
                Err(AttributeError::Retired) => Ok(Vec::new()),
                Err(error) => Err(error),
            },
        }
    }

    fn evolve(state: &mut AttributeBookState, event: &AttributeBookEvent) {
        match event {
            AttributeBookEvent::AttributeDefined { attribute, code, details } => {
                let known = KnownAttribute {
                    code: code.clone(),
                    details: details.clone(),
                    is_retired: false,
                };
                state.0.insert(*attribute, known);
            }
            AttributeBookEvent::AttributeRevised { attribute, details } => {
                if let Some(known) = state.0.get_mut(attribute) {
                    known.details = details.clone();
                }
            }
            AttributeBookEvent::AttributeRetired { attribute } => {
                if let Some(known) = state.0.get_mut(attribute) {
                    known.is_retired = true;
                }
            }
        }
    }
}

fn check_kind(kind: &AttributeKind) -> Result<(), AttributeError> {
    let AttributeKind::Choice { options } = kind else {
        return Ok(());
    };
    if options.is_empty() || options.len() > MAX_OPTIONS {
        return Err(AttributeError::OptionCount { max: MAX_OPTIONS });
    }
    let mut seen = BTreeSet::new();
    match options.iter().position(|AttributeOption { code, .. }| !seen.insert(code)) {
        Some(index) => Err(AttributeError::RepeatedOption { index }),
        None => Ok(()),
    }
}
