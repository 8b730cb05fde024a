//! `souk erasures`.

use std::io::read_to_string;

use anyhow::Result;
use commands::vault::ErasureList;
use event_store::connection::OpenMode;
use sqlx::{PgPool, postgres::PgConnectOptions};

use super::ErasuresCommand;
use crate::config::Config;

/// Does what was asked. Servers may run meanwhile.
pub(super) async fn run(config: &Config, what: &ErasuresCommand) -> Result<()> {
    match what {
        ErasuresCommand::List => {
            let database = config.database.connection.open(OpenMode::Tool).await?;
            let list = list(database.connect_options()?).await;
            database.stop().await?;
            print!("{}", list?);
        }
        ErasuresCommand::Add => {
            let lines = read_to_string(std::io::stdin())?;
            let path = config.secrets.erasures_path();
            let added = ErasureList::add(path.clone(), &lines).await?;
            println!("{added} were added to {}; the next start erases them.", path.display());
        }
    }
    Ok(())
}

async fn list(connect: PgConnectOptions) -> Result<String> {
    let pool = PgPool::connect_with(connect).await?;
    let list = ErasureList::of(&pool).await;
    pool.close().await;
    Ok(list?)
}
