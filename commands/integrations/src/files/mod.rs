//! Files: kept in a folder of this node, or in any bucket that speaks S3. One trait for both: `object_store`'s.

mod presign;

use std::{fmt, path::PathBuf, sync::Arc};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use futures_util::{StreamExt, TryStreamExt};
use object_store::{
    Error, ObjectStore, ObjectStoreExt, aws::AmazonS3Builder, local::LocalFileSystem, path::Path,
};

use presign::Presigner;
pub use presign::SignedPut;

/// A bucket that speaks S3.
#[derive(Clone, PartialEq, Eq)]
pub struct Bucket {
    /// Its name.
    pub name: String,
    /// The URL of the server; `None` for Amazon's of the region.
    pub endpoint: Option<String>,
    /// Its region.
    pub region: String,
    /// Who asks.
    pub access_key: String,
    /// The secret that belongs to it.
    pub secret_key: String,
}

impl fmt::Debug for Bucket {
    /// Without the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket")
            .field("name", &self.name)
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// Where files are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A folder of this node; it is made where it is missing.
    Folder(PathBuf),
    /// A bucket, which all nodes share.
    Bucket(Bucket),
}

/// Why a file cannot be kept or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FilesError {
    /// Where files are kept cannot be reached, or refuses; it may work later.
    #[error("files cannot be reached: {0}")]
    Unavailable(String),
    /// The file has more bytes than are wanted.
    #[error("the file has {0} bytes")]
    TooLarge(u64),
}

/// Keeps files under keys such as `images/a/640.webp`.
#[derive(Clone)]
pub struct Files {
    store: Arc<dyn ObjectStore>,
    presigner: Option<Arc<Presigner>>,
}

impl Files {
    /// Opens the place. A bucket need not be there yet.
    ///
    /// # Errors
    /// When the folder cannot be made, or the bucket is described wrongly.
    pub fn open(place: &Place) -> Result<Self, FilesError> {
        match place {
            Place::Folder(folder) => {
                std::fs::create_dir_all(folder)
                    .map_err(|error| FilesError::Unavailable(format!("{}: {error}", folder.display())))?;
                let store = LocalFileSystem::new_with_prefix(folder).map_err(unavailable)?;
                Ok(Self { store: Arc::new(store), presigner: None })
            }
            Place::Bucket(bucket) => {
                let mut builder = AmazonS3Builder::new()
                    .with_bucket_name(&bucket.name)
                    .with_region(&bucket.region)
                    .with_access_key_id(&bucket.access_key)
                    .with_secret_access_key(&bucket.secret_key);
                if let Some(endpoint) = &bucket.endpoint {
                    let is_plain = endpoint.starts_with("http://");
                    builder = builder.with_endpoint(endpoint).with_allow_http(is_plain);
                }
                let store = builder.build().map_err(unavailable)?;
                Ok(Self {
                    store: Arc::new(store),
                    presigner: Some(Arc::new(Presigner::new(bucket.clone()))),
                })
            }
        }
    }

    /// Keeps `bytes` under `key`, instead of what was there.
    ///
    /// # Errors
    /// When the place cannot be reached.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<(), FilesError> {
        self.store.put(&Path::from(key), bytes.into()).await.map_err(unavailable).map(drop)
    }

    /// What is kept under `key`; `None` where there is nothing.
    ///
    /// # Errors
    /// When it has more than `max_bytes`, or the place cannot be reached.
    pub async fn get(&self, key: &str, max_bytes: usize) -> Result<Option<Bytes>, FilesError> {
        let found = match self.store.get(&Path::from(key)).await {
            Ok(found) => found,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        let size = found.meta.size;
        if usize::try_from(size).is_ok_and(|size| size <= max_bytes) {
            found.bytes().await.map_err(unavailable).map(Some)
        } else {
            Err(FilesError::TooLarge(size))
        }
    }

    /// Keeps nothing under `key` from now on.
    ///
    /// # Errors
    /// When the place cannot be reached.
    pub async fn delete(&self, key: &str) -> Result<(), FilesError> {
        match self.store.delete(&Path::from(key)).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    /// Deletes what was put below `prefix` before `time`; answers how many files.
    ///
    /// # Errors
    /// When the place cannot be reached.
    pub async fn delete_older(&self, prefix: &str, time: DateTime<Utc>) -> Result<usize, FilesError> {
        let prefix = Path::from(prefix);
        let old = self.store.list(Some(&prefix)).map_err(unavailable);
        let old: Vec<Path> = old
            .try_filter(|file| std::future::ready(file.last_modified < time))
            .map_ok(|file| file.location)
            .try_collect()
            .await?;
        for file in &old {
            self.delete(file.as_ref()).await?;
        }
        Ok(old.len())
    }

    /// A URL to which anybody may put exactly `bytes` bytes of `media_type` under `key`, once or again, until `seconds`
    /// after `now`. `None` where the place takes no such thing: a folder.
    #[must_use]
    pub fn sign_put(
        &self,
        key: &str,
        media_type: &str,
        bytes: u64,
        now: DateTime<Utc>,
        seconds: u32,
    ) -> Option<SignedPut> {
        self.presigner.as_ref().map(|presigner| presigner.sign_put(key, media_type, bytes, now, seconds))
    }

    /// Every key below `prefix`, sorted: for those who look after the place.
    ///
    /// # Errors
    /// When the place cannot be reached.
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>, FilesError> {
        let prefix = Path::from(prefix);
        let mut keys: Vec<String> = self
            .store
            .list(Some(&prefix))
            .map(|file| file.map(|file| file.location.to_string()).map_err(unavailable))
            .try_collect()
            .await?;
        keys.sort_unstable();
        Ok(keys)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn unavailable(error: Error) -> FilesError {
    FilesError::Unavailable(error.to_string())
}
