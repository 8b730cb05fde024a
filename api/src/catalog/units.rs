//! Routes of units of measure.

use actix_web::HttpRequest;
use commands::{CommandError, Executed, catalog::UnitAccepted};
use domain::{catalog::Unit, ids::UnitId};
use projections::catalog::unit_list;

use super::{
    listing::wants_full,
    routes::allow_full,
    unit_request::{DefineUnitRequest, ReviseUnitRequest},
    unit_response::{UnitAcceptedBody, UnitBody},
};
use crate::{
    http::{
        Answer, Body, Id, Problem,
        auth::{MaybeSigned, Signed},
        consistency::MinPosition,
        etag::IfMatch,
        idempotency::OptionalKey,
        list::Rules,
        locale::Locale,
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

/// The read model that units come from.
pub(super) const READ_MODEL: &str = "unit_list";

const UNITS: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["view"],
};

/// Units of measure, by their codes, page by page
#[utoipa::path(
    get,
    path = "/api/v1/units",
    tag = "catalog",
    params(
        ("limit" = Option<u32>, Query, description = "1 to 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("total" = Option<bool>, Query, description = "`true`: count all of them"),
        ("view" = Option<String>, Query, description = "`full` shows retired ones, and every language"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<UnitBody>),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_units(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = UNITS.read(&request)?;
    let is_full = allow_full(wants_full(&params)?, &signed)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = unit_list::units(souk.reads.pool(), is_full, &params.page()).await?;
    let tag = souk.store.locales.tag(locale);
    Ok(Answer::ok(&params.list(page, |row| UnitBody::new(row, tag, is_full))?)?.language(tag))
}

/// Define a unit of measure
#[utoipa::path(
    post,
    path = "/api/v1/units",
    tag = "catalog",
    request_body = DefineUnitRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = UnitAcceptedBody),
        (status = 409, body = ProblemBody, description = "`catalog.unit_code_taken`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn define_unit(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<DefineUnitRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let (code, details) = request.parse()?;
    let executed = souk.catalog.define_unit(&signed.repeatable(&attempt), code, details).await?;
    let body = UnitAcceptedBody::from(&executed.result);
    Ok(Answer::created("/api/v1/units", &body)?.etag(body.version).executed(&executed))
}

/// Revise a unit of measure
///
/// All but the code is replaced. With `If-Match` only if nothing has changed since that version.
#[utoipa::path(
    put,
    path = "/api/v1/units/{id}",
    tag = "catalog",
    request_body = ReviseUnitRequest,
    params(
        ("id" = String, Path, description = "`unt_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = UnitAcceptedBody),
        (status = 409, body = ProblemBody, description = "`catalog.unit_retired`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_unit(
    signed: Signed,
    souk: Shared,
    Id(id): Id<UnitId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ReviseUnitRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let details = request.parse()?;
    let outcome = souk.catalog.revise_unit(&signed.repeatable(&attempt), id, details, expected).await;
    unit_answer(&souk, id, outcome).await
}

/// Retire a unit of measure
///
/// Nothing new is sold by it; what is sold by it already goes on.
#[utoipa::path(
    delete,
    path = "/api/v1/units/{id}",
    tag = "catalog",
    params(
        ("id" = String, Path, description = "`unt_…`"),
        ("If-Match" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = UnitAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn retire_unit(
    signed: Signed,
    souk: Shared,
    Id(id): Id<UnitId>,
    IfMatch(expected): IfMatch,
) -> Result<Answer, Problem> {
    let outcome = souk.catalog.retire_unit(&signed.call(), id, expected).await;
    unit_answer(&souk, id, outcome).await
}

async fn unit_answer(
    souk: &Shared,
    id: UnitId,
    outcome: Result<Executed<UnitAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = UnitAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Unit>(error, &id.stream()).await),
    }
}
