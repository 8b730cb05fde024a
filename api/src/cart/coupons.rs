//! Routes of a cart's coupons, and of what a guest brings along.

use super::{
    request::{AddCouponRequest, MergeCartRequest},
    response::{CartAcceptedBody, CartMergedBody},
    shopper::{Shopper, changed},
};
use crate::{
    http::{
        Answer, Body, OptionalBody, Problem, auth::Signed, cookies, idempotency::OptionalKey,
        problem::ProblemBody,
    },
    pricing::coupons::Code,
    souk::Shared,
};

/// Put a coupon on the cart
///
/// It must be taken at present. Whether it takes something off depends on what is in the cart: `warnings` of the cart
/// tell, and an order with a coupon that takes nothing off is refused.
#[utoipa::path(
    post,
    path = "/api/v1/cart/coupons",
    tag = "cart",
    request_body = AddCouponRequest,
    params(
        ("X-Cart-Token" = Option<String>, Header, description = "A guest's token"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CartAcceptedBody),
        (status = 403, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`pricing.ended`, `cart.too_many_coupons`, …"),
        (status = 422, body = ProblemBody, description = "`pricing.unknown_coupon`"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn add_coupon(
    shopper: Shopper,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<AddCouponRequest>,
) -> Result<Answer, Problem> {
    let attempt = shopper.begin(&souk, &key, &request)?;
    let call = shopper.repeatable(&attempt);
    let (executed, given) = souk.carts.add_coupon(&call, shopper.token(), request.parse()?).await?;
    changed(&executed, given)
}

/// Take a coupon off the cart
#[utoipa::path(
    delete,
    path = "/api/v1/cart/coupons/{code}",
    tag = "cart",
    params(
        ("code" = String, Path, description = "As the customer types it"),
        ("X-Cart-Token" = Option<String>, Header, description = "A guest's token"),
    ),
    responses(
        (status = 200, body = CartAcceptedBody),
        (status = 403, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn remove_coupon(
    shopper: Shopper,
    souk: Shared,
    Code(code): Code,
) -> Result<Answer, Problem> {
    let executed = souk.carts.remove_coupon(&shopper.call(), shopper.token(), code).await?;
    changed(&executed, None)
}

/// Take over a guest's cart
///
/// After signing in: what the guest has put in joins the account's cart, units beside units, and the guest's cart is
/// closed. Coupons come along as far as they are taken. Once: a repeat changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/cart/merge",
    tag = "cart",
    request_body = Option<MergeCartRequest>,
    params(
        ("X-Cart-Token" = Option<String>, Header, description = "The guest's token"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CartMergedBody),
        (status = 409, body = ProblemBody, description = "`cart.too_many_lines`: both carts stay as they are"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn merge(
    signed: Signed,
    shopper: Shopper,
    souk: Shared,
    key: OptionalKey,
    OptionalBody(request): OptionalBody<MergeCartRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let named = request.parse()?;
    let token = named.as_ref().or_else(|| shopper.token());
    let executed = souk.carts.merge(&signed.repeatable(&attempt), token).await?;
    let body = CartMergedBody::from(&executed.result);
    Ok(cookies::clear_cart(Answer::ok(&body)?.etag(body.version).executed(&executed)))
}
