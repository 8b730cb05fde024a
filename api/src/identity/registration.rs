//! Routes for registering, and for confirming the address.

use std::fmt;

use commands::{
    Call, Caller,
    identity::{Email, InvalidEmail, Registration, Secret},
};
use domain::identity::{DisplayName, Locale as Language, PersonalDetails, Phone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{
        Answer, Body, Fields, Problem, RequestId, audit::Subject, fields::FieldFault, locale::Locale,
        problem::ProblemBody,
    },
    souk::Shared,
};

/// Somebody who registers. Roles, zones and companies are given by others, and not asked for here.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "email": "shirin@example.com", "password": "four plain words", "display_name": "Shirin Aziz", "locale": "ckb",
}))]
pub(crate) struct RegisterRequest {
    /// The address, to which a mail goes out.
    email: String,
    /// 8 to 128 characters, not easy to guess.
    password: String,
    /// What its owner is called.
    #[serde(default)]
    #[schema(max_length = 120)]
    display_name: Option<String>,
    /// Its owner's phone, with its country's code.
    #[serde(default)]
    phone: Option<String>,
    /// The language that its owner reads (BCP 47); without it, what `Accept-Language` says.
    #[serde(default)]
    locale: Option<String>,
}

/// An address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"email": "shirin@example.com"}))]
pub(crate) struct EmailRequest {
    /// The account's address.
    pub(super) email: String,
}

/// A token from a mail.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"token": "…"}))]
pub(crate) struct MailedTokenRequest {
    /// As the mail gives it.
    token: String,
}

hidden! { RegisterRequest EmailRequest MailedTokenRequest }

/// What is answered whether or not there is such an account.
#[derive(Serialize, ToSchema)]
#[schema(as = MailPromised)]
pub(crate) struct PromiseBody {
    /// One sentence for a person.
    message: &'static str,
}

/// 202, which tells nothing.
pub(super) fn promise() -> Result<Answer, Problem> {
    let message = "if this address can have such a mail, it is on its way";
    Answer::json(actix_web::http::StatusCode::ACCEPTED, &PromiseBody { message })
}

/// A call of nobody within a request.
pub(super) fn anonymous(RequestId(request): RequestId) -> Call {
    Call::new(Caller::Anonymous).correlated(request)
}

/// The address of a request.
pub(super) fn email(text: &str) -> Result<Email, Problem> {
    let mut fields = Fields::default();
    let email = fields.check("/email", Email::parse(text));
    email.ok_or_else(|| fields.into_problem())
}

impl FieldFault for InvalidEmail {
    fn code(&self) -> &'static str {
        "invalid-email"
    }
}

impl RegisterRequest {
    fn registration(self, spoken: &str) -> Result<Registration, Problem> {
        let mut fields = Fields::default();
        let email = fields.check("/email", Email::parse(&self.email));
        let name =
            fields.check_optional("/display_name", self.display_name, |text| DisplayName::parse(&text));
        let phone = fields.check_optional("/phone", self.phone, |text| Phone::parse(&text));
        let language = self.locale.unwrap_or_else(|| spoken.to_owned());
        let locale = fields.check("/locale", Language::parse(&language));
        match (email, name, phone, locale) {
            (Some(email), Some(display_name), Some(phone), Some(locale)) => Ok(Registration {
                email,
                password: Secret::new(self.password),
                details: PersonalDetails { display_name, phone, locale: Some(locale) },
            }),
            _ => Err(fields.into_problem()),
        }
    }
}

/// Register as a customer
///
/// A mail with a token goes to the address; before it was used the account cannot sign in. An address that has an
/// account gets a mail that says so, and the answer is the same.
#[utoipa::path(
    post,
    path = "/api/v1/auth/register",
    tag = "identity",
    request_body = RegisterRequest,
    params(("Accept-Language" = Option<String>, Header, description = "The language of the mails")),
    responses(
        (status = 202, body = PromiseBody),
        (status = 422, body = ProblemBody, description = "`identity.password_length`, `identity.password_weak`"),
    ),
    security(()),
)]
pub(crate) async fn register(
    souk: Shared,
    subject: Subject,
    request: RequestId,
    locale: Locale,
    Body(body): Body<RegisterRequest>,
) -> Result<Answer, Problem> {
    let registration = body.registration(souk.store.locales.tag(locale))?;
    subject.tries(&souk.identity, &registration.email);
    souk.identity.register_customer(&anonymous(request), registration).await?;
    promise()
}

/// Confirm an address
///
/// With the token of the mail, which lives for 24 hours and works once. From then on the account can sign in.
#[utoipa::path(
    post,
    path = "/api/v1/auth/verify-email",
    tag = "identity",
    request_body = MailedTokenRequest,
    responses(
        (status = 204, description = "Confirmed"),
        (status = 422, body = ProblemBody, description = "`identity.mailed_token_invalid`"),
    ),
    security(()),
)]
pub(crate) async fn verify_email(
    souk: Shared,
    request: RequestId,
    Body(body): Body<MailedTokenRequest>,
) -> Result<Answer, Problem> {
    souk.identity.verify_email(&anonymous(request), &Secret::new(body.token)).await?;
    Ok(Answer::no_content())
}

/// Have the mail for confirming sent again
///
/// Five times an hour at most. The answer is the same whether or not an account waits for it.
#[utoipa::path(
    post,
    path = "/api/v1/auth/resend-verification",
    tag = "identity",
    request_body = EmailRequest,
    responses(
        (status = 202, body = PromiseBody),
        (status = 429, body = ProblemBody, description = "`identity.too_many_mails`"),
    ),
    security(()),
)]
pub(crate) async fn resend_verification(
    souk: Shared,
    subject: Subject,
    request: RequestId,
    Body(body): Body<EmailRequest>,
) -> Result<Answer, Problem> {
    let email = email(&body.email)?;
    subject.tries(&souk.identity, &email);
    souk.identity.resend_verification(&anonymous(request), &email).await?;
    promise()
}
