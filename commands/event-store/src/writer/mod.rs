//! One writer per node: it drains what is waiting, takes the append lock, folds what others appended, decides, inserts,
//! commits, and only then answers. There is no speculative state: on any error all that a batch touched is dropped.

mod append;
mod claims;
mod load;
pub(crate) mod memory;
mod recover;
mod setback;
mod staged;
mod ticket;
mod time;

use std::{collections::VecDeque, time::Duration};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{mpsc, watch},
    time::Instant,
};

use crate::{
    LogOptions, LogPosition, LogReader,
    unit::{Ending, Job},
};
use append::Wanted;
use memory::Memory;
use recover::{Fate, Trace};
use setback::{Setback, is_data};
use staged::{Ground, Staged};
use ticket::Ticket;
use time::{meanwhile, within};

/// How many units are inserted by one statement, at least and at most.
const PIECE: (usize, usize) = (16, 64);

/// Beyond this many events of other nodes, forgetting everything is cheaper than following.
const FOLLOW_LIMIT: i64 = 20_000;

/// The least time between two attempts to connect to a database that cannot be reached: every batch asks for one, and a
/// server that recovers from a crash has better things to do than to refuse connections.
const RECONNECT: Duration = Duration::from_millis(100);

pub(crate) struct WriterOptions {
    connect: PgConnectOptions,
    batch_limit: usize,
    memory_capacity: usize,
    io_timeout: Duration,
    #[cfg(feature = "planted-faults")]
    planted: Option<crate::PlantedFault>,
}

impl From<&LogOptions> for WriterOptions {
    fn from(options: &LogOptions) -> Self {
        Self {
            connect: writer_session(options),
            batch_limit: options.batch_limit.max(1),
            memory_capacity: options.memory_capacity,
            io_timeout: options.io_timeout,
            #[cfg(feature = "planted-faults")]
            planted: options.planted,
        }
    }
}

/// The server ends a writer that went silent while it holds the lock, and notices a vanished machine soon.
fn writer_session(options: &LogOptions) -> PgConnectOptions {
    let patience = options.io_timeout.as_millis().to_string();
    options.connect.clone().application_name("souk-writer").options([
        ("idle_in_transaction_session_timeout", "2s"),
        ("lock_timeout", "20s"),
        // A backslash in a literal is a backslash.
        ("standard_conforming_strings", "on"),
        ("tcp_user_timeout", patience.as_str()),
        ("tcp_keepalives_idle", "1"),
        ("tcp_keepalives_interval", "1"),
        ("tcp_keepalives_count", "3"),
    ])
}

/// Runs until told to stop and the queue is empty.
pub(crate) async fn run(
    options: WriterOptions,
    reader: LogReader,
    mut queue: mpsc::Receiver<Box<dyn Job>>,
    mut stop: watch::Receiver<bool>,
) {
    let limit = options.batch_limit;
    let mut writer = Writer {
        memory: Memory::new(options.memory_capacity),
        seen: reader.head().position,
        options,
        reader,
        connection: None,
        unreachable_since: None,
        unanswered: Vec::new(),
    };
    let mut waiting: VecDeque<Ticket> = VecDeque::new();
    let mut is_closed = false;
    loop {
        if waiting.is_empty() {
            tokio::select! {
                job = queue.recv() => match job {
                    Some(job) => waiting.push_back(Ticket::new(job)),
                    None => return,
                },
                // Also when it was told to stop in the middle of a batch.
                _ = stop.wait_for(|stop| *stop), if !is_closed => {
                    is_closed = true;
                    queue.close();
                    continue;
                }
            }
        }
        while waiting.len() < limit {
            let Ok(job) = queue.try_recv() else { break };
            waiting.push_back(Ticket::new(job));
        }
        metrics::histogram!("souk_append_batch_commands")
            .record(u32::try_from(waiting.len()).unwrap_or(u32::MAX));
        let batch = waiting.drain(..).collect();
        waiting.extend(writer.process(batch).await);
        if waiting.is_empty() && queue.is_empty() {
            writer.answer();
        }
    }
}

struct Writer {
    options: WriterOptions,
    reader: LogReader,
    connection: Option<PgConnection>,
    /// When the last attempt to connect failed; `None` after one that did not.
    unreachable_since: Option<Instant>,
    memory: Memory,
    /// The last position whose events the memory has followed.
    seen: i64,
    /// Settled, and answered while the database takes the next lock.
    unanswered: Vec<(Ticket, Ending)>,
}

