//! What an account's owner tells of itself. These texts exist in the clear only between the edge and the vault, and none
//! of them is shown by `Debug`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::{TextError, check, check_language_tag};

/// Where `ProfileRevised` carries the name.
pub const DISPLAY_NAME: &str = "/display_name";
/// Where `ProfileRevised` carries the phone.
pub const PHONE: &str = "/phone";
/// Where `ProfileRevised` carries the language.
pub const LOCALE: &str = "/locale";

/// What a person is called; 1 to 120 characters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DisplayName(String);

/// A text that is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a phone number with its country, such as +964 750 123 4567")]
pub struct PhoneError;

/// A phone number in the international form (E.164): `+9647501234567`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

/// A language as a BCP 47 tag: `ar-IQ`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Locale(String);

/// What an account's owner tells of itself.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PersonalDetails {
    /// What its owner is called.
    pub display_name: Option<DisplayName>,
    /// Its owner's phone.
    pub phone: Option<Phone>,
    /// The language that its owner reads.
    pub locale: Option<Locale>,
}

impl DisplayName {
    /// The most characters that it may have.
    pub const MAX_CHARS: usize = 120;

    /// Trims and checks.
    ///
    /// # Errors
    /// When empty, too long or with control characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        check(text, Self::MAX_CHARS)?;
        Ok(Self(text.trim().to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Phone {
    /// Reads a number with its country's code; blanks, hyphens, dots and brackets are left out.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let digits = text.trim().strip_prefix('+').ok_or(PhoneError)?;
        let digits: String = digits.chars().filter(|c| !" -.()".contains(*c)).collect();
        let is_number = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
        if is_number && (8..=15).contains(&digits.len()) {
            Ok(Self(format!("+{digits}")))
        } else {
            Err(PhoneError)
        }
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Locale {
    /// Checks the form.
    ///
    /// # Errors
    /// When it has none of a BCP 47 tag.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let tag = text.trim();
        check_language_tag(tag)?;
        Ok(Self(tag.to_owned()))
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! hidden {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

hidden! { DisplayName Phone Locale PersonalDetails }
