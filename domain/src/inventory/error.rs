//! Why a request to a warehouse or to the stock of a product is refused.

use serde_json::{Value, json};

use crate::{
    ids::WarehouseId,
    refusal::{Fault, refusals},
};

/// Why a request to a warehouse is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WarehouseError {
    /// There is no such warehouse.
    #[error("warehouse does not exist")]
    NotFound,
    /// A warehouse opens once.
    #[error("warehouse is open already")]
    AlreadyOpen,
    /// A closed warehouse stays closed.
    #[error("warehouse is closed")]
    Closed,
    /// Each zone counts once.
    #[error("zone is named twice")]
    RepeatedZone {
        /// The second naming, from 0.
        index: usize,
    },
    /// Latitudes end at the poles, longitudes at the date line.
    #[error("there is no such place on the globe")]
    InvalidLocation,
    /// Zones are named once, among those that the warehouse serves, with at most [`super::MAX_SHIPPING_DAYS`] in order.
    #[error("shipping estimate does not fit the warehouse's zones or is longer than a year")]
    InvalidShipping {
        /// Which, from 0.
        index: usize,
    },
    /// Hours end after they begin, within a day, and do not overlap.
    #[error("hours end before they begin, after midnight, or overlap with others")]
    InvalidHours {
        /// Which, from 0.
        index: usize,
    },
    /// A radius ends at [`super::MAX_RADIUS_M`].
    #[error("radius must be at most {max_m} metres")]
    InvalidRadius {
        /// The limit.
        max_m: u32,
    },
    /// Who wants to go there must know where.
    #[error("a store needs a location")]
    LocationNeeded,
    /// The warehouse has no public front.
    #[error("store does not exist")]
    NoStore,
}

refusals!(WarehouseError, faults = details {
    NotFound = "inventory.warehouse_not_found" NotFound,
    AlreadyOpen = "inventory.warehouse_already_open" Conflict,
    Closed = "inventory.warehouse_closed" Conflict,
    RepeatedZone = "inventory.repeated_zone" Invalid,
    InvalidLocation = "inventory.invalid_location" Invalid,
    InvalidShipping = "inventory.invalid_shipping" Invalid,
    InvalidHours = "inventory.invalid_hours" Invalid,
    InvalidRadius = "inventory.invalid_radius" Invalid,
    LocationNeeded = "inventory.location_needed" Invalid,
    NoStore = "inventory.store_not_found" NotFound,
});

impl WarehouseError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NotFound | Self::AlreadyOpen | Self::Closed | Self::NoStore => Vec::new(),
            Self::RepeatedZone { index } => vec![Fault::at(format!("/zones/{index}"), self)],
            Self::InvalidLocation | Self::LocationNeeded => vec![Fault::at("/location", self)],
            Self::InvalidShipping { index } => vec![Fault::at(format!("/shipping/{index}"), self)],
            Self::InvalidHours { index } => vec![Fault::at(format!("/hours/{index}"), self)],
            Self::InvalidRadius { max_m } => vec![Fault::at("/radius_m", self).with("max_m", *max_m)],
        }
    }
}

/// Why a request to the stock of a product is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StockError {
    /// All warehouses together have too little.
    #[error("only {available} of {requested} units are available")]
    InsufficientStock {
        /// How many were wanted.
        requested: u32,
        /// How many could be had, the named hold's units included.
        available: u64,
        /// Where they are; warehouses with nothing available are left out.
        by_warehouse: Vec<(WarehouseId, u64)>,
    },
    /// An adjustment may not take away what is reserved or held.
    #[error("{committed} of {on_hand} units on hand are reserved or held")]
    BelowCommitted {
        /// What is on hand.
        on_hand: u64,
        /// What is reserved or held.
        committed: u64,
        /// The change that was asked for.
        delta: i64,
    },
    /// An adjustment by nothing is a slip.
    #[error("adjustment must not be zero")]
    ZeroAdjustment,
    /// See [`super::MAX_ON_HAND`].
    #[error("quantity is out of range")]
    OutOfRange,
    /// An order reserves a product once, for all of its lines together.
    #[error("order has reserved this product already")]
    AlreadyReserved,
    /// The order has nothing reserved here.
    #[error("order has reserved nothing of this product")]
    NotReserved,
    /// The order has less reserved in that warehouse.
    #[error("order has only {reserved} of {requested} units reserved in that warehouse")]
    ExceedsReservation {
        /// Where.
        warehouse: WarehouseId,
        /// How many were wanted.
        requested: u64,
        /// How many are reserved there for the order.
        reserved: u64,
    },
    /// Another hold goes by that id.
    #[error("hold exists already")]
    HoldAlreadyExists,
    /// There is no such hold, or it has ended.
    #[error("hold does not exist")]
    HoldNotFound,
    /// The hold's time is over; it can only be released.
    #[error("hold has expired")]
    HoldExpired,
    /// The clock may end a hold only when its time is over.
    #[error("hold has not expired yet")]
    HoldNotExpired,
    /// A hold ends in the future, at most [`super::MAX_HOLD_MINUTES`] from now.
    #[error("hold must end within {max_minutes} minutes from now")]
    InvalidHoldTime {
        /// The limit.
        max_minutes: i64,
    },
    /// That cause does not fit what is released.
    #[error("cause does not fit the release")]
    InvalidReleaseCause,
    /// A return is put on hand once.
    #[error("return is booked already")]
    ReturnAlreadyBooked,
    /// What is reserved or held stays where it is.
    #[error("only {available} of {requested} units can leave that warehouse")]
    ExceedsAvailable {
        /// How many were wanted.
        requested: u32,
        /// How many are neither reserved nor held there.
        available: u64,
    },
    /// What has expired is written off, and not sold.
    #[error("only {unexpired} of {requested} units in that warehouse have not expired")]
    ExpiredStock {
        /// How many were wanted.
        requested: u64,
        /// How many have not expired there.
        unexpired: u64,
    },
    /// The lot has fewer units in that warehouse.
    #[error("only {in_lot} of {requested} units are of that lot")]
    LotTooSmall {
        /// How many were wanted.
        requested: u64,
        /// How many there are.
        in_lot: u64,
    },
    /// Units move from one warehouse into another.
    #[error("both warehouses are the same")]
    SameWarehouse,
}

