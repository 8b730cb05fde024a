//! Stores as answers show them.

use domain::inventory::StoreStatus;
use projections::inventory::stock_levels::{StoreGoodsRow, StoreRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::place::{HoursBody, LocationBody, ShippingBody};
use crate::http::shapes::{Texts, texts};

/// A store.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Store, example = json!({
    "id": "wrh_0190c7a2000070008000000000000001", "code": "EBL-SHOP", "name": "Erbil, Gulan Street",
    "names": {"en": "Erbil, Gulan Street", "ar": "أربيل، شارع كولان"}, "country": "IQ", "zones": ["erbil"],
    "location": {"latitude": 36.191113, "longitude": 44.009167}, "radius_m": 5000,
    "shipping": [{"zone": "erbil", "min_days": 0, "max_days": 1}],
    "time_zone": "Asia/Baghdad", "hours": [{"weekday": "saturday", "opens": "09:00", "closes": "22:30"}],
    "status": "open", "open_now": true, "version": 3, "distance_m": 812,
}))]
pub struct StoreBody {
    /// `wrh_…`: a store is a warehouse with a public front.
    pub id: String,
    /// Short unique code.
    pub code: String,
    /// What it is called, in the language of `Content-Language`.
    pub name: String,
    /// What it is called, by language.
    pub names: Texts,
    /// Where it stands.
    pub country: Option<String>,
    /// Zones that it serves beside its radius.
    pub zones: Vec<String>,
    /// Its place.
    pub location: LocationBody,
    /// How far around it serves, in metres.
    pub radius_m: i64,
    /// How long goods are on their way from it.
    pub shipping: Vec<ShippingBody>,
    /// In which its hours are (IANA).
    pub time_zone: String,
    /// When it is open.
    pub hours: Vec<HoursBody>,
    /// `open`, `paused` or `closed`.
    #[schema(value_type = String)]
    pub status: StoreStatus,
    /// It serves, and these are its hours.
    pub open_now: bool,
    /// Its version.
    pub version: i64,
    /// How far it is from where was asked, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_m: Option<i64>,
}

impl StoreBody {
    pub(super) fn new(row: StoreRow, language: &str) -> Self {
        Self {
            id: row.id.to_string(),
            open_now: row.is_open_now(),
            name: row.name.pick(&[language]).1.to_owned(),
            names: texts(&row.name),
            code: row.code,
            country: row.country,
            zones: row.zones,
            location: row.location.into(),
            radius_m: row.radius_m,
            shipping: row.shipping.into_iter().map(ShippingBody::from).collect(),
            time_zone: row.time_zone,
            hours: row.hours.into_iter().map(HoursBody::from).collect(),
            status: row.status,
            version: row.version,
            distance_m: row.distance_m,
        }
    }
}

/// Stores around a place.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NearbyStores)]
pub struct NearbyStoresBody {
    /// The nearest first.
    pub items: Vec<StoreBody>,
}

/// A product that a store has.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoreGoods)]
pub struct StoreGoodsBody {
    /// `prd_…`
    pub product_id: String,
    /// Its code.
    pub sku: String,
    /// What it is called.
    pub title: String,
    /// Base units that can be bought there.
    pub available: i64,
}

impl StoreGoodsBody {
    pub(super) fn new(row: StoreGoodsRow, language: &str) -> Self {
        Self {
            product_id: row.product.to_string(),
            title: row.title.pick(&[language]).1.to_owned(),
            sku: row.sku,
            available: row.available,
        }
    }
}

/// Whether a store can serve somebody now, and with what.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StoreAvailability, example = json!({
    "id": "wrh_0190c7a2000070008000000000000001", "status": "open", "open_now": true,
    "local_time": "2026-01-31T15:00:00", "serves": true, "distance_m": 812,
    "items": [{
        "product_id": "prd_0190c7a2000070008000000000000001", "sku": "RICE", "title": "Rice", "available": 12,
    }],
    "next_cursor": null,
}))]
pub struct StoreAvailabilityBody {
    /// `wrh_…`
    pub id: String,
    /// `open`, `paused` or `closed`.
    #[schema(value_type = String)]
    pub status: StoreStatus,
    /// It serves, and these are its hours.
    pub open_now: bool,
    /// What time it is there.
    pub local_time: String,
    /// Whether it serves the address; null where none was said.
    pub serves: Option<bool>,
    /// How far the address is, in metres; null where no place was said.
    pub distance_m: Option<i64>,
    /// What it has, by id.
    #[schema(value_type = Vec<StoreGoodsBody>)]
    pub items: Vec<serde_json::Value>,
    /// Send it as `cursor` to get the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// How many products it has in all; only with `total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
}
