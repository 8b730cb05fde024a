//! Private signing keys as text and as files: made so that nobody ever sees half of one, read by their owner only.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{Ed25519KeyPair, KeyPair},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use jsonwebtoken::EncodingKey;

use super::{IdentityError, Secret, secret::random_text};

/// A key that signs.
pub(super) struct SigningKey {
    /// The RFC 7638 thumbprint of its public half.
    pub(super) key_id: String,
    pub(super) encoding: EncodingKey,
    /// The member `x` of the JWK.
    pub(super) public_key: String,
}

impl SigningKey {
    /// Reads one key in PKCS#8 PEM form.
    pub(super) fn from_pem(pem: &Secret) -> Result<Self, IdentityError> {
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

    /// Reads all keys of a text, the first one first.
    pub(super) fn all_from_pem(pem: &Secret) -> Result<Vec<Self>, IdentityError> {
        const END: &str = "-----END PRIVATE KEY-----";
        let blocks = pem.expose().split_inclusive(END).filter(|block| !block.trim().is_empty());
        let keys: Vec<Self> =
            blocks.map(|block| Self::from_pem(&Secret::new(block.to_owned()))).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            return Err(IdentityError::InvalidKey);
        }
        Ok(keys)
    }

    /// Reads the key of a file; makes one where there is none.
    pub(super) fn load_or_make(path: &Path) -> Result<Self, IdentityError> {
        match fs::metadata(path) {
            Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
                return Err(IdentityError::KeyExposed { path: path.display().to_string() });
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(path)?,
            Err(error) => return Err(key_file(path, error)),
        }
        let pem = fs::read_to_string(path).map_err(|error| key_file(path, error))?;
        Self::from_pem(&Secret::new(pem))
    }
}

/// Where the key waits that is going to take the place of the one at `path`.
pub(super) fn successor_of(path: &Path) -> PathBuf {
    path.with_extension("next.pem")
}

/// Puts the successor in the place of the key at `path`, of which nothing stays.
pub(super) fn succeed(path: &Path) -> Result<(), IdentityError> {
    match fs::rename(successor_of(path), path) {
        // Another process on the same folder was quicker.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(|error| key_file(path, error)),
    }
}

/// Removes a successor that is not wanted any more.
pub(super) fn forget_successor(path: &Path) -> Result<(), IdentityError> {
    match fs::remove_file(successor_of(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done.map_err(|error| key_file(path, error)),
    }
}

fn key_file(path: &Path, source: io::Error) -> IdentityError {
    IdentityError::KeyFile { path: path.display().to_string(), source }
}

/// Writes a new key so that nobody ever sees half of it, and so that of two processes one wins.
fn make(path: &Path) -> Result<(), IdentityError> {
    let der =
        Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8()).map_err(|_| IdentityError::Randomness)?;
    let pem = format!(
        "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
        STANDARD.encode(der.as_ref())
    );
    let draft = path.with_extension(format!("{}.draft", random_text(6)?));
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
    use super::*;

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/signing.pem");
        let first = SigningKey::load_or_make(&path).unwrap();
        let second = SigningKey::load_or_make(&path).unwrap();
        assert_eq!(first.key_id, second.key_id);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path().join("keys")).unwrap().count(), 1, "no draft is left");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(matches!(SigningKey::load_or_make(&path), Err(IdentityError::KeyExposed { .. })));
    }

    #[test]
    fn a_successor_takes_the_place_and_nothing_stays_of_the_old_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("signing.pem");
        let old = SigningKey::load_or_make(&path).unwrap();
        let next = SigningKey::load_or_make(&successor_of(&path)).unwrap();
        for _ in 0..2 {
            succeed(&path).unwrap();
            assert_eq!(SigningKey::load_or_make(&path).unwrap().key_id, next.key_id);
        }
        assert_ne!(old.key_id, next.key_id);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_text_may_hold_several_keys() {
        let folder = tempfile::tempdir().unwrap();
        let pem = |name: &str| {
            let path = folder.path().join(name);
            let key = SigningKey::load_or_make(&path).unwrap();
            (key.key_id, fs::read_to_string(&path).unwrap())
        };
        let ((first, one), (second, two)) = (pem("one"), pem("two"));
        let ids = |text: &str| -> Vec<String> {
            let keys = SigningKey::all_from_pem(&Secret::new(text.to_owned())).unwrap();
            keys.into_iter().map(|key| key.key_id).collect()
        };
        assert_eq!(ids(&one), std::slice::from_ref(&first));
        assert_eq!(ids(&format!("{one}\n{two}")), [first.clone(), second.clone()]);
        assert_eq!(ids(&format!("{}{}", two.trim(), one.trim())), [second, first]);
        for wrong in [
            "",
            " \n",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
        ] {
            assert!(SigningKey::all_from_pem(&Secret::new(wrong.to_owned())).is_err());
        }
    }
}
