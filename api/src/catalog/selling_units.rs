//! Routes of the units that products are sold by.

use actix_web::HttpRequest;
use commands::{CommandError, Executed, catalog::SellingUnitAccepted};
use domain::{
    catalog::SellingUnit,
    ids::{ProductId, SellingUnitId, UnitId},
};
use projections::catalog::{
    product_list::{self, ProductStatus},
    unit_list::{self, SellingUnitRow},
};

use super::{
    pages::READ_MODEL as PRODUCT_MODEL,
    unit_request::{AddSellingUnitRequest, ReviseSellingUnitRequest},
    unit_response::{SellingUnitBody, SellingUnitsBody, UnitAcceptedBody},
    units::READ_MODEL,
};
use crate::{
    http::{
        Answer, Body, Id, Problem, auth::Signed, consistency::MinPosition, etag::IfMatch,
        idempotency::OptionalKey, list::Rules, locale::Locale, problem::ProblemBody, shapes::ListBody,
    },
    souk::Shared,
};

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &[],
};

/// Units that products are sold by, oldest first, page by page
#[utoipa::path(
    get,
    path = "/api/v1/product-units",
    tag = "catalog",
    params(
        ("limit" = Option<u32>, Query, description = "1 to 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("total" = Option<bool>, Query, description = "`true`: count all of them"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<SellingUnitBody>),
    ),
    security(()),
)]
pub(crate) async fn list_selling_units(
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = RULES.read(&request)?;
    souk.reads.wait_for(min, &[READ_MODEL, PRODUCT_MODEL]).await?;
    let page = unit_list::selling_units(souk.reads.pool(), &params.page()).await?;
    let tag = souk.store.locales.tag(locale);
    let (next, total) = (page.next, page.total);
    let page = projections::Page { items: bodies(&souk, page.items, tag).await?, next, total };
    Ok(Answer::ok(&params.list(page, |body| body)?)?.language(tag))
}

/// Units that a product is sold by
///
/// The smallest first, with what is in each, what it costs and how many can be had.
#[utoipa::path(
    get,
    path = "/api/v1/product-units/product/{product_id}",
    tag = "catalog",
    params(
        ("product_id" = String, Path, description = "`prd_…`"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = SellingUnitsBody),
    ),
    security(()),
)]
pub(crate) async fn selling_units_of_product(
    souk: Shared,
    request: HttpRequest,
    Id(product): Id<ProductId>,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    Rules::default().read(&request)?;
    souk.reads.wait_for(min, &[READ_MODEL, PRODUCT_MODEL]).await?;
    let pool = souk.reads.pool();
    let known = product_list::get(pool, product).await?;
    if known.is_none_or(|row| row.status == ProductStatus::Discontinued) {
        return Err(Problem::missing("catalog.product_not_found", "product does not exist"));
    }
    let rows = unit_list::selling_units_of(pool, product).await?;
    let tag = souk.store.locales.tag(locale);
    let body = SellingUnitsBody { items: bodies(&souk, rows, tag).await? };
    Ok(Answer::ok(&body)?.language(tag))
}

/// The rows with what their units are called and what their products cost.
async fn bodies(
    souk: &Shared,
    rows: Vec<SellingUnitRow>,
    tag: &str,
) -> Result<Vec<SellingUnitBody>, Problem> {
    let (units, products): (Vec<UnitId>, Vec<ProductId>) =
        rows.iter().map(|row| (row.unit, row.product)).unzip();
    let pool = souk.reads.pool();
    let units = unit_list::units_by_ids(pool, &units).await?;
    let products = product_list::by_ids(pool, &products).await?;
    Ok(rows.into_iter().map(|row| SellingUnitBody::new(row, &units, &products, tag)).collect())
}

/// Sell a product by another unit
#[utoipa::path(
    post,
    path = "/api/v1/product-units",
    tag = "catalog",
    request_body = AddSellingUnitRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = UnitAcceptedBody),
        (status = 404, body = ProblemBody, description = "`catalog.product_not_found`"),
        (status = 409, body = ProblemBody, description = "`catalog.sku_taken`, `catalog.product_discontinued`"),
        (status = 422, body = ProblemBody, description = "`catalog.unit_unknown`, `catalog.selling_unit_currency`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn add_selling_unit(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<AddSellingUnitRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let (product, details) = request.parse()?;
    let executed = souk.catalog.add_selling_unit(&signed.repeatable(&attempt), product, details).await?;
    let body = UnitAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/product-units/product/{product}");
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Revise a unit that a product is sold by
///
/// It is replaced as a whole. With `If-Match` only if nothing has changed since that version.
#[utoipa::path(
    put,
    path = "/api/v1/product-units/{id}",
    tag = "catalog",
    request_body = ReviseSellingUnitRequest,
    params(
        ("id" = String, Path, description = "`sun_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = UnitAcceptedBody),
        (status = 409, body = ProblemBody, description = "`catalog.sku_taken`, `catalog.selling_unit_retired`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_selling_unit(
    signed: Signed,
    souk: Shared,
    Id(id): Id<SellingUnitId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ReviseSellingUnitRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let details = request.parse()?;
    let outcome = souk.catalog.revise_selling_unit(&signed.repeatable(&attempt), id, details, expected).await;
    selling_unit_answer(&souk, id, outcome).await
}

/// Do not sell a product by a unit any more
///
/// Its SKU stays its own.
#[utoipa::path(
    delete,
    path = "/api/v1/product-units/{id}",
    tag = "catalog",
    params(
        ("id" = String, Path, description = "`sun_…`"),
        ("If-Match" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = UnitAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn retire_selling_unit(
    signed: Signed,
    souk: Shared,
    Id(id): Id<SellingUnitId>,
    IfMatch(expected): IfMatch,
) -> Result<Answer, Problem> {
    let outcome = souk.catalog.retire_selling_unit(&signed.call(), id, expected).await;
    selling_unit_answer(&souk, id, outcome).await
}

async fn selling_unit_answer(
    souk: &Shared,
    id: SellingUnitId,
    outcome: Result<Executed<SellingUnitAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = UnitAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<SellingUnit>(error, &id.stream()).await),
    }
}
