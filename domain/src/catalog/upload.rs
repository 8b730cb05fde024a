//! Uploaded pictures: who brought them, in which sizes they are kept, and what shows them. One that is shown stays.

use std::{collections::BTreeSet, fmt, str::FromStr};

use super::{ImageUser, UploadCommand, UploadError, UploadEvent, UploadedImage};
use crate::{
    decider::Decider,
    ids::{AccountId, CompanyId, UploadId},
};

/// What the paths of uploaded pictures begin with, where they stand in descriptions.
pub const UPLOADS: &str = "/api/v1/upload/";

/// The widths, in pixels, that every uploaded picture is kept in besides its own, as far as they are narrower. They belong
/// to the names of pictures in old events, so a width may be added only for pictures that come later.
pub const IMAGE_WIDTHS: [u32; 3] = [320, 640, 1_280];

/// A text that names no rendition of an uploaded picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected the name of an uploaded image, such as upl_…-640.webp")]
pub struct InvalidImageName;

/// The name of one rendition: `upl_…-640.webp`. What has a name never changes, so it may be kept for ever; and the name
/// of the largest says which narrower ones there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageName {
    /// Which picture.
    pub upload: UploadId,
    /// Its width in pixels.
    pub width: u32,
}

impl ImageName {
    /// The name that the URL of an image ends with; `None` where it leads elsewhere.
    ///
    /// # Errors
    /// When it leads to uploads but names none.
    pub fn in_url(url: &str) -> Result<Option<Self>, InvalidImageName> {
        url.strip_prefix(UPLOADS).map(str::parse).transpose()
    }

    /// Its path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{UPLOADS}{self}")
    }

    /// The narrower renditions of the same picture, if this names the largest.
    pub fn variants(&self) -> impl Iterator<Item = Self> {
        let (upload, largest) = (self.upload, self.width);
        IMAGE_WIDTHS
            .into_iter()
            .filter(move |width| *width < largest)
            .map(move |width| Self { upload, width })
    }
}

impl fmt::Display for ImageName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}.webp", self.upload, self.width)
    }
}

impl FromStr for ImageName {
    type Err = InvalidImageName;

    fn from_str(text: &str) -> Result<Self, InvalidImageName> {
        let parse = || {
            let (upload, width) = text.strip_suffix(".webp")?.split_once('-')?;
            Some(Self { upload: upload.parse().ok()?, width: width.parse().ok()? })
        };
        // A thing has one name: no capitals, no leading zeros, no signs.
        parse().filter(|name| name.to_string() == text).ok_or(InvalidImageName)
    }
}

/// One uploaded picture.
#[derive(Debug)]
pub struct Upload;

/// What is known of an uploaded picture.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum UploadState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It is kept.
    Kept(Box<Kept>),
    /// It is not kept any more.
    Removed,
}

/// A picture that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Whose it is; `None` for Souk's own.
    pub owner: Option<AccountId>,
    /// The company that its owner belonged to.
    pub company: Option<CompanyId>,
    /// What is known of it.
    pub image: UploadedImage,
    /// What shows it.
    pub users: BTreeSet<ImageUser>,
}

impl UploadState {
    /// The picture, while it is kept.
    #[must_use]
    pub fn kept(&self) -> Option<&Kept> {
        match self {
            Self::Kept(kept) => Some(kept),
            Self::Absent | Self::Removed => None,
        }
    }
}

impl Decider for Upload {
    const KIND: &'static str = "upload";

    type State = UploadState;
    type Command = UploadCommand;
    type Event = UploadEvent;
    type Error = UploadError;

    fn decide(state: &UploadState, command: UploadCommand) -> Result<Vec<UploadEvent>, UploadError> {
        match command {
            UploadCommand::Keep { owner, company, image } => match state {
                UploadState::Absent => Ok(vec![UploadEvent::ImageUploaded { owner, company, image }]),
                UploadState::Kept(_) | UploadState::Removed => Err(UploadError::AlreadyUploaded),
            },
            UploadCommand::Use { by } => match state.kept() {
                None => Err(UploadError::NotFound),
                Some(kept) if kept.users.contains(&by) => Ok(Vec::new()),
                Some(_) => Ok(vec![UploadEvent::ImageUsed { by }]),
            },
            UploadCommand::Release { by } => match state.kept() {
                Some(kept) if kept.users.contains(&by) => Ok(vec![UploadEvent::ImageReleased { by }]),
                Some(_) | None => Ok(Vec::new()),
            },
            UploadCommand::Remove => match state {
                UploadState::Absent => Err(UploadError::NotFound),
                UploadState::Removed => Ok(Vec::new()),
                UploadState::Kept(kept) if kept.users.is_empty() => Ok(vec![UploadEvent::ImageRemoved]),
                UploadState::Kept(kept) => Err(UploadError::InUse { users: kept.users.len() }),
            },
        }
    }

    fn evolve(state: &mut UploadState, event: &UploadEvent) {
        match event {
            UploadEvent::ImageUploaded { owner, company, image } => {
                *state = UploadState::Kept(Box::new(Kept {
                    owner: *owner,
                    company: *company,
                    image: image.clone(),
                    users: BTreeSet::new(),
                }));
            }
            UploadEvent::ImageUsed { by } => {
                if let UploadState::Kept(kept) = state {
                    kept.users.insert(*by);
                }
            }
            UploadEvent::ImageReleased { by } => {
                if let UploadState::Kept(kept) = state {
                    kept.users.remove(by);
                }
            }
            UploadEvent::ImageRemoved => *state = UploadState::Removed,
        }
    }
}
