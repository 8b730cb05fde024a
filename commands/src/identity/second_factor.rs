//! The second factor: codes of an authenticator app (RFC 6238), each taken once, and recovery codes for the day when the
//! app is lost.

use std::fmt;

use domain::{
    identity::{Account, AccountCommand},
    ids::AccountId,
    sealed::{Place, Sealed},
};
use event_store::{StreamRef, ids};
use qrcode::{QrCode, render::svg};
use sqlx::{PgConnection, Row};
use totp_rs::{Builder, Totp};
use uuid::Uuid;

use super::{
    AuthError, Identity, IdentityError, Letter, SECOND_FACTOR_MISSING, SECOND_FACTOR_ON, Secret, SignedIn,
    account::Standing,
    contact,
    device::Device,
    letter::Mailing,
    lockout,
    mailed::{self, Purpose},
};
use crate::{
    Call, CommandError,
    execute::{execute, judge},
    vault::{self, Vault},
};

/// Bytes of a shared secret (RFC 4226 recommends 160 bits).
const SECRET_BYTES: usize = 20;

/// How many recovery codes there are.
const RECOVERY_CODES: usize = 10;

/// What authenticator apps show it under.
const ISSUER: &str = "Souk";

/// What a recovery code is written with: 32 digits and letters that are not taken for each other (Crockford).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What an authenticator app needs.
pub struct SecondFactorSetup {
    /// The shared secret in base32, for typing it.
    pub secret: Secret,
    /// The same as `otpauth://…`.
    pub uri: Secret,
    /// The same as a QR code, in SVG.
    pub qr_svg: Secret,
}

impl fmt::Debug for SecondFactorSetup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecondFactorSetup(…)")
    }
}

const fn place(account: AccountId) -> Place {
    vault::beside(account, "second_factors.secret")
}

/// Under what wrong codes of an account are counted.
pub(super) fn lock_key(vault: &Vault, account: AccountId) -> [u8; 32] {
    vault.lookup("lock/second_factor", &account.stream())
}

fn generator(secret: &str, account_name: &str) -> Result<Totp, IdentityError> {
    let secret = totp_rs::Secret::try_from_base32(secret).map_err(|_| IdentityError::SecondFactor)?;
    // A colon would end the issuer's name.
    let name = account_name.replace(':', "");
    Builder::new()
        .with_secret(secret)
        .with_issuer(Some(ISSUER))
        .with_account_name(name)
        .build()
        .map_err(|_| IdentityError::SecondFactor)
}

/// The half minute that a code belongs to; `None` where it is wrong.
fn step_of(secret: &str, code: &str) -> Result<Option<i64>, IdentityError> {
    let now = u64::try_from(ids::now().timestamp()).unwrap_or(0);
    let step = generator(secret, "")?.check(code.trim(), now);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// A recovery code as it is compared: without what people add when they copy it.
fn normal(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn recovery_hash(vault: &Vault, account: AccountId, code: &str) -> [u8; 32] {
    vault.lookup("recovery_code", &format!("{}/{}", account.stream(), normal(code)))
}

/// Sixteen letters of five bits each, in groups of four.
fn recovery_code() -> Result<Secret, IdentityError> {
    let mut random = [0; 16];
    aws_lc_rs::rand::fill(&mut random).map_err(|_| IdentityError::Randomness)?;
    let letters: Vec<char> = random
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte % 32)).map(|letter| char::from(*letter)))
        .collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(Secret::new(groups.join("-")))
}

/// What changes beside the log when it is turned on or off.
#[derive(Clone)]
struct Turn {
    account: AccountId,
    /// The hashes of the recovery codes; `None` turns it off.
    recovery: Option<Vec<[u8; 32]>>,
    mailing: Mailing,
}

impl Turn {
    async fn apply(&self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let account = self.account.as_uuid();
        match &self.recovery {
            None => {
                sqlx::query("delete from second_factors where account_id = $1")
                    .bind(account)
                    .execute(&mut *connection)
                    .await?;
            }
            Some(hashes) => {
                sqlx::query("update second_factors set enabled_at = now() where account_id = $1")
                    .bind(account)
                    .execute(&mut *connection)
                    .await?;
                sqlx::query(
                    "insert into recovery_codes (account_id, code_hash) select $1, unnest($2::bytea[])",
                )
                .bind(account)
                .bind(hashes.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>())
                .execute(&mut *connection)
                .await?;
            }
        }
        self.mailing.insert(connection).await
    }
}

