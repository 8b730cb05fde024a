//! Why a request to the definitions of attributes is refused, and why a product's attributes are.

use crate::{
    refusal::{Fault, refusals},
    text::Code,
};

/// Why a request to the definitions of attributes is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttributeError {
    /// There is no such attribute.
    #[error("attribute does not exist")]
    NotFound,
    /// A code belongs to one attribute, a retired one too.
    #[error("another attribute has, or had, this code")]
    CodeTaken,
    /// A retired attribute is history.
    #[error("attribute is retired")]
    Retired,
    /// See [`super::MAX_ATTRIBUTES`].
    #[error("there may be at most {max} attributes")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// What products carry would not be what it was.
    #[error("an attribute keeps its kind")]
    KindChanged,
    /// See [`super::MAX_OPTIONS`].
    #[error("choice needs 1 to {max} options")]
    OptionCount {
        /// The limit.
        max: usize,
    },
    /// Each option counts once.
    #[error("option is named twice")]
    RepeatedOption {
        /// The second naming, from 0.
        index: usize,
    },
}

refusals!(AttributeError, faults = details {
    NotFound = "catalog.attribute_not_found" NotFound,
    CodeTaken = "catalog.attribute_code_taken" Conflict,
    Retired = "catalog.attribute_retired" Conflict,
    TooMany = "catalog.too_many_attributes" Conflict,
    KindChanged = "catalog.attribute_kind_changed" Invalid,
    OptionCount = "catalog.attribute_option_count" Invalid,
    RepeatedOption = "catalog.attribute_repeated_option" Invalid,
});

impl AttributeError {
    fn details(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::NotFound | Self::Retired | Self::TooMany { .. } => return Vec::new(),
            Self::CodeTaken => "/code".to_owned(),
            Self::KindChanged => "/kind".to_owned(),
            Self::OptionCount { .. } => "/options".to_owned(),
            Self::RepeatedOption { index } => format!("/options/{index}"),
        };
        vec![Fault::at(pointer, self)]
    }
}

/// Why the attributes of a product are refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AttributeValueError {
    /// It is not defined, or is retired.
    #[error("there is no such attribute, or it is retired")]
    Unknown {
        /// Its code.
        code: Code,
    },
    /// It is another kind of value than the definition says.
    #[error("must be {wanted}")]
    IllTyped {
        /// Its code.
        code: Code,
        /// What it must be.
        wanted: &'static str,
    },
    /// It is for products of other categories.
    #[error("attribute is for products of other categories")]
    ForOthers {
        /// Its code.
        code: Code,
    },
    /// Every product that it is for must have it.
    #[error("attribute is required")]
    Missing {
        /// Its code.
        code: Code,
    },
}

refusals!(AttributeValueError, faults = details {
    Unknown = "catalog.attribute_unknown" Invalid,
    IllTyped = "catalog.attribute_ill_typed" Invalid,
    ForOthers = "catalog.attribute_for_others" Invalid,
    Missing = "catalog.attribute_missing" Invalid,
});

impl AttributeValueError {
    fn details(&self) -> Vec<Fault> {
        let (Self::Unknown { code }
        | Self::IllTyped { code, .. }
        | Self::ForOthers { code }
        | Self::Missing { code }) = self;
        // A JSON Pointer escapes its own signs (RFC 6901).
        let code = code.as_str().replace('~', "~0").replace('/', "~1");
        vec![Fault::at(format!("/attributes/{code}"), self)]
    }
}
