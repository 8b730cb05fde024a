//! How long things last, and how much hashing may go on at once.

use std::{num::NonZeroUsize, thread, time::Duration};

use chrono::TimeDelta;

/// Settings of identity; the defaults are the settled ones.
#[derive(Debug, Clone)]
pub struct IdentityOptions {
    /// Who signs: the member `iss` of every token.
    pub issuer: String,
    /// For whom: the member `aud` of every token.
    pub audience: String,
    /// Life of an access token; 1 hour.
    pub access_life: TimeDelta,
    /// Life of a refresh token, from its issue; 7 days.
    pub refresh_life: TimeDelta,
    /// Life of a session, however often it is refreshed; 30 days.
    pub session_life: TimeDelta,
    /// Failed sign-ins in a row that lock an address; 5.
    pub failures_until_lock: u32,
    /// How long an address stays locked; 15 minutes.
    pub lock_time: TimeDelta,
    /// Life of a mailed token that confirms an address; 24 hours.
    pub verification_life: TimeDelta,
    /// Life of a mailed token for a new password; 1 hour.
    pub reset_life: TimeDelta,
    /// Life of a one-time code; 5 minutes.
    pub code_life: TimeDelta,
    /// How long a second factor may take after the first; 5 minutes.
    pub challenge_life: TimeDelta,
    /// Mails of one kind that an address gets in an hour, however often they are asked for; 5.
    pub mails_per_hour: u32,
    /// How long answers take that must not tell whether an account exists; 300 ms.
    pub answer_after: Duration,
    /// Passwords that are hashed at the same time; the number of cores.
    pub hashing_permits: usize,
    /// Verified tokens that are remembered; 100,000.
    pub token_cache: u64,
}

impl Default for IdentityOptions {
    fn default() -> Self {
        Self {
            issuer: "souk".to_owned(),
            audience: "souk".to_owned(),
            access_life: TimeDelta::hours(1),
            refresh_life: TimeDelta::days(7),
            session_life: TimeDelta::days(30),
            failures_until_lock: 5,
            lock_time: TimeDelta::minutes(15),
            verification_life: TimeDelta::hours(24),
            reset_life: TimeDelta::hours(1),
            code_life: TimeDelta::minutes(5),
            challenge_life: TimeDelta::minutes(5),
            mails_per_hour: 5,
            answer_after: Duration::from_millis(300),
            hashing_permits: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            token_cache: 100_000,
        }
    }
}
