//! Routes for new passwords.

use std::fmt;

use commands::identity::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

use super::registration::{EmailRequest, PromiseBody, anonymous, email, promise};
use crate::{
    http::{Answer, Body, Problem, RequestId, audit::Subject, auth::Signed, problem::ProblemBody},
    souk::Shared,
};

/// A token from a mail, and the password that its receiver chooses.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "…", "password": "four plain words"}))]
pub(crate) struct ResetPasswordRequest {
    /// As the mail gives it.
    token: String,
    /// 8 to 128 characters, not easy to guess.
    password: String,
}

/// The present password and the next.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"current_password": "four plain words", "new_password": "five even plainer words"}))]
pub(crate) struct ChangePasswordRequest {
    /// The present one.
    current_password: String,
    /// 8 to 128 characters, not easy to guess.
    new_password: String,
}

hidden! { ResetPasswordRequest ChangePasswordRequest }

/// Ask for a new password
///
/// A mail with a token goes out, if the address has an account. Neither the answer nor its time tells. Five times an
/// hour at most.
#[utoipa::path(
    post,
    path = "/api/v1/auth/forgot-password",
    tag = "identity",
    request_body = EmailRequest,
    responses(
        (status = 202, body = PromiseBody),
        (status = 429, body = ProblemBody, description = "`identity.too_many_mails`"),
    ),
    security(()),
)]
pub(crate) async fn forgot_password(
    souk: Shared,
    subject: Subject,
    request: RequestId,
    Body(body): Body<EmailRequest>,
) -> Result<Answer, Problem> {
    let email = email(&body.email)?;
    subject.tries(&souk.identity, &email);
    souk.identity.forgot_password(&anonymous(request), &email).await?;
    promise()
}

/// Choose a new password
///
/// With the token of the mail, which lives for an hour and works once. All sessions of the account end; its address
/// counts as confirmed.
#[utoipa::path(
    post,
    path = "/api/v1/auth/reset-password",
    tag = "identity",
    request_body = ResetPasswordRequest,
    responses(
        (status = 204, description = "Changed"),
        (
            status = 422,
            body = ProblemBody,
            description = "`identity.mailed_token_invalid`, `identity.password_length`, `identity.password_weak`",
        ),
    ),
    security(()),
)]
pub(crate) async fn reset_password(
    souk: Shared,
    request: RequestId,
    Body(body): Body<ResetPasswordRequest>,
) -> Result<Answer, Problem> {
    let (token, password) = (Secret::new(body.token), Secret::new(body.password));
    souk.identity.reset_password(&anonymous(request), &token, &password).await?;
    Ok(Answer::no_content())
}

/// Change one's own password
///
/// All other sessions of the account end. Wrong guesses at the present password lock the address, as they do when
/// signing in.
#[utoipa::path(
    post,
    path = "/api/v1/auth/change-password",
    tag = "identity",
    request_body = ChangePasswordRequest,
    responses(
        (status = 204, description = "Changed"),
        (
            status = 422,
            body = ProblemBody,
            description = "`identity.wrong_password`, `identity.password_length`, `identity.password_weak`",
        ),
        (status = 429, body = ProblemBody, description = "`identity.locked`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn change_password(
    signed: Signed,
    souk: Shared,
    Body(body): Body<ChangePasswordRequest>,
) -> Result<Answer, Problem> {
    let (current, next) = (Secret::new(body.current_password), Secret::new(body.new_password));
    souk.identity.change_password(&signed.call(), &current, &next).await?;
    Ok(Answer::no_content())
}
