//! One writer per node: it drains what is waiting, takes the append lock, folds what others appended, decides, inserts,
//! commits, and only then answers. There is no speculative state: on any error all that a batch touched is dropped.

mod append;
mod load;
pub(crate) mod memory;
mod recover;
mod staged;

use std::{collections::VecDeque, time::Duration};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    sync::{mpsc, watch},
    time::{Instant, timeout},
};

use crate::{
    Interrupt, LogOptions, LogPosition, LogReader,
    unit::{Ending, Job},
};
use append::Wanted;
use memory::Memory;
use recover::{Fate, Trace};
use staged::{Ground, Staged};

/// How often one unit may ask for more before it counts as broken.
const MAX_ATTEMPTS: u32 = 32;

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
        ("tcp_user_timeout", patience.as_str()),
        ("tcp_keepalives_idle", "1"),
        ("tcp_keepalives_interval", "1"),
        ("tcp_keepalives_count", "3"),
    ])
}

/// A job on its way, with how often it was decided.
pub(crate) struct Ticket {
    pub(crate) job: Box<dyn Job>,
    attempts: u32,
    /// Its decision was accepted in the batch at hand.
    accepted: bool,
    /// Written again without looking whether it stands already: a planted fault.
    #[cfg(feature = "planted-faults")]
    blind: bool,
}

impl Ticket {
    fn new(job: Box<dyn Job>) -> Self {
        Self {
            job,
            attempts: 0,
            accepted: false,
            #[cfg(feature = "planted-faults")]
            blind: false,
        }
    }

    /// Whether the table of commands is asked for it.
    #[cfg(feature = "planted-faults")]
    const fn looks(&self) -> bool {
        !self.blind
    }

    /// Whether the table of commands is asked for it.
    #[cfg(not(feature = "planted-faults"))]
    #[expect(clippy::unused_self, reason = "the planted variant needs it")]
    const fn looks(&self) -> bool {
        true
    }

    /// Notes what the job asked for, so that the next batch fetches it.
    fn wants(&mut self, interrupt: Interrupt) -> Result<(), String> {
        self.attempts += 1;
        if self.attempts > MAX_ATTEMPTS {
            return Err("the decision asks for ever more".to_owned());
        }
        match interrupt {
            Interrupt::Stream(stream) => self.job.unit_mut().streams.push(stream),
            Interrupt::Claim(scope, key) => self.job.unit_mut().claims.push((scope, key)),
            Interrupt::Misuse(reason) => return Err(reason.to_owned()),
        }
        Ok(())
    }
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
}

/// Why an append did not come to its COMMIT.
enum Setback {
    /// The connection or the server failed; nothing was written.
    Connection(sqlx::Error),
    /// PostgreSQL refuses some row.
    Data(sqlx::Error),
    /// A planted fault: write it all again without looking.
    #[cfg(feature = "planted-faults")]
    Blind,
}

impl From<sqlx::Error> for Setback {
    fn from(error: sqlx::Error) -> Self {
        let is_data = match &error {
            sqlx::Error::Database(database) => database
                .code()
                .is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class))),
            sqlx::Error::Encode(_) => true,
            _ => false,
        };
        if is_data {
            Self::Data(error)
        } else {
            Self::Connection(error)
        }
    }
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
                    part.extend(staged.endings.drain(..).map(|(ticket, _)| ticket));
                    part.append(&mut staged.again);
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
        for (kind, id) in &staged.touched {
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
        self.preload(missing).await?;
        let wanted = Wanted::of(batch);
        let mut connection = self.connected().await?;
        let io = self.options.io_timeout;
        #[cfg(feature = "planted-faults")]
        let planted = crate::planted::position_outside_lock(self.options.planted, &mut connection).await?;
        // Waiting for the lock may take as long as another node's whole append.
        within(io * 5, append::lock(&mut connection)).await?;
        let mut ground = within(io, append::survey(&mut connection, wanted)).await?;
        within(io, self.follow(&mut connection, &ground)).await?;
        #[cfg(feature = "planted-faults")]
        if let Some(position) = planted {
            ground.last = position;
        }
        self.connection = Some(connection);
        for ticket in batch.drain(..) {
            staged.decide(ticket, &mut ground, &mut self.memory);
        }
        self.write(staged, &ground).await
    }

    /// Inserts and commits what was decided, learns the fate of a commit that went astray, and answers.
    async fn write(&mut self, staged: &mut Staged, ground: &Ground) -> Result<(), Setback> {
        let io = self.options.io_timeout;
        let Some(mut connection) = self.connection.take() else {
            return Err(Setback::Connection(sqlx::Error::WorkerCrashed));
        };
        if !staged.writes() {
            within(io, append::rollback(&mut connection)).await?;
            self.connection = Some(connection);
            answer(staged);
            return Ok(());
        }
        let inserted = within(io, append::insert(&mut connection, staged, ground)).await;
        if let Err(error) = inserted {
            self.connection = Some(connection);
            return Err(error.into());
        }
        #[cfg(feature = "planted-faults")]
        if self.options.planted == Some(crate::PlantedFault::AnswerBeforeCommit) {
            answer(staged);
        }
        match within(io, append::commit(&mut connection)).await {
            Ok(()) => self.connection = Some(connection),
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
        let head = staged.events.last().map_or(ground.last, |event| event.position);
        self.seen = head;
        self.reader.tail.push(staged.events.drain(..));
        self.reader.tail.advance(LogPosition { epoch: ground.epoch, position: head });
        answer(staged);
        Ok(())
    }

    async fn connected(&mut self) -> Result<PgConnection, Setback> {
        if let Some(connection) = self.connection.take() {
            return Ok(connection);
        }
        if let Some(failed) = self.unreachable_since {
            tokio::time::sleep_until(failed + RECONNECT).await;
        }
        let connect = PgConnection::connect_with(&self.options.connect);
        let outcome = within(self.options.io_timeout, connect).await.map_err(Setback::Connection);
        self.unreachable_since = outcome.is_err().then(Instant::now);
        outcome
    }
}

/// A connection that does not answer in time counts as dead.
async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    timeout(limit, work).await.unwrap_or_else(|_| {
        Err(sqlx::Error::Io(std::io::Error::new(
            std::io::ErrorKind::TimedOut,
            "the database did not answer in time",
        )))
    })
}

fn answer(staged: &mut Staged) {
    for (ticket, ending) in staged.endings.drain(..) {
        ticket.job.answer(ending);
    }
}

fn answer_all(tickets: Vec<Ticket>, ending: &Ending) {
    for ticket in tickets {
        ticket.job.answer(ending.clone());
    }
}
