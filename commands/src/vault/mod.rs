//! The vault: what seals personal data, and what makes them unreadable again.
//!
//! Every person has a key of its own (AES-256-GCM), made in the unit that registers the person and in no other. It is
//! kept wrapped by a master key that is not in the database. Erasing destroys it in the transaction that appends the
//! event; a tombstone stays in its row, so that nobody makes another. This node keeps unwrapped keys for a minute at
//! most, and learns of erasures on other nodes within seconds.

mod cipher;
mod erasures;
mod error;
mod keys;
mod master;
mod rotate;
mod watch;

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use aws_lc_rs::aead::NONCE_LEN;
use base64::{Engine, engine::general_purpose::STANDARD};
use domain::{
    ids::{AccountId, DataKeyId, EventId},
    sealed::{Place, Sealed},
};
use event_store::ids;
use moka::sync::Cache;
use sqlx::PgPool;

pub use erasures::ErasureList;
pub use error::VaultError;
pub use master::MasterKeySource;
pub use rotate::Rotated;

use cipher::{Cipher, DataKey, LookupKey};
use erasures::Erasures;
use master::MasterKeys;
use watch::{Hooks, Watch};

pub(crate) use keys::destroy;

/// So long a node reads with a key that it has unwrapped, at most.
const KEY_LIFE: Duration = Duration::from_secs(60);

/// So long an erasure is remembered: longer than a key that was being read at that moment can live.
const MARK_LIFE: Duration = Duration::from_secs(600);

/// How the vault is opened.
#[derive(Debug, Clone)]
pub struct VaultOptions {
    /// Where the master key comes from.
    pub master_key: MasterKeySource,
    /// The list of erasures, outside the database.
    pub erasures: PathBuf,
    /// Unwrapped keys in memory at most.
    pub key_cache: u64,
}

impl VaultOptions {
    /// A master key and a list of erasures.
    #[must_use]
    pub const fn new(master_key: MasterKeySource, erasures: PathBuf) -> Self {
        Self { master_key, erasures, key_cache: 100_000 }
    }
}

/// What became of a sealed value.
#[derive(Clone, PartialEq, Eq)]
pub enum Opened {
    /// The text.
    Text(String),
    /// Its person is erased: nobody can read it any more.
    Erased,
}

impl Opened {
    /// The text; `None` where its person is erased.
    #[must_use]
    pub fn text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Erased => None,
        }
    }
}

/// Seals and opens personal data. Cheap to clone.
#[derive(Clone)]
pub struct Vault(Arc<Inner>);

struct Inner {
    pool: PgPool,
    master: MasterKeys,
    lookup: LookupKey,
    nobody: Cipher,
    unwrapped: Cache<AccountId, Arc<DataKey>>,
    /// Persons that were erased not long ago: goes before `unwrapped`, whoever was still reading.
    erased: Cache<AccountId, ()>,
    list: Erasures,
    hooks: Hooks,
    /// Ends with the vault.
    watch: std::sync::OnceLock<Watch>,
}

impl Vault {
    /// Opens the vault, and begins to follow erasures on other nodes until the last clone is dropped.
    ///
    /// # Errors
    /// When a master key that the database names is missing, a file cannot be read or made, or the database cannot be
    /// reached.
    pub async fn open(pool: PgPool, options: VaultOptions) -> Result<Self, VaultError> {
        let master = MasterKeys::open(options.master_key)?;
        keys::check_master_keys(&pool, &master).await?;
        let lookup = LookupKey::new(keys::own_key(&pool, &master, keys::LOOKUP).await?.as_ref());
        let nobody = Cipher::new(keys::own_key(&pool, &master, keys::NOBODY).await?.as_ref())?;
        let list = Erasures::open(options.erasures).await?;
        let vault = Self(Arc::new(Inner {
            master,
            lookup,
            nobody,
            unwrapped: Cache::builder().max_capacity(options.key_cache).time_to_live(KEY_LIFE).build(),
            erased: Cache::builder().time_to_live(MARK_LIFE).build(),
            list,
            hooks: Hooks::default(),
            watch: std::sync::OnceLock::new(),
            pool,
        }));
        drop(vault.0.watch.set(Watch::start(Arc::downgrade(&vault.0))));
        Ok(vault)
    }

    /// A keyed hash of a text, to look it up by without storing it. Different for each purpose.
    #[must_use]
    pub fn lookup(&self, purpose: &str, text: &str) -> [u8; 32] {
        self.0.lookup.hash(purpose, text)
    }

