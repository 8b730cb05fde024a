//! Routes that say what is short.

use actix_web::HttpRequest;
use commands::UseCase;
use domain::ids::WarehouseId;
use projections::{Page, inventory::stock_levels, inventory::stock_levels::StockRow};

use super::{reach::narrow, response::ShortageBody, routes::READ_MODEL};
use crate::{
    http::{
        Answer, Problem,
        auth::Signed,
        consistency::MinPosition,
        list::{Op, Params, Rules, exact},
        locale::Locale,
        shapes::ListBody,
    },
    souk::Shared,
};

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("warehouse")],
    sorts: &[],
    fields: &[
        "product_id",
        "sku",
        "title",
        "warehouse_id",
        "warehouse_code",
        "on_hand",
        "available",
        "threshold",
        "product_available",
    ],
    params: &[],
};

/// Products at or below their threshold
#[utoipa::path(
    get,
    path = "/api/v1/inventory/low-stock",
    tag = "inventory",
    params(
        ("filter[warehouse]" = Option<String>, Query, description = "`wrh_…`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<ShortageBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn low_stock(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let (params, warehouse) = asked(&signed, &request)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = match narrow(&signed, &souk, warehouse).await? {
        Some(within) => stock_levels::low_stock(souk.reads.pool(), &within, &params.page()).await?,
        None => params.nothing(),
    };
    answer(&souk, &params, page, locale)
}

/// Products of which nothing is available
#[utoipa::path(
    get,
    path = "/api/v1/inventory/out-of-stock",
    tag = "inventory",
    params(
        ("filter[warehouse]" = Option<String>, Query, description = "`wrh_…`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<ShortageBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn out_of_stock(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let (params, warehouse) = asked(&signed, &request)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = match narrow(&signed, &souk, warehouse).await? {
        Some(within) => stock_levels::out_of_stock(souk.reads.pool(), &within, &params.page()).await?,
        None => params.nothing(),
    };
    answer(&souk, &params, page, locale)
}

fn asked(signed: &Signed, request: &HttpRequest) -> Result<(Params, Option<WarehouseId>), Problem> {
    signed.require_everywhere(UseCase::ReadShortages)?;
    let params = RULES.read(request)?;
    let warehouse = params.filter("warehouse", Op::Eq, str::parse)?;
    Ok((params, warehouse))
}

fn answer(souk: &Shared, params: &Params, page: Page<StockRow>, locale: Locale) -> Result<Answer, Problem> {
    let tag = souk.store.locales.tag(locale);
    Ok(Answer::ok(&params.list(page, |row| ShortageBody::new(row, tag))?)?.language(tag))
}
