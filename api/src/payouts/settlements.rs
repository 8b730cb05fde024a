//! Routes of settlements.

use actix_web::HttpRequest;
use commands::UseCase;
use domain::{
    decider::Decider,
    ids::SettlementId,
    payouts::{Settlement, SettlementStatus},
};
use projections::payouts::settlement_list::{self, SettlementFilter, SettlementRow};

use super::{
    request::{CreateSettlementRequest, SettlementStatusRequest},
    response::{SettlementAcceptedBody, SettlementBody},
    routes::{SETTLEMENT_MODEL, narrow},
};
use crate::{
    http::{
        Answer, Body, Id, Problem,
        auth::Signed,
        consistency::MinPosition,
        etag::IfMatch,
        idempotency::IdempotencyKey,
        list::{Op, Rules, exact},
        moment,
        past::row_as_it_was,
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("company"), exact("status")],
    sorts: &[],
    fields: &[
        "id",
        "company_id",
        "status",
        "from_position",
        "to_position",
        "statement",
        "dispute_reason",
        "closing_reason",
        "version",
        "created_at",
        "updated_at",
    ],
    params: &[],
};

const ONE: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: moment::PARAMS,
};

/// Settlements, newest first
///
/// A vendor sees those of its own company.
#[utoipa::path(
    get,
    path = "/api/v1/settlements",
    tag = "payouts",
    params(
        ("filter[company]" = Option<String>, Query, description = "`com_…`"),
        ("filter[status]" = Option<String>, Query, description = "`open`, `disputed`, `confirmed` or `closed`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<SettlementBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_settlements(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListSettlements)?;
    let params = RULES.read(&request)?;
    let wanted = params.filter("company", Op::Eq, str::parse)?;
    let status = params.filter("status", Op::Eq, |text| {
        let known = SettlementStatus::ALL.iter().find(|status| status.as_str() == text);
        known.copied().ok_or("is no status of a settlement")
    })?;
    souk.reads.wait_for(min, &[SETTLEMENT_MODEL]).await?;
    let page = match narrow(&signed, wanted) {
        Ok(company) => {
            let filter = SettlementFilter { company, status };
            settlement_list::list(souk.reads.pool(), &filter, &params.page()).await?
        }
        Err(()) => params.nothing(),
    };
    Answer::ok(&params.list(page, SettlementBody::from)?)
}

/// One settlement
///
/// `as_of` (a position of the log, or a time) tells what it was then.
#[utoipa::path(
    get,
    path = "/api/v1/settlements/{id}",
    tag = "payouts",
    params(
        ("id" = String, Path, description = "`stl_…`"),
        ("as_of" = Option<String>, Query, description = "`1.42`, `42` or an RFC 3339 time"),
        ("as_of_by" = Option<String>, Query, description = "`recorded_at`, or `effective_at`: what had happened by that time, as is known now"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = SettlementBody),
        (status = 304, description = "You have it already"),
        (status = 404, body = ProblemBody, description = "`payouts.settlement_not_found`, `before-beginning`"),
        (status = 412, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_settlement(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    Id(id): Id<SettlementId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ShowSettlement)?;
    let params = ONE.read(&request)?;
    let may_see = |row: &SettlementRow| !signed.is_foreign(Some(row.company));
    if let Some(past) = moment::past(&params, souk.log.reader()).await? {
        let stream = (Settlement::KIND, &*id.stream());
        let row_of = settlement_list::row_of;
        let (row, _) = row_as_it_was(souk.log.reader(), stream, past, row_of, may_see, unknown).await?;
        return Answer::ok(&SettlementBody::from(row));
    }
    souk.reads.wait_for(min, &[SETTLEMENT_MODEL]).await?;
    let row = settlement_list::get(souk.reads.pool(), id).await?;
    let row = row.filter(may_see).ok_or_else(unknown)?;
    let version = row.version;
    Ok(Answer::ok(&SettlementBody::from(row))?.etag(version))
}

fn unknown() -> Problem {
    Problem::missing("payouts.settlement_not_found", "settlement does not exist")
}

/// Draw up a settlement
///
/// The company's account over a range of positions of the log, from where its last settlement in this currency ended
/// (exclusive) up to a time or position (inclusive). The figures are read from the log itself, and balance to the minor
/// unit.
#[utoipa::path(
    post,
    path = "/api/v1/settlements",
    tag = "payouts",
    request_body = CreateSettlementRequest,
    params(("Idempotency-Key" = String, Header)),
    responses(
        (status = 201, body = SettlementAcceptedBody),
        (status = 409, body = ProblemBody,
            description = "`payouts.settlement_range_empty`, `payouts.settlement_not_adjoining`"),
        (status = 422, body = ProblemBody, description = "`vendors.company_not_found`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn create_settlement(
    signed: Signed,
    souk: Shared,
    key: IdempotencyKey,
    Body(request): Body<CreateSettlementRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let new = request.parse(souk.store.currency)?;
    let executed = souk.payouts.create_settlement(&signed.repeatable(&attempt), new).await?;
    let body = SettlementAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/settlements/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Confirm, dispute or close a settlement
#[utoipa::path(
    patch,
    path = "/api/v1/settlements/{id}/status",
    tag = "payouts",
    request_body = SettlementStatusRequest,
    params(
        ("id" = String, Path, description = "`stl_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = String, Header),
    ),
    responses(
        (status = 200, body = SettlementAcceptedBody),
        (status = 409, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn change_settlement(
    signed: Signed,
    souk: Shared,
    Id(id): Id<SettlementId>,
    IfMatch(expected): IfMatch,
    key: IdempotencyKey,
    Body(request): Body<SettlementStatusRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let step = request.parse(expected)?;
    match souk.payouts.change_settlement(&signed.repeatable(&attempt), id, step).await {
        Ok(executed) => {
            let body = SettlementAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Settlement>(error, &id.stream()).await),
    }
}
