//! Routes that show payouts.

use actix_web::HttpRequest;
use commands::UseCase;
use domain::{ids::PayoutId, payouts::PayoutStatus};
use projections::payouts::company_account::{self, PayoutFilter};

use super::{
    response::PayoutBody,
    routes::{READ_MODEL, narrow},
};
use crate::{
    http::{
        Answer, Id, Problem,
        auth::Signed,
        consistency::MinPosition,
        list::{Op, Rules, exact},
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
        "item_count",
        "earnings",
        "total",
        "reference",
        "failure_reason",
        "version",
        "created_at",
        "paid_at",
        "updated_at",
    ],
    params: &[],
};

/// Payouts, newest first
///
/// A vendor sees those of its own company.
#[utoipa::path(
    get,
    path = "/api/v1/payouts",
    tag = "payouts",
    params(
        ("filter[company]" = Option<String>, Query, description = "`com_…`"),
        ("filter[status]" = Option<String>, Query, description = "`pending`, `approved`, `paid` or `failed`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<PayoutBody>),
        (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_payouts(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListPayouts)?;
    let params = RULES.read(&request)?;
    let wanted = params.filter("company", Op::Eq, str::parse)?;
    let status = params.filter("status", Op::Eq, |text| {
        let known = PayoutStatus::ALL.iter().find(|status| status.as_str() == text);
        known.copied().ok_or("is no status of a payout")
    })?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = match narrow(&signed, wanted) {
        Ok(company) => {
            let filter = PayoutFilter { company, status };
            company_account::list(souk.reads.pool(), &filter, &params.page()).await?
        }
        Err(()) => params.nothing(),
    };
    Answer::ok(&params.list(page, PayoutBody::from)?)
}

/// One payout with the items that it pays for
#[utoipa::path(
    get,
    path = "/api/v1/payouts/{id}",
    tag = "payouts",
    params(
        ("id" = String, Path, description = "`pay_…`"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = PayoutBody),
        (status = 304, description = "You have it already"),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 404, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_payout(
    signed: Signed,
    souk: Shared,
    Id(id): Id<PayoutId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ShowPayout)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let row = company_account::get(souk.reads.pool(), id).await?;
    let row = row.filter(|row| !signed.is_foreign(Some(row.company)));
    let row = row.ok_or_else(|| Problem::missing("payouts.payout_not_found", "payout does not exist"))?;
    let items = company_account::items_of(souk.reads.pool(), id).await?;
    let version = row.version;
    let body = PayoutBody {
        items: Some(items.iter().map(Into::into).collect()),
        ..row.into()
    };
    Ok(Answer::ok(&body)?.etag(version))
}
