//! Routes of coupons.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use commands::{
    CommandError, Executed, Permission, UseCase,
    orders::{LineProduct, NewLine},
    pricing::{CouponAccepted, NewQuote},
};
use domain::{
    ids::ProductId,
    pricing::{Coupon, CouponCode},
    quantity::Quantity,
    text::Zone,
};
use event_store::ids;
use projections::pricing::promotion_list;
use std::future::{Ready, ready};

use super::{
    READ_MODEL,
    coupon_request::CouponRequest,
    listing,
    quote_response::CouponCheckBody,
    request::EndRequest,
    response::{CouponAcceptedBody, CouponBody, besides},
};
use crate::{
    http::{
        Answer, Body, OptionalBody, Problem,
        auth::Signed,
        consistency::MinPosition,
        etag::IfMatch,
        idempotency::OptionalKey,
        list::{Params, Rules},
        problem::{ErrorItem, Place, ProblemBody},
        shapes::ListBody,
    },
    souk::Shared,
};

/// What the check of a coupon understands.
const CHECK: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["lines", "zone"],
};

/// The code in a path.
#[derive(Debug, Clone)]
pub(crate) struct Code(pub(crate) CouponCode);

impl FromRequest for Code {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let text = request.match_info().get("code").unwrap_or_default();
        ready(CouponCode::parse(text).map(Self).map_err(|error| {
            let item = ErrorItem::new(Place::Path("code"), "coupon-code", error.to_string());
            Problem::bad_request("coupon-code", error.to_string()).with_error(item)
        }))
    }
}

fn unknown() -> Problem {
    Problem::missing("pricing.coupon_not_found", "coupon does not exist")
}

