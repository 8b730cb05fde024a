//! Accounts from before there was a vault: their addresses stood in the clear, and their claims were plain hashes. The
//! first start of this version gives each a key and seals its address. A later release drops this and the column.

use aws_lc_rs::digest::{SHA256, digest};
use domain::ids::AccountId;
use sqlx::PgPool;
use uuid::Uuid;

use super::{EMAIL_SCOPE, Email, IdentityError, contact, email::claim_key};
use crate::vault::Vault;

/// Seals what is clear; does nothing where nothing is.
pub(super) async fn clear_addresses(pool: &PgPool, vault: &Vault) -> Result<(), IdentityError> {
    let accounts: Vec<Uuid> =
        sqlx::query_scalar("select account_id from credentials where email is not null")
            .fetch_all(pool)
            .await?;
    for account in &accounts {
        seal(pool, vault, AccountId::from_uuid(*account)).await?;
    }
    if !accounts.is_empty() {
        // Failures under plain hashes of addresses lock nobody any more.
        sqlx::query("delete from login_failures").execute(pool).await?;
        tracing::info!(accounts = accounts.len(), "addresses were sealed");
    }
    Ok(())
}

async fn seal(pool: &PgPool, vault: &Vault, account: AccountId) -> Result<(), IdentityError> {
    let mut transaction = pool.begin().await?;
    // Another node may be doing the same.
    let address: Option<String> = sqlx::query_scalar(
        "select email from credentials where account_id = $1 and email is not null for update",
    )
    .bind(account.as_uuid())
    .fetch_optional(&mut *transaction)
    .await?;
    let Some(address) = address else { return Ok(()) };
    let lookup = match Email::parse(&address) {
        Ok(email) => email.lookup(vault),
        Err(_) => vault.lookup("email", &address),
    };
    let key = vault.new_key(account)?;
    key.insert(&mut transaction).await?;
    sqlx::query(
        "update credentials set email = null, email_lookup = $2, email_sealed = $3::json where account_id = $1",
    )
    .bind(account.as_uuid())
    .bind(lookup.as_slice())
    .bind(contact::stored(&key.seal(contact::place(account), &address)?)?)
    .execute(&mut *transaction)
    .await?;
    sqlx::query("update claims set key = $3 where scope = $1 and key = $2")
        .bind(EMAIL_SCOPE)
        .bind(claim_key(digest(&SHA256, address.as_bytes()).as_ref()))
        .bind(claim_key(&lookup))
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(())
}
