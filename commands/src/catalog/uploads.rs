//! Uploaded pictures: made into WebP, put where files are kept, and then recorded. The files come first, so that what is
//! recorded is there; files that nothing records are deleted again.

use std::sync::Arc;

use aws_lc_rs::hmac;
use bytes::Bytes;
use chrono::TimeDelta;
use domain::{
    catalog::{ImageName, Upload, UploadCommand, UploadError, UploadState, UploadedImage},
    ids::{AccountId, CompanyId, UploadId},
};
use event_store::{Executed, Log, StreamRef, ids};
use integrations::{
    files::{Files, FilesError},
    images::{Format, Images, MAX_BYTES},
};
use serde::{Deserialize, Serialize};

use super::{DirectUpload, IMAGE_BYTES, IMAGE_FORMAT, Ticket, UPLOAD_MISMATCH, UPLOAD_TICKET, batch::Batch};
use crate::{
    Call, Caller, CommandError, Permission, Refused, UseCase,
    execute::{FORBIDDEN, execute, judge, refuse},
};

/// Where pictures arrive that are put directly.
pub(super) const INCOMING: &str = "incoming";

/// Where pictures are kept.
const IMAGES: &str = "images";

/// What arrived and was never asked for goes after so long.
const INCOMING_HOURS: i64 = 24;

/// More than a picture of ours ever has.
const MAX_KEPT_BYTES: usize = 64 * 1024 * 1024;

/// The use cases on uploaded pictures.
#[derive(Clone)]
pub struct Uploads {
    pub(super) log: Log,
    pub(super) files: Files,
    pub(super) images: Images,
    secret: Arc<hmac::Key>,
}

/// An uploaded picture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UploadAccepted {
    /// Which.
    pub upload: UploadId,
    /// What is known of it.
    pub image: UploadedImage,
}

impl UploadAccepted {
    /// The name of its largest rendition.
    #[must_use]
    pub fn name(&self) -> ImageName {
        ImageName { upload: self.upload, width: self.image.largest.width }
    }
}

impl Uploads {
    /// Use cases on `log`, with files in `files`. Tickets are signed with `secret`, which is the same on every node.
    #[must_use]
    pub fn new(log: Log, files: Files, images: Images, secret: &[u8]) -> Self {
        let secret = Arc::new(hmac::Key::new(hmac::HMAC_SHA256, secret));
        Self { log, files, images, secret }
    }

    /// Begins to upload pictures, which are recorded all at once or not at all.
    ///
    /// # Errors
    /// When the caller may not.
    pub fn begin(&self, call: &Call) -> Result<Batch, CommandError> {
        call.require(UseCase::UploadImage)?;
        Ok(Batch::new(self.clone()))
    }

    /// Promises to take one picture of `bytes` bytes, and says where it is put.
    ///
    /// # Errors
    /// `catalog.image_format`, `catalog.image_bytes`.
    pub fn promise(&self, call: &Call, media_type: &str, bytes: u64) -> Result<DirectUpload, CommandError> {
        call.require(UseCase::UploadImage)?;
        let Some(format) = Format::of_media_type(media_type) else {
            return Err(IMAGE_FORMAT.refusal_at("/media_type").into());
        };
        if !usize::try_from(bytes).is_ok_and(|bytes| (1..=MAX_BYTES).contains(&bytes)) {
            return Err(IMAGE_BYTES.refusal_at("/bytes").into());
        }
        let Some(account) = owner(&call.caller) else {
            return Err(FORBIDDEN.refusal().into());
        };
        let (id, now) = (UploadId::from_uuid(ids::uuid()), ids::now());
        let ticket = Ticket::new(id, account, format, bytes, now);
        let token = ticket.sign(&self.secret).map_err(|error| CommandError::Fault(error.to_string()))?;
        let seconds = u32::try_from((ticket.expires_at - now).num_seconds()).unwrap_or(0);
        Ok(match self.files.sign_put(&ticket.key(), format.media_type(), bytes, now, seconds) {
            Some(signed) => DirectUpload {
                ticket,
                token,
                url: Some(signed.url),
                headers: signed.headers,
            },
            None => {
                let headers = vec![
                    ("content-length", bytes.to_string()),
                    ("content-type", ticket.media_type.clone()),
                ];
                DirectUpload { ticket, token, url: None, headers }
            }
        })
    }

    /// What `token` promises.
    ///
    /// # Errors
    /// `catalog.upload_ticket_invalid`.
    pub fn ticket(&self, token: &str) -> Result<Ticket, CommandError> {
        Ticket::verify(token, &self.secret, ids::now()).ok_or_else(|| UPLOAD_TICKET.refusal().into())
    }

