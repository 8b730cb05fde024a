//! Tree heads, and whom they are believed.

use std::{fs, path::Path};

use anyhow::Context;
use event_store::evidence::{KeyRecord, Note, TreeHead, VerifierKey, heads_after, keys};

use super::super::report::{Fault, Report};
use crate::{
    archive::{Key, SignedHead},
    cli,
    failure::{Code, failure},
    source::Source,
};

const PAGE: i64 = 2_000;

/// A head whose signature is good.
pub(super) struct Head {
    pub(super) size: i64,
    pub(super) tree: TreeHead,
    /// It was obtained elsewhere.
    pub(super) is_given: bool,
}

/// What the log is held against.
pub(super) struct Heads {
    /// In the order of their sizes.
    pub(super) all: Vec<Head>,
    /// Those that are believed.
    pub(super) keys: Vec<VerifierKey>,
}

/// Reads heads and keys from the log's own tables and from the files that were given.
pub(super) async fn collect(
    source: &Source,
    wanted: &cli::Verify,
    report: &mut Report,
) -> anyhow::Result<Heads> {
    let given: Vec<VerifierKey> = wanted.keys.iter().map(|key| given_key(key)).collect::<Result<_, _>>()?;
    let (own_keys, own_heads) = stored(source).await?;
    let keys = believed(given, &own_keys, report);
    let mut all = Vec::new();
    for head in own_heads {
        let found = signed(&head.note, &keys).filter(|tree| i64::try_from(tree.size) == Ok(head.size));
        match found {
            Some(tree) => all.push(Head { size: head.size, tree, is_given: false }),
            None => {
                let message =
                    format!("the tree head of {} events is not signed by a key that is believed", head.size);
                report.fault(Fault::new("head-unsigned", message));
            }
        }
    }
    for file in &wanted.heads {
        let tree = signed(&read(file)?, &keys);
        match tree.and_then(|tree| Some((i64::try_from(tree.size).ok()?, tree))) {
            Some((size, tree)) => all.push(Head { size, tree, is_given: true }),
            None => {
                let message =
                    format!("{} is no tree head that is signed by a key that is believed", file.display());
                report.fault(Fault::new("head-unsigned", message));
            }
        }
    }
    all.sort_by_key(|head| head.size);
    Ok(Heads { all, keys })
}

/// The head that a note states, where one of these keys has signed it.
pub(super) fn signed(note: &str, keys: &[VerifierKey]) -> Option<TreeHead> {
    let note = Note::parse(note).ok()?;
    let tree = TreeHead::parse(&note.text).ok()?;
    keys.iter().any(|key| key.name() == tree.origin && note.is_signed_by(key)).then_some(tree)
}

pub(super) fn read(file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

/// A key, or the file that it stands in.
fn given_key(text: &str) -> anyhow::Result<VerifierKey> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    read(Path::new(text))?
        .trim()
        .parse()
        .map_err(|error| failure(Code::Usage, format!("{text}: {error}")))
}

async fn stored(source: &Source) -> anyhow::Result<(Vec<Key>, Vec<SignedHead>)> {
    let reader = match source {
        Source::Database(reader) => reader,
        Source::File(archive) => {
            return Ok((archive.sealed().keys.clone(), archive.sealed().heads.clone()));
        }
    };
    let key = |key: event_store::evidence::SealedKey| Key {
        key: key.key,
        after_size: key.after_size,
        note: key.note,
    };
    let keys = keys(reader.pool()).await?.into_iter().map(key).collect();
    let mut heads = Vec::new();
    loop {
        let after = heads.last().map_or(0, |head: &SignedHead| head.size);
        let page = heads_after(reader.pool(), after, PAGE).await?;
        if page.is_empty() {
            return Ok((keys, heads));
        }
        heads.extend(page.into_iter().map(|head| SignedHead { size: head.size, note: head.note }));
    }
}

/// The keys that were given (without any: the first one that stands beside the log), those that they vouch for, and
/// those that they name as their predecessors.
fn believed(given: Vec<VerifierKey>, own: &[Key], report: &mut Report) -> Vec<VerifierKey> {
    let mut records = Vec::new();
    for key in own {
        let note = Note::parse(&key.note).ok();
        match note.and_then(|note| Some((KeyRecord::of(&note)?, note))) {
            Some((record, note)) if record.key.to_string() == key.key => records.push((record, note)),
            Some(_) | None => {
                let message = format!("the key {} is not introduced by a note of its own", key.key);
                report.fault(Fault::new("key-unsigned", message));
            }
        }
    }
    let mut believed = given;
    if believed.is_empty() {
        believed.extend(records.first().map(|(record, _)| record.key.clone()));
    }
    loop {
        let is_new = |key: &VerifierKey| !believed.contains(key);
        let vouched = records
            .iter()
            .find(|(record, note)| is_new(&record.key) && believed.iter().any(|key| note.is_signed_by(key)));
        let named = records.iter().filter(|(record, _)| !is_new(&record.key));
        let former = named.filter_map(|(record, _)| record.former.as_ref()).find(|former| is_new(former));
        match vouched.map(|(record, _)| &record.key).or(former).cloned() {
            Some(key) => believed.push(key),
            None => break,
        }
    }
    for (record, _) in records.iter().filter(|(record, _)| !believed.contains(&record.key)) {
        let message = format!(
            "the key {} signs from position {} on, and no key that is believed vouches for it",
            record.key,
            record.after + 1
        );
        report.fault(Fault::new("key-unvouched", message));
    }
    believed
}
