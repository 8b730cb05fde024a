//! Routes that say what an order would come to.

use super::{quote_request::QuoteRequest, quote_response::QuoteBody};
use crate::{
    http::{Answer, Body, Problem, auth::Signed, problem::ProblemBody},
    souk::Shared,
};

/// What would be saved
///
/// The price of these lines now, with all promotions that run and the coupons that are taken; of the others it says why
/// they are not. Nothing is taken, and stock is not looked at.
#[utoipa::path(
    post,
    path = "/api/v1/promotions/preview",
    tag = "pricing",
    request_body = QuoteRequest,
    responses(
        (status = 200, body = QuoteBody),
        (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`catalog.product_discontinued`, `orders.lines_refused`"),
        (status = 422, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn preview(
    signed: Signed,
    souk: Shared,
    Body(request): Body<QuoteRequest>,
) -> Result<Answer, Problem> {
    let quote = souk.pricing.quote(&signed.call(), request.parse(false)?).await?;
    Answer::ok(&QuoteBody::from(quote))
}

/// Apply promotions and coupons
///
/// As the preview, but a coupon that takes nothing off is refused, as it is when the order is placed. Send `place_with`
/// of the answer with the order: it is then placed with these promotions and coupons, or refused.
#[utoipa::path(
    post,
    path = "/api/v1/promotions/apply",
    tag = "pricing",
    request_body = QuoteRequest,
    responses(
        (status = 200, body = QuoteBody),
        (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`pricing.below_minimum`, `pricing.used_up`, …: one per coupon"),
        (status = 422, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn apply(
    signed: Signed,
    souk: Shared,
    Body(request): Body<QuoteRequest>,
) -> Result<Answer, Problem> {
    let quote = souk.pricing.quote(&signed.call(), request.parse(true)?).await?;
    Answer::ok(&QuoteBody::from(quote))
}