    /// Takes what was promised, where there is no bucket. Nobody sees it yet.
    ///
    /// # Errors
    /// `catalog.upload_mismatch` when it is not what was announced.
    pub async fn arrive(&self, ticket: &Ticket, media_type: &str, bytes: Bytes) -> Result<(), CommandError> {
        let is_whole = u64::try_from(bytes.len()).is_ok_and(|length| length == ticket.bytes);
        if !is_whole || media_type != ticket.media_type {
            return Err(UPLOAD_MISMATCH.refusal().into());
        }
        self.files.put(&ticket.key(), bytes).await.map_err(unavailable)
    }

    /// Looks at what has arrived, and keeps it. A repeat gets the same upload.
    ///
    /// # Errors
    /// `catalog.upload_ticket_invalid` (somebody else's too), `catalog.upload_missing`, `catalog.upload_mismatch`, and those of [`Batch::add`].
    pub async fn finish(&self, call: &Call, token: &str) -> Result<Executed<UploadAccepted>, CommandError> {
        let mut batch = self.begin(call)?;
        let ticket = self.ticket(token)?;
        if owner(&call.caller) != Some(ticket.account) {
            return Err(UPLOAD_TICKET.refusal().into());
        }
        let key = ticket.key();
        match self.files.get(&key, MAX_BYTES).await {
            Ok(Some(bytes)) => {
                let is_whole = u64::try_from(bytes.len()).is_ok_and(|length| length == ticket.bytes);
                let is_as_told =
                    Format::of(&bytes).map(Format::media_type) == Some(ticket.media_type.as_str());
                if !is_whole || !is_as_told {
                    self.files.delete(&key).await.map_err(unavailable)?;
                    return Err(UPLOAD_MISMATCH.refusal().into());
                }
                batch.add(bytes).await?;
            }
            // Perhaps an earlier attempt has fetched it; the claim on the ticket knows.
            Ok(None) => {}
            Err(FilesError::TooLarge(_)) => {
                self.files.delete(&key).await.map_err(unavailable)?;
                return Err(UPLOAD_MISMATCH.refusal().into());
            }
            Err(error) => return Err(unavailable(error)),
        }
        let executed = batch.redeem(call, &ticket).await?;
        self.files.delete(&key).await.map_err(unavailable)?;
        Ok(executed)
    }

    /// Keeps a picture no longer. A repeat deletes what an earlier attempt could not.
    ///
    /// # Errors
    /// `catalog.upload_not_found`, `catalog.upload_in_use`, `permission_denied` for what is another's.
    pub async fn remove(&self, call: &Call, name: ImageName) -> Result<Executed<()>, CommandError> {
        call.require(UseCase::RemoveUpload)?;
        let (caller, id) = (call.caller.clone(), name.upload.stream());
        let unit = call.unit().reads(StreamRef::of::<Upload>(id.as_str()));
        let executed = execute(&self.log, call, unit, move |decision| {
            if let UploadState::Kept(kept) = decision.state::<Upload>(&id)? {
                if kept.image.largest.width != name.width {
                    return refuse(Refused::of(&UploadError::NotFound));
                }
                let is_own = kept.owner.is_some() && kept.owner == owner(&caller)
                    || kept.company.is_some() && kept.company == company(&caller);
                if !is_own && !caller.may(Permission::ManageUploads) {
                    return refuse(FORBIDDEN.refusal());
                }
            }
            judge::<Upload>(decision, &id, UploadCommand::Remove)?;
            Ok(())
        })
        .await?;
        self.delete_files(name.upload).await.map_err(unavailable)?;
        Ok(executed)
    }

    /// The bytes of one rendition; `None` where there is none.
    ///
    /// # Errors
    /// When files cannot be reached.
    pub async fn show(&self, name: ImageName) -> Result<Option<Bytes>, CommandError> {
        self.files.get(&key(name.upload, name.width), MAX_KEPT_BYTES).await.map_err(unavailable)
    }

    /// Deletes what has arrived long ago and was never asked for; answers how many files.
    ///
    /// # Errors
    /// When files cannot be reached.
    pub async fn forget_incoming(&self) -> Result<usize, CommandError> {
        let time = ids::now() - TimeDelta::hours(INCOMING_HOURS);
        self.files.delete_older(INCOMING, time).await.map_err(unavailable)
    }

    pub(super) async fn delete_files(&self, upload: UploadId) -> Result<(), FilesError> {
        for key in self.files.keys(&format!("{IMAGES}/{upload}")).await? {
            self.files.delete(&key).await?;
        }
        Ok(())
    }
}

pub(super) fn key(upload: UploadId, width: u32) -> String {
    format!("{IMAGES}/{upload}/{width}.webp")
}

pub(super) fn owner(caller: &Caller) -> Option<AccountId> {
    caller.principal().map(|principal| principal.account)
}

pub(super) fn company(caller: &Caller) -> Option<CompanyId> {
    caller.principal().and_then(|principal| principal.company)
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
pub(super) fn unavailable(error: FilesError) -> CommandError {
    tracing::warn!(%error, "files cannot be kept or read at present");
    CommandError::Unavailable
}
