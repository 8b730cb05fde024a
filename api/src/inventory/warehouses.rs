//! Routes of warehouses.

use actix_web::HttpRequest;
use commands::{CommandError, Executed, UseCase, inventory::WarehouseAccepted};
use domain::{ids::WarehouseId, inventory::Warehouse, text::Zone};
use projections::inventory::stock_levels::{self, WarehouseRow};

use super::{
    response::{WarehouseAcceptedBody, WarehouseBody},
    routes::READ_MODEL,
    warehouse_request::{OpenWarehouseRequest, WarehouseRequest},
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
    fields: &[
        "id",
        "code",
        "name",
        "names",
        "country",
        "zones",
        "status",
        "version",
        "opened_at",
        "products",
        "on_hand",
        "available",
        "location",
        "shipping",
        "store_status",
    ],
    params: &[],
};

/// Warehouses by code, page by page
///
/// Whoever is confined to zones sees the warehouses that serve one of them.
#[utoipa::path(
    get,
    path = "/api/v1/warehouses",
    tag = "inventory",
    params(
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<WarehouseBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_warehouses(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListWarehouses)?;
    let params = RULES.read(&request)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let zones = signed.zones().unwrap_or_default();
    let page = stock_levels::warehouses(souk.reads.pool(), zones, &params.page()).await?;
    let tag = souk.store.locales.tag(locale);
    Ok(Answer::ok(&params.list(page, |row| WarehouseBody::new(row, tag))?)?.language(tag))
}

/// One warehouse with its stock totals
#[utoipa::path(
    get,
    path = "/api/v1/warehouses/{id}",
    tag = "inventory",
    params(("id" = String, Path, description = "`wrh_…`"), ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = WarehouseBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_warehouse(
    signed: Signed,
    souk: Shared,
    Id(id): Id<WarehouseId>,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ShowWarehouse)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let in_reach = |row: &WarehouseRow| {
        let serves = |zone: &Zone| row.zones.iter().any(|served| served == zone.as_str());
        signed.zones().is_none_or(|own| own.iter().any(serves))
    };
    let row = stock_levels::warehouse(souk.reads.pool(), id).await?.filter(in_reach);
    let row =
        row.ok_or_else(|| Problem::missing("inventory.warehouse_not_found", "warehouse does not exist"))?;
    let tag = souk.store.locales.tag(locale);
    let version = row.version;
    Ok(Answer::ok(&WarehouseBody::new(row, tag))?.language(tag).etag(version))
}

/// Open a warehouse
#[utoipa::path(
    post,
    path = "/api/v1/warehouses",
    tag = "inventory",
    request_body = OpenWarehouseRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = WarehouseAcceptedBody),
        (status = 409, body = ProblemBody, description = "`inventory.warehouse_code_taken`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn open_warehouse(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<OpenWarehouseRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let executed = souk.inventory.open_warehouse(&signed.repeatable(&attempt), request.try_into()?).await?;
    let body = WarehouseAcceptedBody {
        id: executed.result.warehouse.to_string(),
        version: executed.result.version,
    };
    let location = format!("/api/v1/warehouses/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Revise a warehouse
///
/// What is said replaces what was there, as a whole.
#[utoipa::path(
    put,
    path = "/api/v1/warehouses/{id}",
    tag = "inventory",
    request_body = WarehouseRequest,
    params(("id" = String, Path, description = "`wrh_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = WarehouseAcceptedBody),
        (status = 409, body = ProblemBody, description = "`inventory.warehouse_closed`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_warehouse(
    signed: Signed,
    souk: Shared,
    Id(id): Id<WarehouseId>,
    IfMatch(expected): IfMatch,
    Body(request): Body<WarehouseRequest>,
) -> Result<Answer, Problem> {
    let revision = request.try_into()?;
    answer(&souk, id, souk.inventory.revise_warehouse(&signed.call(), id, revision, expected).await).await
}

/// Close a warehouse
///
/// For good, and only when no product has stock in it; a store in it closes too.
#[utoipa::path(
    delete,
    path = "/api/v1/warehouses/{id}",
    tag = "inventory",
    params(("id" = String, Path, description = "`wrh_…`")),
    responses(
        (status = 200, body = WarehouseAcceptedBody),
        (status = 409, body = ProblemBody,
         description = "`inventory.warehouse_not_empty`: errors names up to 20 of the products"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn close_warehouse(
    signed: Signed,
    souk: Shared,
    Id(id): Id<WarehouseId>,
) -> Result<Answer, Problem> {
    answer(&souk, id, souk.inventory.close_warehouse(&signed.call(), id, None).await).await
}

/// What became of a warehouse; or what somebody else made of it meanwhile.
pub(super) async fn answer(
    souk: &Shared,
    id: WarehouseId,
    outcome: Result<Executed<WarehouseAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = WarehouseAcceptedBody {
                id: executed.result.warehouse.to_string(),
                version: executed.result.version,
            };
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Warehouse>(error, &id.stream()).await),
    }
}
