//! How often somebody may ask: by account or API key, by address, and more strictly by address where a secret is shown or
//! a mail is sent. Each is a GCRA bucket of a minute's requests that refills evenly.

use std::{hash::BuildHasher, hash::RandomState, io::Write, net::IpAddr, num::NonZeroU32, time::Duration};

use actix_web::http::{
    StatusCode,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use commands::Principal;
use governor::{
    Quota, RateLimiter,
    clock::{Clock, MonotonicClock},
    middleware::StateInformationMiddleware,
    nanos::Nanos,
    state::{InMemoryState, NotKeyed, StateStore},
};
use metrics::Counter;

use super::client::counted_as;
use crate::http::Problem;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");

/// The code of every refusal.
pub(super) const TOO_MANY: &str = "too-many-requests";

/// The window that every quota is stated for.
const WINDOW_S: u32 = 60;

/// Counters of one table: a power of two. Two callers share one by chance once in so many.
const SLOTS: u64 = 1 << 17;

/// Requests per minute; `None` where they are not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rates {
    /// Of one account or API key.
    pub account: Option<NonZeroU32>,
    /// Of one address, signed in or not.
    pub address: Option<NonZeroU32>,
    /// Of one address, where a secret is shown or a mail is sent.
    pub sign_in: Option<NonZeroU32>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Account,
    Address,
    SignIn,
}

impl Scope {
    const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Address => "address",
            Self::SignIn => "sign-in",
        }
    }
}

/// What is left to a caller: kept with the request until its answer tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    scope: Scope,
    remaining: u32,
    /// Until everything is there again; after a refusal, until one request is.
    seconds: u32,
}

impl Standing {
    /// Whether the account was counted.
    pub(crate) fn is_of_account(&self) -> bool {
        self.scope == Scope::Account
    }
}

/// A request too many: what to say, and what to tell in the headers.
pub(crate) struct Refusal {
    pub(crate) problem: Problem,
    pub(crate) standing: Standing,
}

/// The counters of this node.
#[derive(Default)]
pub struct Limits {
    account: Option<Limit>,
    address: Option<Limit>,
    sign_in: Option<Limit>,
}

impl Limits {
    /// Counters that start anew.
    #[must_use]
    pub fn new(rates: &Rates) -> Self {
        let limit = |scope, rate: Option<NonZeroU32>| rate.map(|rate| Limit::new(scope, rate));
        Self {
            account: limit(Scope::Account, rates.account),
            address: limit(Scope::Address, rates.address),
            sign_in: limit(Scope::SignIn, rates.sign_in),
        }
    }

    /// Counts a request from an address, before anything is known of who sends it.
    pub(super) fn count_address(
        &self,
        address: IpAddr,
        is_sign_in: bool,
    ) -> Result<Option<Standing>, Refusal> {
        let key = counted_as(address);
        let standing = self.address.as_ref().map(|limit| limit.count(key)).transpose()?;
        match &self.sign_in {
            Some(limit) if is_sign_in => limit.count(key).map(Some),
            Some(_) | None => Ok(standing),
        }
    }

    /// Counts a request of whoever is signed in.
    pub(super) fn count_principal(&self, principal: &Principal) -> Result<Option<Standing>, Refusal> {
        let Some(limit) = &self.account else {
            return Ok(None);
        };
        let id = principal.key.as_ref().map_or(principal.account.as_uuid(), |key| key.id.as_uuid());
        limit.count(id.as_u128()).map(Some)
    }

