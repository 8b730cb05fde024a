//! Reading an exported log, and believing none of it before its seal was seen.

use std::io::BufRead;

use super::{Claim, End, Event, Head, Key, Leaves, Line, OLDEST_VERSION, Seal, SignedHead, VERSION};
use crate::failure::{Code, failure};

/// The lines of an exported log.
pub(super) struct Sealed<R> {
    lines: R,
    seal: Seal,
    /// How many bytes were read.
    offset: u64,
    pub(super) head: Head,
}

/// A line.
pub(super) enum Part {
    Event {
        event: Box<Event>,
        /// Where its line begins, and how long it is.
        at: u64,
        len: usize,
    },
    Claim(Claim),
    Leaves(Leaves),
    Key(Key),
    Head(SignedHead),
    /// All of it was there, unchanged.
    End(End),
}

impl<R: BufRead> Sealed<R> {
    pub(super) fn open(mut lines: R) -> anyhow::Result<Self> {
        let (first, text) = line(&mut lines)?.ok_or_else(|| not_whole("the file is empty"))?;
        let Line::Log(head) = first else {
            return Err(not_whole("this is no exported log"));
        };
        whole((OLDEST_VERSION..=VERSION).contains(&head.version), || {
            format!("version {} of the format is not known here", head.version)
        })?;
        let mut seal = Seal::default();
        seal.add(&first, &text);
        Ok(Self { lines, seal, offset: u64::try_from(text.len())?, head })
    }

    /// How many events there were so far.
    pub(super) const fn events(&self) -> i64 {
        self.seal.events
    }

    /// The next line; the last one is [`Part::End`].
    pub(super) fn next(&mut self) -> anyhow::Result<Part> {
        let only_a_part = || not_whole("the file ends before its end: it is only a part");
        let (line, text) = line(&mut self.lines)?.ok_or_else(only_a_part)?;
        if let Line::End(end) = line {
            let (there, due) = (self.seal.events, self.head.position);
            whole(there == due, || format!("{there} of {due} events are there"))?;
            let is_unchanged = std::mem::take(&mut self.seal).end() == end;
            whole(is_unchanged, || "the file was changed after it was exported".to_owned())?;
            let is_end = self.lines.fill_buf()?.is_empty();
            whole(is_end, || "there is something behind the end of the log".to_owned())?;
            return Ok(Part::End(end));
        }
        self.seal.add(&line, &text);
        let (at, len) = (self.offset, text.len());
        self.offset += u64::try_from(len)?;
        match line {
            Line::Event(event) => {
                let due = self.seal.events;
                whole(event.position == due, || format!("position {due} is missing"))?;
                Ok(Part::Event { event, at, len })
            }
            Line::Claim(claim) => Ok(Part::Claim(claim)),
            Line::Leaves(leaves) => Ok(Part::Leaves(leaves)),
            Line::Key(key) => Ok(Part::Key(key)),
            Line::Head(head) => Ok(Part::Head(head)),
            Line::Log(_) | Line::End(_) => Err(not_whole("a second log begins in this file")),
        }
    }
}

fn line(lines: &mut impl BufRead) -> anyhow::Result<Option<(Line, Vec<u8>)>> {
    let mut text = Vec::new();
    if lines.read_until(b'\n', &mut text)? == 0 {
        return Ok(None);
    }
    let is_line = text.ends_with(b"\n");
    whole(is_line, || "the file ends in the middle of a line: it is only a part".to_owned())?;
    let line = serde_json::from_slice(&text)
        .map_err(|error| not_whole(&format!("a line is not that of an exported log: {error}")))?;
    Ok(Some((line, text)))
}

fn whole(is_so: bool, else_why: impl FnOnce() -> String) -> anyhow::Result<()> {
    if is_so {
        Ok(())
    } else {
        Err(not_whole(&else_why()))
    }
}

fn not_whole(why: &str) -> anyhow::Error {
    failure(Code::NotWhole, why)
}