impl Writer {
    /// Appends a batch, halving it where a row is refused, and answers all but those that must be decided again.
    async fn process(&mut self, batch: Vec<Ticket>) -> Vec<Ticket> {
        let mut again = Vec::new();
        let mut parts = vec![batch];
        while let Some(mut part) = parts.pop() {
            self.memory.age();
            let mut staged = Staged::default();
            match self.append(&mut part, &mut staged).await {
                Ok(()) => again.append(&mut staged.again),
                Err(setback) => {
                    self.forget(&staged);
                    let undecided = std::mem::take(&mut part);
                    part.extend(staged.endings.drain(..).map(|(ticket, _)| ticket));
                    part.append(&mut staged.again);
                    part.extend(undecided);
                    #[cfg(feature = "planted-faults")]
                    if let Setback::Blind = setback {
                        part.iter_mut().for_each(|ticket| ticket.blind = true);
                        parts.push(part);
                        continue;
                    }
                    parts.extend(self.set_back(part, setback).await);
                }
            }
        }
        again
    }

    /// Drops every state that a failed batch may have changed.
    fn forget(&mut self, staged: &Staged) {
        #[cfg(feature = "planted-faults")]
        if self.options.planted == Some(crate::PlantedFault::StateKeptAfterFailedBatch) {
            return;
        }
        for event in &staged.events {
            self.memory.remove(&event.aggregate_type, &event.aggregate_id);
        }
        self.forget_fresh(staged);
    }

    /// Drops the streams that the batch opened: most of them nobody asks for again soon, and they would crowd out
    /// those that everybody asks for.
    fn forget_fresh(&mut self, staged: &Staged) {
        for (kind, id) in &staged.fresh {
            self.memory.remove(kind, id);
        }
    }

    /// Nothing of `part` was written. Answers what is final, and gives back what should be tried in smaller parts.
    async fn set_back(&mut self, mut part: Vec<Ticket>, setback: Setback) -> Vec<Vec<Ticket>> {
        match setback {
            #[cfg(feature = "planted-faults")]
            Setback::Blind => Vec::new(),
            Setback::Connection(error) => {
                tracing::warn!(error = %error, commands = part.len(), "an append failed before its commit");
                self.connection = None;
                answer_all(part, &Ending::Unavailable);
                Vec::new()
            }
            Setback::Data(error) => {
                let io = self.options.io_timeout;
                if let Some(connection) = &mut self.connection
                    && within(io, append::rollback(connection)).await.is_err()
                {
                    self.connection = None;
                }
                if part.len() <= 1 {
                    tracing::error!(error = %error, "a unit cannot be written");
                    answer_all(part, &Ending::Fault("the log refuses one of its rows".to_owned()));
                    return Vec::new();
                }
                let second = part.split_off(part.len() / 2);
                vec![second, part]
            }
        }
    }

    async fn append(&mut self, batch: &mut Vec<Ticket>, staged: &mut Staged) -> Result<(), Setback> {
        let missing = self.missing(batch);
        if !missing.is_empty() || self.connection.is_none() {
            self.answer();
        }
        self.preload(missing).await?;
        let wanted = Wanted::of(batch);
        let mut connection = self.connected().await?;
        let io = self.options.io_timeout;
        #[cfg(feature = "planted-faults")]
        let planted = crate::planted::position_outside_lock(self.options.planted, &mut connection).await?;
        // Waiting for the lock may take as long as another node's whole append.
        let survey = within(io * 5, append::lock_and_survey(&mut connection, wanted));
        let (ground, ()) = meanwhile(survey, || self.answer()).await;
        let mut ground = ground?;
        within(io, self.follow(&mut connection, &ground)).await?;
        #[cfg(feature = "planted-faults")]
        if let Some(position) = planted {
            ground.last = position;
        }
        let inserted = self.decide(batch, staged, &mut ground, &mut connection).await;
        self.connection = Some(connection);
        inserted?;
        self.commit(staged, &ground).await
    }

