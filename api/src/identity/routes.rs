//! Routes of identity.

use actix_web::HttpRequest;
use commands::identity::{AuthError, Email, Secret};

use super::{
    admins::{
        admin_stats, assign_zones, create_admin, list_admins, remove_admin, revise_admin, revoke_password,
        set_admin_active, show_admin,
    },
    api_keys::{create_api_key, list_api_keys, look_up_user, revoke_api_key},
    data_export::export_data,
    new_password::{change_password, forgot_password, reset_password},
    permissions::list_permissions,
    registration::{register, resend_verification, verify_email},
    request::{LoginRequest, RefreshRequest},
    response::MeBody,
    second_factor::{disable, enable, set_up},
    sessions::{csrf, end_session, introspect, list_sessions, signed_out},
    shop_owners::{list_shop_owners, set_shop_owner_active},
    sign_in::{self, SignInBody, pass_second_factor, send_code, verify_code},
    users::{erase_user, list_users, revise_user, show_user},
};
use crate::{
    http::{
        Answer, Body, OptionalBody, Problem, audit::Subject, auth::Signed, cookies, device::FromDevice,
        problem::ProblemBody, routes::Routes,
    },
    souk::Shared,
};

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.post("/api/v1/auth/register", register);
    routes.post("/api/v1/auth/verify-email", verify_email);
    routes.post("/api/v1/auth/resend-verification", resend_verification);
    routes.post("/api/v1/auth/forgot-password", forgot_password);
    routes.post("/api/v1/auth/reset-password", reset_password);
    routes.post("/api/v1/auth/change-password", change_password);
    routes.post("/api/v1/auth/login", login);
    routes.post("/api/v1/auth/login/otp", send_code);
    routes.post("/api/v1/auth/verify-otp", verify_code);
    routes.post("/api/v1/auth/refresh", refresh);
    routes.post("/api/v1/auth/verify", introspect);
    routes.get("/api/v1/auth/csrf", csrf);
    routes.post("/api/v1/auth/2fa/setup", set_up);
    routes.post("/api/v1/auth/2fa/enable", enable);
    routes.post("/api/v1/auth/2fa/disable", disable);
    routes.post("/api/v1/auth/2fa/verify", pass_second_factor);
    routes.get("/api/v1/auth/sessions", list_sessions);
    routes.delete("/api/v1/auth/sessions/{id}", end_session);
    routes.post("/api/v1/auth/logout", logout);
    routes.get("/api/v1/auth/me", me);
    routes.get("/api/v1/users", list_users);
    routes.get("/api/v1/users/{id}", show_user);
    routes.put("/api/v1/users/{id}", revise_user);
    routes.delete("/api/v1/users/{id}", erase_user);
    routes.get("/api/v1/users/{id}/data-export", export_data);
    routes.get("/api/v1/admins", list_admins);
    routes.post("/api/v1/admins", create_admin);
    routes.get("/api/v1/admins/stats", admin_stats);
    routes.get("/api/v1/admins/shop-owners", list_shop_owners);
    routes.patch("/api/v1/admins/shop-owners/{id}/active", set_shop_owner_active);
    routes.get("/api/v1/admins/{id}", show_admin);
    routes.put("/api/v1/admins/{id}", revise_admin);
    routes.delete("/api/v1/admins/{id}", remove_admin);
    routes.patch("/api/v1/admins/{id}/zones", assign_zones);
    routes.patch("/api/v1/admins/{id}/active", set_admin_active);
    routes.post("/api/v1/admins/{id}/reset-password", revoke_password);
    routes.get("/api/v1/api-keys", list_api_keys);
    routes.post("/api/v1/api-keys", create_api_key);
    routes.delete("/api/v1/api-keys/{id}", revoke_api_key);
    routes.get("/api/v1/internal/users/{id}", look_up_user);
    routes.get("/api/v1/permissions", list_permissions);
    routes.get("/.well-known/jwks.json", jwks);
}

/// Sign in
///
/// Five failures in a row lock the address for 15 minutes. The answer takes the same time whether or not there is such
/// an account. An account with a second factor gets a challenge for `POST /auth/2fa/verify` instead of tokens. With
/// `"cookies": true` the session is kept in cookies that no script reads, and the answer holds the CSRF token.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login",
    tag = "identity",
    request_body = LoginRequest,
    responses(
        (status = 200, body = SignInBody),
        (status = 401, body = ProblemBody, description = "`identity.invalid_credentials`"),
        (status = 403, body = ProblemBody, description = "`identity.email_unverified`: to who knows the password"),
        (status = 429, body = ProblemBody, description = "`identity.locked`"),
    ),
    security(()),
)]
pub(crate) async fn login(
    souk: Shared,
    subject: Subject,
    FromDevice(device): FromDevice,
    Body(request): Body<LoginRequest>,
) -> Result<Answer, Problem> {
    // What is no address belongs to no account.
    let email = Email::parse(&request.email).map_err(|_| AuthError::InvalidCredentials)?;
    subject.tries(&souk.identity, &email);
    let answered = souk.identity.login(&email, &Secret::new(request.password), &device).await?;
    sign_in::answer(&souk, &subject, &answered, request.cookies)
}

/// Get new tokens
///
/// A refresh token works once. Whoever shows a used one again ends the whole session. A session in cookies sends no body,
/// but `x-csrf-token`, and gets new cookies.
#[utoipa::path(
    post,
    path = "/api/v1/auth/refresh",
    tag = "identity",
    request_body = RefreshRequest,
    responses(
        (status = 200, body = SignInBody),
        (status = 401, body = ProblemBody, description = "`identity.invalid_token`"),
        (status = 403, body = ProblemBody, description = "`identity.csrf_token_wrong`"),
    ),
    security(()),
)]
pub(crate) async fn refresh(
    souk: Shared,
    http: HttpRequest,
    subject: Subject,
    FromDevice(device): FromDevice,
    OptionalBody(body): OptionalBody<RefreshRequest>,
) -> Result<Answer, Problem> {
    if let Some(token) = body.refresh_token {
        let signed_in = souk.identity.refresh(&Secret::new(token), &device).await?;
        return sign_in::session(&souk, &subject, &signed_in, false);
    }
    let token = Secret::new(cookies::refresh(http.headers()).ok_or(AuthError::InvalidToken)?);
    let session = souk.identity.session_of(&token).await?.ok_or(AuthError::InvalidToken)?;
    cookies::check_session(http.headers(), &souk.identity, session)?;
    let signed_in = souk.identity.refresh(&token, &device).await?;
    sign_in::session(&souk, &subject, &signed_in, true)
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
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn logout(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    souk.identity.logout(signed.principal()).await?;
    Ok(signed_out())
}

/// Who am I
#[utoipa::path(
    get,
    path = "/api/v1/auth/me",
    tag = "identity",
    responses(
        (status = 200, body = MeBody),
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
