//! Routes of identity.

use commands::identity::{AuthError, Email, Secret};

use super::{
    data_export::export_data,
    permissions::list_permissions,
    request::{LoginRequest, RefreshRequest},
    response::{MeBody, TokensBody},
    users::{erase_user, list_users, revise_user, show_user},
};
use crate::{
    http::{Answer, Body, Problem, auth::Signed, problem::ProblemBody, routes::Routes},
    souk::Shared,
};

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.post("/api/v1/auth/login", login);
    routes.post("/api/v1/auth/refresh", refresh);
    routes.post("/api/v1/auth/logout", logout);
    routes.get("/api/v1/auth/me", me);
    routes.get("/api/v1/users", list_users);
    routes.get("/api/v1/users/{id}", show_user);
    routes.put("/api/v1/users/{id}", revise_user);
    routes.delete("/api/v1/users/{id}", erase_user);
    routes.get("/api/v1/users/{id}/data-export", export_data);
    routes.get("/api/v1/permissions", list_permissions);
    routes.get("/.well-known/jwks.json", jwks);
}

/// Sign in
///
/// Five failures in a row lock the address for 15 minutes. The answer takes the same time whether or not there is such
/// an account.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    tag = "identity",
    request_body = LoginRequest,
    responses(
        (status = 200, body = TokensBody),
        (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody, description = "`identity.invalid_credentials`"),
        (status = 422, body = ProblemBody),
        (status = 429, body = ProblemBody, description = "`identity.locked`"),
        (status = 503, body = ProblemBody),
    ),
    security(()),
)]
pub(crate) async fn login(souk: Shared, Body(request): Body<LoginRequest>) -> Result<Answer, Problem> {
    // What is no address belongs to no account.
    let email = Email::parse(&request.email).map_err(|_| AuthError::InvalidCredentials)?;
    let signed_in = souk.identity.login(&email, &Secret::new(request.password)).await?;
    Answer::ok(&TokensBody::from(&signed_in))
}

/// Get new tokens
///
/// A refresh token works once. Whoever shows a used one again ends the whole session.
#[utoipa::path(
    post,
    path = "/api/v1/auth/refresh",
    tag = "identity",
    request_body = RefreshRequest,
    responses(
        (status = 200, body = TokensBody),
        (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody, description = "`identity.invalid_token`"),
        (status = 422, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(()),
)]
pub(crate) async fn refresh(souk: Shared, Body(request): Body<RefreshRequest>) -> Result<Answer, Problem> {
    let signed_in = souk.identity.refresh(&Secret::new(request.refresh_token)).await?;
    Answer::ok(&TokensBody::from(&signed_in))
}

/// Sign out
///
/// Ends this session: its refresh token at once, its access token within seconds on every node.
#[utoipa::path(
    post,
    path = "/api/v1/auth/logout",
    tag = "identity",
    responses(
        (status = 204, description = "Signed out"),
        (status = 401, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn logout(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    souk.identity.logout(signed.principal()).await?;
    Ok(Answer::no_content())
}

/// Who am I
#[utoipa::path(
    get,
    path = "/api/v1/auth/me",
    tag = "identity",
    responses(
        (status = 200, body = MeBody),
        (status = 401, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn me(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    let profile = souk.identity.me(&signed.caller()).await?;
    Answer::ok(&MeBody::new(profile, signed.principal()))
}

/// Public keys
///
/// What access tokens are verified with (RFC 7517, EdDSA).
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    tag = "identity",
    responses((status = 200, body = Object, example = json!({
        "keys": [{"kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": "…", "x": "…"}],
    }))),
    security(()),
)]
pub(crate) async fn jwks(souk: Shared) -> Result<Answer, Problem> {
    Ok(Answer::ok(&souk.identity.jwks())?.public(60))
}
