//! What may be asked of warehouses.

use commands::inventory::OpenWarehouse;
use domain::{
    inventory::ReviseWarehouse,
    text::{Code, Country, Zone},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::place::{LocationBody, ShippingBody};
use crate::http::{Fields, Problem, shapes::Texts};

/// A new warehouse.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "code": "BGW", "name": {"en": "Baghdad", "ar": "بغداد"}, "country": "IQ", "zones": [],
    "location": {"latitude": 33.315241, "longitude": 44.366067},
    "shipping": [{"zone": null, "min_days": 1, "max_days": 3}],
}))]
pub struct OpenWarehouseRequest {
    /// Short unique code.
    pub code: String,
    /// What it is called, by language.
    pub name: Texts,
    /// Where it stands.
    #[serde(default)]
    pub country: Option<String>,
    /// Zones that it serves; empty means all.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationBody>,
    /// How long goods are on their way from it, by zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shipping: Vec<ShippingBody>,
}

impl TryFrom<OpenWarehouseRequest> for OpenWarehouse {
    type Error = Problem;

    fn try_from(request: OpenWarehouseRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let code = fields.check("/code", Code::parse(&request.code));
        let revision = WarehouseRequest {
            name: request.name,
            country: request.country,
            zones: request.zones,
            location: request.location,
            shipping: request.shipping,
        };
        match (code, revision.parse_into(&mut fields)) {
            (Some(code), Some(of)) => Ok(Self {
                code,
                name: of.name,
                country: of.country,
                zones: of.zones,
                location: of.location,
                shipping: of.shipping,
            }),
            _ => Err(fields.into_problem()),
        }
    }
}

/// All that can be changed of a warehouse; it replaces what was there.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": {"en": "Baghdad", "ar": "بغداد"}, "country": "IQ", "zones": ["baghdad"],
    "location": {"latitude": 33.315241, "longitude": 44.366067},
    "shipping": [{"zone": "baghdad", "min_days": 0, "max_days": 1}],
}))]
pub struct WarehouseRequest {
    /// What it is called, by language.
    pub name: Texts,
    /// Where it stands.
    #[serde(default)]
    pub country: Option<String>,
    /// Zones that it serves; empty means all.
    #[serde(default)]
    pub zones: Vec<String>,
    /// Its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<LocationBody>,
    /// How long goods are on their way from it, by zone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shipping: Vec<ShippingBody>,
}

impl WarehouseRequest {
    pub(super) fn parse_into(self, fields: &mut Fields) -> Option<ReviseWarehouse> {
        let name = fields.localized("/name", self.name);
        let country = fields.check_optional("/country", self.country, |text| Country::parse(&text));
        let zones = fields.check_all("/zones", &self.zones, |zone| Zone::parse(zone));
        let location = match &self.location {
            Some(location) => location.parse(fields, "/location").map(Some),
            None => Some(None),
        };
        let shipping = ShippingBody::parse_all(fields, &self.shipping);
        Some(ReviseWarehouse {
            name: name?,
            country: country?,
            zones: zones?,
            location: location?,
            shipping: shipping?,
        })
    }
}

impl TryFrom<WarehouseRequest> for ReviseWarehouse {
    type Error = Problem;

    fn try_from(request: WarehouseRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        request.parse_into(&mut fields).ok_or_else(|| fields.into_problem())
    }
}
