//! Ciphers: AES-256-GCM for values and for keys, HMAC-SHA-256 for lookups.

use std::sync::Arc;

use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac, rand,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    ids::{AccountId, DataKeyId},
    sealed::{Place, Sealed},
};
use zeroize::Zeroizing;

use super::VaultError;

/// Bytes of every key.
pub(super) const KEY_LEN: usize = 32;

/// A key in the clear; wiped when it is dropped.
pub(super) type KeyBytes = Zeroizing<[u8; KEY_LEN]>;

/// Random bytes for a key.
pub(super) fn random_key() -> Result<KeyBytes, VaultError> {
    let mut bytes = Zeroizing::new([0; KEY_LEN]);
    rand::fill(bytes.as_mut()).map_err(|_| VaultError::Randomness)?;
    Ok(bytes)
}

/// AES-256-GCM with one key. Nonces are random: so few values are sealed with each that none will ever repeat.
pub(super) struct Cipher(LessSafeKey);

impl Cipher {
    pub(super) fn new(key: &[u8]) -> Result<Self, VaultError> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| VaultError::InvalidMasterKey)?;
        Ok(Self(LessSafeKey::new(key)))
    }

    /// Answers the nonce, and the ciphertext with its tag.
    pub(super) fn seal(&self, label: &[u8], clear: &[u8]) -> Result<([u8; NONCE_LEN], Vec<u8>), VaultError> {
        let mut nonce = [0; NONCE_LEN];
        rand::fill(&mut nonce).map_err(|_| VaultError::Randomness)?;
        let mut bytes = Vec::with_capacity(clear.len() + AES_256_GCM.tag_len());
        bytes.extend_from_slice(clear);
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(label), &mut bytes)
            .map_err(|_| VaultError::Randomness)?;
        Ok((nonce, bytes))
    }

    /// Answers the clear bytes; `None` when anything differs from what was sealed.
    pub(super) fn open(
        &self,
        label: &[u8],
        nonce: &[u8],
        mut ciphertext: Vec<u8>,
    ) -> Option<Zeroizing<Vec<u8>>> {
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let length = self.0.open_in_place(nonce, Aad::from(label), &mut ciphertext).ok()?.len();
        ciphertext.truncate(length);
        Some(Zeroizing::new(ciphertext))
    }
}

/// One person's key.
#[derive(Clone)]
pub(super) struct DataKey {
    pub(super) id: DataKeyId,
    cipher: Arc<Cipher>,
}

impl DataKey {
    pub(super) fn make(id: DataKeyId) -> Result<(Self, KeyBytes), VaultError> {
        let bytes = random_key()?;
        Ok((Self::new(id, bytes.as_ref())?, bytes))
    }

    pub(super) fn new(id: DataKeyId, bytes: &[u8]) -> Result<Self, VaultError> {
        Ok(Self { id, cipher: Arc::new(Cipher::new(bytes)?) })
    }

    pub(super) fn seal(&self, person: AccountId, place: Place, text: &str) -> Result<Sealed, VaultError> {
        let (nonce, ciphertext) = self.cipher.seal(&label(place), text.as_bytes())?;
        Sealed::try_new(person, self.id, STANDARD.encode(nonce), STANDARD.encode(ciphertext))
            .map_err(|_| VaultError::TooLong)
    }

    pub(super) fn open(&self, place: Place, sealed: &Sealed) -> Result<String, VaultError> {
        let damaged = || VaultError::Damaged { event: place.event, field: place.field };
        let nonce = STANDARD.decode(sealed.nonce()).map_err(|_| damaged())?;
        let ciphertext = STANDARD.decode(sealed.ciphertext()).map_err(|_| damaged())?;
        let clear = self.cipher.open(&label(place), &nonce, ciphertext).ok_or_else(damaged)?;
        std::str::from_utf8(&clear).map(str::to_owned).map_err(|_| damaged())
    }
}

/// What a value is bound to: its event and its field.
fn label(place: Place) -> Vec<u8> {
    [
        b"souk/value/1".as_slice(),
        place.event.as_uuid().as_bytes(),
        place.field.as_bytes(),
    ]
    .concat()
}

/// Hashes what must be found again without being stored.
pub(super) struct LookupKey(hmac::Key);

impl LookupKey {
    pub(super) fn new(bytes: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    pub(super) fn hash(&self, purpose: &str, text: &str) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(text.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        hash
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::EventId;
    use uuid::Uuid;

    use super::*;

    fn place(event: u128, field: &'static str) -> Place {
        Place { event: EventId::from_uuid(Uuid::from_u128(event)), field }
    }

    #[test]
    fn a_value_opens_where_it_was_sealed_and_nowhere_else() {
        let person = AccountId::from_uuid(Uuid::from_u128(1));
        let (key, _) = DataKey::make(DataKeyId::from_uuid(Uuid::from_u128(2))).unwrap();
        let (other, _) = DataKey::make(DataKeyId::from_uuid(Uuid::from_u128(2))).unwrap();
        let here = place(3, "/phone");
        let sealed = key.seal(person, here, "شیرین +964").unwrap();
        assert_eq!(key.open(here, &sealed).unwrap(), "شیرین +964");
        for elsewhere in [place(4, "/phone"), place(3, "/name")] {
            assert!(matches!(key.open(elsewhere, &sealed), Err(VaultError::Damaged { .. })));
        }
        assert!(other.open(here, &sealed).is_err());
        let again = key.seal(person, here, "شیرین +964").unwrap();
        assert_ne!(sealed, again, "the same text is sealed differently each time");
        let mut bytes = STANDARD.decode(sealed.ciphertext()).unwrap();
        bytes[0] ^= 1;
        let changed =
            Sealed::try_new(person, key.id, sealed.nonce().to_owned(), STANDARD.encode(bytes)).unwrap();
        assert!(key.open(here, &changed).is_err());
    }

    #[test]
    fn a_text_beyond_the_limit_is_refused() {
        let person = AccountId::from_uuid(Uuid::from_u128(1));
        let (key, _) = DataKey::make(DataKeyId::from_uuid(Uuid::from_u128(2))).unwrap();
        let long = "a".repeat(Sealed::MAX_CIPHERTEXT_CHARS);
        assert!(matches!(key.seal(person, place(3, "/x"), &long), Err(VaultError::TooLong)));
    }

    #[test]
    fn lookups_differ_by_key_purpose_and_text() {
        let (one, two) = (LookupKey::new(&[1; 32]), LookupKey::new(&[2; 32]));
        assert_eq!(one.hash("email", "a@b.c"), one.hash("email", "a@b.c"));
        for other in [
            one.hash("phone", "a@b.c"),
            one.hash("email", "a@b.d"),
            two.hash("email", "a@b.c"),
        ] {
            assert_ne!(one.hash("email", "a@b.c"), other);
        }
    }
}
