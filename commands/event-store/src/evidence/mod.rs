//! Evidence: an RFC 6962 Merkle tree over the stored bytes of every event, and tree heads signed with Ed25519.
//!
//! `docs/evidence.md` specifies all of it byte by byte, so that a stranger can write a second verifier. The tree's
//! arithmetic is that of `tlog_tiles`; what is stored is every hash of a complete subtree, in the order in which the
//! subtrees become complete, so that sealing needs no more than the frontier, and a proof no more than its own hashes.

mod encoding;
mod head;
mod key;
mod note;
mod read;
mod rows;
mod sealer;
mod store;
mod tree;
#[cfg(test)]
mod vectors;

pub use encoding::{FIELDS, RawEvent, leaf_hash};
pub use head::{InvalidHead, TreeHead};
pub use key::{HeadKey, HeadKeys, InvalidKey, KeyRecord, VerifierKey};
pub use note::{InvalidNote, Note};
pub use read::{Evidence, Inclusion, NotSealed};
pub use rows::EventRows;
pub use sealer::{Sealer, SealerOptions};
pub use store::{HASHES_PER_ROW, SealedHead, SealedKey, StoredHashes, heads_after, keys, sealed_size};
pub use tree::{Tree, check_consistency, check_inclusion};

/// A hash of the tree: of a leaf, of a complete subtree, or a root.
pub use tlog_tiles::Hash;
