//! Routes that change companies.

use commands::{CommandError, Executed, vendors::CompanyAccepted};
use domain::{ids::CompanyId, vendors::Company};

use super::{
    request::{
        CommissionRequest, CompanyStatus, CompanyStatusRequest, DeliveryFeesRequest, RegisterCompanyRequest,
        ReviseCompanyRequest,
    },
    response::CompanyAcceptedBody,
};
use crate::{
    http::{
        Answer, Body, Id, Problem, auth::Signed, etag::IfMatch, idempotency::OptionalKey,
        problem::ProblemBody,
    },
    souk::Shared,
};

/// Register a company
#[utoipa::path(
    post,
    path = "/api/v1/companies",
    tag = "vendors",
    request_body = RegisterCompanyRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = CompanyAcceptedBody),
        (status = 409, body = ProblemBody, description = "`vendors.company_already_registered`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn register_company(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<RegisterCompanyRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let call = signed.repeatable(&attempt);
    let executed = souk.vendors.register_company(&call, request.try_into()?).await?;
    let body = CompanyAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/companies/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

async fn answer(
    souk: &Shared,
    id: CompanyId,
    outcome: Result<Executed<CompanyAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = CompanyAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Company>(error, &id.stream()).await),
    }
}

/// Revise a company
///
/// What is left out stays. With `If-Match` only if nothing has changed since that version.
#[utoipa::path(
    put,
    path = "/api/v1/companies/{id}",
    tag = "vendors",
    request_body = ReviseCompanyRequest,
    params(
        ("id" = String, Path, description = "`com_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CompanyAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_company(
    signed: Signed,
    souk: Shared,
    Id(id): Id<CompanyId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ReviseCompanyRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let outcome =
        souk.vendors.revise_company(&signed.repeatable(&attempt), id, request.try_into()?, expected).await;
    answer(&souk, id, outcome).await
}

/// Take a company off sale, or put it back
///
/// Its goods cannot be ordered while it is inactive; placed orders go on. With `If-Match` only if nothing has changed since that version.
#[utoipa::path(
    patch,
    path = "/api/v1/companies/{id}/status",
    tag = "vendors",
    request_body = CompanyStatusRequest,
    params(
        ("id" = String, Path, description = "`com_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CompanyAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn set_company_status(
    signed: Signed,
    souk: Shared,
    Id(id): Id<CompanyId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<CompanyStatusRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let outcome = souk
        .vendors
        .set_active(
            &signed.repeatable(&attempt),
            id,
            request.status == CompanyStatus::Active,
            request.reason()?,
            expected,
        )
        .await;
    answer(&souk, id, outcome).await
}

/// Agree on a commission
///
/// For orders that are placed from now on; placed ones keep theirs. With `If-Match` only if nothing has changed since that version.
#[utoipa::path(
    patch,
    path = "/api/v1/companies/{id}/commission",
    tag = "vendors",
    request_body = CommissionRequest,
    params(
        ("id" = String, Path, description = "`com_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CompanyAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn set_commission(
    signed: Signed,
    souk: Shared,
    Id(id): Id<CompanyId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<CommissionRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let outcome =
        souk.vendors.set_commission(&signed.repeatable(&attempt), id, request.try_into()?, expected).await;
    answer(&souk, id, outcome).await
}

/// Set delivery fees
///
/// For orders that are placed from now on; placed ones keep theirs. With `If-Match` only if nothing has changed since that version.
#[utoipa::path(
    patch,
    path = "/api/v1/companies/{id}/delivery-fees",
    tag = "vendors",
    request_body = DeliveryFeesRequest,
    params(
        ("id" = String, Path, description = "`com_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CompanyAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn set_delivery_fees(
    signed: Signed,
    souk: Shared,
    Id(id): Id<CompanyId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<DeliveryFeesRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let outcome = souk
        .vendors
        .set_delivery_fees(&signed.repeatable(&attempt), id, request.try_into()?, expected)
        .await;
    answer(&souk, id, outcome).await
}
