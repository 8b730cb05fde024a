//! Routes of tax rates.

use domain::{
    ids::TaxRateId,
    pricing::{TAX_TABLE, TaxTable},
};

use super::tax_rate_body::{TaxRateAcceptedBody, TaxRateRequest, TaxRatesBody};
use crate::{
    http::{
        Answer, Body, Id, Problem, auth::Signed, etag::IfMatch, idempotency::OptionalKey,
        problem::ProblemBody,
    },
    souk::Shared,
};

/// Tax rates
///
/// All of them as the log has them now, those that are switched off too. Goods have at most one: of the zone where they
/// go before everywhere, and there of their categories before all goods.
#[utoipa::path(
    get,
    path = "/api/v1/tax-rates",
    tag = "pricing",
    params(("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = TaxRatesBody),
        (status = 304, description = "You have them already"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_tax_rates(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    let view = souk.pricing.tax_table(&signed.call()).await?;
    Ok(Answer::ok(&TaxRatesBody::from(&view))?.etag(view.version))
}

/// Create a tax rate
///
/// Orders are taxed with it from then on: what a rate comes to is rounded once over all lines that it is for, half to
/// even, and split over them by largest remainder.
#[utoipa::path(
    post,
    path = "/api/v1/tax-rates",
    tag = "pricing",
    request_body = TaxRateRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = TaxRateAcceptedBody),
        (status = 409, body = ProblemBody, description = "`pricing.tax_rate_overlaps`, `pricing.too_many_tax_rates`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn create_tax_rate(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<TaxRateRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let terms = request.parse()?;
    let executed = souk.pricing.create_tax_rate(&signed.repeatable(&attempt), terms).await?;
    let body = TaxRateAcceptedBody::from(&executed.result);
    Ok(Answer::created("/api/v1/tax-rates", &body)?.etag(body.version).executed(&executed))
}

/// Revise a tax rate
///
/// All of it is replaced, from now on; placed orders keep their taxes. `is_active: false` switches it off.
#[utoipa::path(
    put,
    path = "/api/v1/tax-rates/{id}",
    tag = "pricing",
    request_body = TaxRateRequest,
    params(
        ("id" = String, Path, description = "`tax_…`"),
        ("If-Match" = Option<String>, Header, description = "The version of the table"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = TaxRateAcceptedBody),
        (status = 409, body = ProblemBody, description = "`pricing.tax_rate_overlaps`"),
        (status = 412, body = ProblemBody, description = "The table has changed; `events` says how"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_tax_rate(
    signed: Signed,
    souk: Shared,
    Id(rate): Id<TaxRateId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<TaxRateRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let terms = request.parse()?;
    match souk.pricing.revise_tax_rate(&signed.repeatable(&attempt), rate, terms, expected).await {
        Ok(executed) => {
            let body = TaxRateAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<TaxTable>(error, TAX_TABLE).await),
    }
}
