//! Keys of this node, and the first account.

use std::{
    fs::{self, DirBuilder, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use aws_lc_rs::rand;
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use commands::{
    identity::{Email, KeySource, Secret},
    vault::{MasterKeySource, VaultOptions},
};
use event_store::evidence::HeadKeys;

use super::{ConfigError, Source};

const SECRET_MIN_CHARS: usize = 32;
const MASTER_KEY_BYTES: usize = 32;

/// Settings that nobody else may know.
#[derive(Debug, Clone)]
pub struct SecretsConfig {
    /// Address of the first super admin.
    pub admin_email: Email,
    /// Its password; generated and shown once where nobody gave it.
    pub admin_password: Option<Secret>,
    signing_key: Option<Secret>,
    evidence_key: Option<Secret>,
    master_key: Option<Secret>,
    retired_master_keys: Vec<Secret>,
    erasures_file: Option<PathBuf>,
    secret: Option<Secret>,
    data_dir: PathBuf,
}

impl SecretsConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let secret = |text: &str| {
            let is_long = text.chars().count() >= SECRET_MIN_CHARS;
            if is_long {
                Ok(Secret::new(text.to_owned()))
            } else {
                Err("must have at least 32 characters")
            }
        };
        let any = |text: &str| Ok::<_, std::convert::Infallible>(Secret::new(text.to_owned()));
        let email = |text: &str| Email::parse(text).map_err(|_| "must be an e-mail address");
        let data_dir =
            source.parse("data_dir", |text| Ok::<_, std::convert::Infallible>(PathBuf::from(text)))?;
        let default_email = Email::parse("admin@souk.local").map_err(|_| ConfigError::Invalid {
            name: "admin_email".to_owned(),
            origin: "the program".to_owned(),
            reason: "the default is no address".to_owned(),
        })?;
        let path = |text: &str| Ok::<_, std::convert::Infallible>(PathBuf::from(text));
        let master_keys = |text: &str| text.split(',').map(|key| parse_master_key(key.trim())).collect();
        Ok(Self {
            master_key: source.parse("master_key", parse_master_key)?,
            retired_master_keys: source.parse("retired_master_keys", master_keys)?.unwrap_or_default(),
            erasures_file: source.parse("erasures_file", path)?,
            admin_email: source.parse("admin_email", email)?.unwrap_or(default_email),
            admin_password: source.parse("admin_password", any)?,
            signing_key: source.parse("signing_key", any)?,
            evidence_key: source.parse("evidence_key", any)?,
            secret: source.parse("secret", secret)?,
            data_dir: data_dir.unwrap_or_else(|| PathBuf::from(event_store::connection::DEFAULT_DATA_DIR)),
        })
    }

    /// Where the key that signs access tokens comes from.
    ///
    /// # Errors
    /// When the folder of the generated key cannot be made.
    pub fn key_source(&self) -> io::Result<KeySource> {
        match &self.signing_key {
            Some(pem) => Ok(KeySource::Pem(pem.clone())),
            None => Ok(KeySource::File(self.folder()?.join("signing-key.pem"))),
        }
    }

    /// Whether this node's signing keys are set by configuration, so that they are replaced there.
    #[must_use]
    pub const fn is_signing_key_given(&self) -> bool {
        self.signing_key.is_some()
    }

    /// Where the key that wraps the keys of personal data comes from.
    ///
    /// # Errors
    /// When the folder of the generated key cannot be made.
    pub fn master_key_source(&self) -> io::Result<MasterKeySource> {
        match &self.master_key {
            Some(active) => Ok(MasterKeySource::Given {
                active: active.clone(),
                retired: self.retired_master_keys.clone(),
            }),
            None => Ok(MasterKeySource::File(self.folder()?.join("master-key"))),
        }
    }

    /// How the vault is opened.
    ///
    /// # Errors
    /// As [`Self::master_key_source`].
    pub fn vault_options(&self) -> io::Result<VaultOptions> {
        Ok(VaultOptions::new(self.master_key_source()?, self.erasures_path()))
    }

    /// Where the list of erasures is kept.
    #[must_use]
    pub fn erasures_path(&self) -> PathBuf {
        self.erasures_file.clone().unwrap_or_else(|| self.data_dir.join("erasures.jsonl"))
    }

    /// The keys of tree heads, for the log of this name: configured, else one that is kept in the data folder.
    ///
    /// # Errors
    /// When they can be neither read nor made.
    pub fn evidence_keys(&self, origin: &str) -> io::Result<HeadKeys> {
        let (pem, place) = match &self.evidence_key {
            Some(pem) => (pem.clone(), "setting evidence_key".to_owned()),
            None => {
                let path = self.folder()?.join("evidence-key.pem");
                let pem = match fs::read_to_string(&path) {
                    Ok(pem) => Secret::new(pem),
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        make(&path, HeadKeys::generate_pem().ok_or_else(no_randomness)?)?
                    }
                    Err(error) => return Err(error),
                };
                (pem, path.display().to_string())
            }
        };
        HeadKeys::from_pem(origin, pem.expose())
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("{place}: {error}")))
    }

    fn folder(&self) -> io::Result<PathBuf> {
        let folder = self.data_dir.join("secrets");
        make_folder(&folder)?;
        Ok(folder)
    }

    /// What keys the fingerprints of repeatable requests: configured, else kept in the data folder.
    ///
    /// # Errors
    /// When it can be neither read nor made.
    pub fn fingerprint_secret(&self) -> io::Result<Secret> {
        if let Some(secret) = &self.secret {
            return Ok(secret.clone());
        }
        let path = self.folder()?.join("fingerprint-secret");
        match fs::read_to_string(&path) {
            Ok(text) if text.trim().len() >= SECRET_MIN_CHARS => Ok(Secret::new(text.trim().to_owned())),
            Ok(_) => {
                Err(io::Error::other(format!("{} is cut short; remove it to make a new one", path.display())))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => make(&path, random_text()?),
            Err(error) => Err(error),
        }
    }
}

fn parse_master_key(text: &str) -> Result<Secret, &'static str> {
    match STANDARD.decode(text) {
        Ok(bytes) if bytes.len() == MASTER_KEY_BYTES => Ok(Secret::new(text.to_owned())),
        Ok(_) | Err(_) => Err("must be 32 bytes in base64"),
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

fn no_randomness() -> io::Error {
    io::Error::other("the system gives no random bytes")
}

fn random_text() -> io::Result<String> {
    let mut bytes = [0; 32];
    rand::fill(&mut bytes).map_err(|_| no_randomness())?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn make(path: &Path, text: String) -> io::Result<Secret> {
    // Complete under its name or not there at all.
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&draft, path)?;
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_secret_stays_the_same() {
        let folder = std::env::temp_dir().join(format!("souk-secrets-{}", std::process::id()));
        let source = Source::default().flag("data_dir", folder.display().to_string());
        let secrets = SecretsConfig::from_source(&source).unwrap();
        let first = secrets.fingerprint_secret().unwrap();
        let again = secrets.fingerprint_secret().unwrap();
        assert_eq!(first.expose(), again.expose());
        assert!(first.expose().len() >= SECRET_MIN_CHARS);
        fs::remove_dir_all(&folder).unwrap();
    }
}
