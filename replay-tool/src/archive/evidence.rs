//! Evidence in a file: the hashes of events as they were sealed, the keys and the signed tree heads.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use event_store::evidence::{Hash, StoredHashes, heads_after, keys, sealed_size};
use sqlx::PgConnection;

use super::{Key, Leaves, Line, SignedHead, export::Lines};
use crate::failure::{Code, failure};

/// Hashes of one line.
const LEAVES_PER_LINE: usize = 1_000;
const PAGE: i64 = 2_000;
const HASH_BYTES: usize = 32;

/// Writes everything that the snapshot holds. A hash that is missing ends the hashes: what the events say is then
/// checked against the heads alone.
pub(super) async fn write(snapshot: &mut PgConnection, lines: &mut Lines<impl Write>) -> anyhow::Result<()> {
    write_leaves(snapshot, lines).await?;
    for key in keys(&mut *snapshot).await? {
        lines.write(&Line::Key(Key { key: key.key, after_size: key.after_size, note: key.note }))?;
    }
    let mut after = 0;
    loop {
        let heads = heads_after(&mut *snapshot, after, PAGE).await?;
        let Some(last) = heads.last() else {
            return Ok(());
        };
        after = last.size;
        for head in heads {
            lines.write(&Line::Head(SignedHead { size: head.size, note: head.note }))?;
        }
    }
}

async fn write_leaves(snapshot: &mut PgConnection, lines: &mut Lines<impl Write>) -> anyhow::Result<()> {
    let size = sealed_size(&mut *snapshot).await?;
    let mut stored = StoredHashes::default();
    let (mut first, mut bytes) = (1, Vec::new());
    for position in 1..=size {
        let Some(leaf) = stored.next(snapshot).await? else {
            break;
        };
        bytes.extend_from_slice(&leaf.0);
        // The hashes of the subtrees that it completes follow from the leaves.
        for _ in 0..position.trailing_zeros() {
            stored.next(snapshot).await?;
        }
        if bytes.len() == LEAVES_PER_LINE * HASH_BYTES {
            lines.write(&Line::Leaves(Leaves { first, hashes: STANDARD.encode(&bytes) }))?;
            first = position + 1;
            bytes.clear();
        }
    }
    if !bytes.is_empty() {
        lines.write(&Line::Leaves(Leaves { first, hashes: STANDARD.encode(&bytes) }))?;
    }
    Ok(())
}

/// Adds the hashes of a line to those of the lines before it.
pub(super) fn unpack(line: &Leaves, to: &mut Vec<Hash>) -> anyhow::Result<()> {
    let wrong = || failure(Code::NotWhole, "a line with hashes is not that of an exported log");
    let bytes = STANDARD.decode(&line.hashes).map_err(|_| wrong())?;
    let (hashes, rest) = bytes.as_chunks::<HASH_BYTES>();
    if !rest.is_empty() || usize::try_from(line.first)? != to.len() + 1 {
        return Err(wrong());
    }
    to.extend(hashes.iter().map(|hash| Hash(*hash)));
    Ok(())
}
