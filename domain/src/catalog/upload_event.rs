//! What may happen to an uploaded picture.

use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::{AccountId, CategoryId, CompanyId, ProductId},
};

/// One size that an uploaded picture is kept in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendition {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Its size.
    pub bytes: u64,
}

/// What is known of an uploaded picture. It is kept as WebP, whatever it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadedImage {
    /// The media type that it had when it came.
    pub received_type: String,
    /// How many bytes it had when it came.
    pub received_bytes: u64,
    /// The SHA-256 of the largest rendition, in hexadecimal.
    pub sha256: String,
    /// The largest rendition.
    pub largest: Rendition,
    /// The narrower ones, the narrowest first.
    pub variants: Vec<Rendition>,
}

/// What shows an uploaded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImageUser {
    /// A product.
    Product(ProductId),
    /// A category.
    Category(CategoryId),
}

/// A fact about one uploaded picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UploadEvent {
    /// It is kept from now on.
    ImageUploaded {
        /// Whose it is; absent for Souk's own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<AccountId>,
        /// The company that its owner belonged to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        company: Option<CompanyId>,
        /// What is known of it.
        image: UploadedImage,
    },
    /// Something shows it from now on: it stays.
    ImageUsed {
        /// What shows it.
        by: ImageUser,
    },
    /// Something does not show it any more.
    ImageReleased {
        /// What showed it.
        by: ImageUser,
    },
    /// It is not kept any more.
    ImageRemoved,
}

impl Event for UploadEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("ImageUploaded", 1),
        ("ImageUsed", 1),
        ("ImageReleased", 1),
        ("ImageRemoved", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::ImageUploaded { .. } => "ImageUploaded",
            Self::ImageUsed { .. } => "ImageUsed",
            Self::ImageReleased { .. } => "ImageReleased",
            Self::ImageRemoved => "ImageRemoved",
        }
    }
}
