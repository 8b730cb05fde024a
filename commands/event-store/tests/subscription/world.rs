//! A database per test, a log to fill, and checks that share no code with the runtime.

use std::{sync::Arc, time::Duration};

use domain::{
    decider::{Decider, Event},
    refusal::{Refusal, RefusalKind},
};
use event_store::{
    Actor, CommandContext, Declined, Log, LogOptions, LogPosition, StreamRef, Unit,
    embedded::{EmbeddedOptions, EmbeddedPostgres},
    ids,
    subscription::{Projection, ProjectionStatus, SubscriptionOptions, SubscriptionState, Subscriptions},
};
use serde::{Deserialize, Serialize};
use sqlx::{Connection, PgConnection, PgPool, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum TallyEvent {
    Added { units: i64 },
    Noted {},
}

impl Event for TallyEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("Added", 1), ("Noted", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::Added { .. } => "Added",
            Self::Noted {} => "Noted",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("never")]
pub(crate) struct Never;

impl Refusal for Never {
    fn code(&self) -> &'static str {
        "tally.never"
    }

    fn kind(&self) -> RefusalKind {
        RefusalKind::Conflict
    }
}

#[derive(Debug)]
pub(crate) enum Tally {}

impl Decider for Tally {
    const KIND: &'static str = "tally";
    type State = ();
    type Command = Vec<TallyEvent>;
    type Event = TallyEvent;
    type Error = Never;

    fn decide((): &(), command: Vec<TallyEvent>) -> Result<Vec<TallyEvent>, Never> {
        Ok(command)
    }

    fn evolve((): &mut (), _: &TallyEvent) {}
}

static SERVER: OnceCell<(PgConnectOptions, Option<(EmbeddedPostgres, tempfile::TempDir)>)> =
    OnceCell::const_new();

/// The shared server, else one of this test run. (The harness would do as well, but it needs every crate built.)
async fn server() -> PgConnectOptions {
    let start = || async {
        if let Ok(url) = std::env::var("SOUK_TEST_POSTGRES_URL") {
            return (url.parse().unwrap(), None);
        }
        let folder = tempfile::tempdir().unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        let options = EmbeddedOptions::new(folder.path().join("data")).throwaway();
        let server = EmbeddedPostgres::start(options.setting("max_connections", "300")).await.unwrap();
        (server.url().parse().unwrap(), Some((server, folder)))
    };
    SERVER.get_or_init(start).await.0.clone()
}

/// A database of its own, with as many nodes as a test opens.
pub(crate) struct World {
    database: PgConnectOptions,
    pub(crate) pool: PgPool,
}

impl World {
    pub(crate) async fn create() -> Self {
        let server = server().await;
        let name = format!("subscription_{}", ids::uuid().simple());
        let mut admin = PgConnection::connect_with(&server).await.unwrap();
        sqlx::query(&format!("create database {name}")).execute(&mut admin).await.unwrap();
        let database = server.database(&name);
        Log::migrate(&database).await.unwrap();
        let pool = PgPool::connect_lazy_with(database.clone());
        Self { database, pool }
    }

    pub(crate) async fn node(&self) -> Log {
        Log::open(LogOptions::new(self.database.clone())).await.unwrap()
    }

    pub(crate) async fn execute(&self, sql: &str) {
        sqlx::raw_sql(sql).execute(&self.pool).await.unwrap();
    }

    pub(crate) async fn number(&self, sql: &str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(&self.pool).await.unwrap()
    }

    /// The schema holds every event of the log once, in order, and their sums.
    pub(crate) async fn assert_whole(&self, schema: &str) {
        assert_eq!(self.fault(schema).await, None);
    }

    /// What is wrong with the schema, told from the log alone.
    pub(crate) async fn fault(&self, schema: &str) -> Option<String> {
        let log = "select position, aggregate_id, (payload -> 'Added' ->> 'units')::bigint from events \
                   where event_type = 'Added' order by position";
        let entries = format!("select position, stream, units from {schema}.entries order by id");
        let expected: Vec<(i64, String, i64)> = sqlx::query_as(log).fetch_all(&self.pool).await.unwrap();
        let found: Vec<(i64, String, i64)> = sqlx::query_as(&entries).fetch_all(&self.pool).await.unwrap();
        if found != expected {
            let at = expected.iter().zip(&found).position(|(a, b)| a != b);
            return Some(format!(
                "{} events, {} entries, first differ at {at:?}",
                expected.len(),
                found.len()
            ));
        }
        let sums = format!(
            "select count(*) from (select stream, sum(units)::bigint from {schema}.entries group by 1) a (stream, units) \
             full join {schema}.totals b using (stream) where a.units is distinct from b.units"
        );
        let wrong = self.number(&sums).await;
        (wrong > 0).then(|| format!("{wrong} wrong sums"))
    }
}

