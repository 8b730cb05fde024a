//! How events are sealed, and where tree heads are brought.

use std::{convert::Infallible, path::PathBuf, time::Duration};

use integrations::{files::Place, webhook::Webhook};

use super::{ConfigError, Source, files};

/// Settings of evidence.
#[derive(Debug, Clone)]
pub struct EvidenceConfig {
    /// The log's name in its heads.
    pub origin: String,
    /// No event waits longer for its head.
    pub every: Duration,
    /// Nor do so many events.
    pub each: u32,
    /// Folders and buckets that get the heads, with their settings.
    pub places: Vec<(&'static str, Place)>,
    /// A URL that gets them.
    pub webhook: Option<Webhook>,
}

impl EvidenceConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let seconds = source.number("evidence_seconds", 60, 1..=86_400)?;
        let folder = source.parse("evidence_folder", |text| Ok::<_, Infallible>(PathBuf::from(text)))?;
        let bucket = files::bucket_of(source, "evidence_")?;
        let folder = folder.map(|folder| ("evidence_folder", Place::Folder(folder)));
        let bucket = bucket.map(|bucket| ("evidence_s3_bucket", Place::Bucket(bucket)));
        Ok(Self {
            origin: source.parse("evidence_origin", origin)?.unwrap_or_else(|| "souk.local/log".to_owned()),
            every: Duration::from_secs(seconds.into()),
            each: source.number("evidence_events", 1_000, 1..=10_000)?,
            places: folder.into_iter().chain(bucket).collect(),
            webhook: source.parse("evidence_webhook_url", Webhook::parse)?,
        })
    }
}

/// The name of a key in a signed note.
fn origin(text: &str) -> Result<String, &'static str> {
    let is_plain = text.chars().all(|c| c.is_ascii_graphic() && c != '+');
    if is_plain && (1..=200).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err("must be a name without blanks and plus signs, such as shop.example/log")
    }
}
