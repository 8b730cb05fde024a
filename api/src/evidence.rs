//! What a node does for evidence: seals the log when it is its turn, and brings tree heads outside.

use std::sync::Arc;

use anyhow::{Context, Result};
use commands::operations::HeadPlace;
use event_store::{
    Log,
    evidence::{Sealer, SealerOptions},
};
use integrations::files::Files;
use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinHandle;

use crate::config::Config;

/// Begins; the tasks never end by themselves.
///
/// # Errors
/// When the key cannot be read, or a place for tree heads is described wrongly.
pub(crate) fn seal(config: &Config, log: &Log, connect: PgConnectOptions) -> Result<Vec<JoinHandle<()>>> {
    let settings = &config.evidence;
    let keys = config
        .secrets
        .evidence_keys(&settings.origin)
        .context("the key of tree heads cannot be had (setting evidence_key)")?;
    let options = SealerOptions {
        connect,
        keys: Arc::new(keys),
        every: settings.every,
        each: settings.each,
    };
    let sealer = Sealer::new(log.reader().clone(), options);
    let mut places = Vec::new();
    for (name, place) in &settings.places {
        let files =
            Files::open(place).with_context(|| format!("tree heads cannot be kept (setting {name})"))?;
        places.push(HeadPlace::Files { files, name });
    }
    places.extend(settings.webhook.clone().map(HeadPlace::Webhook));
    let mut tasks: Vec<_> =
        places.into_iter().map(|place| tokio::spawn(place.follow(sealer.newest()))).collect();
    tasks.push(tokio::spawn(sealer.run()));
    Ok(tasks)
}
