//! What stands between the world and the routes: whose requests these are, how many there may be, how large, how slow,
//! and from which pages.

pub mod client;
pub mod connections;
pub mod cors;
mod depth;
mod head;
pub mod rate;

use std::{
    net::{IpAddr, Ipv4Addr},
    sync::atomic::{AtomicBool, AtomicI64, Ordering},
};

use actix_web::{
    HttpResponse,
    dev::ServiceRequest,
    http::{
        Method,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
};
use commands::Principal;

pub(crate) use self::client::client_address;
pub(super) use self::depth::{DEPTH_LIMIT, is_too_deep};
use self::{
    client::TrustedProxies,
    cors::{Cors, Mark},
    rate::{Limits, Refusal, Standing},
};
use crate::config::DefenceConfig;

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Asked by machines all the time, and by nobody else.
const UNCOUNTED: &[&str] = &[
    "/metrics",
    "/health",
    "/api/v1/health",
    "/api/v1/health/live",
    "/api/v1/health/ready",
];

const OF_ACCOUNTS: &str = "/api/v1/auth/";
/// What takes a password or a code that can be guessed, or sends a mail.
const SIGN_IN: &[&str] = &[
    "register",
    "verify-email",
    "resend-verification",
    "forgot-password",
    "reset-password",
    "change-password",
    "login",
    "login/otp",
    "verify-otp",
    "2fa/setup",
    "2fa/enable",
    "2fa/disable",
    "2fa/verify",
];

/// What takes a coupon's code from whoever comes.
const OF_COUPONS: &str = "/api/v1/cart/coupons";

/// The door that every request comes through.
#[derive(Default)]
pub struct Gate {
    proxies: TrustedProxies,
    limits: Limits,
    cors: Cors,
    is_tls_only: bool,
    has_warned: AtomicBool,
    /// The second in which a refusal was last noted.
    noted_s: AtomicI64,
}

/// What the answer must carry, whatever becomes of the request.
#[derive(Debug, Clone, Default)]
pub(super) struct Pass {
    mark: Mark,
    pub(super) standing: Option<Standing>,
}

impl Gate {
    /// As configured; `is_tls_only` where browsers are told to use TLS.
    #[must_use]
    pub fn new(config: &DefenceConfig, is_tls_only: bool) -> Self {
        Self {
            proxies: config.proxies.clone(),
            limits: Limits::new(&config.rates),
            cors: Cors::new(config.cors_origins.clone()),
            is_tls_only,
            has_warned: AtomicBool::new(false),
            noted_s: AtomicI64::new(0),
        }
    }

    /// Lets a request in, or answers it at once.
    pub(super) fn admit(&self, request: &ServiceRequest) -> (Pass, Option<HttpResponse>) {
        let mut pass = Pass { mark: self.cors.mark(request.headers()), standing: None };
        let counted = self.count(request);
        match counted {
            Ok(standing) => pass.standing = standing,
            Err(refusal) => {
                pass.standing = Some(refusal.standing);
                return (pass, Some(HttpResponse::from_error(refusal.problem)));
            }
        }
        if let Err(problem) = head::check(request.head()) {
            return (pass, Some(HttpResponse::from_error(problem)));
        }
        let preflight = pass.mark.preflight(request.head());
        (pass, preflight)
    }

    fn count(&self, request: &ServiceRequest) -> Result<Option<Standing>, Refusal> {
        // As the router reads it: whoever writes `l` as `%6C` is not let by.
        let path = request.match_info().as_str();
        if UNCOUNTED.contains(&path) {
            return Ok(None);
        }
        let peer = request.head().peer_addr.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip());
        self.warn_once(peer, request.headers());
        let is_guessed =
            path == OF_COUPONS || path.strip_prefix(OF_ACCOUNTS).is_some_and(|rest| SIGN_IN.contains(&rest));
        let is_sign_in = is_guessed && request.method() == Method::POST;
        self.limits.count_address(self.proxies.client(peer, request.headers()), is_sign_in)
    }

    /// Counts a request of whoever turned out to be signed in.
    pub(super) fn count_principal(&self, principal: &Principal) -> Result<Option<Standing>, Refusal> {
        self.limits.count_principal(principal)
    }

    /// Whether the audit log is told of an answer. Of requests too many it learns one in a second: a flood must not
    /// become a flood of rows.
    pub(super) fn is_worth_noting(&self, code: Option<&str>) -> bool {
        if code != Some(rate::TOO_MANY) {
            return true;
        }
        let now = event_store::ids::now().timestamp();
        self.noted_s.swap(now, Ordering::Relaxed) != now
    }

    /// Behind a proxy that nobody named, all clients are one.
    fn warn_once(&self, peer: IpAddr, headers: &HeaderMap) {
        if self.proxies.is_unheard(peer, headers) && !self.has_warned.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a request was forwarded by a peer that trusted_proxies does not name: if that is your proxy, all \
                 its clients share one rate limit"
            );
        }
    }

    /// The headers of every answer.
    pub(super) fn set_headers(&self, pass: &Pass, headers: &mut HeaderMap) {
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        if !headers.contains_key(RESOURCE_POLICY) {
            headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
        }
        if !headers.contains_key(CONTENT_SECURITY_POLICY) {
            let policy = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if self.is_tls_only {
            let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
            headers.insert(STRICT_TRANSPORT_SECURITY, value);
        }
        pass.mark.set(headers);
        if let Some(standing) = pass.standing {
            self.limits.tell(standing, headers);
        }
    }
}
