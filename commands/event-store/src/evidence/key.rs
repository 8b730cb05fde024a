//! Keys that sign heads (Ed25519), in the form of <https://c2sp.org/signed-note>, and the record of their rotation.

use std::{fmt, str::FromStr};

use aws_lc_rs::{
    digest::{SHA256, digest},
    signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey},
};
use base64::{Engine, engine::general_purpose::STANDARD};

use super::note::Note;

/// The type of an Ed25519 signature in the format of notes.
const ED25519_TYPE: u8 = 1;
const PUBLIC_KEY_BYTES: usize = 32;
const RECORD_TITLE: &str = "souk evidence key";

/// A public key with the name of the log that it signs for: `name+hash+key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    public_key: [u8; PUBLIC_KEY_BYTES],
}

/// A key that cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// A private key.
    #[error("must be one or more Ed25519 keys (PKCS#8 PEM)")]
    Private,
    /// A public key.
    #[error("must be a public key such as shop.example/log+c74f20a3+ARpc2QcU…")]
    Public,
    /// The name of a log.
    #[error("must be a name without blanks and plus signs, such as shop.example/log")]
    Name,
}

impl VerifierKey {
    /// The log's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of the SHA-256 of name, line break, type and key.
    #[must_use]
    pub fn key_id(&self) -> [u8; 4] {
        let mut bytes = self.name.clone().into_bytes();
        bytes.extend_from_slice(&[b'\n', ED25519_TYPE]);
        bytes.extend_from_slice(&self.public_key);
        let hash = digest(&SHA256, &bytes);
        hash.as_ref().first_chunk().copied().unwrap_or_default()
    }

    /// The id in hexadecimal digits.
    #[must_use]
    pub fn key_hash(&self) -> String {
        format!("{:08x}", u32::from_be_bytes(self.key_id()))
    }

    pub(super) fn is_signature(&self, text: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, self.public_key).verify(text, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut bytes = vec![ED25519_TYPE];
        bytes.extend_from_slice(&self.public_key);
        write!(f, "{}+{}+{}", self.name, self.key_hash(), STANDARD.encode(bytes))
    }
}

impl FromStr for VerifierKey {
    type Err = InvalidKey;

    fn from_str(text: &str) -> Result<Self, InvalidKey> {
        let (name, rest) = text.split_once('+').ok_or(InvalidKey::Public)?;
        let (hash, key) = rest.split_once('+').ok_or(InvalidKey::Public)?;
        let bytes = STANDARD.decode(key).map_err(|_| InvalidKey::Public)?;
        let (ED25519_TYPE, public_key) =
            bytes.split_first().map(|(kind, key)| (*kind, key)).unwrap_or_default()
        else {
            return Err(InvalidKey::Public);
        };
        let key = Self {
            name: name_of(name).map_err(|_| InvalidKey::Public)?,
            public_key: public_key.try_into().map_err(|_| InvalidKey::Public)?,
        };
        if key.key_hash() == hash {
            Ok(key)
        } else {
            Err(InvalidKey::Public)
        }
    }
}

fn name_of(text: &str) -> Result<String, InvalidKey> {
    let is_name = !text.is_empty() && !text.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+');
    is_name.then(|| text.to_owned()).ok_or(InvalidKey::Name)
}

/// A key that signs. Its private half is never shown.
pub struct HeadKey {
    pair: Ed25519KeyPair,
    verifier: VerifierKey,
}

impl fmt::Debug for HeadKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HeadKey({})", self.verifier)
    }
}

impl HeadKey {
    /// Reads a key in PKCS#8 PEM form, for the log of this name.
    fn from_pem(name: &str, pem: &str) -> Result<Self, InvalidKey> {
        let body: String = pem.lines().map(str::trim).filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(body).map_err(|_| InvalidKey::Private)?;
        let pair = Ed25519KeyPair::from_pkcs8(&der).map_err(|_| InvalidKey::Private)?;
        let public_key = pair.public_key().as_ref().try_into().map_err(|_| InvalidKey::Private)?;
        Ok(Self {
            pair,
            verifier: VerifierKey { name: name_of(name)?, public_key },
        })
    }

    /// Its public half.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(super) fn sign(&self, text: &[u8]) -> Vec<u8> {
        self.pair.sign(text).as_ref().to_vec()
    }
}

/// The key that signs, and the ones before it, which vouch for it.
#[derive(Debug)]
pub struct HeadKeys(Vec<HeadKey>);

