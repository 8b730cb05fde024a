//! Taking the live one's place: in one transaction, with both at the same position.

use sqlx::{Executor, PgConnection};

use super::{RebuildError, fill::Filling};
use crate::{
    reader::read_head,
    subscription::{SubscriberError, checkpoint, install::publish, session::chain, subscriber::rebuild_key},
};

/// The live one's batch at hand may take a while; after that nobody waits for anything of this transaction but its
/// own statements.
const BEGIN: &str =
    "begin; set local lock_timeout = '10s'; set local idle_in_transaction_session_timeout = '5s'";

/// Tries once. `None` when something holds on to the old tables at the moment, or the connection was lost: nothing
/// has changed then.
pub(super) async fn attempt(filling: &mut Filling) -> Result<Option<i64>, RebuildError> {
    match try_swap(filling).await {
        Ok(position) => Ok(Some(position)),
        Err(SwapError::Rebuild(error)) => Err(error),
        Err(SwapError::Database(error)) if crate::is_transient(&error) => {
            tracing::info!(subscription = %filling.key, error = %chain(&error), "the swap has to wait");
            // Whether a commit whose answer was lost has happened, the checkpoints tell.
            if filling.applier.connection.execute("rollback").await.is_ok() {
                return Ok(None);
            }
            match filling.reconnect().await {
                Err(RebuildError::Interrupted(_)) if has_swapped(filling).await => {
                    Ok(Some(filling.applier.mark.position))
                }
                outcome => outcome.map(|()| None),
            }
        }
        Err(SwapError::Database(error)) => Err(RebuildError::Schema(chain(&error))),
    }
}

enum SwapError {
    Database(sqlx::Error),
    Rebuild(RebuildError),
}

impl From<sqlx::Error> for SwapError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

async fn try_swap(filling: &mut Filling) -> Result<i64, SwapError> {
    filling.applier.connection.execute(BEGIN).await?;
    let position = level(filling).await?;
    let Filling { key, applier, projection, .. } = filling;
    let connection = &mut applier.connection;
    replace(connection, key, position).await?;
    publish(connection, key, projection.views()).await?;
    connection.execute(format!("drop schema {key}_old cascade").as_str()).await?;
    connection.execute("commit").await?;
    Ok(position)
}

/// Keeps the live one where it is by holding its checkpoint, and projects what it is ahead, in this transaction.
/// The position at which both stand. A live one that has stopped, or stands beyond the end of a log that was cut
/// back, is not followed but passed.
async fn level(filling: &mut Filling) -> Result<i64, SwapError> {
    let connection = &mut filling.applier.connection;
    let live = checkpoint::hold(connection, &filling.key).await?;
    let own = checkpoint::hold(connection, &filling.applier.key).await?;
    let head = read_head(&mut *connection).await?;
    if own.is_none_or(|own| own.mark != filling.applier.mark) {
        return Err(SwapError::Rebuild(RebuildError::Interrupted(filling.key.clone())));
    }
    filling.live_generation = live.as_ref().map_or(0, |live| live.mark.generation);
    let after = filling.applier.mark.position;
    let to = live.map_or(head.position, |live| live.mark.position).min(head.position);
    if to <= after {
        return Ok(after);
    }
    let events = filling.read(after, to).await.map_err(SwapError::Rebuild)?;
    let connection = &mut filling.applier.connection;
    connection.execute(filling.subscriber.settings().as_str()).await?;
    match filling.subscriber.handle(connection, &events).await {
        Ok(()) => Ok(to),
        Err(SubscriberError::Database(error)) => Err(SwapError::Database(error)),
        Err(error) => {
            Err(SwapError::Rebuild(RebuildError::Poison { position: after + 1, error: chain(&error) }))
        }
    }
}

/// Puts the new schema and its checkpoint in the old ones' place. The raised generation makes every instance look
/// again, and everybody forget what they have read.
async fn replace(connection: &mut PgConnection, key: &str, position: i64) -> Result<(), sqlx::Error> {
    let new_key = rebuild_key(key);
    // The commit is one to wait for: whoever started the rebuild is told that it is done. The locks on the old tables
    // are not: new readers queue behind them.
    let sql = format!(
        "set local synchronous_commit = on; set local search_path to default; set local lock_timeout = '500ms';
         drop schema if exists {key}_old cascade;
         alter schema {key} rename to {key}_old;
         alter schema {new_key} rename to {key};
         insert into checkpoints as c (name, position, epoch, state)
              select '{key}', {position}, epoch, 'running' from log_epoch
         on conflict (name) do update
            set position = excluded.position, epoch = excluded.epoch, generation = c.generation + 1,
                state = 'running', error = null, failed_position = null, updated_at = clock_timestamp();
         delete from checkpoints where name = '{new_key}'"
    );
    connection.execute(sql.as_str()).await.map(drop)
}

/// Whether a commit whose answer was lost has happened.
async fn has_swapped(filling: &Filling) -> bool {
    let row = checkpoint::load(filling.context.reader.pool(), &filling.key).await;
    matches!(row, Ok(Some(row)) if row.mark.generation > filling.live_generation)
}
