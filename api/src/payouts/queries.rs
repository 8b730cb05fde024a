//! Routes that show payouts.

use actix_web::HttpRequest;
use commands::UseCase;
use domain::{
    decider::Decider,
    ids::PayoutId,
    payouts::{Payout, PayoutStatus},
};
use event_store::LogPosition;
use projections::payouts::company_account::{self, PayoutFilter, PayoutRow};

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

const ONE: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: moment::PARAMS,
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
///
/// `as_of` (a position of the log, or a time) tells what it was then.
#[utoipa::path(
    get,
    path = "/api/v1/payouts/{id}",
    tag = "payouts",
    params(
        ("id" = String, Path, description = "`pay_…`"),
        ("as_of" = Option<String>, Query, description = "`1.42`, `42` or an RFC 3339 time"),
        ("as_of_by" = Option<String>, Query, description = "`recorded_at`, or `effective_at`: what had happened by that time, as is known now"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = PayoutBody),
        (status = 304, description = "You have it already"),
        (status = 404, body = ProblemBody, description = "`payouts.payout_not_found`, `before-beginning`"),
        (status = 412, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_payout(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    Id(id): Id<PayoutId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ShowPayout)?;
    let params = ONE.read(&request)?;
    let may_see = |row: &PayoutRow| !signed.is_foreign(Some(row.company));
    if let Some(past) = moment::past(&params, souk.log.reader()).await? {
        let stream = (Payout::KIND, &*id.stream());
        let row_of = company_account::row_of;
        let (row, events) = row_as_it_was(souk.log.reader(), stream, past, row_of, may_see, unknown).await?;
        // What it pays for never changes, and the read model has it as soon as it has the payout.
        let created =
            events.first().map(|first| LogPosition { position: first.position, ..souk.log.reader().head() });
        souk.reads.wait_for(MinPosition(min.0.max(created)), &[READ_MODEL]).await?;
        return Answer::ok(&with_items(&souk, row).await?);
    }
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let row = company_account::get(souk.reads.pool(), id).await?;
    let row = row.filter(may_see).ok_or_else(unknown)?;
    let version = row.version;
    Ok(Answer::ok(&with_items(&souk, row).await?)?.etag(version))
}

async fn with_items(souk: &Shared, row: PayoutRow) -> Result<PayoutBody, Problem> {
    let items = company_account::items_of(souk.reads.pool(), row.id).await?;
    Ok(PayoutBody {
        items: Some(items.iter().map(Into::into).collect()),
        ..row.into()
    })
}

fn unknown() -> Problem {
    Problem::missing("payouts.payout_not_found", "payout does not exist")
}
