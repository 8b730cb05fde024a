//! The registry of currencies. A currency's exponent is ours to state, never a library's to infer: IQD has 0 here,
//! though ISO 4217 says 3, because no Iraqi price has fils (see the settled questions of the architecture).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A code that is not in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("currency is not supported")]
pub struct UnknownCurrency;

macro_rules! currencies {
    ($($code:ident: $exponent:literal,)*) => {
        /// A supported currency, by its ISO 4217 code.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Currency {$(
            #[doc = stringify!($code)]
            $code,
        )*}

        impl Currency {
            /// Every supported currency.
            pub const ALL: &'static [Self] = &[$(Self::$code),*];

            /// Decimals of the smallest amount that is billed.
            #[must_use]
            pub const fn exponent(self) -> u8 {
                match self { $(Self::$code => $exponent,)* }
            }

            /// The ISO 4217 code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$code => stringify!($code),)* }
            }

            /// Looks a code up, upper case only.
            ///
            /// # Errors
            /// When the registry does not hold it.
            pub fn from_code(code: &str) -> Result<Self, UnknownCurrency> {
                match code { $(stringify!($code) => Ok(Self::$code),)* _ => Err(UnknownCurrency) }
            }
        }
    };
}

currencies! {
    AED: 2,
    EGP: 2,
    EUR: 2,
    GBP: 2,
    INR: 2,
    IQD: 0,
    JOD: 3,
    JPY: 0,
    KWD: 3,
    NGN: 2,
    SAR: 2,
    TRY: 2,
    USD: 2,
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_code(&code).map_err(serde::de::Error::custom)
    }
}
