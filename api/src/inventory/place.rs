//! Places, hours and shipping estimates, as requests and answers write them.

use domain::{
    inventory::{Location, OpeningHours, ShippingEstimate, Weekday},
    text::Zone,
};
use serde::{Deserialize, Serialize};
use serde_json::Number;
use utoipa::ToSchema;

use crate::http::Fields;

/// A place on the globe (WGS 84).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Location, example = json!({"latitude": 36.191113, "longitude": 44.009167}))]
pub struct LocationBody {
    /// Degrees north of the equator; what is beyond six decimals (11 cm) is cut off.
    #[schema(value_type = f64, minimum = -90, maximum = 90)]
    pub latitude: Number,
    /// Degrees east of Greenwich.
    #[schema(value_type = f64, minimum = -180, maximum = 180)]
    pub longitude: Number,
}

impl LocationBody {
    pub(super) fn parse(&self, fields: &mut Fields, pointer: &str) -> Option<Location> {
        let mut degrees = |name: &str, number: &Number| {
            let parsed = micro_degrees(&number.to_string());
            if parsed.is_none() {
                fields.refuse(format!("{pointer}/{name}"), "invalid-degrees", INVALID_DEGREES);
            }
            parsed
        };
        let (latitude, longitude) =
            (degrees("latitude", &self.latitude), degrees("longitude", &self.longitude));
        Some(Location { latitude_e6: latitude?, longitude_e6: longitude? })
    }
}

impl From<Location> for LocationBody {
    fn from(place: Location) -> Self {
        let number = |micros: i32| {
            let sign = if micros < 0 { "-" } else { "" };
            let (whole, rest) = (micros.unsigned_abs() / 1_000_000, micros.unsigned_abs() % 1_000_000);
            format!("{sign}{whole}.{rest:06}").parse().unwrap_or_else(|_| Number::from(0))
        };
        Self {
            latitude: number(place.latitude_e6),
            longitude: number(place.longitude_e6),
        }
    }
}

/// What is said of a number that is none of degrees.
pub(super) const INVALID_DEGREES: &str = "must be a number of degrees, such as 36.191113";

/// Degrees as millionths of one; `None` for what is no plain decimal or beyond 180.
pub(super) fn micro_degrees(text: &str) -> Option<i32> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || !is_plain(whole) || !is_plain(fraction) {
        return None;
    }
    let cut: String = fraction.chars().chain("000000".chars()).take(6).collect();
    let micros: i32 = format!("{whole}{cut}").parse().ok()?;
    (micros <= 180_000_000).then_some(sign * micros)
}

/// How long goods are on their way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ShippingEstimate, example = json!({"zone": "erbil", "min_days": 1, "max_days": 2}))]
pub struct ShippingBody {
    /// Into which zone; wherever nothing else is said without it.
    #[serde(default)]
    pub zone: Option<String>,
    /// Days at least.
    pub min_days: u16,
    /// Days at most.
    pub max_days: u16,
}

impl ShippingBody {
    pub(super) fn parse_all(fields: &mut Fields, of: &[Self]) -> Option<Vec<ShippingEstimate>> {
        let one = |(index, body): (usize, &Self)| {
            let pointer = format!("/shipping/{index}/zone");
            let zone = fields.check_optional(pointer, body.zone.as_deref(), Zone::parse)?;
            Some(ShippingEstimate { zone, min_days: body.min_days, max_days: body.max_days })
        };
        let parsed: Vec<Option<ShippingEstimate>> = of.iter().enumerate().map(one).collect();
        parsed.into_iter().collect()
    }
}

impl From<ShippingEstimate> for ShippingBody {
    fn from(of: ShippingEstimate) -> Self {
        Self {
            zone: of.zone.map(|zone| zone.to_string()),
            min_days: of.min_days,
            max_days: of.max_days,
        }
    }
}

/// When a store is open on one day of the week, in its own time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OpeningHours, example = json!({"weekday": "saturday", "opens": "09:00", "closes": "22:30"}))]
pub struct HoursBody {
    /// `monday` to `sunday`.
    #[schema(value_type = String)]
    pub weekday: Weekday,
    /// From when, such as `09:00`.
    pub opens: String,
    /// Until when; `24:00` is the end of the day.
    pub closes: String,
}

impl HoursBody {
    pub(super) fn parse_all(fields: &mut Fields, of: &[Self]) -> Option<Vec<OpeningHours>> {
        let mut time = |index: usize, name: &str, text: &str| {
            let minutes = minutes(text);
            if minutes.is_none() {
                let pointer = format!("/hours/{index}/{name}");
                fields.refuse(pointer, "invalid-time", "must be a time of the day, such as 09:00");
            }
            minutes
        };
        let one = |(index, body): (usize, &Self)| {
            let (opens, closes) = (time(index, "opens", &body.opens), time(index, "closes", &body.closes));
            Some(OpeningHours { weekday: body.weekday, opens: opens?, closes: closes? })
        };
        let parsed: Vec<Option<OpeningHours>> = of.iter().enumerate().map(one).collect();
        parsed.into_iter().collect()
    }
}

impl From<OpeningHours> for HoursBody {
    fn from(of: OpeningHours) -> Self {
        let time = |minutes: u16| format!("{:02}:{:02}", minutes / 60, minutes % 60);
        Self {
            weekday: of.weekday,
            opens: time(of.opens),
            closes: time(of.closes),
        }
    }
}

/// Minutes after midnight, at most 24:00.
fn minutes(text: &str) -> Option<u16> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| {
        let is_two = part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        part.parse::<u16>().ok().filter(|_| is_two)
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (minutes < 60).then_some(hours * 60 + minutes).filter(|all| *all <= 1_440)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_plain_decimals_of_six_places() {
        assert_eq!(micro_degrees("36.191113"), Some(36_191_113));
        assert_eq!(micro_degrees("-0.0000019"), Some(-1));
        assert_eq!(micro_degrees("180"), Some(180_000_000));
        for wrong in ["180.000001", "1e2", "", "-", ".5", "1000", "4a", "٣"] {
            assert_eq!(micro_degrees(wrong), None, "{wrong}");
        }
        let place = Location { latitude_e6: -500_000, longitude_e6: 44_009_167 };
        let written = serde_json::to_string(&LocationBody::from(place)).unwrap();
        assert_eq!(written, r#"{"latitude":-0.5,"longitude":44.009167}"#);
    }

    #[test]
    fn times_are_of_one_day() {
        assert_eq!((minutes("09:05"), minutes("24:00"), minutes("00:00")), (Some(545), Some(1_440), Some(0)));
        for wrong in ["9:00", "24:01", "12:60", "noon", "12", "1２:00"] {
            assert_eq!(minutes(wrong), None, "{wrong}");
        }
    }
}
