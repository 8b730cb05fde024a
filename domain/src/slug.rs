//! Slugs: the part of an address that people read, in Latin or Arabic letters.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Letters and digits of any script, in lower case, with single hyphens between: `basmati-rice`, `أرز-بسمتي`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slug(String);

/// Why a text is no slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SlugError {
    /// See [`Slug::MAX_CHARS`].
    #[error("must have 1 to {} characters", Slug::MAX_CHARS)]
    Length,
    /// Something else than letters, digits and hyphens; a capital, a vowel mark; a hyphen at an end or beside another.
    #[error("must consist of letters in lower case and digits, with single hyphens between")]
    Form,
}

impl Slug {
    /// The most characters.
    pub const MAX_CHARS: usize = 120;

    /// Checks a text.
    ///
    /// # Errors
    /// When it is too long or of another form.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        if text.is_empty() || text.chars().count() > Self::MAX_CHARS {
            return Err(SlugError::Length);
        }
        let is_plain = |c: char| c.is_alphanumeric() && !is_mark(c) && c.to_lowercase().eq([c]);
        let is_word = |word: &str| !word.is_empty() && word.chars().all(is_plain);
        if text.split('-').all(is_word) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SlugError::Form)
        }
    }

    /// The slug of a title; `None` where no letter or digit is in it. Vowel marks and the Arabic tatweel are left out, as
    /// people leave them out when they type an address.
    #[must_use]
    pub fn of(title: &str) -> Option<Self> {
        let mut text = String::with_capacity(title.len());
        let mut chars = 0;
        for c in title.chars().flat_map(char::to_lowercase).filter(|c| !is_mark(*c)) {
            if chars == Self::MAX_CHARS {
                break;
            }
            if c.is_alphanumeric() {
                text.push(c);
                chars += 1;
            } else if !text.is_empty() && !text.ends_with('-') && c != '\'' && c != '’' {
                text.push('-');
                chars += 1;
            }
        }
        Self::parse(text.trim_end_matches('-')).ok()
    }

    /// The same with a number, for when the plain one is taken: `rice-2`.
    #[must_use]
    pub fn numbered(&self, number: u32) -> Self {
        self.with_tail(&number.to_string())
    }

    /// The same with another one behind it, for when the plain one is taken: `rice-85123a`.
    #[must_use]
    pub fn followed_by(&self, other: &Self) -> Self {
        let tail: String = other.0.chars().take(Self::MAX_CHARS / 2).collect();
        self.with_tail(tail.trim_end_matches('-'))
    }

    fn with_tail(&self, tail: &str) -> Self {
        let kept = Self::MAX_CHARS.saturating_sub(tail.chars().count()).saturating_sub(1);
        let head: String = self.0.chars().take(kept).collect();
        Self(format!("{}-{tail}", head.trim_end_matches('-')))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Marks that stand above or below a letter (Unicode blocks Combining Diacritical Marks and Arabic), and the tatweel.
const fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036F}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{0640}')
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
