//! How long things last, and how much hashing may go on at once.

use std::{num::NonZeroUsize, thread};

use chrono::TimeDelta;

/// Settings of identity; the defaults are the settled ones.
#[derive(Debug, Clone)]
pub struct IdentityOptions {
    /// Who signs: the member `iss` of every token.
    pub issuer: String,
    /// Life of an access token; 1 hour.
    pub access_life: TimeDelta,
    /// Life of a refresh token, from its issue; 7 days.
    pub refresh_life: TimeDelta,
    /// Failed sign-ins in a row that lock an address; 5.
    pub failures_until_lock: u32,
    /// How long an address stays locked; 15 minutes.
    pub lock_time: TimeDelta,
    /// Passwords that are hashed at the same time; the number of cores.
    pub hashing_permits: usize,
    /// Verified tokens that are remembered; 100,000.
    pub token_cache: u64,
}

impl Default for IdentityOptions {
    fn default() -> Self {
        Self {
            issuer: "souk".to_owned(),
            access_life: TimeDelta::hours(1),
            refresh_life: TimeDelta::days(7),
            failures_until_lock: 5,
            lock_time: TimeDelta::minutes(15),
            hashing_permits: thread::available_parallelism().map_or(1, NonZeroUsize::get),
            token_cache: 100_000,
        }
    }
}
