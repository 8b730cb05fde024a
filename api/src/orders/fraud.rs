//! Routes of fraud: the queue of flagged orders, their review, and the rules.

use actix_web::HttpRequest;
use commands::UseCase;
use domain::{
    ids::OrderId,
    orders::{
        Flag,
        fraud::{FRAUD_RULES, FraudPolicy},
    },
};
use projections::{
    Sort,
    orders::fraud_flags::{self, FlagFilter, FlagSort},
};

use super::{
    fraud_body::{
        FraudFlagBody, FraudRulesAcceptedBody, FraudRulesBody, FraudRulesRequest, ReviewFlagRequest,
    },
    queries,
    response::OrderAcceptedBody,
    routes::changed,
};
use crate::{
    http::{
        Answer, Body, Id, Problem,
        auth::Signed,
        consistency::MinPosition,
        etag::IfMatch,
        idempotency::OptionalKey,
        list::{Op, Params, Rules, exact},
        problem::ProblemBody,
        routes::Routes,
        shapes::ListBody,
    },
    souk::Shared,
};

const QUEUE: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("status")],
    sorts: &["flagged_at", "score"],
    fields: &[],
    params: &[],
};

/// Routes of fraud.
pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/v1/fraud/flags", list_fraud_flags);
    routes.patch("/api/v1/fraud/flags/{id}", review_fraud_flag);
    routes.get("/api/v1/fraud/rules", show_fraud_rules);
    routes.put("/api/v1/fraud/rules", revise_fraud_rules);
}

fn filter(signed: &Signed, params: &Params) -> Result<FlagFilter, Problem> {
    let status = params.filter("status", Op::Eq, |word| {
        let known = Flag::ALL.iter().copied().find(|flag| flag.as_str() == word);
        known.ok_or("must be open, cleared or confirmed")
    })?;
    Ok(FlagFilter { status, zones: signed.zones().map(<[_]>::to_vec) })
}

/// Orders that look like fraud
///
/// Of your zones, the oldest first, so that nothing waits for ever. An open flag holds its order: it is neither confirmed,
/// edited, processed nor shipped.
#[utoipa::path(
    get,
    path = "/api/v1/fraud/flags",
    tag = "orders",
    params(
        ("filter[status]" = Option<String>, Query, description = "`open`, `cleared` or `confirmed`"),
        ("sort" = Option<String>, Query, description = "`flagged_at` or `score`; `-` in front means greatest first"),
        ("limit" = Option<u32>, Query, description = "1 to 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("total" = Option<bool>, Query, description = "`true`: count all of them"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<FraudFlagBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_fraud_flags(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListFraudFlags)?;
    let params = QUEUE.read(&request)?;
    let filter = filter(&signed, &params)?;
    souk.reads.wait_for(min, &[queries::FLAGS_MODEL, queries::READ_MODEL]).await?;
    let sort = params.sort.map_or(Sort::ascending(FlagSort::FlaggedAt), |sort| {
        let key = if sort.name == "score" {
            FlagSort::Score
        } else {
            FlagSort::FlaggedAt
        };
        Sort { key, descending: sort.is_descending }
    });
    let page = fraud_flags::list(souk.reads.pool(), &filter, sort, &params.page()).await?;
    Answer::ok(&params.list(page, FraudFlagBody::from)?)
}

/// Clear or confirm a flag
///
/// `clear` lets the order go on. `confirm` says that it is fraud: it is cancelled in the same moment, and its stock is
/// available again. Both teach the model.
#[utoipa::path(
    patch,
    path = "/api/v1/fraud/flags/{id}",
    tag = "orders",
    request_body = ReviewFlagRequest,
    params(
        ("id" = String, Path, description = "`ord_…`: the order's id is its flag's too"),
        ("If-Match" = Option<String>, Header, description = "The version of the order"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = OrderAcceptedBody),
        (status = 404, body = ProblemBody, description = "`orders.order_not_found`, `orders.not_flagged`"),
        (status = 409, body = ProblemBody, description = "`orders.already_reviewed`"),
        (status = 412, body = ProblemBody, description = "The order has changed; `events` says how"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn review_fraud_flag(
    signed: Signed,
    souk: Shared,
    Id(id): Id<OrderId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ReviewFlagRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let review = request.parse()?;
    let outcome = souk.orders.review_flag(&signed.repeatable(&attempt), id, review, expected).await;
    changed(&souk, id, outcome).await
}

/// Rules of fraud
///
/// What counts how much, from which score on orders are held, and how much the model has learned. Until rules are set,
/// those to begin with are shown, which are switched off.
#[utoipa::path(
    get,
    path = "/api/v1/fraud/rules",
    tag = "orders",
    params(("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = FraudRulesBody),
        (status = 304, description = "You have them already"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_fraud_rules(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    let view = souk.orders.fraud_rules(&signed.call()).await?;
    let body = FraudRulesBody::from(&view);
    Ok(Answer::ok(&body)?.etag(body.version))
}

/// Revise the rules of fraud
///
/// All of them are replaced; orders that are placed or edited from now on are looked at under these. Rules that are
/// switched on look at the orders of the last 90 days first, so that no customer is new by accident.
#[utoipa::path(
    put,
    path = "/api/v1/fraud/rules",
    tag = "orders",
    request_body = FraudRulesRequest,
    params(
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = FraudRulesAcceptedBody),
        (status = 412, body = ProblemBody, description = "They have changed; `events` says how"),
        (status = 422, body = ProblemBody, description = "`orders.fraud_rule_out_of_range`, …"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_fraud_rules(
    signed: Signed,
    souk: Shared,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<FraudRulesRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let rules = request.parse()?;
    match souk.orders.revise_fraud_rules(&signed.repeatable(&attempt), rules, expected).await {
        Ok(executed) => {
            let body = FraudRulesAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<FraudPolicy>(error, FRAUD_RULES).await),
    }
}
