//! Who shops: somebody who is signed in, or a guest with the token of a cart.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpMessage, HttpRequest, dev::Payload, http::header::HeaderMap};
use commands::{
    Call, Caller,
    cart::{CartAccepted, CartToken},
};
use event_store::{Actor, ActorKind, Executed};
use serde::Serialize;
use uuid::Uuid;

use super::response::CartAcceptedBody;
use crate::{
    http::{
        Answer, Problem, RequestId,
        auth::{MaybeSigned, Signed},
        cookies,
        idempotency::{Attempt, OptionalKey},
    },
    souk::Shared,
};

/// The header that programs send a guest's token in; browsers have a cookie.
const CART_TOKEN: &str = "x-cart-token";

/// Who shops.
pub(crate) struct Shopper {
    signed: Option<Signed>,
    token: Option<CartToken>,
    request: Uuid,
}

impl FromRequest for Shopper {
    type Error = Problem;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let signed = MaybeSigned::from_request(request, payload);
        let token = token(request.headers());
        let id = request.extensions().get::<RequestId>().map_or_else(event_store::ids::uuid, |id| id.0);
        Box::pin(async move {
            let MaybeSigned(signed) = signed.await?;
            Ok(Self { signed, token, request: id })
        })
    }
}

/// The token of a request; one that cannot be ours is as good as none.
fn token(headers: &HeaderMap) -> Option<CartToken> {
    let header = headers.get(CART_TOKEN).and_then(|value| value.to_str().ok()).map(str::trim);
    match header {
        Some(text) => CartToken::parse(text),
        None => CartToken::parse(&cookies::cart(headers)?),
    }
}

impl Shopper {
    /// The guest's token.
    pub(super) const fn token(&self) -> Option<&CartToken> {
        self.token.as_ref()
    }

    /// A call of a use case within this request.
    pub(super) fn call(&self) -> Call {
        match &self.signed {
            Some(signed) => signed.call(),
            None => Call::new(Caller::Anonymous).correlated(self.request),
        }
    }

    /// A call that may be repeated.
    pub(super) fn repeatable(&self, attempt: &Attempt) -> Call {
        Call { idempotency: attempt.idempotency, ..self.call() }
    }

    /// What a repeat is known by. A guest is told from others by the cart; who has none yet cannot be, and gets another
    /// cart with every repeat.
    pub(super) fn begin(
        &self,
        souk: &Shared,
        key: &OptionalKey,
        request: &impl Serialize,
    ) -> Result<Attempt, Problem> {
        let actor = match (&self.signed, &self.token) {
            (Some(signed), _) => signed.actor(),
            (None, Some(token)) => Actor { kind: ActorKind::Anonymous, id: Some(token.cart().as_uuid()) },
            (None, None) => return Ok(Attempt::unrepeatable()),
        };
        souk.repeats.begin_optional(key, actor, request)
    }
}

/// The answer to a change of a cart. A guest's new cart comes with its token, for programs and as a cookie.
pub(super) fn changed(
    executed: &Executed<CartAccepted>,
    given: Option<CartToken>,
) -> Result<Answer, Problem> {
    let mut body = CartAcceptedBody::from(&executed.result);
    body.cart_token = given.as_ref().map(|token| token.expose().to_owned());
    let answer = Answer::ok(&body)?.etag(body.version).executed(executed);
    Ok(match given {
        Some(token) => cookies::set_cart(answer, token.expose()),
        None => answer,
    })
}