    /// Decides the batch one unit after the other, and inserts it piece by piece: PostgreSQL works on one piece while
    /// the next is decided, all in the one transaction that holds the lock.
    async fn decide(
        &mut self,
        batch: &mut Vec<Ticket>,
        staged: &mut Staged,
        ground: &mut Ground,
        connection: &mut PgConnection,
    ) -> Result<(), sqlx::Error> {
        let (io, now) = (self.options.io_timeout, ground.now);
        let size = (batch.len() / 3).clamp(PIECE.0, PIECE.1);
        let memory = &mut self.memory;
        // Answers where the piece begins. A piece of refusals has nothing to insert.
        let mut decide_piece = |staged: &mut Staged| {
            let start = staged.events.len();
            while staged.events.len() == start && !batch.is_empty() {
                for ticket in batch.drain(..batch.len().min(size)) {
                    staged.decide(ticket, ground, memory);
                }
            }
            start
        };
        let mut from = decide_piece(staged);
        while from < staged.events.len() {
            let piece = staged.events.get(from..).unwrap_or_default().to_vec();
            let insert = within(io, append::insert(connection, &piece, now));
            let (inserted, next) = meanwhile(insert, || decide_piece(staged)).await;
            inserted?;
            from = next;
        }
        Ok(())
    }

    /// Commits what was decided, learns the fate of a commit that went astray, and answers.
    async fn commit(&mut self, staged: &mut Staged, ground: &Ground) -> Result<(), Setback> {
        let io = self.options.io_timeout;
        let Some(mut connection) = self.connection.take() else {
            return Err(Setback::Connection(sqlx::Error::WorkerCrashed));
        };
        if !staged.writes() {
            within(io, append::rollback(&mut connection)).await?;
            self.connection = Some(connection);
            self.unanswered.append(&mut staged.endings);
            return Ok(());
        }
        let beside = within(io, append::insert_beside(&mut connection, staged)).await;
        if let Err(error) = beside {
            self.connection = Some(connection);
            return Err(error.into());
        }
        #[cfg(feature = "planted-faults")]
        if self.options.planted == Some(crate::PlantedFault::AnswerBeforeCommit) {
            answer(&mut staged.endings);
        }
        let head = LogPosition { epoch: ground.epoch, position: staged.head(ground) };
        match within(io, append::commit(&mut connection, &staged.commands, head)).await {
            Ok(()) => self.connection = Some(connection),
            // Refused before the COMMIT was reached: it is part of the same message.
            Err(error) if is_data(&error) => {
                self.connection = Some(connection);
                return Err(Setback::Data(error));
            }
            Err(error) => {
                drop(connection);
                #[cfg(feature = "planted-faults")]
                if self.options.planted == Some(crate::PlantedFault::RetryWithoutLooking) {
                    return Err(Setback::Blind);
                }
                match self.fate(Trace::of(staged, ground), &error).await {
                    Fate::Committed => {}
                    Fate::NotCommitted => return Err(Setback::Connection(error)),
                    Fate::Unknown => {
                        self.forget(staged);
                        for (ticket, _) in staged.endings.drain(..) {
                            ticket.job.answer(Ending::OutcomeUnknown);
                        }
                        return Ok(());
                    }
                }
            }
        }
        self.forget_fresh(staged);
        self.seen = head.position;
        self.reader.tail.push(staged.events.drain(..));
        self.reader.tail.advance(head);
        self.unanswered.append(&mut staged.endings);
        Ok(())
    }

    /// Answers what the last append has settled.
    fn answer(&mut self) {
        answer(&mut self.unanswered);
    }

    async fn connected(&mut self) -> Result<PgConnection, Setback> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        if let Some(failed) = self.unreachable_since {
            tokio::time::sleep_until(failed + RECONNECT).await;
        }
        let connect = async {
            let mut connection = PgConnection::connect_with(&self.options.connect).await?;
            append::prepare(&mut connection).await.map(|()| connection)
        };
        let outcome = within(self.options.io_timeout, connect).await.map_err(Setback::Connection);
        self.unreachable_since = outcome.is_err().then(Instant::now);
        outcome
    }
}

fn answer(endings: &mut Vec<(Ticket, Ending)>) {
    for (ticket, ending) in endings.drain(..) {
        ticket.job.answer(ending);
    }
}

fn answer_all(tickets: Vec<Ticket>, ending: &Ending) {
    for ticket in tickets {
        ticket.job.answer(ending.clone());
    }
}
