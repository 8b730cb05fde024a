//! How far an order, a part of it, or a return has come.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far a part has come, and so the order: an order is as far as its least advanced part. Ordered by progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    /// Placed and not binding yet.
    Pending,
    /// Binding; the invoice is numbered.
    Confirmed,
    /// Being picked and packed.
    Processing,
    /// Left the warehouse.
    Shipped,
    /// Arrived.
    Delivered,
    /// Called off.
    Cancelled,
}

impl OrderStatus {
    /// Every status, in order of progress.
    pub const ALL: &'static [Self] = &[
        Self::Pending,
        Self::Confirmed,
        Self::Processing,
        Self::Shipped,
        Self::Delivered,
        Self::Cancelled,
    ];

    /// As in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Processing => "processing",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for OrderStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How far a return has come. Ordered by progress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReturnStatus {
    /// Asked for.
    Requested,
    /// The units may be sent back.
    Approved,
    /// The units are on hand again.
    Received,
    /// The money goes back.
    Credited,
    /// Refused.
    Rejected,
}

impl ReturnStatus {
    /// Every status, in order of progress.
    pub const ALL: &'static [Self] = &[
        Self::Requested,
        Self::Approved,
        Self::Received,
        Self::Credited,
        Self::Rejected,
    ];

    /// As in JSON and SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Approved => "approved",
            Self::Received => "received",
            Self::Credited => "credited",
            Self::Rejected => "rejected",
        }
    }
}

impl fmt::Display for ReturnStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
