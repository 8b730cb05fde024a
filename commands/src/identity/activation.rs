//! Letting an account sign in, or not.

use domain::{
    identity::{Account, AccountCommand, AccountError, Role},
    ids::AccountId,
};
use event_store::{Decision, Executed, StreamRef};
use sqlx::PgConnection;

use super::{AccountAccepted, Identity, Reach, reassign::keep_a_super_admin};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, execute, judge, refuse},
};

impl Identity {
    /// Stops an invited account from signing in (and ends its sessions), or lets it in again. Not the last super admin.
    ///
    /// # Errors
    /// `permission_denied`, `identity.account_not_found` (also for a customer), `identity.account_erased`,
    /// `identity.last_super_admin`.
    pub async fn set_active(
        &self,
        call: &Call,
        account: AccountId,
        active: bool,
    ) -> Result<Executed<AccountAccepted>, CommandError> {
        call.require(UseCase::SetAccountActive)?;
        let others = self.other_super_admins(account).await?;
        self.activate(call, account, active, others.clone(), move |decision| {
            invited(decision, account)?;
            if active {
                return Ok(());
            }
            keep_a_super_admin(decision, account, &others)
        })
        .await
    }

    /// As [`Self::set_active`], for a shop owner whom the caller looks after.
    ///
    /// # Errors
    /// `permission_denied`, `identity.account_not_found` (also where the caller may not see it),
    /// `identity.account_erased`.
    pub async fn set_shop_owner_active(
        &self,
        call: &Call,
        account: AccountId,
        active: bool,
    ) -> Result<Executed<AccountAccepted>, CommandError> {
        call.require(UseCase::SetShopOwnerActive)?;
        let (caller, reach) = (call.caller.clone(), Reach::of(&call.caller));
        self.activate(call, account, active, Vec::new(), move |decision| {
            let standing = decision.state::<Account>(&account.stream())?.standing().cloned();
            let is_seen = standing.is_some_and(|standing| {
                standing.role == Role::Customer
                    && reach.sight(&caller, account, standing.role, &standing.zones).is_some()
            });
            if is_seen {
                Ok(())
            } else {
                refuse(Refused::of(&AccountError::NotFound))
            }
        })
        .await
    }

    async fn activate(
        &self,
        call: &Call,
        account: AccountId,
        active: bool,
        others: Vec<AccountId>,
        mut allow: impl FnMut(&mut Decision<'_>) -> Ruling<()> + Send + 'static,
    ) -> Result<Executed<AccountAccepted>, CommandError> {
        let id = account.stream();
        let unit =
            others.iter().fold(call.unit().reads(StreamRef::of::<Account>(id.as_str())), |unit, other| {
                unit.reads(StreamRef::of::<Account>(other.stream()))
            });
        let unit =
            unit.beside(move |connection| Box::pin(async move { copy(connection, account, active).await }));
        let executed = execute(&self.log, call, unit, move |decision| {
            allow(decision)?;
            let command = if active {
                AccountCommand::Reactivate
            } else {
                AccountCommand::Deactivate
            };
            judge::<Account>(decision, &id, command)?;
            let version = decision.version::<Account>(&id)?;
            match decision.state::<Account>(&id)?.role() {
                Some(role) => Ok(AccountAccepted { account, role, version }),
                None => refuse(Refused::of(&AccountError::NotFound)),
            }
        })
        .await?;
        self.revocations.refresh(self.log.pool(), &self.options).await?;
        Ok(executed)
    }
}

/// Customers are looked after in other ways, by others too: here they do not exist.
pub(super) fn invited(decision: &mut Decision<'_>, account: AccountId) -> Ruling<Role> {
    match decision.state::<Account>(&account.stream())?.role() {
        None | Some(Role::Customer) => refuse(Refused::of(&AccountError::NotFound)),
        Some(role) => Ok(role),
    }
}

async fn copy(connection: &mut PgConnection, account: AccountId, active: bool) -> Result<(), sqlx::Error> {
    sqlx::query("update credentials set active = $2 where account_id = $1")
        .bind(account.as_uuid())
        .bind(active)
        .execute(&mut *connection)
        .await?;
    if active {
        return Ok(());
    }
    sqlx::query(
        "update sessions set revoked_at = clock_timestamp() where account_id = $1 and revoked_at is null",
    )
    .bind(account.as_uuid())
    .execute(connection)
    .await
    .map(drop)
}
