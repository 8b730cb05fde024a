//! Pictures as people send them, made into those that a shop shows: WebP in several widths, without anything that came
//! with them but what is seen.
//!
//! Every picture is decoded and written anew, so that no metadata (where it was taken, with which camera, by whom) and
//! nothing that hides behind a picture is kept. What kind of picture it is, its bytes say; names and headers are not
//! believed. Decoding takes memory and time: the size in pixels is read and judged first, and only some pictures are
//! worked on at once, off the threads that answer requests.

mod avif;
mod format;
mod render;

use std::sync::Arc;

use bytes::Bytes;
use tokio::{sync::Semaphore, task::spawn_blocking};

pub use format::Format;

/// The most bytes of a picture that is sent: 4 MiB.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// The most pixels: more than a phone's camera has; a picture of so many takes at most 320 MB while it is decoded.
pub const MAX_PIXELS: u64 = 40_000_000;

/// The longest side of what is kept, in pixels: more than a screen shows.
pub const MAX_SIDE: u32 = 2_560;

/// Why a picture is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// It is none of the known kinds.
    #[error("the bytes are no JPEG, PNG, GIF, WebP or AVIF picture")]
    UnknownFormat,
    /// It is damaged, or says what cannot be.
    #[error("the picture cannot be decoded")]
    Unreadable,
    /// See [`MAX_PIXELS`].
    #[error("the picture has {width} x {height} pixels")]
    TooManyPixels {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
}

/// One size of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendition {
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// It, as WebP.
    pub webp: Bytes,
}

/// A picture in all its sizes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// What it was.
    pub format: Format,
    /// The largest.
    pub main: Rendition,
    /// Narrower ones, in the order of the widths that were asked for; only those narrower than the largest.
    pub variants: Vec<Rendition>,
}

/// Works on pictures, on a bounded number at once.
#[derive(Clone, Debug)]
pub struct Images {
    permits: Arc<Semaphore>,
}

impl Images {
    /// Works on `at_once` pictures at once; more wait for their turn.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self { permits: Arc::new(Semaphore::new(at_once)) }
    }

    /// How many could be begun at once now.
    #[must_use]
    pub fn free(&self) -> usize {
        self.permits.available_permits()
    }

    /// Makes `bytes` into WebP in full size and in those of `widths` (in pixels) that are narrower.
    ///
    /// # Errors
    /// When it is no picture, cannot be read, or has too many pixels.
    pub async fn prepare(&self, bytes: Bytes, widths: &'static [u32]) -> Result<Prepared, ImageError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| ImageError::Unreadable)?;
        let work = spawn_blocking(move || {
            // Held until the work ends, even when nobody waits for it any more.
            let _permit = permit;
            render::prepare(&bytes, widths)
        });
        // A decoder that panics has met a picture that it cannot read.
        work.await.unwrap_or(Err(ImageError::Unreadable))
    }
}

/// Refuses what would take too much memory, before any of it is taken.
fn check_pixels(width: u32, height: u32) -> Result<(), ImageError> {
    if width == 0 || height == 0 {
        return Err(ImageError::Unreadable);
    }
    if u64::from(width) * u64::from(height) > MAX_PIXELS {
        return Err(ImageError::TooManyPixels { width, height });
    }
    Ok(())
}
