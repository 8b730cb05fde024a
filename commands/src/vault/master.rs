//! Master keys: what persons' keys are wrapped with. They come from the environment, or stand in a file beside the data,
//! one in each line, the one that wraps first; they are never in the database.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

use aws_lc_rs::{
    aead::NONCE_LEN,
    digest::{SHA256, digest},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use super::{
    VaultError,
    cipher::{Cipher, KEY_LEN, KeyBytes, random_key},
};
use crate::identity::Secret;

/// Where the master keys come from.
#[derive(Debug, Clone)]
pub enum MasterKeySource {
    /// A file; made with mode 0600 where there is none.
    File(PathBuf),
    /// From the configuration, in base64; the same on every node.
    Given {
        /// What new keys are wrapped with.
        active: Secret,
        /// What older ones may still be wrapped with.
        retired: Vec<Secret>,
    },
}

/// One master key.
pub(super) struct MasterKey {
    id: String,
    cipher: Cipher,
}

impl MasterKey {
    fn parse(text: &str) -> Result<Self, VaultError> {
        let bytes =
            STANDARD.decode(text.trim()).map(Zeroizing::new).map_err(|_| VaultError::InvalidMasterKey)?;
        if bytes.len() != KEY_LEN {
            return Err(VaultError::InvalidMasterKey);
        }
        let named = Zeroizing::new([b"souk/master-key/1".as_slice(), &bytes].concat());
        let id = digest(&SHA256, &named).as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { id, cipher: Cipher::new(&bytes)? })
    }

    /// Made of the key, and tells nothing about it.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn wrap(&self, key: &KeyBytes, label: &[u8]) -> Result<Vec<u8>, VaultError> {
        let (nonce, ciphertext) = self.cipher.seal(label, key.as_ref())?;
        Ok([nonce.as_slice(), &ciphertext].concat())
    }

    fn unwrap(&self, wrapped: &[u8], label: &[u8]) -> Result<KeyBytes, VaultError> {
        let (nonce, ciphertext) = wrapped.split_at_checked(NONCE_LEN).ok_or(VaultError::KeyDamaged)?;
        let bytes = self.cipher.open(label, nonce, ciphertext.to_vec()).ok_or(VaultError::KeyDamaged)?;
        let bytes = <[u8; KEY_LEN]>::try_from(bytes.as_slice()).map_err(|_| VaultError::KeyDamaged)?;
        Ok(Zeroizing::new(bytes))
    }
}

/// The first wraps; all unwrap.
type Ring = Vec<Arc<MasterKey>>;

/// The master keys that this node has.
pub(super) struct MasterKeys {
    source: MasterKeySource,
    ring: RwLock<(Arc<MasterKey>, Ring)>,
}

impl MasterKeys {
    pub(super) fn open(source: MasterKeySource) -> Result<Self, VaultError> {
        let ring = read(&source)?;
        Ok(Self { source, ring: RwLock::new(ring) })
    }

    pub(super) fn active(&self) -> Arc<MasterKey> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner).0)
    }

    pub(super) fn ids(&self) -> Vec<String> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.1.iter().map(|key| key.id.clone()).collect()
    }

    /// Unwraps a key; where its master key is not known, looks into the file again: it may have been rotated.
    pub(super) fn unwrap(&self, key_id: &str, wrapped: &[u8], label: &[u8]) -> Result<KeyBytes, VaultError> {
        let key = match self.known(key_id) {
            Some(key) => key,
            None => {
                self.refresh()?;
                self.known(key_id)
                    .ok_or_else(|| VaultError::MasterKeyMissing { key_id: key_id.to_owned() })?
            }
        };
        key.unwrap(wrapped, label)
    }

    /// Reads the file anew. What the configuration gave does not change while a node runs.
    pub(super) fn refresh(&self) -> Result<(), VaultError> {
        if let MasterKeySource::File(_) = self.source {
            let ring = read(&self.source)?;
            *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        }
        Ok(())
    }

    /// Puts a new key at the head of the file. What the configuration gives is replaced there.
    pub(super) fn rotate(&self) -> Result<(), VaultError> {
        let MasterKeySource::File(path) = &self.source else {
            return Ok(());
        };
        let old = read_file(path)?;
        let new = Zeroizing::new(format!("{}\n{}", encode(&random_key()?).as_str(), old.as_str()));
        replace(path, &new)?;
        self.refresh()
    }

    /// Leaves in the file only the first key and those that `keep` names. Answers how many went.
    pub(super) fn drop_retired(&self, keep: &[String]) -> Result<usize, VaultError> {
        let MasterKeySource::File(path) = &self.source else {
            return Ok(0);
        };
        let old = read_file(path)?;
        let mut kept = Zeroizing::new(String::new());
        let mut dropped = 0;
        for (index, line) in lines(&old).enumerate() {
            if index == 0 || keep.contains(&MasterKey::parse(line)?.id) {
                kept.push_str(line);
                kept.push('\n');
            } else {
                dropped += 1;
            }
        }
        if dropped > 0 {
            replace(path, &kept)?;
            self.refresh()?;
        }
        Ok(dropped)
    }

    fn known(&self, key_id: &str) -> Option<Arc<MasterKey>> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.1.iter().find(|key| key.id == key_id).map(Arc::clone)
    }
}

