//! Locking an address after too many failures. An attempt counts before its password is looked at, so that attempts
//! side by side cannot outrun the lock; a success forgets them all.

use sqlx::PgPool;

use super::{AuthError, IdentityOptions};

const ATTEMPT: &str = "
    insert into login_failures as f (email_hash, failures, failed_at, locked_until)
    values ($1, 1, now(), case when $2 <= 1 then now() + make_interval(secs => $3) end)
    on conflict (email_hash) do update set
        failures = case when f.locked_until <= now() or f.failed_at < now() - make_interval(secs => $3) then 1
                        else least(f.failures + 1, $2 + 1) end,
        failed_at = case when f.failures > $2 and f.locked_until > now() then f.failed_at else now() end,
        locked_until = case when f.locked_until > now() then f.locked_until
                            when f.locked_until is null and f.failures + 1 >= $2
                                 and f.failed_at >= now() - make_interval(secs => $3)
                            then now() + make_interval(secs => $3) end
    returning f.failures, coalesce(ceil(extract(epoch from f.locked_until - now())), 0)::bigint";

/// Counts an attempt on an address (its keyed hash), or refuses it.
pub(super) async fn attempt(
    pool: &PgPool,
    options: &IdentityOptions,
    email: &[u8; 32],
) -> Result<(), AuthError> {
    let most = i32::try_from(options.failures_until_lock).unwrap_or(i32::MAX);
    let lock_seconds = i32::try_from(options.lock_time.num_seconds()).unwrap_or(i32::MAX);
    let (failures, seconds): (i32, i64) = sqlx::query_as(ATTEMPT)
        .bind(email.as_slice())
        .bind(most)
        .bind(f64::from(lock_seconds))
        .fetch_one(pool)
        .await?;
    if failures > most {
        return Err(AuthError::Locked {
            retry_after_seconds: u64::try_from(seconds).unwrap_or(0).max(1),
        });
    }
    Ok(())
}

/// The password was right.
pub(super) async fn forget(pool: &PgPool, email: &[u8; 32]) -> Result<(), AuthError> {
    sqlx::query("delete from login_failures where email_hash = $1")
        .bind(email.as_slice())
        .execute(pool)
        .await?;
    Ok(())
}
