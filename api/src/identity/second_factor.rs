//! Routes that turn the second factor on and off.

use std::fmt;

use commands::identity::{SecondFactorSetup, Secret};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{Answer, Body, Problem, auth::Signed, problem::ProblemBody},
    souk::Shared,
};

/// What begins with one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "four plain words"}))]
pub(crate) struct SetupRequest {
    /// The present password.
    password: String,
}

/// A code of the app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "123456"}))]
pub(crate) struct EnableRequest {
    /// Six digits.
    code: String,
}

/// What turns it off.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"password": "four plain words", "code": "123456"}))]
pub(crate) struct DisableRequest {
    /// The present password.
    password: String,
    /// Six digits of the app, or a recovery code.
    code: String,
}

hidden! { SetupRequest EnableRequest DisableRequest }

/// What an authenticator app needs. Shown once.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactorSetup)]
pub(crate) struct SetupBody {
    /// The shared secret in base32, for typing it.
    secret: String,
    /// The same as `otpauth://totp/…`.
    otpauth_uri: String,
    /// The same as a QR code: an SVG document.
    qr_svg: String,
}

/// Codes for the day when the app is lost. Shown once.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryCodes)]
pub(crate) struct RecoveryCodesBody {
    /// Each works once, in place of a code of the app.
    recovery_codes: Vec<String>,
}

impl From<SecondFactorSetup> for SetupBody {
    fn from(setup: SecondFactorSetup) -> Self {
        Self {
            secret: setup.secret.expose().to_owned(),
            otpauth_uri: setup.uri.expose().to_owned(),
            qr_svg: setup.qr_svg.expose().to_owned(),
        }
    }
}

/// Begin with a second factor
///
/// Makes a secret for an authenticator app (RFC 6238: SHA-1, six digits, 30 seconds), for who knows the password. It is not
/// asked for before a code of it was shown; beginning again replaces it.
#[utoipa::path(
    post,
    path = "/api/v1/auth/2fa/setup",
    tag = "identity",
    request_body = SetupRequest,
    responses(
        (status = 200, body = SetupBody),
        (status = 409, body = ProblemBody, description = "`identity.second_factor_on`"),
        (status = 422, body = ProblemBody, description = "`identity.wrong_password`"),
        (status = 429, body = ProblemBody, description = "`identity.locked`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn set_up(
    signed: Signed,
    souk: Shared,
    Body(body): Body<SetupRequest>,
) -> Result<Answer, Problem> {
    let setup = souk.identity.set_up_second_factor(&signed.call(), &Secret::new(body.password)).await?;
    Answer::ok(&SetupBody::from(setup))
}

/// Turn the second factor on
///
/// With a code of the app. Answers ten recovery codes, which nobody can see again.
#[utoipa::path(
    post,
    path = "/api/v1/auth/2fa/enable",
    tag = "identity",
    request_body = EnableRequest,
    responses(
        (status = 200, body = RecoveryCodesBody),
        (status = 401, body = ProblemBody, description = "`identity.invalid_code`, or not signed in"),
        (
            status = 409,
            body = ProblemBody,
            description = "`identity.second_factor_missing`: nothing was set up; `identity.second_factor_on`",
        ),
        (status = 429, body = ProblemBody, description = "`identity.locked`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn enable(
    signed: Signed,
    souk: Shared,
    Body(body): Body<EnableRequest>,
) -> Result<Answer, Problem> {
    let codes = souk.identity.enable_second_factor(&signed.call(), &Secret::new(body.code)).await?;
    let recovery_codes = codes.iter().map(|code| code.expose().to_owned()).collect();
    Answer::ok(&RecoveryCodesBody { recovery_codes })
}

/// Turn the second factor off
///
/// With the password and a code of the app or a recovery code.
#[utoipa::path(
    post,
    path = "/api/v1/auth/2fa/disable",
    tag = "identity",
    request_body = DisableRequest,
    responses(
        (status = 204, description = "Turned off"),
        (status = 401, body = ProblemBody, description = "`identity.invalid_code`, or not signed in"),
        (status = 409, body = ProblemBody, description = "`identity.second_factor_missing`"),
        (status = 422, body = ProblemBody, description = "`identity.wrong_password`"),
        (status = 429, body = ProblemBody, description = "`identity.locked`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn disable(
    signed: Signed,
    souk: Shared,
    Body(body): Body<DisableRequest>,
) -> Result<Answer, Problem> {
    let (password, code) = (Secret::new(body.password), Secret::new(body.code));
    souk.identity.disable_second_factor(&signed.call(), &password, &code).await?;
    Ok(Answer::no_content())
}
