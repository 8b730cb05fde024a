//! Where uploaded images are kept.

use std::{convert::Infallible, path::PathBuf};

use event_store::connection::DEFAULT_DATA_DIR;
use integrations::files::{Bucket, Place};

use super::{ConfigError, Source};

/// Settings of uploaded images.
#[derive(Debug, Clone)]
pub struct FilesConfig {
    /// A bucket, or the folder `files` of the data folder.
    pub place: Place,
    /// How many images are made ready at once.
    pub images_at_once: usize,
}

impl FilesConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that is wrong, or is missing beside a bucket.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let place = match bucket_of(source, "")? {
            Some(bucket) => Place::Bucket(bucket),
            None => {
                let folder = source.parse("data_dir", |text| Ok::<_, Infallible>(PathBuf::from(text)))?;
                Place::Folder(folder.unwrap_or_else(|| PathBuf::from(DEFAULT_DATA_DIR)).join("files"))
            }
        };
        let images_at_once = source.number("images_at_once", 2, 1..=64)?;
        Ok(Self {
            place,
            images_at_once: usize::try_from(images_at_once).unwrap_or(1),
        })
    }
}

/// The bucket of the settings whose names begin with `prefix`.
pub(super) fn bucket_of(source: &Source, prefix: &str) -> Result<Option<Bucket>, ConfigError> {
    let text = |text: &str| Ok::<_, Infallible>(text.to_owned());
    let setting = |name: &str| format!("{prefix}{name}");
    let needed = |name: &str| {
        source.parse(&setting(name), text)?.ok_or_else(|| ConfigError::Invalid {
            name: setting(name),
            origin: "nowhere".to_owned(),
            reason: format!("is needed with {prefix}s3_bucket"),
        })
    };
    let Some(name) = source.parse(&setting("s3_bucket"), bucket)? else {
        return Ok(None);
    };
    Ok(Some(Bucket {
        name,
        endpoint: source.parse(&setting("s3_endpoint"), super::http::url)?,
        region: source.parse(&setting("s3_region"), text)?.unwrap_or_else(|| "us-east-1".to_owned()),
        access_key: needed("s3_access_key")?,
        secret_key: needed("s3_secret_key")?,
    }))
}

fn bucket(text: &str) -> Result<String, &'static str> {
    let is_plain = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.');
    if is_plain && (3..=63).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err("must be 3 to 63 small letters, digits, dots and dashes")
    }
}
