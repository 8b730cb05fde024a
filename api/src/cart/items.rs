//! Routes of a cart and what is in it.

use actix_web::HttpRequest;
use commands::cart::Checkout;
use domain::{ids::ProductId, text::Zone};

use super::{
    request::{AddItemRequest, SetQuantityRequest},
    response::{CartAcceptedBody, CartBody},
    shopper::{Shopper, changed},
};
use crate::{
    http::{
        Answer, Body, Id, Problem, consistency::MinPosition, idempotency::OptionalKey, list::Rules,
        problem::ProblemBody,
    },
    souk::Shared,
};

/// What the cart understands.
const RULES: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["zone"],
};

/// The cart
///
/// With what an order of it would come to now, what has changed since things were put in, and what stands in the order's
/// way. An account has one; a guest names it by `X-Cart-Token` or the cookie. Nothing was put in yet: it is empty. It
/// shows all that was done before it is asked for.
#[utoipa::path(
    get,
    path = "/api/v1/cart",
    tag = "cart",
    params(
        ("zone" = Option<String>, Query, description = "Zone of the delivery; a customer's own where it is absent"),
        ("X-Cart-Token" = Option<String>, Header, description = "A guest's token"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CartBody),
        (status = 403, body = ProblemBody),
        (status = 412, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn show_cart(
    shopper: Shopper,
    souk: Shared,
    request: HttpRequest,
    MinPosition(min): MinPosition,
) -> Result<Answer, Problem> {
    let zone = RULES.read(&request)?.parse_own("zone", Zone::parse)?;
    if let Some(min) = min {
        souk.reads.check_epoch(min).await?;
    }
    let checkout = Checkout { zone, ..Checkout::default() };
    let cart = souk.carts.show(&shopper.call(), shopper.token(), checkout).await?;
    Answer::ok(&CartBody::from(&cart))
}

/// Put something into the cart
///
/// Units of a product that is there already are added. The answer to a guest's first one holds the token of the new cart.
#[utoipa::path(
    post,
    path = "/api/v1/cart/items",
    tag = "cart",
    request_body = AddItemRequest,
    params(
        ("X-Cart-Token" = Option<String>, Header, description = "A guest's token"),
        ("Idempotency-Key" = Option<String>, Header, description = "Honoured for accounts, and for guests with a token"),
    ),
    responses(
        (status = 200, body = CartAcceptedBody),
        (status = 403, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`catalog.product_discontinued`, `cart.too_many_lines`, …"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn add_item(
    shopper: Shopper,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<AddItemRequest>,
) -> Result<Answer, Problem> {
    let attempt = shopper.begin(&souk, &key, &request)?;
    let (product, quantity) = request.parse()?;
    let call = shopper.repeatable(&attempt);
    let (executed, given) = souk.carts.add_item(&call, shopper.token(), product, quantity).await?;
    changed(&executed, given)
}

/// Change a quantity
#[utoipa::path(
    put,
    path = "/api/v1/cart/items/{id}",
    tag = "cart",
    request_body = SetQuantityRequest,
    params(
        ("id" = String, Path, description = "The product's id: `prd_…`"),
        ("X-Cart-Token" = Option<String>, Header, description = "A guest's token"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CartAcceptedBody),
        (status = 403, body = ProblemBody),
        (status = 409, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn set_quantity(
    shopper: Shopper,
    souk: Shared,
    Id(id): Id<ProductId>,
    key: OptionalKey,
    Body(request): Body<SetQuantityRequest>,
) -> Result<Answer, Problem> {
    let attempt = shopper.begin(&souk, &key, &request)?;
    let call = shopper.repeatable(&attempt);
    let executed = souk.carts.set_quantity(&call, shopper.token(), id, request.parse()?).await?;
    changed(&executed, None)
}

/// Take something out of the cart
#[utoipa::path(
    delete,
    path = "/api/v1/cart/items/{id}",
    tag = "cart",
    params(
        ("id" = String, Path, description = "The product's id: `prd_…`"),
        ("X-Cart-Token" = Option<String>, Header, description = "A guest's token"),
    ),
    responses(
        (status = 200, body = CartAcceptedBody),
        (status = 403, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn remove_item(
    shopper: Shopper,
    souk: Shared,
    Id(id): Id<ProductId>,
) -> Result<Answer, Problem> {
    let executed = souk.carts.remove_item(&shopper.call(), shopper.token(), id).await?;
    changed(&executed, None)
}

/// Empty the cart
///
/// Coupons go too.
#[utoipa::path(
    delete,
    path = "/api/v1/cart",
    tag = "cart",
    params(("X-Cart-Token" = Option<String>, Header, description = "A guest's token")),
    responses(
        (status = 200, body = CartAcceptedBody),
        (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody, description = "A guest without a cart"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn clear_cart(shopper: Shopper, souk: Shared) -> Result<Answer, Problem> {
    let executed = souk.carts.clear(&shopper.call(), shopper.token()).await?;
    changed(&executed, None)
}
