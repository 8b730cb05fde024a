//! Who calls: bearer tokens (RFC 6750), or API keys with their secrets, and what their owners may do.

use std::{future::Future, pin::Pin, sync::Arc};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest,
    dev::Payload,
    http::{
        StatusCode,
        header::{AUTHORIZATION, HeaderMap},
    },
    web,
};
use commands::{
    Call, Caller, Permission, Principal, UseCase,
    identity::{ApiKeys, AuthError, TokenVerifier},
};
use domain::{ids::CompanyId, text::Zone};
use event_store::Actor;
use uuid::Uuid;

use super::{Problem, RequestId, cookies, defence::rate::Standing, idempotency::Attempt};
use crate::souk::Shared;

/// For a request without a token.
const NO_TOKEN_CHALLENGE: &str = "Bearer realm=\"souk\"";
/// For a token that is not valid.
pub(super) const INVALID_TOKEN_CHALLENGE: &str = "Bearer realm=\"souk\", error=\"invalid_token\"";
/// For an API key that is not valid.
pub(super) const API_KEY_CHALLENGE: &str = "ApiKey realm=\"souk\"";
/// An API key's id and its secret.
const API_KEY: &str = "x-api-key";
const APP_SECRET: &str = "x-app-secret";
/// What is about the caller's own account and sessions.
const OF_ACCOUNTS: &str = "/api/v1/auth/";
/// For a wrong password.
pub(super) const PASSWORD_CHALLENGE: &str = "Password realm=\"souk\"";

/// A signed-in caller. A route that takes this cannot be called by anybody else.
#[derive(Debug, Clone)]
pub struct Signed {
    principal: Arc<Principal>,
    request: Uuid,
}

/// A caller who may be signed in. A token that is sent must be valid all the same.
#[derive(Debug, Clone)]
pub struct MaybeSigned(pub Option<Signed>);

impl FromRequest for Signed {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let found = MaybeSigned::from_request(request, payload);
        Box::pin(async move {
            found.await?.0.ok_or_else(|| {
                let detail = "sign in, and send the access token: Authorization: Bearer …";
                Problem::unauthorized("identity.token_missing", NO_TOKEN_CHALLENGE, detail)
            })
        })
    }
}

impl FromRequest for MaybeSigned {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        if !request.headers().contains_key(AUTHORIZATION) {
            if request.headers().contains_key(API_KEY) {
                return Box::pin(by_key(request.clone()));
            }
            return Box::pin(by_cookies(request.clone()));
        }
        let token = bearer(request.headers()).map(str::to_owned);
        let verifier = request.app_data::<web::Data<TokenVerifier>>().cloned();
        let request = request.clone();
        Box::pin(async move {
            let (Some(token), Some(verifier)) = (token, verifier) else {
                return Err(AuthError::InvalidToken.into());
            };
            let principal = verifier.verify(&token).await?;
            Ok(Self(Some(Signed::admit(&request, principal)?)))
        })
    }
}

/// Who a browser's cookies vouch for. Browsers send them unasked, so cookies that are worth nothing any more are as
/// good as none, and a request that changes something needs the session's CSRF token.
async fn by_cookies(request: HttpRequest) -> Result<MaybeSigned, Problem> {
    let Some(token) = cookies::access(request.headers()) else {
        return Ok(MaybeSigned(None));
    };
    let Some(souk) = request.app_data::<Shared>() else {
        return Ok(MaybeSigned(None));
    };
    let principal = match souk.identity.verifier().verify(&token).await {
        Ok(principal) => principal,
        Err(AuthError::InvalidToken) => return Ok(MaybeSigned(None)),
        Err(error) => return Err(error.into()),
    };
    cookies::check(request.method(), request.headers(), &souk.identity, &principal)?;
    Ok(MaybeSigned(Some(Signed::admit(&request, principal)?)))
}

/// Who shows an API key and its secret.
async fn by_key(request: HttpRequest) -> Result<MaybeSigned, Problem> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let keys = request.app_data::<web::Data<ApiKeys>>();
    let (Some(key), Some(secret), Some(keys)) = (header(API_KEY), header(APP_SECRET), keys) else {
        return Err(AuthError::InvalidApiKey.into());
    };
    let principal = keys.verify(key.trim(), secret.trim()).await?;
    // As the router reads it, whatever is written as %….
    if request.match_info().as_str().starts_with(OF_ACCOUNTS) {
        let detail = "an API key is nobody's account: sign in for what is below /auth";
        return Err(Problem::new(StatusCode::FORBIDDEN, "identity.key_has_no_account", detail));
    }
    Ok(MaybeSigned(Some(Signed::admit(&request, principal)?)))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl Signed {
    /// Notes who it is, and counts the request (once, however often the handler asks).
    fn admit(request: &HttpRequest, principal: Arc<Principal>) -> Result<Self, Problem> {
        let id = request.extensions().get::<RequestId>().map_or_else(event_store::ids::uuid, |id| id.0);
        // For the log of requests.
        request.extensions_mut().insert(principal.actor());
        let is_counted = request.extensions().get::<Standing>().is_some_and(Standing::is_of_account);
        if !is_counted && let Some(souk) = request.app_data::<Shared>() {
            match souk.gate.count_principal(&principal) {
                Ok(None) => {}
                Ok(Some(standing)) => drop(request.extensions_mut().insert(standing)),
                Err(refusal) => {
                    request.extensions_mut().insert(refusal.standing);
                    return Err(refusal.problem);
                }
            }
        }
        Ok(Self { principal, request: id })
    }

    /// Who.
    #[must_use]
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// As use cases want it.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller::Account(self.principal.as_ref().clone())
    }

    /// As events name it.
    #[must_use]
    pub fn actor(&self) -> Actor {
        self.principal.actor()
    }

    /// A call of a use case within this request.
    #[must_use]
    pub fn call(&self) -> Call {
        Call::new(self.caller()).correlated(self.request)
    }

    /// A call that may be repeated.
    #[must_use]
    pub fn repeatable(&self, attempt: &Attempt) -> Call {
        Call { idempotency: attempt.idempotency, ..self.call() }
    }

    /// Whether the role carries `permission`.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.principal.may(permission)
    }

    /// Holds the caller to what the table of permissions asks for.
    ///
    /// # Errors
    /// 403.
    pub fn require(&self, use_case: UseCase) -> Result<(), Problem> {
        if self.may(use_case.permission()) {
            Ok(())
        } else {
            Err(Problem::forbidden())
        }
    }

    /// As [`Self::require`], over the whole marketplace: whoever is confined to a company sees too little
    /// for figures over everything.
    ///
    /// # Errors
    /// 403.
    pub fn require_everywhere(&self, use_case: UseCase) -> Result<(), Problem> {
        self.require(use_case)?;
        if self.company().is_some() {
            Err(Problem::forbidden())
        } else {
            Ok(())
        }
    }

    /// The company that a vendor is confined to: `Some(None)` for a vendor without any, who sees nothing.
    #[must_use]
    pub fn company(&self) -> Option<Option<CompanyId>> {
        self.principal.confined_to()
    }

    /// Whether what belongs to `company` is out of a vendor's reach.
    #[must_use]
    pub fn is_foreign(&self, company: Option<CompanyId>) -> bool {
        self.company().is_some_and(|own| own.is_none() || own != company)
    }

    /// The zones that an administrator is confined to; `None` where none restricts the caller.
    #[must_use]
    pub fn zones(&self) -> Option<&[Zone]> {
        self.principal.confining_zones()
    }
}
