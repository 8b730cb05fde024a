//! Bounded texts. Each refuses what PostgreSQL or a reader could not take: NUL and other control characters,
//! emptiness, too great a length.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// Why a text was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space.
    #[error("must not be empty")]
    Empty,
    /// More characters than the limit.
    #[error("must have at most {max} characters")]
    TooLong {
        /// The limit, in characters.
        max: usize,
    },
    /// A NUL or another control character.
    #[error("must not hold control characters")]
    ControlCharacter,
    /// A language tag that is not a BCP 47 tag of letters, digits and hyphens.
    #[error("must be keyed by BCP 47 language tags")]
    LanguageTag,
}

pub(crate) fn check(text: &str, max: usize) -> Result<(), TextError> {
    if text.trim().is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > max {
        return Err(TextError::TooLong { max });
    }
    if text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
        return Err(TextError::ControlCharacter);
    }
    Ok(())
}

/// Of the form of a BCP 47 tag: `en`, `ar-IQ`.
pub(crate) fn check_language_tag(tag: &str) -> Result<(), TextError> {
    let well_formed = (2..=35).contains(&tag.len())
        && tag
            .split('-')
            .all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if well_formed {
        Ok(())
    } else {
        Err(TextError::LanguageTag)
    }
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident <= $max:literal,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The most characters that it may have.
            pub const MAX_CHARS: usize = $max;

            /// Trims and checks.
            ///
            /// # Errors
            /// When empty, too long or with control characters.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                check(text, Self::MAX_CHARS)?;
                Ok(Self(text.trim().to_owned()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

texts! {
    /// What an API key is called, after what it is for (never after a person).
    ApiKeyName <= 64,
    /// What a product's attribute is: words, a number, the code of an option.
    AttributeText <= 200,
    /// A bar code (EAN, UPC, …) as printed.
    Barcode <= 64,
    /// A country's name as the source writes it, or its ISO 3166-1 code.
    Country <= 64,
    /// An id that another system gave; unique per kind.
    ExternalId <= 128,
    /// What a maker calls one batch of a product, as printed on it.
    LotCode <= 64,
    /// What a bank or provider calls a payment; unique there, not here.
    PaymentReference <= 140,
    /// Why something was done, in a person's words about the goods (never about a person).
    Reason <= 500,
    /// Stock-keeping unit: the seller's code of a product; unique, case-sensitive.
    Sku <= 64,
    /// A tag of the catalogue.
    Tag <= 64,
    /// A warehouse's or other thing's short unique code.
    Code <= 32,
    /// The name of a time zone of the IANA database, such as `Asia/Baghdad`.
    TimeZone <= 64,
    /// A delivery zone's code.
    Zone <= 64,
}

/// A text for people, by BCP 47 tag: `{"en":"Rice","ar":"أرز"}`; at least one language, at most 1,000 characters each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LocalizedText(BTreeMap<String, String>);

impl LocalizedText {
    /// The most characters in one language.
    pub const MAX_CHARS: usize = 1_000;

    /// Checks every tag and text.
    ///
    /// # Errors
    /// When there is no language, a tag is malformed, or a text is empty, too long or holds control characters.
    pub fn try_new(by_language: BTreeMap<String, String>) -> Result<Self, TextError> {
        if by_language.is_empty() {
            return Err(TextError::Empty);
        }
        for (tag, text) in &by_language {
            check_language_tag(tag)?;
            check(text, Self::MAX_CHARS)?;
        }
        Ok(Self(by_language))
    }

    /// One text in one language.
    ///
    /// # Errors
    /// As [`Self::try_new`].
    pub fn single(tag: &str, text: &str) -> Result<Self, TextError> {
        Self::try_new(BTreeMap::from([(tag.to_owned(), text.to_owned())]))
    }

    /// The map as stored.
    #[must_use]
    pub const fn by_language(&self) -> &BTreeMap<String, String> {
        &self.0
    }

    /// The best text for the wanted tags, in order of preference: the exact tag, its primary language, English,
    /// then any. Answers the tag that was used, for `Content-Language`.
    #[must_use]
    pub fn pick<'a>(&'a self, wanted: &[&str]) -> (&'a str, &'a str) {
        let primary = |tag: &str| tag.split('-').next().unwrap_or(tag).to_ascii_lowercase();
        let find = |tag: &str| {
            self.0
                .iter()
                .find(|(have, _)| have.eq_ignore_ascii_case(tag))
                .or_else(|| self.0.iter().find(|(have, _)| primary(have) == primary(tag)))
        };
        wanted
            .iter()
            .find_map(|tag| find(tag))
            .or_else(|| find("en"))
            .or_else(|| self.0.iter().next())
            .map_or(("und", ""), |(tag, text)| (tag.as_str(), text.as_str()))
    }
}
