//! Routes that say what an order would come to.

use commands::{
    cart::Checkout,
    orders::{LineProduct, NewLine},
};

use super::{quote_request::QuoteRequest, quote_response::QuoteBody};
use crate::{
    http::{Answer, Body, Problem, auth::Signed, problem::ProblemBody},
    souk::Shared,
};

/// What would be saved
///
/// The price of these lines (or of your cart) now, with all promotions that run and the coupons that are taken; of the
/// others it says why they are not. Nothing is taken, and stock is not looked at.
#[utoipa::path(
    post,
    path = "/api/v1/promotions/preview",
    tag = "pricing",
    request_body = QuoteRequest,
    responses(
        (status = 200, body = QuoteBody),
        (status = 409, body = ProblemBody, description = "`catalog.product_discontinued`, `orders.lines_refused`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn preview(
    signed: Signed,
    souk: Shared,
    Body(request): Body<QuoteRequest>,
) -> Result<Answer, Problem> {
    if request.is_of_cart() {
        return of_cart(&signed, &souk, request).await;
    }
    let quote = souk.pricing.quote(&signed.call(), request.parse(false)?).await?;
    Answer::ok(&QuoteBody::from(quote))
}

/// Apply promotions and coupons
///
/// As the preview, but a coupon that takes nothing off is refused, as it is when the order is placed. Send `place_with`
/// of the answer with the order: it is then placed with these promotions and coupons, or refused. Without `lines` it is
/// about your cart, and the coupons are put on that: all of them, or none.
#[utoipa::path(
    post,
    path = "/api/v1/promotions/apply",
    tag = "pricing",
    request_body = QuoteRequest,
    responses(
        (status = 200, body = QuoteBody),
        (status = 409, body = ProblemBody, description = "`pricing.below_minimum`, `pricing.used_up`, …: one per coupon"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn apply(
    signed: Signed,
    souk: Shared,
    Body(request): Body<QuoteRequest>,
) -> Result<Answer, Problem> {
    if request.is_of_cart() {
        let asked = request.clone().parse(true)?;
        let checkout = Checkout { zone: asked.zone, ..Checkout::default() };
        let applied = souk.carts.apply_coupons(&signed.call(), asked.coupons, checkout).await?;
        let coupons = Vec::new();
        let answer = of_cart(&signed, &souk, QuoteRequest { coupons, ..request }).await?;
        return Ok(answer.executed(&applied));
    }
    let quote = souk.pricing.quote(&signed.call(), request.parse(true)?).await?;
    Answer::ok(&QuoteBody::from(quote))
}

/// The price of the caller's cart. Coupons of the request come after its own.
async fn of_cart(signed: &Signed, souk: &Shared, request: QuoteRequest) -> Result<Answer, Problem> {
    let mut new = request.parse(false)?;
    let (call, held) = (signed.call(), souk.carts.contents(&signed.call()).await?);
    new.lines =
        held.lines.iter().map(|line| NewLine::new(LineProduct::Id(line.product), line.quantity)).collect();
    let more = new.coupons.into_iter().filter(|code| !held.coupons.contains(code)).collect::<Vec<_>>();
    new.coupons = [held.coupons, more].concat();
    Answer::ok(&QuoteBody::from(souk.pricing.quote(&call, new).await?))
}
