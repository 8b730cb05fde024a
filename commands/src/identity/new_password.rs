//! New passwords: forgotten ones by a mailed token, known ones by themselves, and those that somebody who may ends.
//! Whichever way, whoever knew the old one is out.

use domain::{
    identity::{Account, AccountCommand, OwnerProof},
    ids::{AccountId, SessionId},
};
use event_store::{Decision, Executed, StreamRef};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::PgConnection;

use super::{
    AccountAccepted, AuthError, Email, Identity, Letter, Secret, WRONG_PASSWORD,
    activation::invited,
    contact,
    letter::Mailing,
    lockout,
    mailed::{self, Purpose},
    password::{check_strength, unknown_to_anybody},
};
use crate::{
    Call, CommandError, UseCase,
    execute::{Ruling, execute, judge},
};

/// What changes beside the log.
#[derive(Clone)]
struct Change {
    account: AccountId,
    password_hash: String,
    /// The one session that goes on.
    keeps: Option<SessionId>,
    is_verified_by_it: bool,
    mailing: Mailing,
}

impl Change {
    async fn apply(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query(
            "update credentials set password_hash = $2, password_changed_at = now(), \
                    verified_at = case when $3 then coalesce(verified_at, now()) else verified_at end \
              where account_id = $1",
        )
        .bind(self.account.as_uuid())
        .bind(&self.password_hash)
        .bind(self.is_verified_by_it)
        .execute(&mut *connection)
        .await?;
        sqlx::query(
            "update sessions set revoked_at = clock_timestamp() \
              where account_id = $1 and revoked_at is null and session_id is distinct from $2",
        )
        .bind(self.account.as_uuid())
        .bind(self.keeps.map(|session| session.as_uuid()))
        .execute(&mut *connection)
        .await?;
        for purpose in [
            Purpose::ResetPassword,
            Purpose::OneTimeCode,
            Purpose::SecondFactor,
        ] {
            mailed::withdraw(&mut *connection, self.account, purpose).await?;
        }
        self.mailing.insert(connection).await
    }
}

impl Identity {
    /// Mails a token for choosing a new password, where the address has an account.
    ///
    /// # Errors
    /// [`AuthError::TooManyMails`], whether or not there is such an account.
    pub async fn forgot_password(&self, call: &Call, email: &Email) -> Result<(), AuthError> {
        let mailing = self.mail_owner(call, email, "reset_password", |_| Some(Letter::ResetPassword));
        self.unhurried(mailing).await
    }

    /// Sets a new password with a mailed token, which works once. All sessions end. Who received the mail has shown
    /// that the address is its own: the account is verified with it.
    ///
    /// # Errors
    /// `identity.mailed_token_invalid`, `identity.password_length`, `identity.password_weak` (the token then keeps its
    /// use).
    pub async fn reset_password(
        &self,
        call: &Call,
        token: &Secret,
        password: &Secret,
    ) -> Result<(), CommandError> {
        let (account, id) = self.consume(Purpose::ResetPassword, token).await?;
        let outcome = self.reset(call, account, password).await;
        if outcome.is_err() {
            self.restore(id).await?;
        }
        outcome
    }

    async fn reset(&self, call: &Call, account: AccountId, password: &Secret) -> Result<(), CommandError> {
        let email = self.email(account).await?;
        check_strength(password, &email)?;
        let is_verified: bool =
            sqlx::query_scalar("select verified_at is not null from credentials where account_id = $1")
                .bind(account.as_uuid())
                .fetch_one(self.log.pool())
                .await?;
        let change = Change {
            account,
            password_hash: self.hasher.hash(password).await?,
            keeps: None,
            is_verified_by_it: true,
            mailing: Mailing::new(call, &self.options, account, Letter::PasswordChanged),
        };
        let mut commands = vec![AccountCommand::ChangePassword { proof: OwnerProof::MailedToken }];
        if !is_verified {
            commands.insert(0, AccountCommand::VerifyEmail);
        }
        self.change(call, change, commands).await?;
        // Whoever was locked out by guesses gets in with the new one.
        lockout::forget(self.log.pool(), &email.lookup(&self.vault)).await?;
        Ok(())
    }

