//! Public routes of stores.

use actix_web::HttpRequest;
use domain::{
    ids::{ProductId, WarehouseId},
    inventory::{Location, MAX_RADIUS_M},
    text::Zone,
};
use projections::inventory::stock_levels::{self, StoreRow};

use super::{
    place::{INVALID_DEGREES, micro_degrees},
    routes::READ_MODEL,
    store_response::{NearbyStoresBody, StoreAvailabilityBody, StoreBody, StoreGoodsBody},
};
use crate::{
    http::{
        Answer, Id, Problem,
        consistency::MinPosition,
        list::{Op, Params, Rules, exact},
        locale::Locale,
        problem::{ErrorItem, Place},
        shapes::ListBody,
    },
    souk::Shared,
};

/// How far is looked when nobody says.
const RADIUS_DEFAULT_M: u32 = 10_000;
/// Stores of one answer when nobody says how many.
const STORES_DEFAULT: u16 = 20;
/// Stores of one answer at most.
const STORES_MAX: u16 = 200;

const NEARBY: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["latitude", "longitude", "radius_m", "limit"],
};

const AVAILABILITY: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("product")],
    sorts: &[],
    fields: &["product_id", "sku", "title", "available"],
    params: &["latitude", "longitude", "zone"],
};

/// The place that a request is about; both of its numbers or none.
fn place(params: &Params) -> Result<Option<Location>, Problem> {
    let degrees = |name| params.parse_own(name, |text| micro_degrees(text).ok_or(INVALID_DEGREES));
    let missing = |name: &str| {
        let detail = "latitude and longitude belong together";
        let item = ErrorItem::new(Place::Query(name.to_owned()), "missing-parameter", detail);
        Problem::invalid_parameters(vec![item])
    };
    match (degrees("latitude")?, degrees("longitude")?) {
        (Some(latitude_e6), Some(longitude_e6)) if latitude_e6.unsigned_abs() <= 90_000_000 => {
            Ok(Some(Location { latitude_e6, longitude_e6 }))
        }
        (Some(_), Some(_)) => {
            let item =
                ErrorItem::new(Place::Query("latitude".to_owned()), "invalid-value", "is beyond the poles");
            Err(Problem::invalid_parameters(vec![item]))
        }
        (None, None) => Ok(None),
        (None, Some(_)) => Err(missing("latitude")),
        (Some(_), None) => Err(missing("longitude")),
    }
}

fn within(most: u32) -> impl Fn(&str) -> Result<u32, String> {
    move |text| {
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| format!("must be a number from 1 to {most}"))
    }
}

/// Stores around a place
///
/// The nearest first, along the globe; closed ones are left out.
#[utoipa::path(
    get,
    path = "/api/v1/stores/nearby",
    tag = "inventory",
    params(
        ("latitude" = f64, Query, description = "Degrees north of the equator", example = 36.191113),
        ("longitude" = f64, Query, description = "Degrees east of Greenwich", example = 44.009167),
        ("radius_m" = Option<u32>, Query, description = "Within so many metres, 1 to 200000; 10000 without it"),
        ("limit" = Option<u16>, Query, description = "At most so many, 1 to 200; 20 without it"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = NearbyStoresBody),
    ),
    security(()),
)]
pub(crate) async fn nearby_stores(
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = NEARBY.read(&request)?;
    let from = place(&params)?.ok_or_else(|| {
        let item = ErrorItem::new(Place::Query("latitude".to_owned()), "missing-parameter", "is needed");
        Problem::invalid_parameters(vec![item])
    })?;
    let radius = params.parse_own("radius_m", within(MAX_RADIUS_M))?.unwrap_or(RADIUS_DEFAULT_M);
    let limit = params.parse_own("limit", within(STORES_MAX.into()))?;
    let limit = limit.and_then(|limit| u16::try_from(limit).ok()).unwrap_or(STORES_DEFAULT);
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let rows = stock_levels::stores_nearby(souk.reads.pool(), from, radius, limit).await?;
    let tag = souk.store.locales.tag(locale);
    let items = rows.into_iter().map(|row| StoreBody::new(row, tag)).collect();
    Ok(Answer::ok(&NearbyStoresBody { items })?.language(tag))
}

async fn find(souk: &Shared, id: WarehouseId, from: Option<Location>) -> Result<StoreRow, Problem> {
    let row = stock_levels::store(souk.reads.pool(), id, from).await?;
    row.ok_or_else(|| Problem::missing("inventory.store_not_found", "store does not exist"))
}

/// One store
///
/// What it is called, where it is, when it is open, whom it serves.
#[utoipa::path(
    get,
    path = "/api/v1/stores/{id}",
    tag = "inventory",
    params(("id" = String, Path, description = "`wrh_…`"), ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = StoreBody),
    ),
    security(()),
)]
pub(crate) async fn show_store(
    souk: Shared,
    Id(id): Id<WarehouseId>,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let row = find(&souk, id, None).await?;
    let (tag, version) = (souk.store.locales.tag(locale), row.version);
    Ok(Answer::ok(&StoreBody::new(row, tag))?.language(tag).etag(version))
}

/// Whether a store can serve somebody now
///
/// Whether it is open at this moment in its own time, whether it serves an address (a zone that it names, or a place
/// within its radius), and what it has, page by page.
#[utoipa::path(
    get,
    path = "/api/v1/stores/{id}/availability",
    tag = "inventory",
    params(
        ("id" = String, Path, description = "`wrh_…`"),
        ("latitude" = Option<f64>, Query, description = "Of the address: degrees north of the equator"),
        ("longitude" = Option<f64>, Query, description = "Of the address: degrees east of Greenwich"),
        ("zone" = Option<String>, Query, description = "The zone of the address"),
        ("filter[product]" = Option<String>, Query, description = "`prd_…`: only this one"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = StoreAvailabilityBody),
    ),
    security(()),
)]
pub(crate) async fn store_availability(
    souk: Shared,
    request: HttpRequest,
    Id(id): Id<WarehouseId>,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = AVAILABILITY.read(&request)?;
    let from = place(&params)?;
    let zone = params.parse_own("zone", Zone::parse)?;
    let product: Option<ProductId> = params.filter("product", Op::Eq, str::parse)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let row = find(&souk, id, from).await?;
    let page = stock_levels::goods_of_store(souk.reads.pool(), id, product, &params.page()).await?;
    let tag = souk.store.locales.tag(locale);
    let ListBody { items, next_cursor, total } = params.list(page, |row| StoreGoodsBody::new(row, tag))?;
    let body = StoreAvailabilityBody {
        id: row.id.to_string(),
        status: row.status,
        open_now: row.is_open_now(),
        local_time: row.local_time.format("%Y-%m-%dT%H:%M:%S").to_string(),
        serves: row.serves(zone.as_ref().map(Zone::as_str)),
        distance_m: row.distance_m,
        items,
        next_cursor,
        total,
    };
    Ok(Answer::ok(&body)?.language(tag))
}
