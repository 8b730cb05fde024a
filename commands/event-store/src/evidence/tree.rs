//! The tree: grown leaf by leaf with nothing but its frontier, and proofs over its stored hashes.

use std::{cell::RefCell, collections::HashMap};

use tlog_tiles::{
    Hash, HashReader, check_record, check_tree, prove_record, prove_tree, stored_hash_index,
    stored_hashes_for_record_hash, sub_tree_index, tree_hash,
};

/// The frontier of a tree: the roots of its complete subtrees, the largest first, with the indexes under which they
/// are stored. As many as the size has bits that are one.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    size: u64,
    roots: Vec<(u64, Hash)>,
}

/// The hashes of a look-up by index.
struct Known<'a>(&'a HashMap<u64, Hash>);

/// Notes which hashes are asked for, and answers none of them.
struct Asked(RefCell<Vec<u64>>);

impl HashReader for Tree {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let find = |index: &u64| self.roots.iter().find(|(at, _)| at == index).map(|(_, hash)| *hash);
        indexes.iter().map(|index| find(index).ok_or(tlog_tiles::Error::IndexesNotInTree)).collect()
    }
}

impl HashReader for Known<'_> {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        let find = |index| self.0.get(index).copied().ok_or(tlog_tiles::Error::IndexesNotInTree);
        indexes.iter().map(find).collect()
    }
}

impl HashReader for Asked {
    fn read_hashes(&self, indexes: &[u64]) -> Result<Vec<Hash>, tlog_tiles::Error> {
        self.0.borrow_mut().extend_from_slice(indexes);
        Err(tlog_tiles::Error::IndexesNotInTree)
    }
}

impl Tree {
    /// The indexes of the hashes that the frontier of a tree of `size` leaves consists of.
    #[must_use]
    pub fn frontier_indexes(size: u64) -> Vec<u64> {
        sub_tree_index(0, size, Vec::new())
    }

    /// A tree of `size` leaves, whose frontier is `hashes`; `None` where they are too many or too few.
    #[must_use]
    pub fn resume(size: u64, hashes: Vec<Hash>) -> Option<Self> {
        let indexes = Self::frontier_indexes(size);
        let is_complete = indexes.len() == hashes.len();
        is_complete.then(|| Self { size, roots: indexes.into_iter().zip(hashes).collect() })
    }

    /// How many leaves it has.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf. Answers the hashes that are to be stored next: the leaf's, and those of the subtrees that it has
    /// completed, the smallest first. `None` never happens to a tree that was made by this type.
    pub fn append(&mut self, leaf: Hash) -> Option<Vec<Hash>> {
        let hashes = stored_hashes_for_record_hash(self.size, leaf, self).ok()?;
        let completed = hashes.len().saturating_sub(1);
        let level = u8::try_from(completed).ok()?;
        let kept = self.roots.len().checked_sub(completed)?;
        self.roots.truncate(kept);
        self.roots.push((stored_hash_index(level, self.size >> level), *hashes.last()?));
        self.size += 1;
        Some(hashes)
    }

    /// The root, which commits to every leaf.
    #[must_use]
    pub fn root(&self) -> Hash {
        tree_hash(self.size, self).unwrap_or_default()
    }
}

/// Which hashes a proof is made of, by index: that the leaf `index` is in the tree of `size`.
pub(super) fn inclusion_indexes(size: u64, index: u64) -> Vec<u64> {
    asked(|reader| prove_record(size, index, reader).is_ok())
}

/// The same for: that the tree of `size` begins with the one of `older`.
pub(super) fn consistency_indexes(size: u64, older: u64) -> Vec<u64> {
    asked(|reader| prove_tree(size, older, reader).is_ok())
}

fn asked(prove: impl FnOnce(&Asked) -> bool) -> Vec<u64> {
    let reader = Asked(RefCell::default());
    // It fails at the first hash that it needs; until then it has named all of them.
    let _needs_none = prove(&reader);
    reader.0.into_inner()
}

