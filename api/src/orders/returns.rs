//! Routes of returns.

use domain::{
    ids::{OrderId, ReturnId},
    orders::{Order, Return},
};

use super::{
    request::{RequestReturnRequest, ReturnMove, ReturnStatusRequest},
    return_response::ReturnAcceptedBody,
};
use crate::{
    http::{
        Answer, Body, Id, Problem,
        auth::Signed,
        etag::IfMatch,
        idempotency::{IdempotencyKey, OptionalKey},
        problem::ProblemBody,
    },
    souk::Shared,
};

/// Ask for a return
///
/// Only units that were delivered, and not more than were sold. What will be paid back is fixed now.
#[utoipa::path(
    post,
    path = "/api/v1/orders/{id}/returns",
    tag = "orders",
    request_body = RequestReturnRequest,
    params(("id" = String, Path, description = "`ord_…`"), ("Idempotency-Key" = String, Header)),
    responses(
        (status = 201, body = ReturnAcceptedBody),
        (status = 409, body = ProblemBody, description = "`orders.not_delivered`, `orders.return_exceeds_sold`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn request_return(
    signed: Signed,
    souk: Shared,
    Id(order): Id<OrderId>,
    key: IdempotencyKey,
    Body(request): Body<RequestReturnRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let call = signed.repeatable(&attempt);
    match souk.orders.request_return(&call, order, request.try_into()?).await {
        Ok(executed) => {
            let body = ReturnAcceptedBody::from(&executed.result);
            // A return is shown with its order.
            let location = format!("/api/v1/orders/{order}");
            Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Order>(error, &order.stream()).await),
    }
}

/// Move a return along
///
/// `approved`, `received` (its goods are on hand again), `refunded` (the credit is numbered), or `rejected`.
#[utoipa::path(
    patch,
    path = "/api/v1/returns/{id}/status",
    tag = "orders",
    request_body = ReturnStatusRequest,
    params(
        ("id" = String, Path, description = "`ret_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ReturnAcceptedBody),
        (status = 409, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn move_return(
    signed: Signed,
    souk: Shared,
    Id(id): Id<ReturnId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ReturnStatusRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let call = signed.repeatable(&attempt);
    let outcome = match ReturnMove::try_from(request)? {
        ReturnMove::Approve => souk.orders.approve_return(&call, id, expected).await,
        ReturnMove::Receive(warehouse) => souk.orders.receive_return(&call, id, warehouse, expected).await,
        ReturnMove::Refund => souk.orders.refund_return(&call, id, expected).await,
        ReturnMove::Reject(reason) => souk.orders.reject_return(&call, id, reason, expected).await,
    };
    match outcome {
        Ok(executed) => {
            let body = ReturnAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Return>(error, &id.stream()).await),
    }
}