    /// Changes the caller's own password; all its other sessions end. Wrong guesses at the present one count as failed
    /// sign-ins.
    ///
    /// # Errors
    /// `identity.wrong_password`, `identity.password_length`, `identity.password_weak`; [`AuthError::Locked`].
    pub async fn change_password(
        &self,
        call: &Call,
        current: &Secret,
        password: &Secret,
    ) -> Result<(), AuthError> {
        let principal = call.caller.principal().ok_or(AuthError::InvalidToken)?;
        let (account, session) = (principal.account, principal.session);
        let email = self.email(account).await?;
        self.check_password(account, &email, current, "/current_password").await?;
        check_strength(password, &email).map_err(|mut refused| {
            for fault in &mut refused.faults {
                "/new_password".clone_into(&mut fault.pointer);
            }
            CommandError::from(refused)
        })?;
        let change = Change {
            account,
            password_hash: self.hasher.hash(password).await?,
            keeps: Some(session),
            is_verified_by_it: false,
            mailing: Mailing::new(call, &self.options, account, Letter::PasswordChanged),
        };
        let commands = vec![AccountCommand::ChangePassword { proof: OwnerProof::Password }];
        Ok(self.change(call, change, commands).await?)
    }

    /// Ends an invited account's password, and all its sessions with it; its owner is mailed a token for choosing
    /// another. An account that may not sign in gets no mail.
    ///
    /// # Errors
    /// `permission_denied`, `identity.account_not_found` (also for a customer), `identity.account_erased`.
    pub async fn revoke_password(
        &self,
        call: &Call,
        account: AccountId,
    ) -> Result<Executed<AccountAccepted>, CommandError> {
        call.require(UseCase::RevokePassword)?;
        let change = Change {
            account,
            password_hash: self.hasher.hash(&unknown_to_anybody()?).await?,
            keeps: None,
            is_verified_by_it: false,
            mailing: Mailing::new(call, &self.options, account, Letter::PasswordRevoked),
        };
        let id = account.stream();
        self.decide(call, change, move |decision| {
            let role = invited(decision, account)?;
            judge::<Account>(decision, &id, AccountCommand::RevokePassword)?;
            Ok(AccountAccepted { account, role, version: decision.version::<Account>(&id)? })
        })
        .await
    }

    async fn change(
        &self,
        call: &Call,
        change: Change,
        commands: Vec<AccountCommand>,
    ) -> Result<(), CommandError> {
        let id = change.account.stream();
        self.decide(call, change, move |decision| {
            for command in &commands {
                judge::<Account>(decision, &id, command.clone())?;
            }
            Ok(())
        })
        .await
        .map(drop)
    }

    /// Decides on the account's stream, and changes what is beside it with that.
    async fn decide<T: Serialize + DeserializeOwned + Send + 'static>(
        &self,
        call: &Call,
        change: Change,
        decide: impl FnMut(&mut Decision<'_>) -> Ruling<T> + Send + 'static,
    ) -> Result<Executed<T>, CommandError> {
        let id = change.account.stream();
        let unit = call.unit().reads(StreamRef::of::<Account>(id)).beside(move |connection| {
            let change = change.clone();
            Box::pin(async move { change.apply(connection).await })
        });
        let executed = execute(&self.log, call, unit, decide).await?;
        self.revocations.refresh(self.log.pool(), &self.options).await?;
        Ok(executed)
    }

    /// Holds somebody who is signed in to the password; guesses lock the address as they do at the door.
    pub(super) async fn check_password(
        &self,
        account: AccountId,
        email: &Email,
        password: &Secret,
        pointer: &str,
    ) -> Result<(), AuthError> {
        let lookup = email.lookup(&self.vault);
        lockout::attempt(self.log.pool(), &self.options, &lookup).await?;
        let stored: Option<String> =
            sqlx::query_scalar("select password_hash from credentials where account_id = $1 and active")
                .bind(account.as_uuid())
                .fetch_optional(self.log.pool())
                .await?;
        if !self.hasher.verify(password, stored).await? {
            return Err(CommandError::from(WRONG_PASSWORD.refusal_at(pointer)).into());
        }
        lockout::forget(self.log.pool(), &lookup).await
    }

    /// The address of an account that may sign in.
    pub(super) async fn email(&self, account: AccountId) -> Result<Email, CommandError> {
        let email = contact::email_of(self.log.pool(), &self.vault, account).await?;
        let email = email.and_then(|text| Email::parse(&text).ok());
        email.ok_or_else(|| super::MAILED_TOKEN_INVALID.refusal_at("/token").into())
    }
}
