//! A bird in the database. Its sequence counts, whatever is rolled back, how often SQL of a request was run; its table
//! and the schema show what such SQL has destroyed; and nobody sleeps there unseen.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use sqlx::PgPool;
use tokio::{
    sync::Mutex,
    task::JoinHandle,
    time::{interval, sleep},
};

use super::faults::Faults;

const TABLES: &str = "select format('%I.%I', n.nspname, c.relname) from pg_class c \
     join pg_namespace n on n.oid = c.relnamespace \
     where c.relkind in ('r', 'p', 'v', 'S') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema'";

pub(crate) struct Canary {
    pool: PgPool,
    tables: BTreeSet<String>,
    accounts: i64,
    sleepers: Arc<Mutex<i64>>,
    watch: JoinHandle<()>,
}

impl Canary {
    pub(crate) async fn place(pool: &PgPool) -> Self {
        sqlx::raw_sql(
            "create table public.canary (id int primary key, word text not null); \
             insert into public.canary values (1, 'one'), (2, 'two'), (3, 'three'); \
             create sequence public.canary_bites; \
             create function public.canary_bite() returns bigint language sql \
                as $$ select nextval('public.canary_bites') $$;",
        )
        .execute(pool)
        .await
        .unwrap();
        let sleepers = Arc::new(Mutex::new(0));
        Self {
            tables: tables(pool).await,
            accounts: accounts(pool).await,
            watch: tokio::spawn(watch(pool.clone(), Arc::clone(&sleepers))),
            pool: pool.clone(),
            sleepers,
        }
    }

    async fn bites(&self) -> i64 {
        sqlx::query_scalar("select case when is_called then last_value else 0 end from public.canary_bites")
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }

    /// Notes what has become of it. At last it is bitten on purpose, by a hostile value that is not bound, so that nobody
    /// trusts a dead bird.
    pub(crate) async fn look(self, faults: &mut Faults) {
        let bites = self.bites().await;
        faults.unless(bites == 0, || format!("SQL of a request was run {bites} times"));
        let words: Vec<String> = sqlx::query_scalar("select word from public.canary order by id")
            .fetch_all(&self.pool)
            .await
            .unwrap_or_default();
        faults.unless(words == ["one", "two", "three"], || format!("the canary's table holds {words:?}"));
        let now = tables(&self.pool).await;
        let lost: Vec<_> = self.tables.difference(&now).collect();
        faults.unless(lost.is_empty(), || format!("tables are gone: {lost:?}"));
        let accounts = accounts(&self.pool).await;
        faults.unless(accounts >= self.accounts, || {
            format!("{accounts} accounts are left of {}", self.accounts)
        });
        let (events, last): (i64, i64) =
            sqlx::query_as("select count(*), coalesce(max(position), 0) from events")
                .fetch_one(&self.pool)
                .await
                .unwrap();
        faults.unless(events == last, || format!("the log has {events} events up to position {last}"));
        let sleepers = *self.sleepers.lock().await;
        faults.unless(sleepers == 0, || format!("the database was seen asleep {sleepers} times"));

        let run = "select * from public.canary where word = ''||(select public.canary_bite())||''";
        sqlx::raw_sql(run).execute(&self.pool).await.unwrap();
        let pool = self.pool.clone();
        let asleep = tokio::spawn(async move { sqlx::raw_sql("select pg_sleep(1)").execute(&pool).await });
        sleep(Duration::from_millis(600)).await;
        asleep.abort();
        let noticed = (self.bites().await, *self.sleepers.lock().await);
        assert!(noticed.0 == bites + 1 && noticed.1 > sleepers, "a dead canary: {noticed:?}");
        self.watch.abort();
    }
}

async fn tables(pool: &PgPool) -> BTreeSet<String> {
    sqlx::query_scalar::<_, String>(TABLES).fetch_all(pool).await.unwrap().into_iter().collect()
}

async fn accounts(pool: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from credentials").fetch_one(pool).await.unwrap()
}

/// Counts who sleeps in this database.
async fn watch(pool: PgPool, sleepers: Arc<Mutex<i64>>) {
    let mut often = interval(Duration::from_millis(100));
    loop {
        often.tick().await;
        let seen: Result<i64, _> = sqlx::query_scalar(
            "select count(*) from pg_stat_activity \
              where datname = current_database() and wait_event = 'PgSleep'",
        )
        .fetch_one(&pool)
        .await;
        *sleepers.lock().await += seen.unwrap_or_default();
    }
}