fn encode(key: &KeyBytes) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(key.as_ref()))
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

fn read(source: &MasterKeySource) -> Result<(Arc<MasterKey>, Ring), VaultError> {
    let ring: Ring = match source {
        MasterKeySource::File(path) => {
            let text = read_file(path)?;
            lines(&text).map(|line| MasterKey::parse(line).map(Arc::new)).collect::<Result<_, _>>()?
        }
        MasterKeySource::Given { active, retired } => std::iter::once(active)
            .chain(retired)
            .map(|key| MasterKey::parse(key.expose()).map(Arc::new))
            .collect::<Result<_, _>>()?,
    };
    let active = ring.first().map(Arc::clone).ok_or(VaultError::InvalidMasterKey)?;
    Ok((active, ring))
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> VaultError {
    let path = path.display().to_string();
    move |source| VaultError::File { path, source }
}

fn read_file(path: &Path) -> Result<Zeroizing<String>, VaultError> {
    match fs::metadata(path) {
        Ok(metadata) if metadata.permissions().mode() & 0o077 != 0 => {
            return Err(VaultError::KeyExposed { path: path.display().to_string() });
        }
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            make(path, &random_key()?).map_err(failed(path))?;
        }
        Err(error) => return Err(failed(path)(error)),
    }
    fs::read_to_string(path).map(Zeroizing::new).map_err(failed(path))
}

/// Makes the file so that nobody ever sees half of it, and so that of two processes one wins.
fn make(path: &Path, key: &KeyBytes) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let draft = write_draft(path, &encode(key))?;
    match fs::hard_link(&draft, path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Ok(()) | Err(_) => fs::remove_file(&draft),
    }?;
    sync_folder(path)
}

fn replace(path: &Path, text: &str) -> Result<(), VaultError> {
    write_draft(path, text)
        .and_then(|draft| fs::rename(draft, path))
        .and_then(|()| sync_folder(path))
        .map_err(failed(path))
}

fn write_draft(path: &Path, text: &str) -> io::Result<PathBuf> {
    let draft = path.with_extension(format!("{}.draft", event_store::ids::uuid().simple()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(draft)
}

fn sync_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => fs::File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(path: &Path) -> MasterKeys {
        MasterKeys::open(MasterKeySource::File(path.to_owned())).unwrap()
    }

    #[test]
    fn the_file_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secrets/master-key");
        let first = keys(&path).active().id.clone();
        assert_eq!(first, keys(&path).active().id);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "no draft is left");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let opened = MasterKeys::open(MasterKeySource::File(path));
        assert!(matches!(opened, Err(VaultError::KeyExposed { .. })));
    }

    #[test]
    fn a_rotated_file_still_unwraps_what_was_wrapped_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master-key");
        let (running, tool) = (keys(&path), keys(&path));
        let key = random_key().unwrap();
        let old = running.active();
        let wrapped = old.wrap(&key, b"one").unwrap();
        tool.rotate().unwrap();
        let new = tool.active();
        assert_ne!(old.id, new.id);
        let rewrapped = new.wrap(&key, b"one").unwrap();
        for (id, wrapped) in [(&old.id, &wrapped), (&new.id, &rewrapped)] {
            // Who was running before finds the new key by itself.
            assert_eq!(running.unwrap(id, wrapped, b"one").unwrap(), key);
            assert!(matches!(running.unwrap(id, wrapped, b"two"), Err(VaultError::KeyDamaged)));
        }
        assert_eq!(running.active().id, new.id);
        assert_eq!(tool.drop_retired(std::slice::from_ref(&old.id)).unwrap(), 0);
        assert_eq!(tool.drop_retired(&[]).unwrap(), 1);
        let missing = tool.unwrap(&old.id, &wrapped, b"one");
        assert!(matches!(missing, Err(VaultError::MasterKeyMissing { .. })));
        assert_eq!(tool.unwrap(&new.id, &rewrapped, b"one").unwrap(), key);
    }

    #[test]
    fn a_configured_key_is_32_bytes_in_base64() {
        let given = |text: &str| {
            let active = Secret::new(text.to_owned());
            MasterKeys::open(MasterKeySource::Given { active, retired: Vec::new() })
        };
        assert!(given(&STANDARD.encode([7; 32])).is_ok());
        for wrong in ["", "short", &STANDARD.encode([7; 31]), &"7".repeat(44)] {
            assert!(matches!(given(wrong), Err(VaultError::InvalidMasterKey)), "{wrong}");
        }
    }
}
