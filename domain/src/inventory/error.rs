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
}

refusals!(WarehouseError, faults = details {
    NotFound = "inventory.warehouse_not_found" NotFound,
    AlreadyOpen = "inventory.warehouse_already_open" Conflict,
    Closed = "inventory.warehouse_closed" Conflict,
    RepeatedZone = "inventory.repeated_zone" Invalid,
});

impl WarehouseError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NotFound | Self::AlreadyOpen | Self::Closed => Vec::new(),
            Self::RepeatedZone { index } => vec![Fault::at(format!("/zones/{index}"), self)],
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
