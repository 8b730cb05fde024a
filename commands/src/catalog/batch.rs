//! Pictures that are uploaded together: recorded all at once, or deleted again.

use bytes::Bytes;
use domain::{
    catalog::{IMAGE_WIDTHS, Rendition, Upload, UploadCommand, UploadError, UploadedImage},
    ids::UploadId,
};
use event_store::{ClaimOutcome, Decision, Executed, StreamRef, ids};
use integrations::images::{self, ImageError, MAX_BYTES, MAX_PIXELS};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    IMAGE_BYTES, IMAGE_FORMAT, IMAGE_TOO_MANY_PIXELS, IMAGE_UNREADABLE, Ticket, UPLOAD_COUNT, UPLOAD_MISSING,
    uploads::{UploadAccepted, Uploads, company, key, owner, unavailable},
};
use crate::{
    Call, Caller, CommandError, Refused,
    execute::{Ruling, execute, judge, refuse},
};

/// The most pictures of one request.
pub const MAX_UPLOADS: usize = 10;

/// The scope of the claims on tickets, so that each leads to one upload; the holder is the upload's stream.
const TICKET_SCOPE: &str = "upload_ticket";

/// Pictures that are being uploaded together. What is not recorded in the end is deleted, also when nobody waits any more.
pub struct Batch {
    uploads: Uploads,
    pictures: Vec<UploadAccepted>,
    is_settled: bool,
}

impl Batch {
    pub(super) const fn new(uploads: Uploads) -> Self {
        Self { uploads, pictures: Vec::new(), is_settled: false }
    }

    /// Makes one more picture ready.
    ///
    /// # Errors
    /// `catalog.upload_count`, `catalog.image_bytes`, `catalog.image_format`, `catalog.image_unreadable`, `catalog.image_too_many_pixels`.
    pub async fn add(&mut self, bytes: Bytes) -> Result<(), CommandError> {
        let pointer = format!("/{}", self.pictures.len());
        if self.pictures.len() == MAX_UPLOADS {
            return Err(UPLOAD_COUNT.refusal().into());
        }
        if !(1..=MAX_BYTES).contains(&bytes.len()) {
            return Err(IMAGE_BYTES.refusal_at(&pointer).into());
        }
        let received_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let prepared = self.uploads.images.prepare(bytes, &IMAGE_WIDTHS).await;
        let prepared = prepared.map_err(|error| CommandError::from(not_taken(error, &pointer)))?;
        let upload = UploadId::from_uuid(ids::uuid());
        let sha256 = Sha256::digest(&prepared.main.webp);
        self.pictures.push(UploadAccepted {
            upload,
            image: UploadedImage {
                received_type: prepared.format.media_type().to_owned(),
                received_bytes,
                sha256: sha256.iter().map(|byte| format!("{byte:02x}")).collect(),
                largest: measured(&prepared.main),
                variants: prepared.variants.iter().map(measured).collect(),
            },
        });
        for rendition in prepared.variants.into_iter().chain([prepared.main]) {
            let key = key(upload, rendition.width);
            self.uploads.files.put(&key, rendition.webp).await.map_err(unavailable)?;
        }
        Ok(())
    }

    /// Records all of them.
    ///
    /// # Errors
    /// `catalog.upload_count` when there are none.
    pub async fn record(mut self, call: &Call) -> Result<Executed<Vec<UploadAccepted>>, CommandError> {
        if self.pictures.is_empty() {
            return Err(UPLOAD_COUNT.refusal().into());
        }
        let pictures = self.pictures.clone();
        let new = |picture: &UploadAccepted| StreamRef::new_of::<Upload>(picture.upload.stream());
        let unit = pictures.iter().fold(call.unit(), |unit, picture| unit.reads(new(picture)));
        let caller = call.caller.clone();
        // Whatever becomes of it: what may have been recorded is not deleted.
        self.is_settled = true;
        execute(&self.uploads.log, call, unit, move |decision| {
            for picture in &pictures {
                keep(decision, &caller, picture)?;
            }
            Ok(pictures.clone())
        })
        .await
    }

    /// Records the only one, or finds what the ticket has led to before.
    pub(super) async fn redeem(
        mut self,
        call: &Call,
        ticket: &Ticket,
    ) -> Result<Executed<UploadAccepted>, CommandError> {
        let (picture, ticket) = (self.pictures.first().cloned(), ticket.id.stream());
        let mut unit = call.unit().claims(TICKET_SCOPE, ticket.as_str());
        if let Some(picture) = &picture {
            unit = unit.reads(StreamRef::new_of::<Upload>(picture.upload.stream()));
        }
        let caller = call.caller.clone();
        self.is_settled = true;
        let outcome = execute(&self.uploads.log, call, unit, move |decision| {
            let first = match (decision.holder(TICKET_SCOPE, &ticket)?, &picture) {
                (Some(holder), _) => holder,
                (None, None) => return refuse(UPLOAD_MISSING.refusal()),
                (None, Some(picture)) => {
                    keep(decision, &caller, picture)?;
                    let id = picture.upload.stream();
                    match decision.claim(TICKET_SCOPE, &ticket, &id)? {
                        ClaimOutcome::Held => id,
                        ClaimOutcome::Taken(holder) => holder,
                    }
                }
            };
            let kept = decision.state::<Upload>(&first)?.kept().map(|kept| kept.image.clone());
            let id = Uuid::try_parse(&first).ok().map(UploadId::from_uuid);
            match (id, kept) {
                (Some(upload), Some(image)) => Ok(UploadAccepted { upload, image }),
                _ => refuse(Refused::of(&UploadError::NotFound)),
            }
        })
        .await;
        self.is_settled = match &outcome {
            Ok(executed) => {
                self.pictures.first().is_none_or(|picture| picture.upload == executed.result.upload)
            }
            Err(CommandError::Refused(_)) => false,
            Err(_) => true,
        };
        outcome
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return;
        };
        if self.is_settled || self.pictures.is_empty() {
            return;
        }
        let (uploads, pictures) = (self.uploads.clone(), std::mem::take(&mut self.pictures));
        runtime.spawn(async move {
            for picture in pictures {
                if let Err(error) = uploads.delete_files(picture.upload).await {
                    tracing::warn!(%error, upload = %picture.upload, "files that nothing records stay");
                }
            }
        });
    }
}

fn keep(decision: &mut Decision<'_>, caller: &Caller, picture: &UploadAccepted) -> Ruling<()> {
    let image = picture.image.clone();
    let command = UploadCommand::Keep { owner: owner(caller), company: company(caller), image };
    judge::<Upload>(decision, &picture.upload.stream(), command)?;
    Ok(())
}

fn measured(rendition: &images::Rendition) -> Rendition {
    Rendition {
        width: rendition.width,
        height: rendition.height,
        bytes: u64::try_from(rendition.webp.len()).unwrap_or(u64::MAX),
    }
}

fn not_taken(error: ImageError, pointer: &str) -> Refused {
    match error {
        ImageError::UnknownFormat => IMAGE_FORMAT.refusal_at(pointer),
        ImageError::Unreadable => IMAGE_UNREADABLE.refusal_at(pointer),
        ImageError::TooManyPixels { width, height } => {
            let fault = IMAGE_TOO_MANY_PIXELS.at(pointer);
            let fault = fault.with("width", width).with("height", height).with("max_pixels", MAX_PIXELS);
            Refused { faults: vec![fault], ..IMAGE_TOO_MANY_PIXELS.refusal() }
        }
    }
}