refusals!(StockError, faults = details {
    InsufficientStock = "inventory.insufficient_stock" Conflict,
    BelowCommitted = "inventory.below_committed" Conflict,
    ZeroAdjustment = "inventory.zero_adjustment" Invalid,
    OutOfRange = "inventory.out_of_range" Invalid,
    AlreadyReserved = "inventory.already_reserved" Conflict,
    NotReserved = "inventory.not_reserved" Conflict,
    ExceedsReservation = "inventory.exceeds_reservation" Conflict,
    HoldAlreadyExists = "inventory.hold_already_exists" Conflict,
    HoldNotFound = "inventory.hold_not_found" NotFound,
    HoldExpired = "inventory.hold_expired" Conflict,
    HoldNotExpired = "inventory.hold_not_expired" Conflict,
    InvalidHoldTime = "inventory.invalid_hold_time" Invalid,
    InvalidReleaseCause = "inventory.invalid_release_cause" Invalid,
    ReturnAlreadyBooked = "inventory.return_already_booked" Conflict,
    ExceedsAvailable = "inventory.exceeds_available" Conflict,
    ExpiredStock = "inventory.expired_stock" Conflict,
    LotTooSmall = "inventory.lot_too_small" Conflict,
    SameWarehouse = "inventory.same_warehouse" Invalid,
});

impl StockError {
    fn details(&self) -> Vec<Fault> {
        let fault = match self {
            Self::InsufficientStock { requested, available, by_warehouse } => {
                let places: Vec<Value> = by_warehouse
                    .iter()
                    .map(|(id, units)| json!({"warehouse": id.to_string(), "available": units}))
                    .collect();
                Fault::at("/quantity", self)
                    .with("requested", *requested)
                    .with("available", *available)
                    .with("by_warehouse", places)
            }
            Self::BelowCommitted { on_hand, committed, delta } => Fault::at("/delta", self)
                .with("on_hand", *on_hand)
                .with("committed", *committed)
                .with("delta", *delta),
            Self::ZeroAdjustment => Fault::at("/delta", self),
            Self::ExceedsReservation { warehouse, requested, reserved } => Fault::at("/quantity", self)
                .with("warehouse", warehouse.to_string())
                .with("requested", *requested)
                .with("reserved", *reserved),
            Self::InvalidHoldTime { max_minutes } => {
                Fault::at("/expires_at", self).with("max_minutes", *max_minutes)
            }
            Self::ExceedsAvailable { requested, available } => {
                Fault::at("/quantity", self).with("requested", *requested).with("available", *available)
            }
            Self::ExpiredStock { requested, unexpired } => {
                Fault::at("/quantity", self).with("requested", *requested).with("unexpired", *unexpired)
            }
            Self::LotTooSmall { requested, in_lot } => {
                Fault::at("/lot", self).with("requested", *requested).with("in_lot", *in_lot)
            }
            Self::SameWarehouse => Fault::at("/to_warehouse_id", self),
            Self::OutOfRange
            | Self::AlreadyReserved
            | Self::NotReserved
            | Self::HoldAlreadyExists
            | Self::HoldNotFound
            | Self::HoldExpired
            | Self::HoldNotExpired
            | Self::InvalidReleaseCause
            | Self::ReturnAlreadyBooked => return Vec::new(),
        };
        vec![fault]
    }
}
