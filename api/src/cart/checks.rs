//! Routes that look at a cart before it is ordered.

use super::{
    request::{ValidateCartRequest, ValidateCheckoutRequest},
    response::{CartStockBody, CartValidationBody, CheckoutValidationBody},
    shopper::Shopper,
};
use crate::{
    http::{Answer, OptionalBody, Problem, auth::Signed, problem::ProblemBody},
    souk::Shared,
};

/// Check the cart
///
/// What an order of it would be refused for, and what has changed since things were put in. Nothing is taken.
#[utoipa::path(
    post,
    path = "/api/v1/cart/validate",
    tag = "cart",
    request_body = Option<ValidateCartRequest>,
    params(("X-Cart-Token" = Option<String>, Header, description = "A guest's token")),
    responses(
        (status = 200, body = CartValidationBody),
        (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody, description = "A guest without a cart"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn validate(
    shopper: Shopper,
    souk: Shared,
    OptionalBody(request): OptionalBody<ValidateCartRequest>,
) -> Result<Answer, Problem> {
    let cart = souk.carts.validate(&shopper.call(), shopper.token(), request.parse()?).await?;
    Answer::ok(&CartValidationBody::from(&cart))
}

/// Check the cart as it is to be ordered
///
/// Stock, smallest quantities, zone, vendors, promotions and coupons, all of them at once and each with a quantity that
/// can be ordered instead; and what the order would come to, delivery too. Nothing is taken: another order may have the
/// last unit first.
#[utoipa::path(
    post,
    path = "/api/v1/cart/validate-checkout",
    tag = "cart",
    request_body = Option<ValidateCheckoutRequest>,
    responses(
        (status = 200, body = CheckoutValidationBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn validate_checkout(
    signed: Signed,
    souk: Shared,
    OptionalBody(request): OptionalBody<ValidateCheckoutRequest>,
) -> Result<Answer, Problem> {
    let cart = souk.carts.validate_checkout(&signed.call(), request.parse()?).await?;
    Answer::ok(&CheckoutValidationBody::from(&cart))
}

/// Check the stock of the cart
///
/// And nothing else, which is quick.
#[utoipa::path(
    post,
    path = "/api/v1/cart/quick-stock-check",
    tag = "cart",
    params(("X-Cart-Token" = Option<String>, Header, description = "A guest's token")),
    responses(
        (status = 200, body = CartStockBody),
        (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody, description = "A guest without a cart"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn quick_stock_check(shopper: Shopper, souk: Shared) -> Result<Answer, Problem> {
    let checks = souk.carts.check_stock(&shopper.call(), shopper.token()).await?;
    Answer::ok(&CartStockBody::from(checks.as_slice()))
}
