//! The ways to sign in beside the password, and what all of them answer: tokens, cookies, or the question for a second
//! factor.

use std::fmt;

use commands::identity::{AuthError, Email, Secret, SignIn, SignedIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    registration::{EmailRequest, PromiseBody, anonymous, email, promise},
    response::{AccountBody, TokensBody},
};
use crate::{
    http::{
        Answer, Body, Problem, RequestId, audit::Subject, cookies, device::FromDevice, problem::ProblemBody,
    },
    souk::{Shared, Souk},
};

/// A code that was sent to an address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "shirin@example.com", "code": "123456"}))]
pub(crate) struct CodeRequest {
    /// The account's address.
    email: String,
    /// Six digits.
    code: String,
    /// The session is kept in cookies, and not answered.
    #[serde(default)]
    cookies: bool,
}

/// The answer to a challenge.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"challenge": "…", "code": "123456"}))]
pub(crate) struct SecondFactorRequest {
    /// As signing in answered it.
    challenge: String,
    /// Six digits of the app, or a recovery code.
    code: String,
    /// The session is kept in cookies, and not answered.
    #[serde(default)]
    cookies: bool,
}

hidden! { CodeRequest SecondFactorRequest }

/// The first factor was right; the second is asked for.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactorChallenge, example = json!({
    "challenge": "…", "expires_in": 300, "methods": ["totp", "recovery_code"],
}))]
pub(crate) struct ChallengeBody {
    /// For `POST /auth/2fa/verify`, once.
    challenge: String,
    /// Seconds until it expires.
    expires_in: i64,
    /// What is taken.
    methods: [&'static str; 2],
}

/// A session that is kept in cookies.
#[derive(Serialize, ToSchema)]
#[schema(as = CookieSession)]
pub(crate) struct CookieSessionBody {
    /// For the header `x-csrf-token` of every `POST`, `PUT`, `PATCH` and `DELETE`.
    csrf_token: String,
    /// Seconds until the access token expires, and `POST /auth/refresh` is due.
    expires_in: i64,
    /// Seconds until the refresh token expires.
    refresh_expires_in: i64,
    /// Who signed in.
    account: AccountBody,
}

/// What signing in answers.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[schema(as = SignIn)]
#[expect(dead_code, reason = "the shape of three answers, for the OpenAPI document")]
pub(crate) enum SignInBody {
    /// Tokens.
    Tokens(TokensBody),
    /// The question for a second factor.
    Challenge(ChallengeBody),
    /// A session in cookies.
    Cookies(CookieSessionBody),
}

/// The answer to somebody who has shown what was asked for first.
pub(super) fn answer(
    souk: &Souk,
    subject: &Subject,
    sign_in: &SignIn,
    in_cookies: bool,
) -> Result<Answer, Problem> {
    match sign_in {
        SignIn::Complete(signed_in) => session(souk, subject, signed_in, in_cookies),
        SignIn::SecondFactor { challenge, expires_in } => Answer::ok(&ChallengeBody {
            challenge: challenge.expose().to_owned(),
            expires_in: *expires_in,
            methods: ["totp", "recovery_code"],
        }),
    }
}

/// The answer to somebody who is signed in.
pub(super) fn session(
    souk: &Souk,
    subject: &Subject,
    signed_in: &SignedIn,
    in_cookies: bool,
) -> Result<Answer, Problem> {
    subject.is(&signed_in.principal);
    if !in_cookies {
        return Answer::ok(&TokensBody::from(signed_in));
    }
    let answer = Answer::ok(&CookieSessionBody {
        csrf_token: souk.identity.csrf_token(signed_in.principal.session).expose().to_owned(),
        expires_in: signed_in.access_expires_in,
        refresh_expires_in: signed_in.refresh_expires_in,
        account: (&signed_in.principal).into(),
    })?;
    Ok(cookies::set(answer, signed_in))
}

/// Ask for a one-time code
///
/// Six digits go to the address, if it has a confirmed account: by mail today, perhaps as a short message some day. They
/// live for five minutes and work once. Five times an hour at most; neither the answer nor its time tells whether there
/// is such an account.
#[utoipa::path(
    post,
    path = "/api/v1/auth/login/otp",
    tag = "identity",
    request_body = EmailRequest,
    responses(
        (status = 202, body = PromiseBody),
        (status = 429, body = ProblemBody, description = "`identity.too_many_mails`"),
    ),
    security(()),
)]
pub(crate) async fn send_code(
    souk: Shared,
    subject: Subject,
    request: RequestId,
    Body(body): Body<EmailRequest>,
) -> Result<Answer, Problem> {
    let email = email(&body.email)?;
    subject.tries(&souk.identity, &email);
    souk.identity.send_code(&anonymous(request), &email).await?;
    promise()
}

/// Sign in with a one-time code
///
/// Five wrong codes in a row lock the address for this way of signing in, for 15 minutes. An account with a second
/// factor is asked for it, as after a password.
#[utoipa::path(
    post,
    path = "/api/v1/auth/verify-otp",
    tag = "identity",
    request_body = CodeRequest,
    responses(
        (status = 200, body = SignInBody),
        (status = 401, body = ProblemBody, description = "`identity.invalid_code`"),
        (status = 429, body = ProblemBody, description = "`identity.locked`"),
    ),
    security(()),
)]
pub(crate) async fn verify_code(
    souk: Shared,
    subject: Subject,
    FromDevice(device): FromDevice,
    Body(body): Body<CodeRequest>,
) -> Result<Answer, Problem> {
    // What is no address got no code.
    let email = Email::parse(&body.email).map_err(|_| AuthError::InvalidCode)?;
    subject.tries(&souk.identity, &email);
    let sign_in = souk.identity.login_with_code(&email, &Secret::new(body.code), &device).await?;
    answer(&souk, &subject, &sign_in, body.cookies)
}

/// Show a second factor
///
/// Trades the challenge that signing in answered, and a code of the app or a recovery code, for a session. A code is
/// taken once; five wrong ones in a row lock the account's second factor for 15 minutes.
#[utoipa::path(
    post,
    path = "/api/v1/auth/2fa/verify",
    tag = "identity",
    request_body = SecondFactorRequest,
    responses(
        (status = 200, body = SignInBody),
        (status = 401, body = ProblemBody, description = "`identity.invalid_code`"),
        (status = 429, body = ProblemBody, description = "`identity.locked`"),
    ),
    security(()),
)]
pub(crate) async fn pass_second_factor(
    souk: Shared,
    subject: Subject,
    FromDevice(device): FromDevice,
    Body(body): Body<SecondFactorRequest>,
) -> Result<Answer, Problem> {
    let (challenge, code) = (Secret::new(body.challenge), Secret::new(body.code));
    let signed_in = souk.identity.pass_second_factor(&challenge, &code, &device).await?;
    session(&souk, &subject, &signed_in, body.cookies)
}
