//! Registering oneself: anybody may, as a customer. What is answered is the same whether or not the address has an
//! account; its owner alone learns that, by mail.

use std::fmt;

use domain::{
    identity::{Account, AccountCommand, PersonalDetails, Role},
    ids::AccountId,
};
use event_store::StreamRef;

use super::{
    AuthError, EMAIL_TAKEN, Email, Identity, Letter, NewAccount, Secret, account::Entry, mailed::Purpose,
    password::check_strength,
};
use crate::{
    Call, CommandError,
    execute::{execute, judge},
};

/// Somebody who wants to become a customer.
#[derive(Clone)]
pub struct Registration {
    /// The address: what it will sign in with, once it is confirmed.
    pub email: Email,
    /// The password.
    pub password: Secret,
    /// What its owner tells of itself.
    pub details: PersonalDetails,
}

impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").finish_non_exhaustive()
    }
}

impl Identity {
    /// Registers a customer who confirms the address by a mail; until then it cannot sign in. Where the address has an
    /// account already, nothing is registered and its owner gets a mail that says so; the caller cannot tell.
    ///
    /// # Errors
    /// `identity.password_length`, `identity.password_weak`.
    pub async fn register_customer(&self, call: &Call, new: Registration) -> Result<(), CommandError> {
        check_strength(&new.password, &new.email)?;
        self.unhurried(async {
            let email = new.email.clone();
            let account = NewAccount {
                email: new.email,
                password: new.password,
                role: Role::Customer,
                zones: Vec::new(),
                company: None,
                details: new.details,
            };
            match self.register(call, account, None, Entry::ToBeVerified).await {
                Err(CommandError::Refused(refused)) if refused.code == EMAIL_TAKEN.code => {}
                other => return other.map(drop),
            }
            let told = self.mail_owner(call, &email, "register", |is_verified| {
                Some(if is_verified {
                    Letter::AlreadyRegistered
                } else {
                    Letter::VerifyEmail
                })
            });
            match told.await {
                // Who tries too often is not told either.
                Ok(()) | Err(AuthError::TooManyMails { .. }) => Ok(()),
                Err(error) => Err(error.into()),
            }
        })
        .await
    }

    /// Confirms an address with the token that was mailed to it. It works once.
    ///
    /// # Errors
    /// `identity.mailed_token_invalid`.
    pub async fn verify_email(&self, call: &Call, token: &Secret) -> Result<(), CommandError> {
        let (account, id) = self.consume(Purpose::VerifyEmail, token).await?;
        let verified = self.verified(call, account).await;
        if verified.is_err() {
            self.restore(id).await?;
        }
        verified
    }

    async fn verified(&self, call: &Call, account: AccountId) -> Result<(), CommandError> {
        let id = account.stream();
        let unit = call.unit().reads(StreamRef::of::<Account>(id.as_str())).beside(move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "update credentials set verified_at = coalesce(verified_at, now()) where account_id = $1",
                )
                .bind(account.as_uuid())
                .execute(connection)
                .await
                .map(drop)
            })
        });
        execute(&self.log, call, unit, move |decision| {
            judge::<Account>(decision, &id, AccountCommand::VerifyEmail).map(drop)
        })
        .await
        .map(drop)
    }

    /// Mails the token for confirming an address again, where there is an account that waits for it.
    ///
    /// # Errors
    /// [`AuthError::TooManyMails`].
    pub async fn resend_verification(&self, call: &Call, email: &Email) -> Result<(), AuthError> {
        let mailing = self.mail_owner(call, email, "verify_email", |is_verified| {
            (!is_verified).then_some(Letter::VerifyEmail)
        });
        self.unhurried(mailing).await
    }
}
