//! Products and categories show uploaded pictures, and what is shown is not removed: both is decided in one append.

use std::collections::BTreeSet;

use domain::{
    catalog::{Image, ImageName, ImageUser, Kept, Upload, UploadCommand},
    ids::UploadId,
};
use event_store::{Decision, StreamRef, Unit};

use super::UPLOAD_UNKNOWN;
use crate::{
    Caller,
    execute::{Ruling, judge, refuse},
};

/// Names what [`show_pictures`] looks at.
pub(super) fn picture_hints(unit: Unit, images: &[Image]) -> Unit {
    let names = images.iter().filter_map(uploaded);
    names.fold(unit, |unit, name| unit.reads(StreamRef::of::<Upload>(name.upload.stream())))
}

/// Lets `user` show pictures instead of others. What it shows already is not asked again, so that others may change the
/// rest of it.
pub(super) fn show_pictures(
    decision: &mut Decision<'_>,
    caller: &Caller,
    user: ImageUser,
    before: &[Image],
    after: &[Image],
) -> Ruling<()> {
    let uploads = |images: &[Image]| -> BTreeSet<UploadId> {
        images.iter().filter_map(uploaded).map(|name| name.upload).collect()
    };
    let (old, new) = (uploads(before), uploads(after));
    for (index, image) in after.iter().enumerate() {
        let Some(name) = uploaded(image) else { continue };
        let id = name.upload.stream();
        let kept = decision.state::<Upload>(&id)?.kept();
        let is_known = old.contains(&name.upload) || kept.is_some_and(|kept| is_own(caller, kept));
        // Only the name of the largest says which others there are.
        if !is_known || kept.is_none_or(|kept| kept.image.largest.width != name.width) {
            return refuse(UPLOAD_UNKNOWN.refusal_at(&pointer(user, index)));
        }
        judge::<Upload>(decision, &id, UploadCommand::Use { by: user })?;
    }
    for upload in old.difference(&new) {
        judge::<Upload>(decision, &upload.stream(), UploadCommand::Release { by: user })?;
    }
    Ok(())
}

fn uploaded(image: &Image) -> Option<ImageName> {
    ImageName::in_url(&image.url).ok().flatten()
}

/// A vendor shows what it or its company has uploaded; who runs the marketplace shows everything.
fn is_own(caller: &Caller, kept: &Kept) -> bool {
    let account = caller.principal().map(|principal| principal.account);
    kept.owner.is_some() && kept.owner == account || !caller.is_foreign(kept.company)
}

fn pointer(user: ImageUser, index: usize) -> String {
    match user {
        ImageUser::Product(_) => format!("/images/{index}/url"),
        ImageUser::Category(_) => "/image/url".to_owned(),
    }
}