impl Identity {
    /// Makes a new shared secret for the caller's authenticator app. It counts once a code of it was shown. Needs the
    /// password: else a stolen session could shut its owner out.
    ///
    /// # Errors
    /// `identity.wrong_password`, `identity.second_factor_on`, [`AuthError::Locked`].
    pub async fn set_up_second_factor(
        &self,
        call: &Call,
        password: &Secret,
    ) -> Result<SecondFactorSetup, AuthError> {
        let account = call.caller.account().ok_or(AuthError::InvalidToken)?;
        let email = self.email(account).await?;
        self.check_password(account, &email, password, "/password").await?;
        let mut random = vec![0; SECRET_BYTES];
        aws_lc_rs::rand::fill(&mut random).map_err(|_| IdentityError::Randomness)?;
        let secret = totp_rs::Secret::from(random).to_base32();
        let uri = generator(&secret, email.as_str())?.to_url().map_err(|_| IdentityError::SecondFactor)?;
        let code = QrCode::new(&uri).map_err(|_| IdentityError::SecondFactor)?;
        let qr_svg = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
        let sealed = self.vault.keys([account]).await?.seal(account, place(account), &secret)?;
        let sealed = sealed.ok_or(AuthError::InvalidToken)?;
        let stored = sqlx::query(
            "insert into second_factors (account_id, secret_sealed) values ($1, $2::json) \
             on conflict (account_id) do update set secret_sealed = excluded.secret_sealed, last_step = 0, \
                created_at = now() where second_factors.enabled_at is null",
        )
        .bind(account.as_uuid())
        .bind(contact::stored(&sealed)?)
        .execute(self.log.pool())
        .await?;
        if stored.rows_affected() == 0 {
            return Err(CommandError::from(SECOND_FACTOR_ON.refusal()).into());
        }
        Ok(SecondFactorSetup {
            secret: Secret::new(secret),
            uri: Secret::new(uri),
            qr_svg: Secret::new(qr_svg),
        })
    }

    /// Asks for the second factor from now on, after a code has shown that the app has the secret. Answers the recovery
    /// codes, which nobody can see again.
    ///
    /// # Errors
    /// `identity.second_factor_missing` without a set-up, `identity.second_factor_on`, [`AuthError::InvalidCode`],
    /// [`AuthError::Locked`].
    pub async fn enable_second_factor(&self, call: &Call, code: &Secret) -> Result<Vec<Secret>, AuthError> {
        let account = call.caller.account().ok_or(AuthError::InvalidToken)?;
        let enabled: Option<bool> =
            sqlx::query_scalar("select enabled_at is not null from second_factors where account_id = $1")
                .bind(account.as_uuid())
                .fetch_optional(self.log.pool())
                .await?;
        match enabled {
            None => return Err(CommandError::from(SECOND_FACTOR_MISSING.refusal()).into()),
            Some(true) => return Err(CommandError::from(SECOND_FACTOR_ON.refusal()).into()),
            Some(false) => self.check_code(account, code, false).await?,
        }
        let codes = (0..RECOVERY_CODES).map(|_| recovery_code()).collect::<Result<Vec<_>, _>>()?;
        let hashes = codes.iter().map(|code| recovery_hash(&self.vault, account, code.expose())).collect();
        let turn = Turn {
            account,
            recovery: Some(hashes),
            mailing: Mailing::new(call, &self.options, account, Letter::SecondFactorEnabled),
        };
        self.turn(call, turn, AccountCommand::EnableSecondFactor).await?;
        Ok(codes)
    }

    /// Asks for no second factor any more. Needs the password and a code of either kind.
    ///
    /// # Errors
    /// `identity.second_factor_missing`, `identity.wrong_password`, [`AuthError::InvalidCode`], [`AuthError::Locked`].
    pub async fn disable_second_factor(
        &self,
        call: &Call,
        password: &Secret,
        code: &Secret,
    ) -> Result<(), AuthError> {
        let account = call.caller.account().ok_or(AuthError::InvalidToken)?;
        if !self.has_second_factor(account).await? {
            return Err(CommandError::from(SECOND_FACTOR_MISSING.refusal()).into());
        }
        let email = self.email(account).await?;
        self.check_password(account, &email, password, "/password").await?;
        self.check_code(account, code, true).await?;
        let turn = Turn {
            account,
            recovery: None,
            mailing: Mailing::new(call, &self.options, account, Letter::SecondFactorDisabled),
        };
        Ok(self.turn(call, turn, AccountCommand::DisableSecondFactor).await?)
    }

    async fn turn(&self, call: &Call, turn: Turn, command: AccountCommand) -> Result<(), CommandError> {
        let id = turn.account.stream();
        let unit = call.unit().reads(StreamRef::of::<Account>(id.as_str())).beside(move |connection| {
            let turn = turn.clone();
            Box::pin(async move { turn.apply(connection).await })
        });
        execute(&self.log, call, unit, move |decision| {
            judge::<Account>(decision, &id, command.clone()).map(drop)
        })
        .await
        .map(drop)
    }

