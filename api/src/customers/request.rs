//! What customers send.

use std::fmt;

use commands::customers::NewAddress;
use domain::{
    customers::{AddressDetails, AddressNote, AddressText, GeoPoint, GeoPointError, Label},
    identity::{DisplayName, Phone},
    text::{Country, Zone},
};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::http::{Fields, Problem, fields::FieldFault};

/// A point on the globe (WGS 84), in degrees with at most seven decimals.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"latitude": 36.191113, "longitude": 44.009167}))]
pub(crate) struct PointRequest {
    /// From -90 to 90.
    #[schema(value_type = f64, minimum = -90, maximum = 90)]
    latitude: Number,
    /// From -180 to 180.
    #[schema(value_type = f64, minimum = -180, maximum = 180)]
    longitude: Number,
}

/// An address. The whole: what is left out is taken away.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "label": "The shop",
    "recipient": "Shirin Aziz",
    "phone": "+964 750 123 4567",
    "street": "Gulan Street 7",
    "city": "Erbil",
    "country": "IQ",
    "zone": "erbil",
    "note": "the blue door",
    "point": {"latitude": 36.191113, "longitude": 44.009167},
}))]
pub(crate) struct AddressRequest {
    /// What its owner calls it.
    #[serde(default)]
    #[schema(max_length = 60)]
    label: Option<String>,
    /// Who takes the goods.
    #[schema(max_length = 120)]
    recipient: String,
    /// Whom the driver calls, with the country's code.
    #[serde(default)]
    phone: Option<String>,
    /// Street and house.
    #[schema(max_length = 200)]
    street: String,
    /// Floor, door, whatever the street does not say.
    #[serde(default)]
    #[schema(max_length = 200)]
    street_2: Option<String>,
    /// Quarter.
    #[serde(default)]
    #[schema(max_length = 200)]
    district: Option<String>,
    /// City.
    #[schema(max_length = 200)]
    city: String,
    /// Postal code, where the country has any.
    #[serde(default)]
    #[schema(max_length = 200)]
    postal_code: Option<String>,
    /// Its country.
    #[serde(default)]
    #[schema(max_length = 64)]
    country: Option<String>,
    /// The zone that delivers there; it decides the zone of an order that goes there.
    #[serde(default)]
    #[schema(max_length = 64)]
    zone: Option<String>,
    /// What a driver should know.
    #[serde(default)]
    #[schema(max_length = 500)]
    note: Option<String>,
    /// Where it is.
    #[serde(default)]
    point: Option<PointRequest>,
    /// Orders go there unless they name another. The first address is the default anyway; with `PUT` it says nothing.
    #[serde(default)]
    pub(super) is_default: bool,
}

impl fmt::Debug for AddressRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AddressRequest").finish_non_exhaustive()
    }
}

impl FieldFault for GeoPointError {
    fn code(&self) -> &'static str {
        "invalid-point"
    }
}

impl TryFrom<AddressRequest> for NewAddress {
    type Error = Problem;

    fn try_from(request: AddressRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let text = |text: String| AddressText::parse(&text);
        let country = fields.check_optional("/country", request.country, |text| Country::parse(&text));
        let zone = fields.check_optional("/zone", request.zone, |text| Zone::parse(&text));
        let label = fields.check_optional("/label", request.label, |text| Label::parse(&text));
        let recipient = fields.check("/recipient", DisplayName::parse(&request.recipient));
        let phone = fields.check_optional("/phone", request.phone, |text| Phone::parse(&text));
        let street = fields.check("/street", text(request.street));
        let street_2 = fields.check_optional("/street_2", request.street_2, text);
        let district = fields.check_optional("/district", request.district, text);
        let city = fields.check("/city", text(request.city));
        let postal_code = fields.check_optional("/postal_code", request.postal_code, text);
        let note = fields.check_optional("/note", request.note, |text| AddressNote::parse(&text));
        let point = fields.check_optional("/point", request.point, |point| {
            GeoPoint::parse(&point.latitude.to_string(), &point.longitude.to_string())
        });
        let parsed = || {
            Some(Self {
                country: country?,
                zone: zone?,
                details: AddressDetails {
                    label: label?,
                    recipient: recipient?,
                    phone: phone?,
                    street: street?,
                    street_2: street_2?,
                    district: district?,
                    city: city?,
                    postal_code: postal_code?,
                    note: note?,
                    point: point?,
                },
            })
        };
        parsed().ok_or_else(|| fields.into_problem())
    }
}
