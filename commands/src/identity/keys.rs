//! Signing keys: Ed25519, one per node. The private half lives in a file that only its owner can read (or in the
//! configuration); the public half is published in a table, so that every node verifies every token.

use std::{
    collections::HashMap,
    fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde_json::json;
use sqlx::PgPool;

use super::{IdentityError, IdentityOptions, Secret};

const ALGORITHM: &str = "EdDSA";

/// Where this node's private key comes from.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// A file in PKCS#8 PEM form; made with mode 0600 where there is none.
    File(PathBuf),
    /// The PEM text itself, from the configuration; share it between nodes that have no folder of their own.
    Pem(Secret),
}

/// The key that this node signs with.
pub(super) struct ActiveKey {
    pub(super) key_id: String,
    pub(super) encoding: EncodingKey,
    public_key: String,
}

type PublicKeys = HashMap<String, (String, DecodingKey)>;

/// This node's key, and every published one.
pub(super) struct KeyRing {
    source: KeySource,
    /// Published keys that nobody has signed with for longer verify nothing any more.
    life_seconds: i64,
    active: RwLock<Arc<ActiveKey>>,
    public: RwLock<PublicKeys>,
}

impl KeyRing {
    pub(super) fn open(source: KeySource, options: &IdentityOptions) -> Result<Self, IdentityError> {
        let pem = match &source {
            KeySource::File(path) => load_or_make(path)?,
            KeySource::Pem(pem) => pem.clone(),
        };
        Ok(Self {
            active: RwLock::new(Arc::new(ActiveKey::from_pem(&pem)?)),
            life_seconds: options.access_life.num_seconds() + 3_600,
            public: RwLock::new(HashMap::new()),
            source,
        })
    }

    pub(super) fn active(&self) -> Arc<ActiveKey> {
        Arc::clone(&self.active.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn public(&self, key_id: &str) -> Option<DecodingKey> {
        let keys = self.public.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(key_id).map(|(_, key)| key.clone())
    }

    pub(super) fn jwks(&self) -> serde_json::Value {
        let keys = self.public.read().unwrap_or_else(PoisonError::into_inner);
        let mut list: Vec<_> = keys.iter().map(|(key_id, (x, _))| (key_id.clone(), x.clone())).collect();
        list.sort();
        let members = list.iter().map(|(key_id, x)| {
            json!({"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": ALGORITHM, "kid": key_id, "x": x})
        });
        json!({ "keys": members.collect::<Vec<_>>() })
    }

    /// Publishes the active key, or says that it is still in use.
    pub(super) async fn publish(&self, pool: &PgPool) -> Result<(), IdentityError> {
        let active = self.active();
        sqlx::query(
            "insert into signing_keys (key_id, algorithm, public_key) values ($1, $2, $3) \
             on conflict (key_id) do update set last_seen_at = now()",
        )
        .bind(&active.key_id)
        .bind(ALGORITHM)
        .bind(&active.public_key)
        .execute(pool)
        .await?;
        Ok(())
    }

    /// Reads what all nodes have published.
    pub(super) async fn refresh(&self, pool: &PgPool) -> Result<(), IdentityError> {
        let rows: Vec<(String, String)> = sqlx::query_as(
            "select key_id, public_key from signing_keys \
             where algorithm = $1 and last_seen_at > now() - make_interval(secs => $2)",
        )
        .bind(ALGORITHM)
        .bind(f64::from(i32::try_from(self.life_seconds).unwrap_or(i32::MAX)))
        .fetch_all(pool)
        .await?;
        let keys = rows
            .into_iter()
            .filter_map(|(key_id, x)| DecodingKey::from_ed_components(&x).ok().map(|key| (key_id, (x, key))))
            .collect();
        *self.public.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// Puts a new key in place of the file's; the old file is kept beside it under its key id.
    pub(super) fn rotate(&self) -> Result<(), IdentityError> {
        let KeySource::File(path) = &self.source else {
            return Err(IdentityError::KeyConfigured);
        };
        let retired = path.with_extension(format!("{}.retired", self.active().key_id));
        fs::rename(path, &retired).map_err(|source| key_file(path, source))?;
        let pem = load_or_make(path)?;
        let key = Arc::new(ActiveKey::from_pem(&pem)?);
        *self.active.write().unwrap_or_else(PoisonError::into_inner) = key;
        Ok(())
    }
}

impl ActiveKey {
    fn from_pem(pem: &Secret) -> Result<Self, IdentityError> {
        let body: String =
            pem.expose().lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(body).map_err(|_| IdentityError::InvalidKey)?;
        let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| IdentityError::InvalidKey)?;
        let x = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
        // RFC 7638: the required members in lexical order, without blanks.
        let thumbprint = digest(&SHA256, format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#).as_bytes());
        Ok(Self {
            key_id: URL_SAFE_NO_PAD.encode(thumbprint.as_ref()),
            encoding: EncodingKey::from_ed_der(&der),
            public_key: x,
        })
    }
}

fn key_file(path: &Path, source: io::Error) -> IdentityError {
    IdentityError::KeyFile { path: path.display().to_string(), source }
}

fn load_or_make(path: &Path) -> Result<Secret, IdentityError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
            return Err(IdentityError::KeyExposed { path: path.display().to_string() });
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => make(path)?,
        Err(error) => return Err(key_file(path, error)),
    }
    fs::read_to_string(path).map(Secret::new).map_err(|error| key_file(path, error))
}

/// Writes a new key so that nobody ever sees half of it, and so that of two processes one wins.
fn make(path: &Path) -> Result<(), IdentityError> {
    let der =
        Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8()).map_err(|_| IdentityError::Randomness)?;
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let draft = path.with_extension(format!("{}.draft", super::secret::random_text(6)?));
    let written = (|| {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
        file.write_all(pem.as_bytes())?;
        file.sync_all()?;
        match fs::hard_link(&draft, path) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => fs::remove_file(&draft),
        }
    })();
    written.map_err(|error| key_file(path, error))
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::{ActiveKey, load_or_make};
    use crate::identity::IdentityError;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/signing.pem");
        let first = ActiveKey::from_pem(&load_or_make(&path).unwrap()).unwrap();
        let second = ActiveKey::from_pem(&load_or_make(&path).unwrap()).unwrap();
        assert_eq!(first.key_id, second.key_id);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path().join("keys")).unwrap().count(), 1, "no draft is left");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(load_or_make(&path), Err(IdentityError::KeyExposed { .. })));
    }
}