    /// Tells what is left.
    pub(super) fn tell(&self, standing: Standing, headers: &mut HeaderMap) {
        let limit = match standing.scope {
            Scope::Account => &self.account,
            Scope::Address => &self.address,
            Scope::SignIn => &self.sign_in,
        };
        let Some(limit) = limit else {
            return;
        };
        headers.insert(POLICY, limit.policy.clone());
        let mut text = [0; 64];
        let mut rest = text.as_mut_slice();
        let Standing { scope, remaining, seconds } = standing;
        let written = write!(rest, r#""{}";r={remaining};t={seconds}"#, scope.name());
        let unused = rest.len();
        if written.is_ok()
            && let Some(text) = text.get(..64 - unused)
            && let Ok(value) = HeaderValue::from_bytes(text)
        {
            headers.insert(STANDING, value);
        }
    }
}

/// One quota, and everybody's use of it.
struct Limit {
    scope: Scope,
    per_minute: NonZeroU32,
    limiter: RateLimiter<u128, Slots, MonotonicClock, StateInformationMiddleware>,
    policy: HeaderValue,
    refused: Counter,
}

impl Limit {
    fn new(scope: Scope, per_minute: NonZeroU32) -> Self {
        let policy = format!(r#""{}";q={per_minute};w={WINDOW_S}"#, scope.name());
        Self {
            scope,
            per_minute,
            limiter: RateLimiter::new(Quota::per_minute(per_minute), Slots::new(), MonotonicClock),
            policy: HeaderValue::from_str(&policy).unwrap_or_else(|_| HeaderValue::from_static("")),
            refused: metrics::counter!("souk_http_rate_limited_total", "policy" => scope.name()),
        }
    }

    fn count(&self, key: u128) -> Result<Standing, Refusal> {
        match self.limiter.check_key(&key) {
            Ok(state) => {
                let remaining = state.remaining_burst_capacity();
                let used = u64::from(self.per_minute.get().saturating_sub(remaining));
                let seconds = (used * u64::from(WINDOW_S)).div_ceil(self.per_minute.get().into());
                Ok(Standing {
                    scope: self.scope,
                    remaining,
                    seconds: u32::try_from(seconds).unwrap_or(WINDOW_S),
                })
            }
            Err(refused) => Err(self.refuse(refused.wait_time_from(self.limiter.clock().now()))),
        }
    }

    fn refuse(&self, wait: Duration) -> Refusal {
        self.refused.increment(1);
        let seconds = u32::try_from(wait.as_secs()).unwrap_or(WINDOW_S).saturating_add(1);
        let name = self.scope.name();
        let detail =
            format!("more than {} requests in a minute ({name}): wait, then repeat", self.per_minute);
        let problem = Problem::new(StatusCode::TOO_MANY_REQUESTS, TOO_MANY, detail)
            .retry_after(seconds)
            .with_member("policy", name)
            .with_member("limit_per_minute", self.per_minute.get());
        Refusal {
            problem,
            standing: Standing { scope: self.scope, remaining: 0, seconds },
        }
    }
}

/// A table of fixed size: no lock, no allocation, nothing to tidy up, and no flood of addresses makes it larger or drives
/// anybody out of it. Keys whose hashes meet share a counter; nobody can choose to meet, because the hash is keyed.
struct Slots {
    states: Box<[InMemoryState]>,
    hasher: RandomState,
}

impl Slots {
    fn new() -> Self {
        Self {
            states: (0..SLOTS).map(|_| InMemoryState::default()).collect(),
            hasher: RandomState::new(),
        }
    }
}

impl StateStore for Slots {
    type Key = u128;

    fn measure_and_replace<T, F, E>(&self, key: &u128, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let slot = usize::try_from(self.hasher.hash_one(key) % SLOTS).ok();
        match slot.and_then(|slot| self.states.get(slot)) {
            Some(state) => state.measure_and_replace(&NotKeyed::NonKey, decide),
            // The remainder is always a slot of the table.
            None => decide(None).map(|(outcome, _)| outcome),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(per_minute: u32) -> Limit {
        Limit::new(Scope::Address, NonZeroU32::new(per_minute).unwrap())
    }

    #[test]
    fn a_minute_s_quota_may_be_used_at_once_and_not_more() {
        let limit = limit(3);
        let left: Vec<u32> = (0..3).map(|_| limit.count(7).ok().unwrap().remaining).collect();
        assert_eq!(left, [2, 1, 0]);
        let refusal = limit.count(7).err().unwrap();
        assert_eq!(refusal.problem.status(), 429);
        assert!((1..=20).contains(&refusal.standing.seconds), "one comes back every 20 seconds");
        assert_eq!(limit.count(8).ok().unwrap().remaining, 2, "another caller");
    }

    #[test]
    fn the_seconds_say_when_all_of_it_is_back() {
        let limit = limit(60);
        assert_eq!(limit.count(1).ok().unwrap().seconds, 1);
        assert!((9..=10).contains(&(0..9).map(|_| limit.count(1).ok().unwrap().seconds).last().unwrap()));
    }

    #[test]
    fn a_flood_of_addresses_takes_no_memory_and_drives_nobody_out() {
        let limit = limit(2);
        assert!(limit.count(1).is_ok() && limit.count(1).is_ok() && limit.count(1).is_err());
        let admitted = (1_000..101_000).filter(|key| limit.count(*key).is_ok()).count();
        assert!(admitted > 90_000, "{admitted}");
        assert!(limit.count(1).is_err(), "still known");
    }

    #[test]
    fn the_headers_are_structured_fields() {
        let rates = Rates { address: NonZeroU32::new(30), ..Rates::default() };
        let limits = Limits::new(&rates);
        let standing = limits.count_address("192.0.2.1".parse().unwrap(), true).ok().flatten().unwrap();
        let mut headers = HeaderMap::new();
        limits.tell(standing, &mut headers);
        assert_eq!(headers.get(POLICY).unwrap(), r#""address";q=30;w=60"#);
        assert_eq!(headers.get(STANDING).unwrap(), r#""address";r=29;t=2"#);
        assert!(
            Limits::new(&Rates::default())
                .count_address("192.0.2.1".parse().unwrap(), true)
                .ok()
                .unwrap()
                .is_none()
        );
    }
}
