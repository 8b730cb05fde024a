//! Making a subscriber's checkpoint, schema and views, safe when several nodes start at once.

use sqlx::{Executor, PgConnection};

use super::{
    StartAt, Subscriber,
    checkpoint::{self, SubscriptionState},
    session::rebuild_lock,
    subscriber::rebuild_key,
};

/// One after the other: concurrent `create … if not exists` would collide.
const LOCK: &str = "begin; select pg_advisory_xact_lock(hashtextextended('souk subscription install', 0))";

/// Roles belong to the whole cluster, so that another database may be making the same one at this moment; and where
/// this account may not make roles, an administrator does.
///
/// One publication after the other: two that grant on the same schema at the same time collide.
const READ_SCHEMAS: &str = "
    select pg_advisory_xact_lock(hashtextextended('souk read views', 0));
    create schema if not exists read;
    create schema if not exists read_personal;
    do $$ begin
        if not exists (select from pg_roles where rolname = 'souk_analyst') then
            create role souk_analyst nologin;
        end if;
    exception when duplicate_object or unique_violation or insufficient_privilege then null;
    end $$";

const GRANTS: &str = "
    do $$ begin
        if exists (select from pg_roles where rolname = 'souk_analyst') then
            grant usage on schema read to souk_analyst;
            grant select on all tables in schema read to souk_analyst;
        end if;
    end $$";

/// Makes what is missing, in one transaction. The views of a new version wait until it has caught up while an older
/// version's are shown.
pub(super) async fn ensure(
    connection: &mut PgConnection,
    subscriber: &dyn Subscriber,
) -> Result<(), sqlx::Error> {
    let key = subscriber.key();
    connection.execute(LOCK).await?;
    drop_leftover(connection, &key).await?;
    if checkpoint::load(&mut *connection, &key).await?.is_none() {
        subscriber.install(connection).await?;
        insert(connection, &key, subscriber.starts_at(), SubscriptionState::Running).await?;
        let is_first: bool = sqlx::query_scalar(
            "select not exists (select from checkpoints where name ~ $1 and published is not null)",
        )
        .bind(format!("^{}_v[0-9]+$", subscriber.name()))
        .fetch_one(&mut *connection)
        .await?;
        if is_first {
            publish(connection, &key, subscriber.views()).await?;
        }
    }
    connection.execute("commit").await?;
    refresh_views(connection, subscriber).await
}

/// Shows the views of a new release that left the tables as they were.
async fn refresh_views(
    connection: &mut PgConnection,
    subscriber: &dyn Subscriber,
) -> Result<(), sqlx::Error> {
    let key = subscriber.key();
    let is_outdated: bool = sqlx::query_scalar(
        "select exists (select from checkpoints where name = $1 and published is not null and published <> md5($2))",
    )
    .bind(&key)
    .bind(subscriber.views())
    .fetch_one(&mut *connection)
    .await?;
    if !is_outdated {
        return Ok(());
    }
    connection.execute(LOCK).await?;
    connection.execute("set local lock_timeout = '3s'").await?;
    match publish(connection, &key, subscriber.views()).await {
        Ok(()) => connection.execute("commit").await.map(drop),
        Err(error) if crate::is_transient(&error) => {
            tracing::warn!(subscription = %key, error = %error, "views are in use; the next start replaces them");
            connection.execute("rollback").await.map(drop)
        }
        Err(error) => Err(error),
    }
}

/// Inserts a checkpoint.
pub(super) async fn insert(
    connection: &mut PgConnection,
    key: &str,
    start: StartAt,
    state: SubscriptionState,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "insert into checkpoints (name, position, epoch, state)
         select $1, case when $2 then coalesce((select max(position) from events), 0) else 0 end, epoch, $3
           from log_epoch",
    )
    .bind(key)
    .bind(start == StartAt::Head)
    .bind(state.text())
    .execute(connection)
    .await
    .map(drop)
}

/// Lets the schemas `read` and `read_personal` show the tables of `key`, in the caller's transaction.
pub(super) async fn publish(
    connection: &mut PgConnection,
    key: &str,
    views: &str,
) -> Result<(), sqlx::Error> {
    checkpoint::note_published(connection, key, views).await?;
    if views.is_empty() {
        return Ok(());
    }
    connection.execute(READ_SCHEMAS).await?;
    connection.execute(format!("set local search_path to {key}, public").as_str()).await?;
    connection.execute(views).await?;
    connection.execute("set local search_path to default").await?;
    connection.execute(GRANTS).await.map(drop)
}

/// Drops what a rebuild left behind when its node died. The code that began it may have been another, so it is not
/// taken up again.
async fn drop_leftover(connection: &mut PgConnection, key: &str) -> Result<(), sqlx::Error> {
    let leftover = rebuild_key(key);
    if checkpoint::load(&mut *connection, &leftover).await?.is_none() {
        return Ok(());
    }
    let is_dead: bool = sqlx::query_scalar("select pg_try_advisory_xact_lock(hashtextextended($1, 0))")
        .bind(rebuild_lock(key))
        .fetch_one(&mut *connection)
        .await?;
    if is_dead {
        tracing::warn!(subscription = %key, "an unfinished rebuild is dropped");
        remove(connection, &leftover).await?;
    }
    Ok(())
}

/// Removes a schema and its checkpoint.
pub(super) async fn remove(connection: &mut PgConnection, key: &str) -> Result<(), sqlx::Error> {
    connection
        .execute(
            format!("drop schema if exists {key} cascade; delete from checkpoints where name = '{key}'")
                .as_str(),
        )
        .await
        .map(drop)
}