impl HeadKeys {
    /// Reads one key or more, for the log of this name: the first one signs.
    ///
    /// # Errors
    /// When there is none, one cannot be read, or the name is none.
    pub fn from_pem(name: &str, pem: &str) -> Result<Self, InvalidKey> {
        const END: &str = "-----END PRIVATE KEY-----";
        let blocks = pem.split_inclusive(END).filter(|block| !block.trim().is_empty());
        let keys: Vec<HeadKey> =
            blocks.map(|block| HeadKey::from_pem(name, block)).collect::<Result<_, _>>()?;
        if keys.is_empty() {
            Err(InvalidKey::Private)
        } else {
            Ok(Self(keys))
        }
    }

    /// A new key, in PKCS#8 PEM form (RFC 5958's version 1, which every tool reads); `None` where the system gives no random bytes.
    #[must_use]
    pub fn generate_pem() -> Option<String> {
        let der = Ed25519KeyPair::generate().and_then(|pair| pair.to_pkcs8v1()).ok()?;
        let body = STANDARD.encode(der.as_ref());
        Some(format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n"))
    }

    /// The one that signs.
    #[must_use]
    pub fn signing(&self) -> Option<&HeadKey> {
        self.0.first()
    }

    /// The one of this id.
    #[must_use]
    pub fn find(&self, key_hash: &str) -> Option<&HeadKey> {
        self.0.iter().find(|key| key.verifier.key_hash() == key_hash)
    }
}

/// The note that introduces a key: signed by the key itself and, where it takes over from another one, by that one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The new key.
    pub key: VerifierKey,
    /// It signs heads of more events than this.
    pub after: u64,
    /// The key that signed before it.
    pub former: Option<VerifierKey>,
}

impl KeyRecord {
    /// The signed note.
    #[must_use]
    pub fn sign(&self, new: &HeadKey, former: Option<&HeadKey>) -> Note {
        let mut text = format!("{RECORD_TITLE}\n{}\nafter {}\n", self.key, self.after);
        if let Some(former) = &self.former {
            text.push_str(&format!("former {former}\n"));
        }
        let keys: Vec<&HeadKey> = former.into_iter().chain([new]).collect();
        Note::sign(text, &keys)
    }

    /// What a note introduces; `None` where it is about something else, or not signed by the key itself.
    #[must_use]
    pub fn of(note: &Note) -> Option<Self> {
        let mut lines = note.text.lines();
        if lines.next()? != RECORD_TITLE {
            return None;
        }
        let key: VerifierKey = lines.next()?.parse().ok()?;
        let after = lines.next()?.strip_prefix("after ")?.parse().ok()?;
        let former = match lines.next() {
            Some(line) => Some(line.strip_prefix("former ")?.parse().ok()?),
            None => None,
        };
        (lines.next().is_none() && note.is_signed_by(&key)).then_some(Self { key, after, former })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(count: usize) -> HeadKeys {
        let pem: String = (0..count).map(|_| HeadKeys::generate_pem().unwrap()).collect();
        HeadKeys::from_pem("shop.example/log", &pem).unwrap()
    }

    #[test]
    fn a_public_key_is_read_as_it_is_written() {
        let keys = keys(1);
        let key = keys.signing().unwrap().verifier().clone();
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        let text = key.to_string();
        for wrong in [
            text.replace("shop", "stop"),
            "a".to_owned(),
            text.replace("+A", "+B"),
            format!("{text}A"),
        ] {
            assert_eq!(wrong.parse::<VerifierKey>(), Err(InvalidKey::Public), "{wrong}");
        }
        assert!(!format!("{keys:?}").contains("PRIVATE"));
    }

    #[test]
    fn what_is_no_key_or_no_name_is_refused() {
        let pem = HeadKeys::generate_pem().unwrap();
        assert!(HeadKeys::from_pem("a b", &pem).is_err());
        assert!(HeadKeys::from_pem("", &pem).is_err());
        for wrong in [
            "",
            " \n",
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        ] {
            assert!(HeadKeys::from_pem("a", wrong).is_err());
        }
    }

    #[test]
    fn a_key_is_introduced_by_itself_and_by_the_one_before() {
        let keys = keys(2);
        let (new, former) = (keys.signing().unwrap(), &keys.0[1]);
        let before = Some(former.verifier().clone());
        let record = KeyRecord { key: new.verifier().clone(), after: 7, former: before };
        let note = Note::parse(&record.sign(new, Some(former)).to_string()).unwrap();
        assert_eq!(KeyRecord::of(&note), Some(record.clone()));
        assert!(note.is_signed_by(former.verifier()));
        let alone = record.sign(new, None);
        assert!(KeyRecord::of(&alone).is_some() && !alone.is_signed_by(former.verifier()));
        // Nobody else can introduce it.
        assert_eq!(KeyRecord::of(&record.sign(former, None)), None);
    }
}
