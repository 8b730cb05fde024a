//! Erasing a person: the event, the destruction of the key and the end of the credentials are one transaction. What was
//! sealed with the key stays in the log for ever, and nobody can read it again.

use domain::{
    identity::{Account, AccountCommand, AccountError},
    ids::AccountId,
};
use event_store::{Executed, StreamRef};
use sqlx::PgConnection;

use super::{
    AccountAccepted, EMAIL_SCOPE, Identity, Reach, email::claim_key, one_time_code,
    reassign::keep_a_super_admin, second_factor,
};
use crate::{
    Call, Caller, CommandError, Refused, UseCase, audit,
    execute::{check_version, execute, judge, refuse},
    vault,
};

impl Identity {
    /// Closes an account for good and makes its owner's data unreadable, everywhere. The owner may, and who manages
    /// such accounts. Repeating it does nothing (but completes what a crash left undone).
    ///
    /// # Errors
    /// `identity.account_not_found` (also where the caller may not see it), `permission_denied`,
    /// `identity.last_super_admin`, or the account was changed since `expected`.
    pub async fn erase(
        &self,
        call: &Call,
        account: AccountId,
        expected: Option<i64>,
    ) -> Result<Executed<AccountAccepted>, CommandError> {
        if call.caller.account() != Some(account) {
            call.require(UseCase::EraseAccount)?;
        }
        let others = self.other_super_admins(account).await?;
        let id = account.stream();
        let lookup: Option<Vec<u8>> =
            sqlx::query_scalar("select email_lookup from credentials where account_id = $1")
                .bind(account.as_uuid())
                .fetch_optional(self.log.pool())
                .await?
                .flatten();
        let email_key = lookup.as_deref().map(claim_key);
        let hashes = self.counted_under(account, lookup.clone());
        let unit = call.unit().reads(StreamRef::of::<Account>(id.as_str()));
        let unit =
            others.iter().fold(unit, |unit, other| unit.reads(StreamRef::of::<Account>(other.stream())));
        let mut unit = unit.beside(move |connection| {
            let (hashes, lookup) = (hashes.clone(), lookup.clone());
            Box::pin(async move {
                destroy(&mut *connection, account, hashes).await?;
                audit::forget_origins(connection, account, lookup.as_deref()).await
            })
        });
        if let Some(key) = &email_key {
            unit = unit.claims(EMAIL_SCOPE, key);
        }
        let (caller, reach) = (call.caller.clone(), Reach::of(&call.caller));
        let executed = execute(&self.log, call, unit, move |decision| {
            let seen = decision.state::<Account>(&id)?.standing().cloned().filter(|standing| {
                caller == Caller::System
                    || reach.sight(&caller, account, standing.role, &standing.zones).is_some()
            });
            let Some(standing) = seen else {
                return refuse(Refused::of(&AccountError::NotFound));
            };
            check_version::<Account>(decision, &id, expected)?;
            // Souk itself only repeats what was done before.
            if caller != Caller::System {
                keep_a_super_admin(decision, account, &others)?;
            }
            judge::<Account>(decision, &id, AccountCommand::Erase)?;
            if let Some(key) = &email_key
                && decision.holder(EMAIL_SCOPE, key)?.as_deref() == Some(id.as_str())
            {
                decision.forget_claim(EMAIL_SCOPE, key);
            }
            let version = decision.version::<Account>(&id)?;
            Ok(AccountAccepted { account, role: standing.role, version })
        })
        .await?;
        self.vault.erased(account).await?;
        self.revocations.refresh(self.log.pool(), &self.options).await?;
        Ok(executed)
    }

    /// Erases again whoever is on the list of erasures and yet alive in this database, because it was restored from an
    /// older backup. Answers how many. To be done before anybody is served.
    ///
    /// # Errors
    /// As [`Self::erase`].
    pub async fn repeat_erasures(&self) -> Result<usize, CommandError> {
        let persons = self.vault.unfinished_erasures().await?;
        for person in &persons {
            self.erase(&Call::system(), *person, None).await?;
            tracing::warn!(account.id = %person, "an erasure was applied again: the database is older than the list");
        }
        Ok(persons.len())
    }

    /// The keyed hashes under which something is counted about an account.
    fn counted_under(&self, account: AccountId, lookup: Option<Vec<u8>>) -> Vec<Vec<u8>> {
        let mut hashes = vec![second_factor::lock_key(&self.vault, account).to_vec()];
        if let Some(lookup) = lookup {
            hashes.push(one_time_code::lock_key(&self.vault, &lookup).to_vec());
            hashes.push(lookup);
        }
        hashes
    }
}

async fn destroy(
    connection: &mut PgConnection,
    account: AccountId,
    hashes: Vec<Vec<u8>>,
) -> Result<(), sqlx::Error> {
    vault::destroy(&mut *connection, account).await?;
    // Sessions and their tokens go with it.
    sqlx::query("delete from credentials where account_id = $1")
        .bind(account.as_uuid())
        .execute(&mut *connection)
        .await?;
    // So do the tokens that were mailed, and the mails that wait.
    sqlx::query("delete from jobs where kind = 'account_mail' and payload ->> 'account' = $1")
        .bind(account.stream())
        .execute(&mut *connection)
        .await?;
    for statement in [
        "delete from login_failures where email_hash = any ($1)",
        "delete from mail_requests where email_hash = any ($1)",
    ] {
        sqlx::query(statement).bind(&hashes).execute(&mut *connection).await?;
    }
    Ok(())
}
