//! As what an account acts, once it is there; and that somebody stays who may say so.

use std::sync::{Arc, Mutex, PoisonError};

use domain::{
    identity::{Account, AccountCommand, AccountError, Role, Standing},
    ids::{AccountId, CompanyId},
    text::Zone,
};
use event_store::{Decision, Executed, StreamRef};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{AccountAccepted, Identity, LAST_SUPER_ADMIN, account::role_text};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
};

/// As what an account acts from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// Its role.
    pub role: Role,
    /// The zones that restrict it; empty means none do.
    pub zones: Vec<Zone>,
    /// The vendor company that it belongs to.
    pub company: Option<CompanyId>,
}

impl Identity {
    /// Gives an account another role, other zones or another company; what is left out stays as it is. Its sessions end
    /// where that takes something away or gives something, because tokens say what their account may do.
    ///
    /// # Errors
    /// `permission_denied`, `identity.account_not_found` (also for a customer), `identity.account_erased`, `identity.zones_required`,
    /// `identity.company_required`, `identity.last_super_admin`, or the account was changed since `expected`.
    pub async fn reassign(
        &self,
        call: &Call,
        account: AccountId,
        to: impl Fn(&Standing) -> Assignment + Clone + Send + 'static,
        expected: Option<i64>,
    ) -> Result<Executed<AccountAccepted>, CommandError> {
        call.require(UseCase::ReassignAccount)?;
        let id = account.stream();
        let others = self.other_super_admins(account).await?;
        // The tables beside the log are told what the last decision came to.
        let decided = Arc::new(Mutex::new(None::<Assignment>));
        let told = Arc::clone(&decided);
        let unit = others.iter().fold(
            call.unit().reads(StreamRef::of::<Account>(id.as_str())).beside(move |connection| {
                let to = told.lock().unwrap_or_else(PoisonError::into_inner).clone();
                Box::pin(async move { copy(connection, account, to).await })
            }),
            |unit, other| unit.reads(StreamRef::of::<Account>(other.stream())),
        );
        let executed = execute(&self.log, call, unit, move |decision| {
            check_version::<Account>(decision, &id, expected)?;
            let Some(standing) = decision.state::<Account>(&id)?.standing().cloned() else {
                return refuse(Refused::of(&AccountError::NotFound));
            };
            // A customer registers itself, and does not become somebody who looks after others.
            if standing.role == Role::Customer {
                return refuse(Refused::of(&AccountError::NotFound));
            }
            let to = to(&standing);
            if to.role != Role::SuperAdmin {
                keep_a_super_admin(decision, account, &others)?;
            }
            let Assignment { role, zones, company } = to.clone();
            let changes = judge::<Account>(decision, &id, AccountCommand::Reassign { role, zones, company })?;
            *decided.lock().unwrap_or_else(PoisonError::into_inner) = (!changes.is_empty()).then_some(to);
            Ok(AccountAccepted { account, role, version: decision.version::<Account>(&id)? })
        })
        .await?;
        self.revocations.refresh(self.log.pool(), &self.options).await?;
        Ok(executed)
    }

    /// The other accounts that may be super admins: hints for naming streams, which the decision looks at.
    pub(super) async fn other_super_admins(
        &self,
        account: AccountId,
    ) -> Result<Vec<AccountId>, CommandError> {
        let ids: Vec<Uuid> =
            sqlx::query_scalar("select account_id from credentials where role = $1 and account_id <> $2")
                .bind(role_text(Role::SuperAdmin))
                .bind(account.as_uuid())
                .fetch_all(self.log.pool())
                .await?;
        Ok(ids.into_iter().map(AccountId::from_uuid).collect())
    }
}

/// Without any super admin nobody could make another. Asked within the decision, under the append lock, of what `others`
/// are at that very moment: of two super admins who dismiss each other, one stays. (One who came after the hints were
/// fetched is not counted; the caller then is refused for once, and may try again.)
pub(super) fn keep_a_super_admin(
    decision: &mut Decision<'_>,
    account: AccountId,
    others: &[AccountId],
) -> Ruling<()> {
    if !is_super_admin(decision, account)? {
        return Ok(());
    }
    for other in others {
        if is_super_admin(decision, *other)? {
            return Ok(());
        }
    }
    refuse(LAST_SUPER_ADMIN.refusal())
}

fn is_super_admin(decision: &mut Decision<'_>, account: AccountId) -> Ruling<bool> {
    let state = decision.state::<Account>(&account.stream())?;
    Ok(state.is_active() && state.role() == Some(Role::SuperAdmin))
}

/// What signing in reads, and the end of the sessions that were something else.
async fn copy(
    connection: &mut PgConnection,
    account: AccountId,
    to: Option<Assignment>,
) -> Result<(), sqlx::Error> {
    let Some(to) = to else {
        return Ok(());
    };
    let zones: Vec<&str> = to.zones.iter().map(Zone::as_str).collect();
    sqlx::query("update credentials set role = $2, zones = $3, company_id = $4 where account_id = $1")
        .bind(account.as_uuid())
        .bind(role_text(to.role))
        .bind(zones)
        .bind(to.company.map(|company| company.as_uuid()))
        .execute(&mut *connection)
        .await?;
    sqlx::query(
        "update sessions set revoked_at = clock_timestamp() where account_id = $1 and revoked_at is null",
    )
    .bind(account.as_uuid())
    .execute(connection)
    .await
    .map(drop)
}
