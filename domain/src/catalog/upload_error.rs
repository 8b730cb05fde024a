//! Why a request to an uploaded picture is refused.

use crate::refusal::{Fault, refusals};

/// Why a request to an uploaded picture is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UploadError {
    /// There is no such picture, or not any more.
    #[error("uploaded image does not exist")]
    NotFound,
    /// A picture is uploaded once.
    #[error("image is uploaded already")]
    AlreadyUploaded,
    /// What is shown stays.
    #[error("{users} products and categories show the image")]
    InUse {
        /// How many show it.
        users: usize,
    },
}

refusals!(UploadError, faults = details {
    NotFound = "catalog.upload_not_found" NotFound,
    AlreadyUploaded = "catalog.upload_already_there" Conflict,
    InUse = "catalog.upload_in_use" Conflict,
});

impl UploadError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NotFound | Self::AlreadyUploaded => Vec::new(),
            Self::InUse { users } => vec![Fault::at("", self).with("users", *users)],
        }
    }
}
