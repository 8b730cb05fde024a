//! Routes of promotions.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use commands::{CommandError, Executed, Permission, pricing::PromotionAccepted};
use domain::{ids::PromotionId, pricing::Promotion};
use event_store::ids;
use projections::{
    Page, Sort,
    pricing::promotion_list::{self, PromotionFilter, PromotionRow, PromotionSort},
};

use super::{
    READ_MODEL, listing, past,
    request::{EndRequest, PromotionRequest},
    response::{PromotionAcceptedBody, PromotionBody, besides},
};
use crate::{
    http::{
        Answer, Body, Id, OptionalBody, Problem,
        auth::{MaybeSigned, Signed},
        consistency::MinPosition,
        etag::IfMatch,
        idempotency::OptionalKey,
        list::{Params, Rules},
        locale::Locale,
        moment,
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

const ONE: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: moment::PARAMS,
};

fn manages(signed: &MaybeSigned) -> bool {
    signed.0.as_ref().is_some_and(|signed| signed.may(Permission::ManagePricing))
}

pub(super) fn unknown() -> Problem {
    Problem::missing("pricing.promotion_not_found", "promotion does not exist")
}

/// Promotions, page by page
///
/// Everybody sees those that run and apply by themselves; those who manage promotions see all, with what they granted.
#[utoipa::path(
    get,
    path = "/api/v1/promotions",
    tag = "pricing",
    params(
        ("filter[phase]" = Option<String>, Query, description = "`scheduled`, `running`, `over` or `ended`"),
        ("filter[type]" = Option<String>, Query, description = "`percentage`, `fixed`, `buy_x_get_y` or `bundle`"),
        ("filter[activation]" = Option<String>, Query, description = "`automatic` or `coupon`"),
        ("sort" = Option<String>, Query, description = "`created_at`, `priority` or `from`; `-` in front: greatest first"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<PromotionBody>),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_promotions(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let (params, now) = (listing::PROMOTIONS.read(&request)?, ids::now());
    let filter = listing::promotions(&params, now)?;
    let is_managed = manages(&signed);
    let filter = if is_managed {
        Some(filter)
    } else {
        listing::narrow(filter)
    };
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = match filter {
        Some(filter) => read(&souk, &filter, listing::sort(&params), &params).await?,
        None => params.nothing(),
    };
    answer(&souk, &params, page, locale, now, is_managed)
}

/// Promotions that run now
///
/// In the order in which they are applied: the greatest priority first.
#[utoipa::path(
    get,
    path = "/api/v1/promotions/active",
    tag = "pricing",
    params(
        ("filter[type]" = Option<String>, Query, description = "`percentage`, `fixed`, `buy_x_get_y` or `bundle`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<PromotionBody>),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn active_promotions(
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let (params, now) = (listing::ACTIVE.read(&request)?, ids::now());
    let filter = listing::narrow(listing::promotions(&params, now)?);
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = match filter {
        Some(filter) => read(&souk, &filter, Sort::descending(PromotionSort::Priority), &params).await?,
        None => params.nothing(),
    };
    answer(&souk, &params, page, locale, now, false)
}

async fn read(
    souk: &Shared,
    filter: &PromotionFilter,
    sort: Sort<PromotionSort>,
    params: &Params,
) -> Result<Page<PromotionRow>, Problem> {
    Ok(promotion_list::promotions(souk.reads.pool(), filter, sort, &params.page()).await?)
}

fn answer(
    souk: &Shared,
    params: &Params,
    page: Page<PromotionRow>,
    locale: Locale,
    now: DateTime<Utc>,
    is_managed: bool,
) -> Result<Answer, Problem> {
    let tag = souk.store.locales.tag(locale);
    let list = params.list(page, |row| PromotionBody::new(&row, tag, now, is_managed).0)?;
    Ok(Answer::ok(&list)?.language(tag))
}

/// One promotion
///
/// Everybody sees one that runs and applies by itself; others exist for those who manage promotions only. `as_of`
/// (a position of the log, or a time) tells what it was then, without what it had granted.
#[utoipa::path(
    get,
    path = "/api/v1/promotions/{id}",
    tag = "pricing",
    params(
        ("id" = String, Path, description = "`prm_…`"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("as_of" = Option<String>, Query, description = "`1.42`, `42` or an RFC 3339 time"),
        ("as_of_by" = Option<String>, Query, description = "`recorded_at`, or `effective_at`: what had happened by that time, as is known now"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = PromotionBody),
        (status = 304, description = "You have it already"),
        (status = 404, body = ProblemBody, description = "`pricing.promotion_not_found`, `before-beginning`"),
        (status = 412, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn show_promotion(
    souk: Shared,
    signed: MaybeSigned,
    Id(id): Id<PromotionId>,
    min: MinPosition,
    locale: Locale,
    request: HttpRequest,
) -> Result<Answer, Problem> {
    let params = ONE.read(&request)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let (now, is_managed) = (ids::now(), manages(&signed));
    let past = moment::past(&params, souk.log.reader()).await?;
    let row = promotion_list::promotion(souk.reads.pool(), id).await?;
    let row = row.filter(|row| is_managed || row.is_public(now)).ok_or_else(unknown)?;
    if let Some(past) = past {
        let (row, then) = past::promotion(&souk, id, past, now).await?;
        if !is_managed && !row.is_public(then) {
            return Err(unknown());
        }
        let (body, tag) = PromotionBody::past(&row, souk.store.locales.tag(locale), then, is_managed);
        return Ok(Answer::ok(&body)?.language(&tag));
    }
    let (body, tag) = PromotionBody::new(&row, souk.store.locales.tag(locale), now, is_managed);
    let besides = if is_managed {
        besides(&row.usage, row.phase(now))
    } else {
        0
    };
    Ok(Answer::ok(&body)?.language(&tag).etag_of(row.version, besides))
}

/// Create a promotion
///
/// Exclusive promotions that apply by themselves may not overlap: the answer names the others and their times.
#[utoipa::path(
    post,
    path = "/api/v1/promotions",
    tag = "pricing",
    request_body = PromotionRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = PromotionAcceptedBody),
        (status = 409, body = ProblemBody, description = "`pricing.exclusive_overlap`, `pricing.too_many_live`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn create_promotion(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<PromotionRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let executed = souk.pricing.create_promotion(&signed.repeatable(&attempt), request.try_into()?).await?;
    let body = PromotionAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/promotions/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Revise a promotion
///
/// All of it is replaced, from now on; placed orders keep what they got. A limit can be changed or dropped, not added:
/// what was not counted cannot be limited. With `If-Match` only if nothing has changed since that version.
#[utoipa::path(
    put,
    path = "/api/v1/promotions/{id}",
    tag = "pricing",
    request_body = PromotionRequest,
    params(
        ("id" = String, Path, description = "`prm_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = PromotionAcceptedBody),
        (status = 409, body = ProblemBody, description = "`pricing.promotion_ended`, `pricing.exclusive_overlap`, …"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_promotion(
    signed: Signed,
    souk: Shared,
    Id(id): Id<PromotionId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<PromotionRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let call = signed.repeatable(&attempt);
    let outcome = souk.pricing.revise_promotion(&call, id, request.try_into()?, expected).await;
    changed(&souk, id, outcome).await
}

/// End a promotion
///
/// For good, from now on; placed orders keep what they got.
#[utoipa::path(
    delete,
    path = "/api/v1/promotions/{id}",
    tag = "pricing",
    request_body = Option<EndRequest>,
    params(("id" = String, Path, description = "`prm_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = PromotionAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn end_promotion(
    signed: Signed,
    souk: Shared,
    Id(id): Id<PromotionId>,
    IfMatch(expected): IfMatch,
    OptionalBody(request): OptionalBody<EndRequest>,
) -> Result<Answer, Problem> {
    let outcome = souk.pricing.end_promotion(&signed.call(), id, request.parse()?, expected).await;
    changed(&souk, id, outcome).await
}

async fn changed(
    souk: &Shared,
    id: PromotionId,
    outcome: Result<Executed<PromotionAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = PromotionAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Promotion>(error, &id.stream()).await),
    }
}
