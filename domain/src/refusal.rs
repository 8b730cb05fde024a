//! What every refusal can tell: a stable code, the kind of "no", and the numbers that the caller needs.

use serde_json::{Map, Value};

/// How a caller should take a refusal. The API maps it to a status; the domain knows no HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// The thing does not exist, or the caller may not know that it does.
    NotFound,
    /// The state forbids it now; another time or after another command it may be allowed.
    Conflict,
    /// The request can never be granted as it stands.
    Invalid,
    /// The caller may not do this.
    Forbidden,
}

/// One fault inside a request: where, why, and with which numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// JSON Pointer (RFC 6901) into the request body, such as `/lines/0/quantity`; empty when it is the whole.
    pub pointer: String,
    /// Stable code, such as `inventory.insufficient_stock`.
    pub code: &'static str,
    /// One sentence for a person.
    pub message: String,
    /// The numbers: `requested`, `available`, `by_warehouse`, …
    pub numbers: Map<String, Value>,
}

impl Fault {
    /// The fault of `refusal` at `pointer`, without numbers.
    #[must_use]
    pub fn at(pointer: impl Into<String>, refusal: &impl Refusal) -> Self {
        Self {
            pointer: pointer.into(),
            code: refusal.code(),
            message: refusal.to_string(),
            numbers: Map::new(),
        }
    }

    /// Adds a number (or a list of them) that the caller needs.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.numbers.insert(name.to_owned(), value.into());
        self
    }
}

/// An error that is an answer: every aggregate's error type is one.
pub trait Refusal: std::error::Error + Send + Sync + 'static {
    /// Stable, unique in the workspace: `context.reason`.
    fn code(&self) -> &'static str;
    /// The kind of "no".
    fn kind(&self) -> RefusalKind;
    /// Details per field or line; empty where the message says all.
    fn faults(&self) -> Vec<Fault> {
        Vec::new()
    }
}

/// Gives an error enum its codes and kinds in one table: `Refusal`, and `CODES` for lists of all codes.
/// `faults = method` names an inherent method that answers the details.
macro_rules! refusals {
    ($error:ident $(, faults = $faults:ident)? { $($variant:ident = $code:literal $kind:ident,)* }) => {
        impl $error {
            /// Every code of this type with its kind, for lists of all codes.
            pub const CODES: &'static [(&'static str, $crate::refusal::RefusalKind)] =
                &[$(($code, $crate::refusal::RefusalKind::$kind)),*];
        }

        impl $crate::refusal::Refusal for $error {
            fn code(&self) -> &'static str {
                match self { $(Self::$variant { .. } => $code,)* }
            }

            fn kind(&self) -> $crate::refusal::RefusalKind {
                match self { $(Self::$variant { .. } => $crate::refusal::RefusalKind::$kind,)* }
            }

            $(fn faults(&self) -> Vec<$crate::refusal::Fault> {
                self.$faults()
            })?
        }
    };
}

pub(crate) use refusals;
