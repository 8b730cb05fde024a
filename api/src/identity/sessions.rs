//! Routes of one's own sessions, and what a token says.

use std::fmt;

use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use commands::identity::{Introspection, LiveSession};
use domain::{identity::Role, ids::SessionId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{Answer, Body, Id, Problem, auth::Signed, cookies, problem::ProblemBody},
    souk::Shared,
};

/// A session that can be used.
#[derive(Serialize, ToSchema)]
#[schema(as = Session, example = json!({
    "id": "ses_0190c7a2000070008000000000000002",
    "current": true,
    "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "address": "192.0.2.7",
    "created_at": "2026-11-21T09:00:00Z",
    "last_used_at": "2026-11-21T11:00:00Z",
}))]
pub(crate) struct SessionBody {
    /// `ses_…`
    id: String,
    /// It is the one that asks.
    current: bool,
    /// What its device called itself last.
    user_agent: Option<String>,
    /// The network address that it was last renewed from.
    address: Option<String>,
    /// When it began.
    created_at: DateTime<Utc>,
    /// When it was last renewed: tokens are, once an hour.
    last_used_at: DateTime<Utc>,
}

/// One's sessions.
#[derive(Serialize, ToSchema)]
#[schema(as = Sessions)]
pub(crate) struct SessionsBody {
    /// The newest first.
    items: Vec<SessionBody>,
}

/// A token that somebody was given.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSJ9.…"}))]
pub(crate) struct TokenRequest {
    /// An access token.
    token: String,
}

hidden! { TokenRequest }

/// What a token says (RFC 7662). Of one that is not valid, only that.
#[derive(Serialize, ToSchema)]
#[schema(as = Introspection, example = json!({
    "active": true,
    "token_type": "Bearer",
    "iss": "souk",
    "sub": "usr_0190c7a2000070008000000000000001",
    "sid": "ses_0190c7a2000070008000000000000002",
    "role": "customer",
    "scope": "keep_addresses hold_stock place_orders",
    "iat": 1763715600,
    "exp": 1763719200,
}))]
pub(crate) struct IntrospectionBody {
    /// It is valid now, and its session lives.
    active: bool,
    /// The rest, where it is.
    #[serde(flatten)]
    says: Option<TokenSaysBody>,
}

/// What a valid token says.
#[derive(Serialize, ToSchema)]
#[schema(as = TokenSays)]
pub(crate) struct TokenSaysBody {
    /// Always `Bearer`.
    token_type: &'static str,
    /// Who signed it.
    iss: String,
    /// The account (`usr_…`).
    sub: String,
    /// The session (`ses_…`).
    sid: String,
    /// The role.
    #[schema(value_type = String)]
    role: Role,
    /// What the role may do, with blanks between.
    scope: String,
    /// When it was made, in seconds since 1970.
    iat: i64,
    /// When it expires, in seconds since 1970.
    exp: i64,
}

impl From<Introspection> for TokenSaysBody {
    fn from(said: Introspection) -> Self {
        let scope: Vec<String> = commands::permissions_of(said.principal.role)
            .filter_map(|permission| serde_json::to_value(permission).ok()?.as_str().map(str::to_owned))
            .collect();
        Self {
            token_type: "Bearer",
            iss: said.issuer,
            sub: said.principal.account.to_string(),
            sid: said.principal.session.to_string(),
            role: said.principal.role,
            scope: scope.join(" "),
            iat: said.issued_at,
            exp: said.expires_at,
        }
    }
}

/// Ask what a token says
///
/// In the manner of RFC 7662, for services that cannot verify tokens themselves; with the keys of
/// `/.well-known/jwks.json` anybody can, but does not learn of sessions that have ended.
#[utoipa::path(
    post,
    path = "/api/v1/auth/verify",
    tag = "identity",
    request_body = TokenRequest,
    responses(
        (status = 200, body = IntrospectionBody),
    ),
    security(()),
)]
pub(crate) async fn introspect(souk: Shared, Body(body): Body<TokenRequest>) -> Result<Answer, Problem> {
    let says = souk.identity.verifier().introspect(&body.token).await?;
    Answer::ok(&IntrospectionBody { active: says.is_some(), says: says.map(Into::into) })
}

/// One's sessions
#[utoipa::path(
    get,
    path = "/api/v1/auth/sessions",
    tag = "identity",
    responses(
        (status = 200, body = SessionsBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_sessions(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    let own = signed.principal().session;
    let sessions = souk.identity.sessions(signed.principal().account).await?;
    let items = sessions.into_iter().map(|session| body(session, own)).collect();
    Answer::ok(&SessionsBody { items })
}

fn body(session: LiveSession, own: SessionId) -> SessionBody {
    SessionBody {
        id: session.session.to_string(),
        current: session.session == own,
        user_agent: session.device.user_agent,
        address: session.device.address,
        created_at: session.created_at,
        last_used_at: session.last_used_at,
    }
}

/// End one of one's sessions
///
/// Its refresh token at once, its access token within seconds on every node.
#[utoipa::path(
    delete,
    path = "/api/v1/auth/sessions/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "`ses_…`")),
    responses(
        (status = 204, description = "Ended"),
        (status = 404, body = ProblemBody, description = "`identity.session_not_found`: none of one's own that lives"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn end_session(
    signed: Signed,
    souk: Shared,
    Id(id): Id<SessionId>,
) -> Result<Answer, Problem> {
    if souk.identity.end_session(signed.principal(), id).await? {
        Ok(Answer::no_content())
    } else {
        Err(Problem::new(StatusCode::NOT_FOUND, "identity.session_not_found", "you have no such session"))
    }
}

/// The token against forged requests of this session.
#[derive(Serialize, ToSchema)]
#[schema(as = CsrfToken)]
pub(crate) struct CsrfBody {
    /// For the header `x-csrf-token`.
    csrf_token: String,
}

/// The CSRF token of a session in cookies
///
/// Every `POST`, `PUT`, `PATCH` and `DELETE` that cookies vouch for carries it in the header `x-csrf-token`. Requests
/// with a bearer token need none.
#[utoipa::path(
    get,
    path = "/api/v1/auth/csrf",
    tag = "identity",
    responses(
        (status = 200, body = CsrfBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn csrf(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    let csrf_token = souk.identity.csrf_token(signed.principal().session).expose().to_owned();
    Answer::ok(&CsrfBody { csrf_token })
}

/// Signing out also takes the cookies away.
pub(super) fn signed_out() -> Answer {
    cookies::clear(Answer::no_content())
}
