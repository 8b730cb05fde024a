//! What an order was at any moment of its history.

use commands::UseCase;
use domain::{
    ids::OrderId,
    orders::{Order, OrderState, OrderStatus},
};
use serde::Serialize;
use utoipa::ToSchema;

use actix_web::HttpRequest;

use super::{
    queries::unknown,
    reach::{Whose, reaches},
    response::TotalsBody,
};
use crate::{
    http::{
        Answer, Id, Problem,
        auth::Signed,
        history::{History, HistoryBody, RULES},
        problem::ProblemBody,
    },
    souk::Shared,
};

/// An order as it was at some moment.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderAsOf)]
pub(crate) struct OrderStateBody {
    /// How far it had come.
    #[schema(value_type = String)]
    status: OrderStatus,
    /// Who buys (`usr_…`).
    customer_id: Option<String>,
    /// What it came to.
    totals: Option<TotalsBody>,
    /// Its invoice's number.
    invoice_number: Option<u64>,
}

fn state(state: &OrderState) -> Option<OrderStateBody> {
    Some(OrderStateBody {
        status: state.status()?,
        customer_id: state.customer().map(|id| id.to_string()),
        totals: state.totals().map(TotalsBody::from),
        invoice_number: state.invoice_number(),
    })
}

/// What happened to an order
///
/// Every event, with who caused it, when and why; `as_of` (a position of the log, or a time) tells what the order was
/// then.
#[utoipa::path(
    get,
    path = "/api/v1/orders/{id}/history",
    tag = "orders",
    params(
        ("id" = String, Path, description = "`ord_…`"),
        ("as_of" = Option<String>, Query, description = "`1.42`, `42` or an RFC 3339 time"),
        ("as_of_by" = Option<String>, Query, description = "`recorded_at`, or `effective_at`: what had happened by that time, as is known now"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
    ),
    responses(
        (status = 200, body = HistoryBody<OrderStateBody>),
        (status = 412, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn order_history(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    Id(id): Id<OrderId>,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ReadOrderHistory)?;
    let params = RULES.read(&request)?;
    let past = History::<Order>::read(souk.log.reader(), &id.stream(), &params).await?;
    let companies: Vec<_> = past.state.parts().iter().map(|part| part.company).collect();
    let whose = Whose {
        customer: past.state.customer(),
        zone: past.state.zone().map(domain::text::Zone::as_str),
        companies: &companies,
    };
    if !past.state.exists() || !reaches(&signed, &whose) {
        return Err(unknown());
    }
    let mut body = past.body(state)?;
    if !signed.may(UseCase::ListFraudFlags.permission()) {
        // Whoever is looked at learns that, and not by which signs.
        body.withhold(&["OrderFlagged", "FlagCleared", "FraudConfirmed"])?;
    }
    Answer::ok(&body)
}
