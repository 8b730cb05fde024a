//! What a node does every now and then: ends holds whose time is over, forgets commands that nobody may repeat any more,
//! and where strangers called from. Safe on any number of nodes.

use std::time::Duration;

use commands::{audit::AuditLog, catalog::Uploads, inventory::Inventory, orders};
use event_store::Log;
use sqlx::PgPool;
use tokio::time::{MissedTickBehavior, interval};

/// A hold may outlive its time by so much.
const INTERVAL: Duration = Duration::from_secs(15);

/// Turns between two looks at what was uploaded and never asked for: an hour.
const TURNS_PER_SWEEP: u32 = 240;

/// Rows of one statement: small, so that no lock is held for long.
const BATCH_ROWS: i64 = 500;

/// Statements of one turn at most; what is left waits for the next one.
const BATCHES_PER_TURN: usize = 100;

/// Never ends; a turn that fails is tried again in the next one.
pub(crate) async fn run(log: Log, inventory: Inventory, audit: AuditLog, uploads: Uploads) {
    let mut turn: u32 = 0;
    let mut turns = interval(INTERVAL);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        match inventory.release_expired_holds().await {
            Ok(0) => {}
            Ok(holds) => tracing::info!(holds, "released expired holds"),
            Err(error) => tracing::warn!(%error, "expired holds cannot be released at present"),
        }
        match inventory.forget_hold_turns().await {
            Ok(0) => {}
            Ok(turns) => tracing::debug!(turns, "forgot who had held what"),
            Err(error) => tracing::warn!(%error, "turns of holders cannot be forgotten at present"),
        }
        match forget_expired_commands(log.pool()).await {
            Ok(0) => {}
            Ok(commands) => tracing::debug!(commands, "forgot commands that nobody may repeat"),
            Err(error) => tracing::warn!(%error, "expired commands cannot be forgotten at present"),
        }
        match audit.forget_strangers().await {
            Ok(0) => {}
            Ok(origins) => tracing::info!(origins, "forgot where strangers called from"),
            Err(error) => tracing::warn!(%error, "strangers cannot be forgotten at present"),
        }
        match orders::forget_old(log.pool()).await {
            Ok(0) => {}
            Ok(orders) => tracing::debug!(orders, "forgot orders that were screened for fraud long ago"),
            Err(error) => tracing::warn!(%error, "screened orders cannot be forgotten at present"),
        }
        if turn.is_multiple_of(TURNS_PER_SWEEP) {
            match uploads.forget_incoming().await {
                Ok(0) => {}
                Ok(files) => tracing::info!(files, "deleted uploads that nobody asked for"),
                Err(error) => tracing::warn!(%error, "old uploads cannot be deleted at present"),
            }
        }
        turn = turn.wrapping_add(1);
    }
}

async fn forget_expired_commands(pool: &PgPool) -> Result<u64, sqlx::Error> {
    let mut forgotten = 0;
    for _ in 0..BATCHES_PER_TURN {
        let rows = sqlx::query(
            "delete from commands where id = any (array (
                 select id from commands where expires_at < now() limit $1 for update skip locked))",
        )
        .bind(BATCH_ROWS)
        .execute(pool)
        .await?
        .rows_affected();
        forgotten += rows;
        if rows == 0 {
            break;
        }
    }
    Ok(forgotten)
}
