//! Routes that create and settle payouts.

use commands::payouts::NewPayout;
use domain::{
    ids::PayoutId,
    payouts::{MAX_ITEMS, Payout},
};
use projections::payouts::company_account;

use super::{
    request::{CreatePayoutRequest, PayoutStatusRequest},
    response::PayoutAcceptedBody,
    routes::READ_MODEL,
};
use crate::{
    http::{
        Answer, Body, Id, Problem, auth::Signed, consistency::MinPosition, etag::IfMatch,
        idempotency::IdempotencyKey, problem::ProblemBody,
    },
    souk::Shared,
};

/// Create a payout
///
/// From all that is due to a company in one currency: delivered lines and delivery fees, less refunds; at most 1,000
/// items, oldest first. What is due is what the read models know: send `Min-Event-Position` to be sure that your own
/// last command counts. No item is ever in two payouts, unless one of them failed.
#[utoipa::path(
    post,
    path = "/api/v1/payouts",
    tag = "payouts",
    request_body = CreatePayoutRequest,
    params(("Idempotency-Key" = String, Header), ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 201, body = PayoutAcceptedBody),
        (status = 409, body = ProblemBody, description = "`payouts.nothing_due`, `payouts.nothing_to_pay`"),
        (status = 422, body = ProblemBody, description = "`vendors.company_not_found`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn create_payout(
    signed: Signed,
    souk: Shared,
    key: IdempotencyKey,
    min: MinPosition,
    Body(request): Body<CreatePayoutRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let (company, currency) = request.parse(souk.store.currency)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let candidates = company_account::due(souk.reads.pool(), company, currency, MAX_ITEMS).await?;
    let new = NewPayout { company, currency, candidates };
    let executed = souk.payouts.create_payout(&signed.repeatable(&attempt), new).await?;
    let body = PayoutAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/payouts/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Approve, pay or fail a payout
///
/// A payout is paid once it is approved, and that is final. One that fails gives its items back: the next payout takes
/// them.
#[utoipa::path(
    patch,
    path = "/api/v1/payouts/{id}/status",
    tag = "payouts",
    request_body = PayoutStatusRequest,
    params(
        ("id" = String, Path, description = "`pay_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = String, Header),
    ),
    responses(
        (status = 200, body = PayoutAcceptedBody),
        (status = 409, body = ProblemBody, description = "`payouts.not_approved`, `payouts.already_paid`, …"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn settle_payout(
    signed: Signed,
    souk: Shared,
    Id(id): Id<PayoutId>,
    IfMatch(expected): IfMatch,
    key: IdempotencyKey,
    Body(request): Body<PayoutStatusRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let step = request.parse(expected)?;
    match souk.payouts.settle_payout(&signed.repeatable(&attempt), id, step).await {
        Ok(executed) => {
            let body = PayoutAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Payout>(error, &id.stream()).await),
    }
}