/// Coupons, page by page
///
/// Newest first.
#[utoipa::path(
    get,
    path = "/api/v1/coupons",
    tag = "pricing",
    params(
        ("filter[phase]" = Option<String>, Query, description = "`scheduled`, `running`, `over` or `ended`"),
        ("filter[promotion]" = Option<String>, Query, description = "`prm_…`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<CouponBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_coupons(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListCoupons)?;
    let (params, now) = (listing::COUPONS.read(&request)?, ids::now());
    let filter = listing::coupons(&params, now)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = promotion_list::coupons(souk.reads.pool(), &filter, &params.page()).await?;
    Answer::ok(&params.list(page, |row| CouponBody::new(&row, now))?)
}

/// One coupon
///
/// Those who manage coupons see all of it. Everybody else who may order learns only whether it is taken and why not
/// (`CouponCheck`): at all, or with `lines`, off these goods.
#[utoipa::path(
    get,
    path = "/api/v1/coupons/{code}",
    tag = "pricing",
    params(
        ("code" = String, Path, description = "As the customer types it"),
        ("lines" = Option<String>, Query, description = "Product ids with units, such as `prd_…:2,prd_…:1`, up to 50"),
        ("zone" = Option<String>, Query, description = "Zone of the delivery; a customer's own where it is absent"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CouponAnswer),
        (status = 304, description = "You have it already"),
        (status = 422, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_coupon(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    Code(code): Code,
    min: MinPosition,
) -> Result<Answer, Problem> {
    let params = CHECK.read(&request)?;
    let asks_for_lines = params.own("lines").is_some();
    if signed.may(Permission::ManagePricing) && !asks_for_lines {
        souk.reads.wait_for(min, &[READ_MODEL]).await?;
        let row = promotion_list::coupon(souk.reads.pool(), &code).await?.ok_or_else(unknown)?;
        let now = ids::now();
        let besides = besides(&row.usage, row.phase(now));
        return Ok(Answer::ok(&CouponBody::new(&row, now))?.etag_of(row.version, besides));
    }
    signed.require(UseCase::ShowCoupon)?;
    check(&signed, &souk, &params, code).await
}

/// Whether a coupon is taken. It is answered from the log, so there is nothing to wait for.
async fn check(signed: &Signed, souk: &Shared, params: &Params, code: CouponCode) -> Result<Answer, Problem> {
    let standing = souk.pricing.coupon_standing(&code, Some(signed.principal().account)).await?;
    let standing = standing.ok_or_else(unknown)?;
    let Some(lines) = params.parse_own("lines", lines)? else {
        return Answer::ok(&CouponCheckBody::new(&code, standing.as_ref().err(), None));
    };
    let new = NewQuote {
        customer: None,
        zone: params.parse_own("zone", Zone::parse)?,
        lines,
        coupons: vec![code.clone()],
        is_strict: false,
    };
    let quote = souk.pricing.quote(&signed.call(), new).await?;
    let refused = quote.refused.first().map(|(_, reason)| reason);
    let taken = quote.discounts.iter().find(|discount| discount.coupon.as_ref() == Some(&code));
    Answer::ok(&CouponCheckBody::new(&code, refused, taken.map(|discount| discount.amount)))
}

/// `prd_…:2,prd_…:1`
fn lines(text: &str) -> Result<Vec<NewLine>, &'static str> {
    const WRONG: &str = "must be product ids with units, such as prd_…:2,prd_…:1";
    let line = |text: &str| {
        let (product, units) = text.split_once(':')?;
        let product: ProductId = product.trim().parse().ok()?;
        let quantity = Quantity::new(units.trim().parse().ok()?)?;
        Some(NewLine::new(LineProduct::Id(product), quantity))
    };
    text.split(',').map(|text| line(text).ok_or(WRONG)).collect()
}

/// Either answer, for the documentation.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "the documentation alone reads it")]
pub(crate) enum CouponAnswer {
    /// For those who manage coupons.
    Managed(Box<CouponBody>),
    /// For everybody else.
    Check(CouponCheckBody),
}

/// Create a coupon
///
/// Its code is its own for ever.
#[utoipa::path(
    post,
    path = "/api/v1/coupons",
    tag = "pricing",
    request_body = CouponRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = CouponAcceptedBody),
        (status = 409, body = ProblemBody, description = "`pricing.coupon_code_taken`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn create_coupon(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<CouponRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let (code, draft) = request.create()?;
    let executed = souk.pricing.create_coupon(&signed.repeatable(&attempt), code, draft).await?;
    let body = CouponAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/coupons/{}", body.code);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Revise a coupon
///
/// All of it but its code is replaced, from now on; placed orders keep what they got. A limit can be changed or dropped,
/// not added.
#[utoipa::path(
    put,
    path = "/api/v1/coupons/{code}",
    tag = "pricing",
    request_body = CouponRequest,
    params(
        ("code" = String, Path, description = "Its code"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CouponAcceptedBody),
        (status = 409, body = ProblemBody, description = "`pricing.coupon_ended`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_coupon(
    signed: Signed,
    souk: Shared,
    Code(code): Code,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<CouponRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let draft = request.revise(&code)?;
    let call = signed.repeatable(&attempt);
    let outcome = souk.pricing.revise_coupon(&call, code.clone(), draft, expected).await;
    changed(&souk, &code, outcome).await
}

/// End a coupon
///
/// For good, from now on; placed orders keep what they got.
#[utoipa::path(
    delete,
    path = "/api/v1/coupons/{code}",
    tag = "pricing",
    request_body = Option<EndRequest>,
    params(("code" = String, Path, description = "Its code"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = CouponAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn end_coupon(
    signed: Signed,
    souk: Shared,
    Code(code): Code,
    IfMatch(expected): IfMatch,
    OptionalBody(request): OptionalBody<EndRequest>,
) -> Result<Answer, Problem> {
    let outcome = souk.pricing.end_coupon(&signed.call(), code.clone(), request.parse()?, expected).await;
    changed(&souk, &code, outcome).await
}

async fn changed(
    souk: &Shared,
    code: &CouponCode,
    outcome: Result<Executed<CouponAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = CouponAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Coupon>(error, code.as_str()).await),
    }
}