    /// Whether a password alone does not sign an account in.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub async fn has_second_factor(&self, account: AccountId) -> Result<bool, AuthError> {
        Ok(sqlx::query_scalar(
            "select exists (select from second_factors where account_id = $1 and enabled_at is not null)",
        )
        .bind(account.as_uuid())
        .fetch_one(self.log.pool())
        .await?)
    }

    /// Signs in with a challenge and a code of either kind. The challenge works once, but bears wrong codes.
    ///
    /// # Errors
    /// [`AuthError::InvalidCode`] when either is wrong or too old, [`AuthError::Locked`] after too many wrong codes,
    /// with whatever challenge.
    pub async fn pass_second_factor(
        &self,
        challenge: &Secret,
        code: &Secret,
        device: &Device,
    ) -> Result<SignedIn, AuthError> {
        let id = mailed::read(&self.vault, Purpose::SecondFactor, challenge).ok_or(AuthError::InvalidCode)?;
        let row = sqlx::query(
            "select c.account_id, c.role, c.zones, c.company_id \
               from account_tokens t join credentials c using (account_id) \
              where t.token_id = $1 and t.purpose = 'second_factor' and t.used_at is null \
                and t.expires_at > now() and c.active",
        )
        .bind(id)
        .fetch_optional(self.log.pool())
        .await?
        .ok_or(AuthError::InvalidCode)?;
        let standing = Standing::read(&row)?;
        self.check_code(standing.account, code, true).await?;
        if !self.use_up(id).await? {
            return Err(AuthError::InvalidCode);
        }
        self.open_session(standing, device).await
    }

    /// A challenge for who has shown the first factor.
    pub(super) async fn challenge(&self, account: AccountId) -> Result<Secret, AuthError> {
        let (id, purpose) = (ids::uuid(), Purpose::SecondFactor);
        let mut connection = self.log.pool().acquire().await?;
        mailed::give(&mut connection, account, purpose, id, purpose.expiry(&self.options)).await?;
        Ok(mailed::token(&self.vault, purpose, id))
    }

    /// Holds an account to a code: of the app, which is taken once, or (where it is on) a recovery code, once too.
    async fn check_code(&self, account: AccountId, code: &Secret, is_on: bool) -> Result<(), AuthError> {
        let pool = self.log.pool();
        let lock = lock_key(&self.vault, account);
        lockout::attempt(pool, &self.options, &lock).await?;
        let is_right = if code.expose().trim().len() == 6 {
            self.take_app_code(account, code, is_on).await?
        } else {
            is_on && self.take_recovery_code(account, code).await?
        };
        if !is_right {
            return Err(AuthError::InvalidCode);
        }
        lockout::forget(pool, &lock).await
    }

    async fn take_app_code(&self, account: AccountId, code: &Secret, is_on: bool) -> Result<bool, AuthError> {
        let row =
            sqlx::query("select secret_sealed::text as secret from second_factors where account_id = $1")
                .bind(account.as_uuid())
                .fetch_optional(self.log.pool())
                .await?;
        let Some(row) = row else { return Ok(false) };
        let sealed: Sealed = contact::read(row.try_get("secret")?)?;
        let Some(secret) = self.vault.open_one(place(account), &sealed).await?.text() else {
            return Ok(false);
        };
        let Some(step) = step_of(&secret, code.expose())? else {
            return Ok(false);
        };
        let taken = sqlx::query(
            "update second_factors set last_step = $2 \
              where account_id = $1 and last_step < $2 and (enabled_at is not null) = $3",
        )
        .bind(account.as_uuid())
        .bind(step)
        .bind(is_on)
        .execute(self.log.pool())
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    async fn take_recovery_code(&self, account: AccountId, code: &Secret) -> Result<bool, AuthError> {
        let used: Option<Uuid> = sqlx::query_scalar(
            "update recovery_codes r set used_at = now() from second_factors f \
              where r.account_id = $1 and r.code_hash = $2 and r.used_at is null \
                and f.account_id = r.account_id and f.enabled_at is not null returning r.account_id",
        )
        .bind(account.as_uuid())
        .bind(recovery_hash(&self.vault, account, code.expose()).as_slice())
        .fetch_optional(self.log.pool())
        .await?;
        Ok(used.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_standard_are_taken_within_half_a_minute_of_their_time() {
        // The secret of RFC 6238, appendix B, cut to six digits.
        let secret = totp_rs::Secret::from(b"12345678901234567890".to_vec()).to_base32();
        let totp = generator(&secret, "shirin@example.com").unwrap();
        for (time, code, step) in [
            (59, "287082", Some(1)),
            (60, "287082", Some(1)),
            (120, "287082", None),
            (1_111_111_109, "081804", Some(37_037_036)),
            (1_234_567_890, "005924", Some(41_152_263)),
        ] {
            assert_eq!(totp.check(code, time), step, "{time}");
        }
        assert!(totp.to_url().unwrap().starts_with("otpauth://totp/Souk:shirin%40example.com?secret="));
    }

    #[test]
    fn recovery_codes_bear_being_copied_by_hand() {
        let code = recovery_code().unwrap();
        assert_eq!(code.expose().len(), 19);
        assert_eq!(normal(&code.expose().replace('-', " ").to_uppercase()), code.expose().replace('-', ""));
        assert_ne!(code, recovery_code().unwrap());
    }
}
