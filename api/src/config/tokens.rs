//! How long people stay signed in, and who is locked out.

use chrono::TimeDelta;
use commands::identity::IdentityOptions;

use super::{ConfigError, Source};

/// Settings of sign-ins.
#[derive(Debug, Clone)]
pub struct TokensConfig {
    access_minutes: u32,
    refresh_days: u32,
    session_days: u32,
    lock_failures: u32,
    lock_minutes: u32,
    verification_hours: u32,
    reset_minutes: u32,
    code_minutes: u32,
    mails_per_hour: u32,
}

impl TokensConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        Ok(Self {
            access_minutes: source.number("access_token_minutes", 60, 1..=1_440)?,
            refresh_days: source.number("refresh_token_days", 7, 1..=365)?,
            session_days: source.number("session_days", 30, 1..=3_650)?,
            lock_failures: source.number("lock_failures", 5, 1..=1_000)?,
            lock_minutes: source.number("lock_minutes", 15, 1..=1_440)?,
            verification_hours: source.number("verification_hours", 24, 1..=720)?,
            reset_minutes: source.number("reset_minutes", 60, 1..=1_440)?,
            code_minutes: source.number("code_minutes", 5, 1..=60)?,
            mails_per_hour: source.number("mails_per_hour", 5, 1..=1_000)?,
        })
    }

    /// As identity takes them.
    #[must_use]
    pub fn identity_options(&self) -> IdentityOptions {
        IdentityOptions {
            access_life: TimeDelta::minutes(self.access_minutes.into()),
            refresh_life: TimeDelta::days(self.refresh_days.into()),
            session_life: TimeDelta::days(self.session_days.into()),
            failures_until_lock: self.lock_failures,
            lock_time: TimeDelta::minutes(self.lock_minutes.into()),
            verification_life: TimeDelta::hours(self.verification_hours.into()),
            reset_life: TimeDelta::minutes(self.reset_minutes.into()),
            code_life: TimeDelta::minutes(self.code_minutes.into()),
            challenge_life: TimeDelta::minutes(self.code_minutes.into()),
            mails_per_hour: self.mails_per_hour,
            ..IdentityOptions::default()
        }
    }
}
