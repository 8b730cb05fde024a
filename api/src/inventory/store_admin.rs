//! Routes that open, change and close stores.

use commands::inventory::{NewStore, OpenWarehouse};
use domain::{
    ids::WarehouseId,
    inventory::{ReviseWarehouse, StoreFront, StoreStatus},
    text::{Code, Reason, TimeZone},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    place::{HoursBody, LocationBody, ShippingBody},
    response::WarehouseAcceptedBody,
    warehouse_request::WarehouseRequest,
    warehouses::answer,
};
use crate::{
    http::{
        Answer, Body, Fields, Id, Problem, auth::Signed, etag::IfMatch, idempotency::OptionalKey,
        problem::ProblemBody, shapes::Texts,
    },
    souk::Shared,
};

/// A new store.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "EBL-SHOP", "name": {"en": "Erbil, Gulan Street"}, "country": "IQ", "zones": ["erbil"],
    "location": {"latitude": 36.191113, "longitude": 44.009167}, "radius_m": 5000,
    "time_zone": "Asia/Baghdad", "hours": [{"weekday": "saturday", "opens": "09:00", "closes": "22:30"}],
}))]
pub struct OpenStoreRequest {
    /// Short unique code.
    pub code: String,
    /// What it is called, by language.
    pub name: Texts,
    /// Where it stands.
    #[serde(default)]
    pub country: Option<String>,
    /// Zones that it serves beside its radius.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Its place.
    pub location: LocationBody,
    /// How long goods are on their way from it, by zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shipping: Vec<ShippingBody>,
    /// How far around it serves, in metres, at most 200,000.
    #[schema(maximum = 200_000)]
    pub radius_m: u32,
    /// In which its hours are (IANA).
    pub time_zone: String,
    /// When it is open; hours past midnight are an entry of the next day.
    #[serde(default)]
    pub hours: Vec<HoursBody>,
}

/// What a store is and shows; it replaces what was there.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": {"en": "Erbil, Gulan Street"}, "country": "IQ", "zones": ["erbil"],
    "location": {"latitude": 36.191113, "longitude": 44.009167}, "radius_m": 8000,
    "time_zone": "Asia/Baghdad", "hours": [{"weekday": "saturday", "opens": "10:00", "closes": "24:00"}],
}))]
pub struct StoreRequest {
    /// What it is called, by language.
    pub name: Texts,
    /// Where it stands.
    #[serde(default)]
    pub country: Option<String>,
    /// Zones that it serves beside its radius.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Its place.
    pub location: LocationBody,
    /// How long goods are on their way from it, by zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shipping: Vec<ShippingBody>,
    /// How far around it serves, in metres, at most 200,000.
    #[schema(maximum = 200_000)]
    pub radius_m: u32,
    /// In which its hours are (IANA).
    pub time_zone: String,
    /// When it is open; hours past midnight are an entry of the next day.
    #[serde(default)]
    pub hours: Vec<HoursBody>,
}

impl StoreRequest {
    fn parse_into(self, fields: &mut Fields) -> Option<(ReviseWarehouse, StoreFront)> {
        let time_zone = fields.check("/time_zone", TimeZone::parse(&self.time_zone));
        let hours = HoursBody::parse_all(fields, &self.hours);
        let warehouse = WarehouseRequest {
            name: self.name,
            country: self.country,
            zones: self.zones,
            location: Some(self.location),
            shipping: self.shipping,
        };
        let warehouse = warehouse.parse_into(fields);
        let front = StoreFront {
            time_zone: time_zone?,
            hours: hours?,
            radius_m: self.radius_m,
        };
        Some((warehouse?, front))
    }
}

impl TryFrom<OpenStoreRequest> for NewStore {
    type Error = Problem;

    fn try_from(request: OpenStoreRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let code = fields.check("/code", Code::parse(&request.code));
        let store = StoreRequest {
            name: request.name,
            country: request.country,
            zones: request.zones,
            location: request.location,
            shipping: request.shipping,
            radius_m: request.radius_m,
            time_zone: request.time_zone,
            hours: request.hours,
        };
        match (code, store.parse_into(&mut fields)) {
            (Some(code), Some((of, front))) => Ok(Self {
                warehouse: OpenWarehouse {
                    code,
                    name: of.name,
                    country: of.country,
                    zones: of.zones,
                    location: of.location,
                    shipping: of.shipping,
                },
                front,
            }),
            _ => Err(fields.into_problem()),
        }
    }
}

/// Whether a store is to serve.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "paused", "reason": "Stocktaking"}))]
pub struct StoreStatusRequest {
    /// `open`, `paused` or `closed`.
    #[schema(value_type = String)]
    pub status: StoreStatus,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Open a store
///
/// A warehouse with a public front: place, hours, radius and zones.
#[utoipa::path(
    post,
    path = "/api/v1/stores",
    tag = "inventory",
    request_body = OpenStoreRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = WarehouseAcceptedBody),
        (status = 409, body = ProblemBody, description = "`inventory.warehouse_code_taken`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn open_store(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<OpenStoreRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let executed = souk.inventory.open_store(&signed.repeatable(&attempt), request.try_into()?).await?;
    let body = WarehouseAcceptedBody {
        id: executed.result.warehouse.to_string(),
        version: executed.result.version,
    };
    let location = format!("/api/v1/stores/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Revise a store
///
/// What is said replaces what was there, as a whole. A warehouse without a front becomes a store.
#[utoipa::path(
    put,
    path = "/api/v1/stores/{id}",
    tag = "inventory",
    request_body = StoreRequest,
    params(("id" = String, Path, description = "`wrh_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = WarehouseAcceptedBody),
        (status = 409, body = ProblemBody, description = "`inventory.warehouse_closed`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_store(
    signed: Signed,
    souk: Shared,
    Id(id): Id<WarehouseId>,
    IfMatch(expected): IfMatch,
    Body(request): Body<StoreRequest>,
) -> Result<Answer, Problem> {
    let mut fields = Fields::default();
    let Some((revision, front)) = request.parse_into(&mut fields) else {
        return Err(fields.into_problem());
    };
    let outcome = souk.inventory.revise_store(&signed.call(), id, revision, front, expected).await;
    answer(&souk, id, outcome).await
}

/// Open, pause or close a store
///
/// Its stock stays where it is.
#[utoipa::path(
    patch,
    path = "/api/v1/stores/{id}/status",
    tag = "inventory",
    request_body = StoreStatusRequest,
    params(("id" = String, Path, description = "`wrh_…`")),
    responses(
        (status = 200, body = WarehouseAcceptedBody),
        (status = 409, body = ProblemBody, description = "`inventory.warehouse_closed`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn set_store_status(
    signed: Signed,
    souk: Shared,
    Id(id): Id<WarehouseId>,
    Body(request): Body<StoreStatusRequest>,
) -> Result<Answer, Problem> {
    let mut fields = Fields::default();
    let reason = fields.check_optional("/reason", request.reason, |text| Reason::parse(&text));
    let Some(reason) = reason else {
        return Err(fields.into_problem());
    };
    let outcome = souk.inventory.set_store_status(&signed.call(), id, request.status, reason).await;
    answer(&souk, id, outcome).await
}
