//! One way through the log, from head to head.

use std::collections::BTreeSet;

use event_store::evidence::Tree;
use indicatif::ProgressBar;

use super::{
    super::report::{Fault, Report},
    heads::{Head, Heads},
    segment::Segment,
    sources::{self, Events, Sealed},
};
use crate::{output, source::Source};

/// What was seen.
pub(super) struct Walked {
    pub(super) events: u64,
    /// So many events are what a head covers, or are told apart from it one by one.
    pub(super) proved: i64,
    /// The sizes of heads that the log contradicts.
    pub(super) refuted: BTreeSet<i64>,
}

struct Walk<'a> {
    heads: std::iter::Peekable<std::slice::Iter<'a, Head>>,
    sealed: Sealed<'a>,
    tree: Tree,
    segment: Segment,
    /// The position that comes next.
    next: i64,
    is_lost: bool,
    walked: Walked,
}

/// Holds every event up to `up_to` against the heads.
pub(super) async fn walk(
    source: &Source,
    up_to: i64,
    heads: &Heads,
    report: &mut Report,
) -> anyhow::Result<Walked> {
    let mut connection = sources::connection(source).await?;
    let mut events = Events::open(source, connection.as_deref_mut(), up_to).await?;
    let bar = output::progress("evidence", u64::try_from(up_to)?);
    let mut walk = Walk {
        heads: heads.all.iter().peekable(),
        sealed: Sealed::open(source).await?,
        tree: Tree::default(),
        segment: Segment::default(),
        next: 1,
        is_lost: false,
        walked: Walked { events: 0, proved: 0, refuted: BTreeSet::new() },
    };
    walk.run(&mut events, report, &bar).await?;
    walk.finish(report).await?;
    bar.finish_and_clear();
    Ok(walk.walked)
}

impl Walk<'_> {
    async fn run(
        &mut self,
        events: &mut Events<'_>,
        report: &mut Report,
        bar: &ProgressBar,
    ) -> anyhow::Result<()> {
        while let Some((position, hash)) = events.next().await? {
            self.walked.events += 1;
            if self.walked.events.is_multiple_of(5_000) {
                bar.set_position(self.walked.events);
            }
            if position < self.next {
                let message =
                    format!("an event stands at position {position} that was not there when it was sealed");
                report.fault(Fault::new("event-added", message).at(position));
                continue;
            }
            while self.is_covered() && self.next < position {
                self.step(None, report).await?;
            }
            if self.is_covered() {
                self.step(Some(hash), report).await?;
            }
            self.next = self.next.max(position + 1);
        }
        Ok(())
    }

    /// Whether a head covers the next position.
    fn is_covered(&mut self) -> bool {
        !self.is_lost && self.heads.peek().is_some()
    }

    async fn step(
        &mut self,
        event: Option<event_store::evidence::Hash>,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let sealed = self.sealed.next().await?;
        self.segment.push(event, sealed);
        let position = self.next;
        self.next += 1;
        while let Some(head) = self.heads.next_if(|head| head.size == position) {
            self.close(head, report);
        }
        Ok(())
    }

    fn close(&mut self, head: &Head, report: &mut Report) {
        if self.is_lost {
            self.walked.refuted.insert(head.size);
            return;
        }
        let before = report.faults;
        match self.segment.prove(&self.tree, head.tree.root, report) {
            Some(tree) => {
                self.tree = tree;
                self.walked.proved = head.size;
                if report.faults > before {
                    self.walked.refuted.insert(head.size);
                }
            }
            None => {
                self.segment.tell_range(&self.tree, head.size, report);
                self.walked.refuted.insert(head.size);
                self.is_lost = true;
            }
        }
        self.segment = Segment::default();
    }

    /// Heads that cover more than the log holds.
    async fn finish(&mut self, report: &mut Report) -> anyhow::Result<()> {
        while self.is_covered() {
            self.step(None, report).await?;
        }
        Ok(())
    }
}
