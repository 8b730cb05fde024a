//! A database of its own for each test, on the private server that `script/test` starts.

use event_store::{Log, ids};
use sqlx::{Connection, PgConnection, PgPool};

/// A migrated, empty database.
#[derive(Debug)]
pub struct TestDatabase {
    url: String,
    pool: PgPool,
}

impl TestDatabase {
    /// Creates it on the server of `SOUK_TEST_POSTGRES_URL`.
    ///
    /// # Panics
    /// When there is no such server.
    #[expect(clippy::expect_used, reason = "a test without its database cannot go on")]
    pub async fn create() -> Self {
        let base = std::env::var("SOUK_TEST_POSTGRES_URL").expect("SOUK_TEST_POSTGRES_URL");
        let name = format!("t_{}", ids::uuid().simple());
        let mut server = PgConnection::connect(&format!("{base}/postgres")).await.expect("connect");
        sqlx::query(&format!("create database {name}")).execute(&mut server).await.expect("create");
        let url = format!("{base}/{name}");
        Log::migrate(&url.parse().expect("url")).await.expect("migrate");
        let pool = PgPool::connect_lazy(&url).expect("pool");
        Self { url, pool }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A pool on it.
    #[must_use]
    pub fn pool(&self) -> PgPool {
        self.pool.clone()
    }
}
