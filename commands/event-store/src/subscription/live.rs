//! The live instance of a subscription: reads on, lingers, applies, and stops at what cannot be handled.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::{
    batch::Applier,
    checkpoint::{self, SubscriptionState},
    install,
    line::Line,
    runner::{Context, Control},
    session::Failure,
};
use crate::{Head, LogError, LogPosition, RecordedEvent, tail::Part};

/// How often an idle instance looks whether its checkpoint still stands where it left it.
const IDLE_CHECK: Duration = Duration::from_secs(2);

/// How often a stopped instance looks whether it was restarted.
const STOPPED_CHECK: Duration = Duration::from_secs(1);

/// Reads that one batch gathers from at most, where a subscriber takes few of the events.
const READS: usize = 10;

pub(super) struct Live<'a> {
    pub(super) context: &'a Context,
    pub(super) line: &'a Line,
    pub(super) control: &'a mut watch::Receiver<Control>,
    pub(super) applier: Applier,
    /// Events of one batch at most: fewer than the option after a batch that took too long.
    pub(super) limit: &'a mut usize,
    pub(super) is_published: bool,
    head: Head,
    read_to: i64,
    last_start: Instant,
    last_commit: Instant,
}

impl<'a> Live<'a> {
    pub(super) fn new(
        context: &'a Context,
        line: &'a Line,
        control: &'a mut watch::Receiver<Control>,
        applier: Applier,
        limit: &'a mut usize,
        is_published: bool,
    ) -> Self {
        let long_ago = Instant::now();
        Self {
            head: context.reader.follow(),
            read_to: applier.mark.position,
            context,
            line,
            control,
            applier,
            limit,
            is_published,
            last_start: long_ago,
            last_commit: long_ago,
        }
    }

