//! Where the data are and how the log is written.

use std::{convert::Infallible, path::PathBuf};

use event_store::{LogOptions, connection::ConnectionArgs};
use sqlx::postgres::PgConnectOptions;

use super::{ConfigError, Source};

/// Settings of the database and the log.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// Which database.
    pub connection: ConnectionArgs,
    /// Connections for reads.
    pub pool_size: u32,
    /// Commands that may wait.
    pub queue_capacity: usize,
    /// Commands of one append at most.
    pub batch_limit: usize,
    /// Aggregates kept in memory at most.
    pub memory_capacity: usize,
}

impl DatabaseConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let many = |name, default, bounds| {
            source.number(name, default, bounds).map(|number| usize::try_from(number).unwrap_or(usize::MAX))
        };
        Ok(Self {
            connection: ConnectionArgs {
                data_dir: source.parse("data_dir", |text| Ok::<_, Infallible>(PathBuf::from(text)))?,
                database_url: source.parse("database_url", str::parse)?,
            },
            pool_size: source.number("pool_size", 10, 1..=1_000)?,
            queue_capacity: many("queue_capacity", 2_048, 1..=1_000_000)?,
            batch_limit: many("batch_limit", 512, 1..=10_000)?,
            memory_capacity: many("memory_capacity", 100_000, 1..=100_000_000)?,
        })
    }

    /// How the log is opened on a database.
    #[must_use]
    pub fn log_options(&self, connect: PgConnectOptions) -> LogOptions {
        LogOptions {
            pool_size: self.pool_size,
            queue_capacity: self.queue_capacity,
            batch_limit: self.batch_limit,
            memory_capacity: self.memory_capacity,
            ..LogOptions::new(connect)
        }
    }
}