/// Appends one unit for every number of units: `0` is an event that the ledger does not take.
pub(crate) async fn append(log: &Log, units: impl IntoIterator<Item = i64>) -> LogPosition {
    let chunks: Vec<i64> = units.into_iter().collect();
    let mut last = log.reader().head();
    for chunk in chunks.chunks(100) {
        let writes = chunk.iter().enumerate().map(|(n, units)| write(log, format!("s{}", n % 7), *units));
        for position in futures_util::future::join_all(writes).await {
            last = last.max(position);
        }
    }
    last
}

async fn write(log: &Log, stream: String, units: i64) -> LogPosition {
    let context = CommandContext::new(Actor::SYSTEM);
    let unit = Unit::new(context).reads(StreamRef::of::<Tally>(stream.clone()));
    let executed = log
        .execute(unit, move |decision| {
            let event = match units {
                0 => TallyEvent::Noted {},
                units => TallyEvent::Added { units },
            };
            decision.decide::<Tally>(&stream, vec![event])?.map_err(Declined::Refused)?;
            Ok::<_, Declined<Never>>(())
        })
        .await;
    executed.unwrap().position
}

/// Fills the log quickly, past the writer.
pub(crate) async fn fill(world: &World, count: i64) {
    let sql = format!(
        "insert into events select h.n + i, 'tally', 'f' || (i % 50), coalesce(s.n, 0) + (i + 49) / 50, 'Added', '1', \
         json_build_object('Added', json_build_object('units', i % 90 + 1)), \
         json_build_object('event_id', gen_random_uuid(), 'command_id', gen_random_uuid(), \
                           'correlation_id', gen_random_uuid(), 'actor', 'system'), now() \
         from generate_series(1, {count}) i \
         cross join (select coalesce(max(position), 0) n from events) h \
         left join (select aggregate_id, max(sequence) n from events group by 1) s on s.aggregate_id = 'f' || (i % 50)"
    );
    world.execute(&sql).await;
}

/// Quick to take over and to notice.
pub(crate) fn options() -> SubscriptionOptions {
    SubscriptionOptions {
        standby_interval: Duration::from_millis(20),
        poll_interval: Duration::from_millis(20),
        // Many batches to break.
        linger: Duration::from_millis(25),
        ..SubscriptionOptions::default()
    }
}

pub(crate) async fn start(
    log: &Log,
    projection: &Arc<dyn Projection>,
    options: SubscriptionOptions,
) -> Subscriptions {
    Subscriptions::start(log, vec![Arc::clone(projection)], options).await.unwrap()
}

/// Waits until the ledger stands at the end of the log.
pub(crate) async fn settle(log: &Log, subscriptions: &Subscriptions) {
    let head = log.reader().refresh_head().await.unwrap();
    if let Err(behind) = subscriptions.wait_for("ledger", head, Duration::from_secs(60)).await {
        panic!("{behind}: {:?}", status(subscriptions).await);
    }
}

pub(crate) async fn status(subscriptions: &Subscriptions) -> ProjectionStatus {
    subscriptions.status().await.unwrap().remove(0)
}

/// Waits until the status is as wanted.
pub(crate) async fn until(
    subscriptions: &Subscriptions,
    wanted: impl Fn(&ProjectionStatus) -> bool,
) -> ProjectionStatus {
    for _ in 0..1_500 {
        let status = status(subscriptions).await;
        if wanted(&status) {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it never came: {:?}", status(subscriptions).await);
}

pub(crate) async fn until_stopped(subscriptions: &Subscriptions) -> ProjectionStatus {
    until(subscriptions, |status| status.state == SubscriptionState::Stopped).await
}

/// A small random number; a test that fails by chance fails again soon enough.
pub(crate) fn random(below: u64) -> u64 {
    u64::from(ids::uuid().as_bytes()[15]) * 256 % below.max(1)
        + u64::from(ids::uuid().as_bytes()[14]) % below.max(1)
}
