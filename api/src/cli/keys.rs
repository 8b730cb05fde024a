//! `souk keys`.

use anyhow::{Result, bail};
use chrono::{SecondsFormat, TimeDelta};
use commands::{
    identity::{SigningKeyRow, SigningKeys},
    vault::Rotated,
};
use event_store::connection::OpenMode;
use sqlx::{PgPool, postgres::PgConnectOptions};

use super::KeysCommand;
use crate::config::Config;

/// Does what was asked. Servers may run meanwhile.
pub(super) async fn run(config: &Config, what: KeysCommand) -> Result<()> {
    if matches!(what, KeysCommand::RotateSigning { .. }) && config.secrets.is_signing_key_given() {
        bail!(
            "the signing key is set by configuration and is replaced there: docs/operators.md says in which steps"
        );
    }
    let database = config.database.connection.open(OpenMode::Tool).await?;
    let outcome = act(config, database.connect_options()?, what).await;
    database.stop().await?;
    print!("{}", outcome?);
    Ok(())
}

/// What to tell the operator.
async fn act(config: &Config, connect: PgConnectOptions, what: KeysCommand) -> Result<String> {
    let pool = PgPool::connect_with(connect).await?;
    let said = answer(config, &pool, what).await;
    pool.close().await;
    said
}

async fn answer(config: &Config, pool: &PgPool, what: KeysCommand) -> Result<String> {
    let signing = SigningKeys::new(pool.clone());
    match what {
        KeysCommand::RotateMaster => {
            let rotated = Rotated::rotate(pool, config.secrets.master_key_source()?).await?;
            Ok(about_master(&rotated))
        }
        KeysCommand::Signing => {
            let line = |key: &SigningKeyRow| {
                let since = key.since.to_rfc3339_opts(SecondsFormat::Secs, true);
                format!("{}  {:<9}  since {since}\n", key.key_id, key.state.as_str())
            };
            Ok(signing.list().await?.iter().map(line).collect())
        }
        KeysCommand::RotateSigning { after } => {
            let signs_from = signing.rotate(TimeDelta::seconds(after.into())).await?;
            let signs_from = signs_from.to_rfc3339_opts(SecondsFormat::Secs, true);
            Ok(format!(
                "Every node publishes a new signing key within seconds, and signs with it from about {signs_from} on.\n\
                 Tokens of the old keys are good until they expire.\n"
            ))
        }
        KeysCommand::WithdrawSigning { key_id } => {
            if !signing.withdraw(&key_id).await? {
                bail!("there is no signing key {key_id}; `souk keys signing` lists them");
            }
            Ok(format!(
                "Tokens of the signing key {key_id} are refused on every node within seconds. A node that signed with \
                 it takes another; sessions get new tokens with their refresh tokens.\n"
            ))
        }
    }
}

fn about_master(rotated: &Rotated) -> String {
    let Rotated { key_id, rewrapped, dropped } = rotated;
    let said = format!("{rewrapped} keys were wrapped anew by the master key {key_id}.\n");
    match dropped {
        0 => said,
        dropped => {
            said + &format!("{dropped} older master keys that wrapped nothing were removed from the file.\n")
        }
    }
}
