//! What may happen to a warehouse, and to the store that it may be.

use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    text::{Code, Country, LocalizedText, Reason, TimeZone, Zone},
};

/// A place on the globe (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Location {
    /// Millionths of a degree north of the equator.
    pub latitude_e6: i32,
    /// Millionths of a degree east of Greenwich.
    pub longitude_e6: i32,
}

/// How long goods are on their way from a warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippingEstimate {
    /// Into which zone; wherever nothing else is said without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// Days at least.
    pub min_days: u16,
    /// Days at most.
    pub max_days: u16,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// The first by ISO 8601.
    Monday,
    /// The second.
    Tuesday,
    /// The third.
    Wednesday,
    /// The fourth.
    Thursday,
    /// The fifth.
    Friday,
    /// The sixth.
    Saturday,
    /// The seventh.
    Sunday,
}

/// When a store is open on one day of the week, in minutes after local midnight. A store that is open past midnight has
/// an entry of the next day for the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningHours {
    /// On which day.
    pub weekday: Weekday,
    /// From when, inclusive.
    pub opens: u16,
    /// Until when, exclusive; 1440 is the end of the day.
    pub closes: u16,
}

/// What a store shows to the public, beside what it is as a warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreFront {
    /// In which its hours are.
    pub time_zone: TimeZone,
    /// When it is open; never without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hours: Vec<OpeningHours>,
    /// How far around it serves, in metres; its zones are served beside that.
    pub radius_m: u32,
}

/// Whether a store serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StoreStatus {
    /// It does, in its hours.
    Open,
    /// Not for the time being.
    Paused,
    /// Not any more.
    Closed,
}

/// A fact about one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum WarehouseEvent {
    /// It holds stock from now on.
    WarehouseOpened {
        /// Short unique code.
        code: Code,
        /// What it is called.
        name: LocalizedText,
        /// Where it stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<Country>,
        /// Zones that it serves; empty means all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        zones: Vec<Zone>,
    },
    /// It is called otherwise, or serves other zones.
    WarehouseRevised {
        /// What it is called.
        name: LocalizedText,
        /// Where it stands.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<Country>,
        /// Zones that it serves; empty means all.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        zones: Vec<Zone>,
    },
    /// Where exactly it stands, and how long goods are on their way from it.
    WarehouseLogisticsSet {
        /// Its place.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        location: Option<Location>,
        /// How long goods are on their way.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        shipping: Vec<ShippingEstimate>,
    },
    /// It is a store from now on: it has a public front.
    StoreOpened {
        /// What the public sees.
        front: StoreFront,
    },
    /// The public sees something else.
    StoreRevised {
        /// What the public sees.
        front: StoreFront,
    },
    /// The store serves, pauses or serves no more.
    StoreStatusSet {
        /// Which of these.
        status: StoreStatus,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
    /// It holds no stock any more, and is no store any more.
    WarehouseClosed {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
}

impl Event for WarehouseEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("WarehouseOpened", 1),
        ("WarehouseRevised", 1),
        ("WarehouseLogisticsSet", 1),
        ("StoreOpened", 1),
        ("StoreRevised", 1),
        ("StoreStatusSet", 1),
        ("WarehouseClosed", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::WarehouseOpened { .. } => "WarehouseOpened",
            Self::WarehouseRevised { .. } => "WarehouseRevised",
            Self::WarehouseLogisticsSet { .. } => "WarehouseLogisticsSet",
            Self::StoreOpened { .. } => "StoreOpened",
            Self::StoreRevised { .. } => "StoreRevised",
            Self::StoreStatusSet { .. } => "StoreStatusSet",
            Self::WarehouseClosed { .. } => "WarehouseClosed",
        }
    }
}
