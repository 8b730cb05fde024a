//! Routes of price lists.

use actix_web::HttpRequest;
use commands::{CommandError, Executed, UseCase, pricing::PriceListAccepted};
use domain::{ids::PriceListId, pricing::PriceList, text::Code};
use event_store::ids;
use projections::pricing::price_lists::{self, PriceListFilter};

use super::{
    listing,
    price_list_request::PriceListRequest,
    price_list_response::{PriceListAcceptedBody, PriceListBody, PriceListSummaryBody},
    request::EndRequest,
};
use crate::{
    http::{
        Answer, Body, Id, OptionalBody, Problem,
        auth::Signed,
        consistency::MinPosition,
        etag::IfMatch,
        idempotency::OptionalKey,
        list::{Op, Rules, exact},
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

/// The read model of the list.
const READ_MODEL: &str = "price_lists";

/// What lists of price lists understand.
const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("phase"), exact("customer"), exact("group")],
    sorts: &[],
    fields: &[
        "id",
        "name",
        "customers",
        "groups",
        "currency",
        "from",
        "until",
        "priority",
        "price_count",
        "phase",
        "retire_reason",
        "version",
        "created_at",
        "updated_at",
    ],
    params: &[],
};

/// Price lists, page by page
///
/// Newest first, without their prices.
#[utoipa::path(
    get,
    path = "/api/v1/price-lists",
    tag = "pricing",
    params(
        ("filter[phase]" = Option<String>, Query, description = "`scheduled`, `running`, `over` or `ended`"),
        ("filter[customer]" = Option<String>, Query, description = "`usr_…`: lists that name this customer"),
        ("filter[group]" = Option<String>, Query, description = "Lists for this customer group"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<PriceListSummaryBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_price_lists(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListPriceLists)?;
    let (params, now) = (RULES.read(&request)?, ids::now());
    let filter = PriceListFilter {
        now,
        phase: params.filter("phase", Op::Eq, listing::phase)?,
        customer: params.filter("customer", Op::Eq, str::parse)?,
        group: params.filter("group", Op::Eq, Code::parse)?,
    };
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = price_lists::list(souk.reads.pool(), &filter, &params.page()).await?;
    Answer::ok(&params.list(page, |row| PriceListSummaryBody::new(&row, now))?)
}

/// One price list
///
/// With all its prices, as the log has it now; a retired one too.
#[utoipa::path(
    get,
    path = "/api/v1/price-lists/{id}",
    tag = "pricing",
    params(("id" = String, Path, description = "`plt_…`"), ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = PriceListBody),
        (status = 304, description = "You have it already"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_price_list(
    signed: Signed,
    souk: Shared,
    Id(list): Id<PriceListId>,
) -> Result<Answer, Problem> {
    let view = souk.pricing.price_list(&signed.call(), list).await?;
    Ok(Answer::ok(&PriceListBody::from(&view))?.etag(view.version))
}

/// Create a price list
///
/// Who is named, or is in one of the groups, pays its prices from then on. Lists that name the customer go before lists
/// of the groups, each by priority; any list goes before the wholesale, the discounted and the base price.
#[utoipa::path(
    post,
    path = "/api/v1/price-lists",
    tag = "pricing",
    request_body = PriceListRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = PriceListAcceptedBody),
        (status = 409, body = ProblemBody, description = "`pricing.too_many_price_lists`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn create_price_list(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<PriceListRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let draft = request.parse()?;
    let executed = souk.pricing.create_price_list(&signed.repeatable(&attempt), draft).await?;
    let body = PriceListAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/price-lists/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Revise a price list
///
/// All of it is replaced, from now on; placed orders keep their prices.
#[utoipa::path(
    put,
    path = "/api/v1/price-lists/{id}",
    tag = "pricing",
    request_body = PriceListRequest,
    params(
        ("id" = String, Path, description = "`plt_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = PriceListAcceptedBody),
        (status = 409, body = ProblemBody, description = "`pricing.price_list_retired`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_price_list(
    signed: Signed,
    souk: Shared,
    Id(list): Id<PriceListId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<PriceListRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let draft = request.parse()?;
    let outcome = souk.pricing.revise_price_list(&signed.repeatable(&attempt), list, draft, expected).await;
    changed(&souk, list, outcome).await
}

/// Retire a price list
///
/// For good, from now on; placed orders keep their prices.
#[utoipa::path(
    delete,
    path = "/api/v1/price-lists/{id}",
    tag = "pricing",
    request_body = Option<EndRequest>,
    params(("id" = String, Path, description = "`plt_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = PriceListAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn retire_price_list(
    signed: Signed,
    souk: Shared,
    Id(list): Id<PriceListId>,
    IfMatch(expected): IfMatch,
    OptionalBody(request): OptionalBody<EndRequest>,
) -> Result<Answer, Problem> {
    let outcome = souk.pricing.retire_price_list(&signed.call(), list, request.parse()?, expected).await;
    changed(&souk, list, outcome).await
}

async fn changed(
    souk: &Shared,
    list: PriceListId,
    outcome: Result<Executed<PriceListAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = PriceListAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<PriceList>(error, &list.stream()).await),
    }
}
