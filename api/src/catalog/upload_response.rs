//! What is said and asked of uploaded images.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use commands::catalog::{DirectUpload, UploadAccepted};
use domain::catalog::ImageName;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One size of an uploaded image.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = ImageVariant)]
pub struct VariantBody {
    /// Its path on this server.
    pub url: String,
    /// Its width in pixels.
    pub width: u32,
}

impl VariantBody {
    /// The narrower sizes of the image that `url` leads to, if it was uploaded here.
    #[must_use]
    pub fn of(url: &str) -> Vec<Self> {
        let name = ImageName::in_url(url).ok().flatten();
        let variants = name.into_iter().flat_map(|name| name.variants().collect::<Vec<_>>());
        variants.map(|name| Self { url: name.url(), width: name.width }).collect()
    }
}

/// An uploaded image. It is kept as WebP, whatever it was.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Upload, example = json!({
    "id": "upl_0190c7a2000070008000000000000001",
    "name": "upl_0190c7a2000070008000000000000001-1600.webp",
    "url": "/api/v1/upload/upl_0190c7a2000070008000000000000001-1600.webp",
    "media_type": "image/webp", "width": 1600, "height": 1200, "bytes": 131842,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "variants": [{"url": "/api/v1/upload/upl_0190c7a2000070008000000000000001-320.webp", "width": 320}],
}))]
pub struct UploadBody {
    /// `upl_…`
    pub id: String,
    /// Its name, by which it is deleted.
    pub name: String,
    /// Its path on this server: what an image of a product or category names.
    pub url: String,
    /// Always `image/webp`.
    pub media_type: &'static str,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// Narrower sizes, the narrowest first.
    pub variants: Vec<VariantBody>,
}

impl From<&UploadAccepted> for UploadBody {
    fn from(accepted: &UploadAccepted) -> Self {
        let (name, image) = (accepted.name(), &accepted.image);
        Self {
            id: accepted.upload.to_string(),
            name: name.to_string(),
            url: name.url(),
            media_type: "image/webp",
            width: image.largest.width,
            height: image.largest.height,
            bytes: image.largest.bytes,
            sha256: image.sha256.clone(),
            variants: VariantBody::of(&name.url()),
        }
    }
}

/// Images that were uploaded together.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Uploads)]
pub struct UploadsBody {
    /// In the order of the form.
    pub items: Vec<UploadBody>,
}

/// A picture that is to be put directly.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"media_type": "image/jpeg", "bytes": 214307}))]
pub struct SignUploadRequest {
    /// `image/jpeg`, `image/png`, `image/gif`, `image/webp` or `image/avif`.
    pub media_type: String,
    /// Its exact size, at most 4 MiB.
    #[schema(minimum = 1, maximum = 4_194_304)]
    pub bytes: u64,
}

/// Where a picture is put directly, and with which ticket it is fetched from there.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SignedUpload)]
pub struct SignedUploadBody {
    /// What `POST /upload/image` takes once the picture is there. Keep it to yourself.
    pub ticket: String,
    /// Always `PUT`.
    pub method: &'static str,
    /// Where to, as it is: it carries its own permission.
    pub url: String,
    /// The headers that must be sent with it.
    pub headers: BTreeMap<&'static str, String>,
    /// Until when both are good.
    pub expires_at: DateTime<Utc>,
}

impl SignedUploadBody {
    /// `site` is where this server is, for pictures that it takes itself.
    #[must_use]
    pub fn new(direct: DirectUpload, site: &str) -> Self {
        let own = || format!("{site}/api/v1/upload/direct/{}", direct.token);
        Self {
            method: "PUT",
            url: direct.url.clone().unwrap_or_else(own),
            headers: direct.headers.into_iter().collect(),
            expires_at: direct.ticket.expires_at,
            ticket: direct.token,
        }
    }
}

/// A picture that was put directly.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FinishUploadRequest {
    /// The ticket that it was put with.
    pub ticket: String,
}
