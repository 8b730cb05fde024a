//! Sessions of browsers: the tokens in cookies that no script can read, and the CSRF token that every unsafe request
//! with them must carry.

use actix_web::{
    cookie::{Cookie, SameSite, time::Duration},
    http::{
        Method, StatusCode,
        header::{COOKIE, HeaderMap, SET_COOKIE},
    },
};
use commands::{
    Principal,
    identity::{Identity, SignedIn},
};
use domain::ids::SessionId;

use super::{Answer, Problem};

/// The header that carries the CSRF token.
pub const CSRF_HEADER: &str = "x-csrf-token";

/// The cookie of the access token. The prefix makes browsers refuse such a cookie from a subdomain, for a part of the
/// site, or without TLS: nobody plants one.
pub const ACCESS: &str = "__Host-souk-access";
const REFRESH: &str = "__Host-souk-refresh";
const CART: &str = "__Host-souk-cart";

/// A browser keeps a guest's cart for 90 days.
const CART_SECONDS: i64 = 90 * 24 * 60 * 60;

/// The access token in the cookies of a request.
#[must_use]
pub fn access(headers: &HeaderMap) -> Option<String> {
    find(headers, ACCESS)
}

/// The refresh token in the cookies of a request.
#[must_use]
pub fn refresh(headers: &HeaderMap) -> Option<String> {
    find(headers, REFRESH)
}

/// The token of a guest's cart in the cookies of a request.
#[must_use]
pub fn cart(headers: &HeaderMap) -> Option<String> {
    find(headers, CART)
}

fn find(headers: &HeaderMap, name: &str) -> Option<String> {
    let lines = headers.get_all(COOKIE).filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let (_, value) = pairs.find(|(own, _)| *own == name)?;
    Some(value.to_owned()).filter(|value| !value.is_empty())
}

/// Holds a request that a browser's cookies vouch for to the token that only pages of ours can read, unless it changes
/// nothing.
///
/// # Errors
/// 403 `identity.csrf_token_wrong`.
pub fn check(
    method: &Method,
    headers: &HeaderMap,
    identity: &Identity,
    principal: &Principal,
) -> Result<(), Problem> {
    if method.is_safe() {
        return Ok(());
    }
    check_session(headers, identity, principal.session)
}

/// Holds a request to the CSRF token of a session.
///
/// # Errors
/// 403 `identity.csrf_token_wrong`.
pub fn check_session(headers: &HeaderMap, identity: &Identity, session: SessionId) -> Result<(), Problem> {
    let shown = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if identity.is_csrf_token(session, shown) {
        return Ok(());
    }
    let detail =
        "a request with a session's cookies carries the header x-csrf-token with what GET /auth/csrf answers";
    Err(Problem::new(StatusCode::FORBIDDEN, "identity.csrf_token_wrong", detail))
}

/// Puts a session's tokens into cookies.
#[must_use]
pub fn set(answer: Answer, signed_in: &SignedIn) -> Answer {
    let answer = put(answer, ACCESS, signed_in.access_token.expose(), signed_in.access_expires_in);
    put(answer, REFRESH, signed_in.refresh_token.expose(), signed_in.refresh_expires_in)
}

/// Takes them away.
#[must_use]
pub fn clear(answer: Answer) -> Answer {
    put(put(answer, ACCESS, "", 0), REFRESH, "", 0)
}

/// Puts the token of a guest's cart into a cookie.
#[must_use]
pub fn set_cart(answer: Answer, token: &str) -> Answer {
    put(answer, CART, token, CART_SECONDS)
}

/// Takes it away.
#[must_use]
pub fn clear_cart(answer: Answer) -> Answer {
    put(answer, CART, "", 0)
}

fn put(answer: Answer, name: &'static str, value: &str, seconds: i64) -> Answer {
    let cookie = Cookie::build(name, value)
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Strict)
        .max_age(Duration::seconds(seconds))
        .finish();
    answer.header(SET_COOKIE, &cookie.to_string())
}
