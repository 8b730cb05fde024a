//! Routes that change orders.

use commands::{CommandError, Executed, orders::OrderAccepted};
use domain::{ids::OrderId, orders::Order};

use super::{
    analytics::order_analytics,
    edit::edit_order,
    fraud,
    history::order_history,
    invoice::show_invoice,
    queries::{list_orders, list_orders_of_user, order_stats, show_order},
    request::{CancelOrderRequest, ChangeStatusRequest, DeleteOrderRequest, PlaceOrderRequest},
    response::OrderAcceptedBody,
    returns::{move_return, request_return},
};
use crate::{
    http::{
        Answer, Body, Id, OptionalBody, Problem,
        auth::Signed,
        device::DeviceId,
        etag::IfMatch,
        idempotency::{IdempotencyKey, OptionalKey},
        problem::ProblemBody,
        routes::Routes,
    },
    souk::Shared,
};

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/orders", list_orders);
    routes.post("/api/v1/orders", place_order);
    routes.get("/api/v1/orders/stats", order_stats);
    routes.get("/api/v1/orders/analytics", order_analytics);
    routes.get("/api/v1/orders/user/{user_id}", list_orders_of_user);
    routes.get("/api/v1/orders/{id}", show_order);
    routes.put("/api/v1/orders/{id}", edit_order);
    routes.delete("/api/v1/orders/{id}", delete_order);
    routes.put("/api/v1/orders/{id}/status", change_status);
    routes.put("/api/v1/orders/{id}/cancel", cancel_order);
    routes.get("/api/v1/orders/{id}/invoice.pdf", show_invoice);
    routes.get("/api/v1/orders/{id}/history", order_history);
    routes.post("/api/v1/orders/{id}/returns", request_return);
    routes.patch("/api/v1/returns/{id}/status", move_return);
    fraud::routes(routes);
}

/// Place an order
///
/// Of lines, or with `from_cart` of all that is in your cart, which is empty then. Its stock is reserved in the same
/// moment, from several warehouses where one cannot fill a line. Every fault of every line is told at once.
#[utoipa::path(
    post,
    path = "/api/v1/orders",
    tag = "orders",
    request_body = PlaceOrderRequest,
    params(
        ("Idempotency-Key" = String, Header, description = "One new value per intention, the same with repeats"),
        ("Device-Id" = Option<String>, Header, description = "What your device or installation calls itself, always the same"),
    ),
    responses(
        (status = 201, body = OrderAcceptedBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`inventory.insufficient_stock`, `orders.lines_refused`, …"),
        (status = 503, body = ProblemBody, description = "`busy`, `unavailable`, `outcome-unknown`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn place_order(
    signed: Signed,
    souk: Shared,
    key: IdempotencyKey,
    DeviceId(device): DeviceId,
    Body(request): Body<PlaceOrderRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let (call, from_cart) = (signed.repeatable(&attempt).from_device(device), request.from_cart);
    let executed = if from_cart {
        souk.orders.place_cart(&call, request.try_into()?).await?
    } else {
        souk.orders.place(&call, request.try_into()?).await?
    };
    let body = OrderAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/orders/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Move an order along
///
/// One step of `confirmed`, `processing`, `shipped`, `delivered`, for the whole order or one part.
#[utoipa::path(
    put,
    path = "/api/v1/orders/{id}/status",
    tag = "orders",
    request_body = ChangeStatusRequest,
    params(
        ("id" = String, Path, description = "`ord_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = OrderAcceptedBody),
        (status = 409, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn change_status(
    signed: Signed,
    souk: Shared,
    Id(id): Id<OrderId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ChangeStatusRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let outcome = souk.orders.change_status(&signed.repeatable(&attempt), id, request.step(expected)).await;
    changed(&souk, id, outcome).await
}

/// Cancel an order
///
/// Before anything of it has shipped. Its stock is available again in the same moment.
#[utoipa::path(
    put,
    path = "/api/v1/orders/{id}/cancel",
    tag = "orders",
    request_body = CancelOrderRequest,
    params(
        ("id" = String, Path, description = "`ord_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = OrderAcceptedBody),
        (status = 409, body = ProblemBody, description = "`orders.already_shipped`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn cancel_order(
    signed: Signed,
    souk: Shared,
    Id(id): Id<OrderId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<CancelOrderRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let outcome = souk.orders.cancel(&signed.repeatable(&attempt), id, request.parse()?, expected).await;
    changed(&souk, id, outcome).await
}

/// Delete an order, which cancels it
///
/// History is never deleted.
#[utoipa::path(
    delete,
    path = "/api/v1/orders/{id}",
    tag = "orders",
    request_body = Option<DeleteOrderRequest>,
    params(("id" = String, Path, description = "`ord_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = OrderAcceptedBody),
        (status = 409, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn delete_order(
    signed: Signed,
    souk: Shared,
    Id(id): Id<OrderId>,
    IfMatch(expected): IfMatch,
    OptionalBody(request): OptionalBody<DeleteOrderRequest>,
) -> Result<Answer, Problem> {
    let reason = CancelOrderRequest { reason: request.reason }.parse()?;
    let outcome = souk.orders.cancel(&signed.call(), id, reason, expected).await;
    changed(&souk, id, outcome).await
}

/// The answer to a change of an order.
pub(super) async fn changed(
    souk: &Shared,
    id: OrderId,
    outcome: Result<Executed<OrderAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = OrderAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Order>(error, &id.stream()).await),
    }
}
