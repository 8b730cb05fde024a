//! Stable refusal codes of the use cases.

use domain::refusal::{Fault, RefusalKind};
use serde_json::Map;

use crate::Refused;

/// A refusal that a use case gives: unique in the workspace, with its kind and one sentence.
#[derive(Debug, PartialEq, Eq)]
pub struct Code {
    /// `context.reason`.
    pub code: &'static str,
    /// How a caller should take it.
    pub kind: RefusalKind,
    /// One sentence for a person.
    pub message: &'static str,
}

impl Code {
    /// The refusal of the whole request.
    pub(crate) fn refusal(&self) -> Refused {
        Refused {
            code: self.code,
            kind: self.kind,
            message: self.message.to_owned(),
            faults: Vec::new(),
        }
    }

    /// The refusal because of one part of the request.
    pub(crate) fn refusal_at(&self, pointer: &str) -> Refused {
        Refused { faults: vec![self.at(pointer)], ..self.refusal() }
    }

    /// The fault of one part of the request.
    pub(crate) fn at(&self, pointer: impl Into<String>) -> Fault {
        Fault {
            pointer: pointer.into(),
            code: self.code,
            message: self.message.to_owned(),
            numbers: Map::new(),
        }
    }
}

/// Names codes as constants, and all of them as `CODES`.
macro_rules! codes {
    ($($name:ident = $code:literal $kind:ident $message:literal,)*) => {
        $(pub(crate) const $name: $crate::Code = $crate::Code {
            code: $code,
            kind: domain::refusal::RefusalKind::$kind,
            message: $message,
        };)*

        /// The refusal codes of this module.
        pub(crate) const CODES: &[$crate::Code] = &[$($name),*];
    };
}

pub(crate) use codes;
