//! The address itself, as it is before it is sealed and after it is opened. Not shown by `Debug`.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{
    identity::{DisplayName, Phone},
    text::{TextError, check},
};

macro_rules! personal_texts {
    ($($(#[$doc:meta])* $name:ident <= $max:literal,)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The most characters that it may have.
            pub const MAX_CHARS: usize = $max;

            /// Trims and checks.
            ///
            /// # Errors
            /// When empty, too long or with control characters.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                check(text, Self::MAX_CHARS)?;
                Ok(Self(text.trim().to_owned()))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

personal_texts! {
    /// What its owner calls an address: "Home", "the shop".
    Label <= 60,
    /// One part of an address: a street, a city.
    AddressText <= 200,
    /// What a driver should know.
    AddressNote <= 500,
    /// What somebody needs that is in no catalogue, or what is answered.
    NeededText <= 1_000,
    /// What a payment provider calls a way to pay.
    PaymentToken <= 200,
}

/// A number that is no coordinate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a coordinate in degrees with at most 7 decimals")]
pub struct GeoPointError;

/// A point on the globe (WGS 84), in ten-millionths of a degree: about a centimetre.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeoPoint {
    latitude_e7: i32,
    longitude_e7: i32,
}

impl GeoPoint {
    /// Reads degrees as decimal texts: `36.1911`, `-0.1276`.
    ///
    /// # Errors
    /// When one is no decimal, has more than 7 decimals, or lies beyond the globe.
    pub fn parse(latitude: &str, longitude: &str) -> Result<Self, GeoPointError> {
        Ok(Self {
            latitude_e7: e7(latitude, 90)?,
            longitude_e7: e7(longitude, 180)?,
        })
    }

    /// Latitude in degrees, as a decimal text.
    #[must_use]
    pub fn latitude(&self) -> String {
        degrees(self.latitude_e7)
    }

    /// Longitude in degrees, as a decimal text.
    #[must_use]
    pub fn longitude(&self) -> String {
        degrees(self.longitude_e7)
    }
}

impl fmt::Debug for GeoPoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GeoPoint(…)")
    }
}

const DEGREE: i64 = 10_000_000;

fn e7(text: &str, most: i64) -> Result<i32, GeoPointError> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text),
    };
    let (whole, decimals) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || decimals.len() > 7 || !is_number(whole) || !is_number(decimals)
    {
        return Err(GeoPointError);
    }
    let whole: i64 = whole.parse().map_err(|_| GeoPointError)?;
    let decimals: i64 = format!("{decimals:0<7}").parse().map_err(|_| GeoPointError)?;
    let value = whole * DEGREE + decimals;
    if value > most * DEGREE {
        return Err(GeoPointError);
    }
    i32::try_from(sign * value).map_err(|_| GeoPointError)
}

fn degrees(e7: i32) -> String {
    let value = i64::from(e7);
    let (whole, decimals) = (value.abs() / DEGREE, value.abs() % DEGREE);
    let sign = if value < 0 { "-" } else { "" };
    let text = format!("{sign}{whole}.{decimals:07}");
    let text = text.trim_end_matches('0');
    text.strip_suffix('.').unwrap_or(text).to_owned()
}

/// Where goods go, and to whom. Sealed as this JSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressDetails {
    /// What its owner calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<Label>,
    /// Who takes the goods.
    pub recipient: DisplayName,
    /// Whom the driver calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// Street and house.
    pub street: AddressText,
    /// Floor, door, whatever the street does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_2: Option<AddressText>,
    /// Quarter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub district: Option<AddressText>,
    /// City.
    pub city: AddressText,
    /// Postal code, where the country has any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<AddressText>,
    /// What a driver should know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<AddressNote>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub point: Option<GeoPoint>,
}

impl fmt::Debug for AddressDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressDetails(…)")
    }
}