/// RFC 6962, section 2.1.1: the audit path of the leaf `index` in the tree of `size`; `None` where there is no such leaf
/// or a hash is missing.
pub(super) fn inclusion_proof(size: u64, index: u64, hashes: &HashMap<u64, Hash>) -> Option<Vec<Hash>> {
    prove_record(size, index, &Known(hashes)).ok()
}

/// RFC 6962, section 2.1.2: the consistency proof between the tree of `older` leaves and the one of `size`.
pub(super) fn consistency_proof(size: u64, older: u64, hashes: &HashMap<u64, Hash>) -> Option<Vec<Hash>> {
    prove_tree(size, older, &Known(hashes)).ok()
}

/// Whether the path proves that `leaf` stands at `index` in the tree of `size` with this root.
#[must_use]
pub fn check_inclusion(path: &[Hash], size: u64, root: Hash, index: u64, leaf: Hash) -> bool {
    index < size && check_record(&path.to_vec(), size, root, index, leaf).is_ok()
}

/// Whether the path proves that the tree of `size` begins with the one of `older`.
#[must_use]
pub fn check_consistency(path: &[Hash], size: u64, root: Hash, older: u64, older_root: Hash) -> bool {
    (1..=size).contains(&older) && check_tree(&path.to_vec(), size, root, older, older_root).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(number: u64) -> Hash {
        tlog_tiles::record_hash(&number.to_be_bytes())
    }

    /// The definition of RFC 6962, section 2.1, word by word.
    fn defined(leaves: &[Hash]) -> Hash {
        if leaves.len() == 1 {
            return leaves[0];
        }
        let split = leaves.len().next_power_of_two() / 2;
        tlog_tiles::node_hash(defined(&leaves[..split]), defined(&leaves[split..]))
    }

    #[test]
    fn every_root_and_every_proof_is_that_of_the_definition() {
        let mut tree = Tree::default();
        let (mut leaves, mut roots) = (Vec::new(), Vec::new());
        let mut stored: HashMap<u64, Hash> = HashMap::new();
        for number in 0..70 {
            leaves.push(leaf(number));
            for hash in tree.append(leaf(number)).unwrap() {
                let next = u64::try_from(stored.len()).unwrap();
                stored.insert(next, hash);
            }
            roots.push(tree.root());
            assert!(tree.root() == defined(&leaves), "{number}");
            let frontier = Tree::frontier_indexes(tree.size()).iter().map(|index| stored[index]).collect();
            assert!(Tree::resume(tree.size(), frontier).unwrap().root() == tree.root());
            let size = tree.size();
            for index in 0..size {
                let wanted = inclusion_indexes(size, index);
                let only = wanted.iter().map(|index| (*index, stored[index])).collect();
                let path = inclusion_proof(size, index, &only).unwrap();
                assert!(check_inclusion(&path, size, tree.root(), index, leaf(index)));
                assert!(!check_inclusion(&path, size, tree.root(), index, leaf(index + 1)));
                let older = index + 1;
                let only = consistency_indexes(size, older).iter().map(|i| (*i, stored[i])).collect();
                let path = consistency_proof(size, older, &only).unwrap();
                let root = |size: u64| roots[usize::try_from(size).unwrap() - 1];
                assert!(check_consistency(&path, size, root(size), older, root(older)));
                assert!(!check_consistency(&path, size, root(size), older, leaf(0)) || older == 1);
            }
        }
    }

    #[test]
    fn nothing_is_proved_of_what_is_not_there() {
        assert!(!check_inclusion(&[], 0, Hash::default(), 0, leaf(0)));
        assert!(!check_consistency(&[], 1, leaf(0), 0, leaf(0)));
        assert!(!check_consistency(&[], 1, leaf(0), 2, leaf(0)));
        assert!(check_inclusion(&[], 1, leaf(0), 0, leaf(0)));
        assert!(Tree::resume(3, vec![leaf(0)]).is_none());
    }
}
