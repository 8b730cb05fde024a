//! What an account's owner tells of itself. Sealed before it comes near the log.

use domain::{
    identity::{Account, AccountCommand, AccountError, DISPLAY_NAME, LOCALE, PHONE, PersonalDetails},
    ids::{AccountId, EventId},
    sealed::{Place, Sealed},
};
use event_store::{Executed, StreamRef, ids};

use super::{AccountAccepted, Identity};
use crate::{
    Call, CommandError, Refused,
    execute::{FORBIDDEN, check_version, execute, judge_as, refuse},
    vault::VaultError,
};

/// The command that puts `details` into the profile, sealed for `event`; `None` where there is nothing to put.
pub(super) fn seal(
    details: &PersonalDetails,
    event: EventId,
    seal: impl Fn(Place, &str) -> Result<Sealed, VaultError>,
) -> Result<Option<AccountCommand>, VaultError> {
    if *details == PersonalDetails::default() {
        return Ok(None);
    }
    revision(details, event, seal).map(Some)
}

fn revision(
    details: &PersonalDetails,
    event: EventId,
    seal: impl Fn(Place, &str) -> Result<Sealed, VaultError>,
) -> Result<AccountCommand, VaultError> {
    let field = |field, text: Option<&str>| text.map(|text| seal(Place { event, field }, text)).transpose();
    Ok(AccountCommand::ReviseProfile {
        display_name: field(DISPLAY_NAME, details.display_name.as_ref().map(|name| name.as_str()))?,
        phone: field(PHONE, details.phone.as_ref().map(|phone| phone.as_str()))?,
        locale: field(LOCALE, details.locale.as_ref().map(|locale| locale.as_str()))?,
    })
}

impl Identity {
    /// Puts `details` in place of what the account's owner told before. Only the owner may.
    ///
    /// # Errors
    /// `permission_denied`, `identity.account_not_found`, `identity.account_erased`, or the profile was changed since
    /// `expected`.
    pub async fn revise_profile(
        &self,
        call: &Call,
        account: AccountId,
        details: &PersonalDetails,
        expected: Option<i64>,
    ) -> Result<Executed<AccountAccepted>, CommandError> {
        if call.caller.account() != Some(account) {
            return Err(FORBIDDEN.refusal().into());
        }
        let id = account.stream();
        let event = EventId::from_uuid(ids::uuid());
        let keys = self.vault.keys([account]).await?;
        if !keys.has(account) {
            return Err(Refused::of(&AccountError::Erased).into());
        }
        let command = revision(details, event, |place, text| {
            keys.seal(account, place, text)?.ok_or(VaultError::KeyDamaged)
        })?;
        let unit = call.unit().reads(StreamRef::of::<Account>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            check_version::<Account>(decision, &id, expected)?;
            judge_as::<Account>(decision, &id, event, command.clone())?;
            let version = decision.version::<Account>(&id)?;
            match decision.state::<Account>(&id)?.role() {
                Some(role) => Ok(AccountAccepted { account, role, version }),
                None => refuse(Refused::of(&AccountError::NotFound)),
            }
        })
        .await
    }
}