    /// Runs until told to stop (`Ok`) or until it cannot go on.
    pub(super) async fn run(&mut self, is_stopped: bool) -> Result<(), Failure> {
        if is_stopped && !self.wait_for_restart().await? {
            return Ok(());
        }
        let mut is_reconciled = false;
        loop {
            let control = *self.control.borrow_and_update();
            match control {
                Control::Stop => return self.flush().await,
                Control::Pause => {
                    if self.control.changed().await.is_err() {
                        return Ok(());
                    }
                    continue;
                }
                Control::Run => {}
            }
            let outcome = if is_reconciled {
                self.turn().await
            } else {
                is_reconciled = true;
                self.reconcile().await
            };
            match outcome {
                Ok(()) => {}
                Err(Failure::Poison { position, error }) => {
                    self.stop(Some(position), &error).await?;
                    if !self.wait_for_restart().await? {
                        return Ok(());
                    }
                    is_reconciled = false;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn turn(&mut self) -> Result<(), Failure> {
        let head = *self.head.borrow_and_update();
        if head.epoch != self.applier.mark.epoch {
            return self.reconcile().await;
        }
        if head.position <= self.read_to {
            return self.idle().await;
        }
        if !self.linger(head).await {
            return Ok(());
        }
        self.last_start = Instant::now();
        let (taken, to) = self.gather().await?;
        if to == self.read_to {
            // The head is further than what can be read: only a log that was cut back looks like this.
            sleep(Duration::from_millis(100)).await;
            return self.reconcile().await;
        }
        self.apply(&taken, to).await?;
        if !self.is_published && self.head.borrow().position - self.read_to <= 1_000 {
            self.publish().await?;
        }
        Ok(())
    }

    /// Nothing to read: waits for the log to grow, and meanwhile notes what was skipped and looks after the fence.
    async fn idle(&mut self) -> Result<(), Failure> {
        let is_unflushed = self.read_to > self.applier.mark.position;
        let wait = if is_unflushed {
            self.context.options.linger
        } else {
            IDLE_CHECK
        };
        tokio::select! {
            _ = self.control.changed() => Ok(()),
            changed = self.head.changed() => changed.map_err(Failure::lost),
            () = sleep(wait) => {
                if is_unflushed {
                    return self.flush().await;
                }
                let row = checkpoint::load(&mut self.applier.connection, &self.applier.key).await?;
                if row.is_some_and(|row| row.mark == self.applier.mark) {
                    Ok(())
                } else {
                    Err(Failure::Fenced)
                }
            }
        }
    }

    /// Under load lets the batch grow. False when the runner should look around first.
    async fn linger(&mut self, head: LogPosition) -> bool {
        let enough = i64::try_from(*self.limit).unwrap_or(i64::MAX);
        if head.position - self.read_to >= enough {
            return true;
        }
        let options = &self.context.options;
        let wait = if self.line.is_awaited() {
            options.awaited_linger
        } else {
            options.linger
        };
        let start = self.last_start + wait;
        if start <= Instant::now() {
            return true;
        }
        tokio::select! {
            () = sleep_until(start) => true,
            () = self.line.awaited.notified() => false,
            _ = self.control.changed() => false,
        }
    }

    /// Reads on: the events that the subscriber takes, and how far they were read.
    async fn gather(&self) -> Result<(Vec<Arc<RecordedEvent>>, i64), Failure> {
        let limit = *self.limit;
        let mut taken = Vec::new();
        let mut to = self.read_to;
        for _ in 0..READS {
            let part = match self.read(to, limit).await {
                // What was read before goes first; the next turn meets the culprit again.
                Err(Failure::Poison { .. }) if to > self.read_to => break,
                outcome => outcome?,
            };
            to = part.to;
            let is_all = part.read < limit;
            taken.extend(part.events.into_iter().filter(|event| self.line.takes(&event.event_type)));
            if is_all || taken.len() * 2 >= limit {
                break;
            }
        }
        Ok((taken, to))
    }

    /// Reads events, fewer at a time when one of them is damaged, until it stands alone.
    async fn read(&self, after: i64, limit: usize) -> Result<Part, Failure> {
        let mut limit = limit.max(1);
        loop {
            match self.context.reader.read_on(after, limit, self.line.kinds).await {
                Ok(part) => return Ok(part),
                Err(error @ (LogError::Decode(_) | LogError::Damaged(_))) if limit == 1 => {
                    return Err(Failure::Poison { position: after + 1, error: error.to_string() });
                }
                Err(LogError::Decode(_) | LogError::Damaged(_)) => limit /= 2,
                Err(error) => return Err(Failure::lost(super::session::chain(&error))),
            }
        }
    }

    async fn apply(&mut self, taken: &[Arc<RecordedEvent>], to: i64) -> Result<(), Failure> {
        let options = &self.context.options;
        if taken.is_empty() {
            self.read_to = to;
            // The tables hold everything up to here that concerns them, although the row does not say so yet.
            self.line.advance(LogPosition { position: to, ..self.applier.mark.at() }, &[]);
            if self.last_commit.elapsed() >= options.coalesce {
                return self.flush().await;
            }
            return Ok(());
        }
        let line = self.line;
        let outcome = self
            .applier
            .apply_all(options, *self.limit, taken, to, |events, mark| line.advance(mark.at(), events))
            .await;
        self.last_commit = Instant::now();
        match outcome {
            Ok(()) => {
                self.read_to = to;
                *self.limit = (*self.limit * 2).min(options.batch_limit.max(1));
                metrics::counter!("souk_projection_events_total", "projection" => self.line.key.clone())
                    .increment(u64::try_from(taken.len()).unwrap_or(u64::MAX));
                Ok(())
            }
            Err(failure) => {
                if let Failure::Poison { position, .. } = &failure {
                    self.read_to = position - 1;
                }
                Err(failure)
            }
        }
    }

    async fn flush(&mut self) -> Result<(), Failure> {
        self.last_commit = Instant::now();
        if self.read_to > self.applier.mark.position {
            self.applier.skip(&self.context.options, self.read_to).await?;
        }
        Ok(())
    }

    /// Compares the checkpoint with a fresh look at the log's end. A new epoch is adopted; a log that ends before the
    /// checkpoint has lost events that stand in the tables, and only a rebuild can take them out.
    async fn reconcile(&mut self) -> Result<(), Failure> {
        let head =
            self.context.reader.refresh_head().await.map_err(|e| Failure::lost(super::session::chain(&e)))?;
        let mark = self.applier.mark;
        // What was read ahead of the checkpoint may have been of the old epoch.
        self.read_to = mark.position;
        if head.epoch < mark.epoch || head.position < mark.position {
            let error =
                format!("the log ends at {head}, before this checkpoint at {}: rebuild it", mark.at());
            self.stop(None, &error).await?;
            return if self.wait_for_restart().await? {
                Box::pin(self.reconcile()).await
            } else {
                Ok(())
            };
        }
        if head.epoch > mark.epoch {
            let applier = &mut self.applier;
            if !checkpoint::adopt_epoch(&mut applier.connection, &applier.key, mark, head.epoch).await? {
                return Err(Failure::Fenced);
            }
            applier.mark.epoch = head.epoch;
            tracing::info!(subscription = %applier.key, epoch = head.epoch, "the log's new epoch is adopted");
        }
        self.line.advance(self.applier.mark.at(), &[]);
        Ok(())
    }

    /// Stops loudly before `failed`; everything before it has been committed.
    async fn stop(&mut self, failed: Option<i64>, error: &str) -> Result<(), Failure> {
        let applier = &mut self.applier;
        tracing::error!(
            subscription = %applier.key, position = failed, error,
            "a subscription has stopped; nothing after this position takes effect until it is restarted"
        );
        metrics::counter!("souk_projection_stops_total", "projection" => applier.key.clone()).increment(1);
        if !checkpoint::stop(&mut applier.connection, &applier.key, applier.mark, failed, error).await? {
            return Err(Failure::Fenced);
        }
        if let Some(failed) = failed {
            applier.mark.position = applier.mark.position.max(failed - 1);
        }
        self.read_to = applier.mark.position;
        self.line.set_stopped(true);
        Ok(())
    }

    /// Waits, still holding the lock so that no other node runs into the same. False when told to stop.
    async fn wait_for_restart(&mut self) -> Result<bool, Failure> {
        self.line.set_stopped(true);
        loop {
            tokio::select! {
                () = sleep(STOPPED_CHECK) => {}
                () = self.line.restarted.notified() => {}
                changed = self.control.changed() => {
                    if changed.is_err() || *self.control.borrow() == Control::Stop {
                        return Ok(false);
                    }
                }
            }
            let row = checkpoint::load(&mut self.applier.connection, &self.applier.key).await?;
            let Some(row) = row.filter(|row| row.mark == self.applier.mark) else {
                return Err(Failure::Fenced);
            };
            if row.state == SubscriptionState::Running {
                self.line.set_stopped(false);
                return Ok(true);
            }
        }
    }

    /// A new version has caught up: its views take the place of the old version's.
    async fn publish(&mut self) -> Result<(), Failure> {
        let views = self.applier.subscriber.views();
        let key = self.applier.key.clone();
        let connection = &mut self.applier.connection;
        sqlx::Executor::execute(&mut *connection, "begin; set local lock_timeout = '1s'").await?;
        let outcome = install::publish(connection, &key, views).await;
        let end = if outcome.is_ok() { "commit" } else { "rollback" };
        sqlx::Executor::execute(&mut *connection, end).await?;
        match outcome {
            Ok(()) => self.is_published = true,
            Err(error) if crate::is_transient(&error) => {}
            Err(error) => {
                // The tables serve all the same; the next start tries again.
                tracing::error!(subscription = %key, error = %error, "views could not be made");
                self.is_published = true;
            }
        }
        Ok(())
    }
}
