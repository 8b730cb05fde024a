//! Why a request to a review is refused.

use crate::refusal::{Fault, refusals};

/// Why a request to a review is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReviewError {
    /// There is no such review, not any more, or not for this reader.
    #[error("review does not exist")]
    NotFound,
    /// A review is written once.
    #[error("review is written already")]
    AlreadyWritten,
    /// Its author may revise or remove it.
    #[error("own review cannot be flagged")]
    Own,
    /// See [`super::MAX_REVIEW_MEDIA`].
    #[error("review may have at most {max} pictures and films")]
    TooManyMedia {
        /// The limit.
        max: usize,
    },
    /// Only `https` is safe to show.
    #[error("must be an https URL of at most 300 bytes")]
    InvalidMediaUrl {
        /// Which, from 0.
        index: usize,
    },
}

refusals!(ReviewError, faults = details {
    NotFound = "catalog.review_not_found" NotFound,
    AlreadyWritten = "catalog.review_already_written" Conflict,
    Own = "catalog.review_own" Conflict,
    TooManyMedia = "catalog.review_too_many_media" Invalid,
    InvalidMediaUrl = "catalog.review_invalid_media_url" Invalid,
});

impl ReviewError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NotFound | Self::AlreadyWritten | Self::Own => Vec::new(),
            Self::TooManyMedia { .. } => vec![Fault::at("/media", self)],
            Self::InvalidMediaUrl { index } => vec![Fault::at(format!("/media/{index}"), self)],
        }
    }
}
