//! `souk keys`.

use anyhow::Result;
use commands::vault::Rotated;
use event_store::connection::OpenMode;
use sqlx::PgPool;

use crate::config::Config;

/// Wraps all keys of personal data anew. Servers may run meanwhile.
pub(super) async fn rotate_master(config: &Config) -> Result<()> {
    let database = config.database.connection.open(OpenMode::Tool).await?;
    let outcome = rotate(config, database.connect_options()?).await;
    database.stop().await?;
    let Rotated { key_id, rewrapped, dropped } = outcome?;
    println!("{rewrapped} keys were wrapped anew by the master key {key_id}.");
    if dropped > 0 {
        println!("{dropped} older master keys that wrapped nothing were removed from the file.");
    }
    Ok(())
}

async fn rotate(config: &Config, connect: sqlx::postgres::PgConnectOptions) -> Result<Rotated> {
    let pool = PgPool::connect_with(connect).await?;
    let rotated = Rotated::rotate(&pool, config.secrets.master_key_source()?).await;
    pool.close().await;
    Ok(rotated?)
}
