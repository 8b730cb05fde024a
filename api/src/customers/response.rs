//! Addresses and customers as answers show them.

use chrono::{DateTime, Utc};
use commands::{
    customers::AddressAccepted,
    vault::{Keys, Opened},
};
use domain::{
    customers::{AddressDetails, DETAILS, GeoPoint},
    sealed::{Place, Sealed},
};
use projections::customers::address_list::AddressRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::{Problem, shapes::MoneyBody};

/// A point on the globe (WGS 84), in degrees.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Point, example = json!({"latitude": 36.191113, "longitude": 44.009167}))]
pub(crate) struct PointBody {
    latitude: f64,
    longitude: f64,
}

impl PointBody {
    fn new(point: GeoPoint) -> Option<Self> {
        Some(Self {
            latitude: point.latitude().parse().ok()?,
            longitude: point.longitude().parse().ok()?,
        })
    }
}

/// Where goods go, and to whom.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Destination)]
pub(crate) struct DestinationBody {
    /// What its owner calls it.
    label: Option<String>,
    /// Who takes the goods.
    recipient: String,
    /// Whom the driver calls.
    phone: Option<String>,
    /// Street and house.
    street: String,
    /// Floor, door, whatever the street does not say.
    street_2: Option<String>,
    /// Quarter.
    district: Option<String>,
    /// City.
    city: String,
    /// Postal code.
    postal_code: Option<String>,
    /// What a driver should know.
    note: Option<String>,
    /// Where it is.
    point: Option<PointBody>,
}

impl From<AddressDetails> for DestinationBody {
    fn from(details: AddressDetails) -> Self {
        Self {
            label: details.label.map(|text| text.as_str().to_owned()),
            recipient: details.recipient.as_str().to_owned(),
            phone: details.phone.map(|phone| phone.as_str().to_owned()),
            street: details.street.as_str().to_owned(),
            street_2: details.street_2.map(|text| text.as_str().to_owned()),
            district: details.district.map(|text| text.as_str().to_owned()),
            city: details.city.as_str().to_owned(),
            postal_code: details.postal_code.map(|text| text.as_str().to_owned()),
            note: details.note.map(|text| text.as_str().to_owned()),
            point: details.point.and_then(PointBody::new),
        }
    }
}

impl DestinationBody {
    /// As it stands on an envelope.
    pub(crate) fn lines(&self) -> Vec<String> {
        let city = [self.postal_code.as_deref(), Some(self.city.as_str())];
        let city = city.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let lines = [
            Some(self.recipient.as_str()),
            Some(self.street.as_str()),
            self.street_2.as_deref(),
            self.district.as_deref(),
            Some(city.as_str()),
            self.phone.as_deref(),
        ];
        lines.into_iter().flatten().map(str::to_owned).collect()
    }
}

/// Opens a sealed address; `None` where its owner is erased.
pub(crate) fn destination(
    keys: &Keys,
    place: Place,
    sealed: &Sealed,
) -> Result<Option<DestinationBody>, Problem> {
    match keys.open(place, sealed)? {
        Opened::Text(text) => {
            let details: AddressDetails =
                serde_json::from_str(&text).map_err(|error| Problem::internal(&error))?;
            Ok(Some(details.into()))
        }
        Opened::Erased => Ok(None),
    }
}

/// One address of a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Address)]
pub(crate) struct AddressBody {
    /// `adr_…`
    pub(crate) id: String,
    /// Its country.
    country: Option<String>,
    /// The zone that delivers there.
    zone: Option<String>,
    /// Orders go there unless they name another.
    is_default: bool,
    #[serde(flatten)]
    destination: DestinationBody,
    /// The version of all the customer's addresses: the `ETag`.
    version: i64,
    /// When it was added.
    created_at: DateTime<Utc>,
    /// When it was last changed.
    updated_at: DateTime<Utc>,
}

impl AddressBody {
    /// The address; `None` where its owner was erased just now.
    pub(crate) fn open(row: &AddressRow, version: i64, keys: &Keys) -> Result<Option<Self>, Problem> {
        let place = Place { event: row.event, field: DETAILS };
        let destination = destination(keys, place, &row.details)?;
        Ok(destination.map(|destination| Self {
            id: row.id.to_string(),
            country: row.country.clone(),
            zone: row.zone.clone(),
            is_default: row.is_default,
            destination,
            version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }))
    }
}

/// A customer's addresses.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Addresses)]
pub(crate) struct AddressesBody {
    /// In the order in which they were added.
    pub(crate) items: Vec<AddressBody>,
    /// The version of all of them: the `ETag`.
    pub(crate) version: i64,
}

/// What became of an address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AddressAccepted)]
pub(crate) struct AddressAcceptedBody {
    /// `adr_…`
    pub(crate) id: String,
    /// Orders go there unless they name another.
    is_default: bool,
    /// The version of all the customer's addresses now: the `ETag`.
    pub(crate) version: i64,
}

impl From<&AddressAccepted> for AddressAcceptedBody {
    fn from(accepted: &AddressAccepted) -> Self {
        Self {
            id: accepted.address.to_string(),
            is_default: accepted.is_default,
            version: accepted.version,
        }
    }
}

/// What a customer has ordered in one currency.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CustomerTotals)]
pub(crate) struct CustomerTotalsBody {
    /// How many orders, without those that were cancelled.
    pub(crate) orders: i64,
    /// What they come to, less what was credited back.
    pub(crate) spent: MoneyBody,
}
