//! What a customer writes about a product, as it is before it is sealed and after it is opened. Not shown by `Debug`.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{ReviewError, rules};
use crate::text::{TextError, check};

/// The most pictures and films of one review; a limit of the command, not of the type, so that it may change.
pub const MAX_REVIEW_MEDIA: usize = 5;

/// The longest address of a picture or film, in bytes: five of them and the longest texts still can be sealed.
pub const MAX_REVIEW_MEDIA_BYTES: usize = 300;

/// The field of the events that holds the sealed content.
pub const REVIEW_CONTENT: &str = "/content";

/// How many stars of five.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Rating(u8);

/// A number that is no rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number from 1 to 5")]
pub struct InvalidRating;

impl Rating {
    /// Every rating, the worst first.
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(3), Self(4), Self(5)];

    /// How many stars it is.
    #[must_use]
    pub const fn stars(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Rating {
    type Error = InvalidRating;

    fn try_from(stars: u8) -> Result<Self, InvalidRating> {
        Self::ALL.into_iter().find(|rating| rating.0 == stars).ok_or(InvalidRating)
    }
}

impl From<Rating> for u8 {
    fn from(rating: Rating) -> Self {
        rating.0
    }
}

/// A text of a person, of at most so many characters.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Written<const MAX_CHARS: usize>(String);

impl<const MAX_CHARS: usize> Written<MAX_CHARS> {
    /// Trims and checks.
    ///
    /// # Errors
    /// When empty, too long or with control characters.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        check(text, MAX_CHARS)?;
        Ok(Self(text.trim().to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX_CHARS: usize> fmt::Debug for Written<MAX_CHARS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Written(…)")
    }
}

/// What stands above a review.
pub type ReviewTitle = Written<150>;

/// The review itself.
pub type ReviewText = Written<2_000>;

/// Everything of a review that tells of its author; it is sealed as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewContent {
    /// What stands above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<ReviewTitle>,
    /// The review itself.
    pub text: ReviewText,
    /// `https` addresses of pictures and films, in the order of display.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub media: Vec<String>,
}

impl ReviewContent {
    /// Holds it to its limits.
    ///
    /// # Errors
    /// When there are too many pictures, or one that is not safe to show.
    pub fn check(&self) -> Result<(), ReviewError> {
        if self.media.len() > MAX_REVIEW_MEDIA {
            return Err(ReviewError::TooManyMedia { max: MAX_REVIEW_MEDIA });
        }
        let is_safe = |url: &String| {
            url.len() <= MAX_REVIEW_MEDIA_BYTES && url.starts_with("https://") && rules::is_safe_url(url)
        };
        match self.media.iter().position(|url| !is_safe(url)) {
            Some(index) => Err(ReviewError::InvalidMediaUrl { index }),
            None => Ok(()),
        }
    }
}