    /// Seals what was learned of somebody who is nobody here: an address that a stranger called from. Base64 of nonce
    /// and ciphertext, bound to its field.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub(crate) fn seal_for_nobody(&self, field: &'static str, text: &str) -> Result<String, VaultError> {
        let (nonce, ciphertext) = self.0.nobody.seal(field.as_bytes(), text.as_bytes())?;
        Ok(STANDARD.encode([nonce.as_slice(), &ciphertext].concat()))
    }

    /// What [`Self::seal_for_nobody`] sealed; `None` where it was changed or is not of this field.
    pub(crate) fn open_for_nobody(&self, field: &'static str, sealed: &str) -> Option<String> {
        let bytes = STANDARD.decode(sealed).ok()?;
        let (nonce, ciphertext) = bytes.split_at_checked(NONCE_LEN)?;
        let clear = self.0.nobody.open(field.as_bytes(), nonce, ciphertext.to_vec())?;
        std::str::from_utf8(&clear).map(str::to_owned).ok()
    }

    /// A new key for a person that is being registered; it exists once [`NewKey::insert`] has committed.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub(crate) fn new_key(&self, person: AccountId) -> Result<NewKey, VaultError> {
        let id = DataKeyId::from_uuid(ids::uuid());
        let (key, bytes) = DataKey::make(id)?;
        let wrapping = self.0.master.active();
        let wrapped = wrapping.wrap(&bytes, &keys::label(person, id))?;
        Ok(NewKey {
            person,
            key,
            master_key_id: wrapping.id().to_owned(),
            wrapped: Arc::from(wrapped),
        })
    }

    /// The keys of some persons, for opening what was sealed for them.
    ///
    /// # Errors
    /// When the database cannot be reached, or a key cannot be unwrapped.
    pub async fn keys(&self, persons: impl IntoIterator<Item = AccountId>) -> Result<Keys, VaultError> {
        let wanted: HashSet<AccountId> = persons.into_iter().collect();
        let mut keys = HashMap::new();
        let mut missing = Vec::new();
        for person in wanted {
            if self.0.erased.contains_key(&person) {
                continue;
            }
            match self.0.unwrapped.get(&person) {
                Some(key) => drop(keys.insert(person, key)),
                None => missing.push(person),
            }
        }
        if !missing.is_empty() {
            for (person, key) in keys::load(&self.0.pool, &self.0.master, &missing).await? {
                self.0.unwrapped.insert(person, Arc::clone(&key));
                keys.insert(person, key);
            }
        }
        // An erasure in the meantime counts.
        keys.retain(|person, _| !self.0.erased.contains_key(person));
        Ok(Keys(keys))
    }

    /// Opens one value.
    ///
    /// # Errors
    /// As [`Self::keys`] and [`Keys::open`].
    pub async fn open_one(&self, place: Place, sealed: &Sealed) -> Result<Opened, VaultError> {
        self.keys([sealed.person()]).await?.open(place, sealed)
    }

    /// Calls `hook` with everybody who is erased, on this node and, within seconds, on others; perhaps twice, and after a
    /// start with all who ever were. To be said at the start.
    pub fn on_erasure(&self, hook: impl Fn(&[AccountId]) + Send + Sync + 'static) {
        self.0.hooks.add(Box::new(hook));
    }

    /// This node has just erased a person: forgets the key at once, and writes the erasure down outside the database.
    ///
    /// # Errors
    /// When the list cannot be written.
    pub(crate) async fn erased(&self, person: AccountId) -> Result<(), VaultError> {
        self.0.forget(&[person]);
        self.0.list.add(person, ids::now()).await
    }

    /// Whoever stands in the list of erasures but is not erased in this database: it was restored from a backup that is
    /// older than the erasure.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn unfinished_erasures(&self) -> Result<Vec<AccountId>, VaultError> {
        keys::alive(&self.0.pool, &self.0.list.persons()).await
    }
}

impl Inner {
    fn forget(&self, persons: &[AccountId]) {
        for person in persons {
            self.erased.insert(*person, ());
            self.unwrapped.invalidate(person);
        }
        if !persons.is_empty() {
            self.hooks.call(persons);
        }
    }
}

/// Keys of persons. A person without one is erased (or never was).
pub struct Keys(HashMap<AccountId, Arc<DataKey>>);

impl Keys {
    /// Opens a value that was sealed for one of these persons.
    ///
    /// # Errors
    /// [`VaultError::Damaged`] when it was changed, or stands at another place than it was sealed for.
    pub fn open(&self, place: Place, sealed: &Sealed) -> Result<Opened, VaultError> {
        match self.0.get(&sealed.person()) {
            Some(key) if key.id == sealed.key() => key.open(place, sealed).map(Opened::Text),
            Some(_) | None => Ok(Opened::Erased),
        }
    }

    /// Whether something can be sealed for a person.
    #[must_use]
    pub fn has(&self, person: AccountId) -> bool {
        self.0.contains_key(&person)
    }

    /// Seals a text for a person; `None` when it is erased.
    ///
    /// # Errors
    /// When it is too long, or the system gives no random bytes.
    pub(crate) fn seal(
        &self,
        person: AccountId,
        place: Place,
        text: &str,
    ) -> Result<Option<Sealed>, VaultError> {
        self.0.get(&person).map(|key| key.seal(person, place, text)).transpose()
    }
}

/// A key that is about to exist.
#[derive(Clone)]
pub(crate) struct NewKey {
    person: AccountId,
    key: DataKey,
    master_key_id: String,
    wrapped: Arc<[u8]>,
}

impl NewKey {
    /// Seals a text for the new person.
    pub(crate) fn seal(&self, place: Place, text: &str) -> Result<Sealed, VaultError> {
        self.key.seal(self.person, place, text)
    }
}

/// The place of what is sealed beside the log: the person stands for the event.
pub(crate) const fn beside(person: AccountId, field: &'static str) -> Place {
    Place { event: EventId::from_uuid(person.as_uuid()), field }
}
