//! Customers: the addresses that they keep, sealed with their keys, the groups that they are in, what they like, and
//! their points, and
//! what they want and cannot have.

mod address;
mod delivery;
mod favorites;
mod groups;
mod loyalty;
mod loyalty_jobs;
mod needed_items;
mod one_click;
mod stock_alerts;

use domain::ids::AddressId;
use event_store::Log;
use serde::{Deserialize, Serialize};

pub use address::NewAddress;
pub(crate) use delivery::Delivery;
pub use favorites::FavoriteChanged;
pub use groups::CustomerGrouped;
pub use loyalty::{LoyaltyProgramView, LoyaltyView, PointsAdjusted, ProgramChanged, Redeemed, RewardChanged};
pub use loyalty_jobs::{LOYALTY, LoyaltyJob, LoyaltyPoints, LoyaltyTask};
pub use needed_items::{NeededItemAccepted, NeededItemAnswer, NewNeededItem};
pub use one_click::{NewOneClick, OneClickChanged, OneClickOrder, OneClickView};
pub use stock_alerts::{AlertStanding, AlertsServed, STOCK_ALERTS, StockAlertJob, StockReturns};

use crate::{code::codes, vault::Vault};

codes! {
    ADDRESS_CHANGED = "customers.address_changed" Conflict "the address was changed just now; look at it again",
    PRICE_CHANGED = "customers.price_changed" Conflict "the price is another one by now",
    ZONE_OF_ADDRESS = "customers.zone_of_address" Invalid "the address lies in another zone",
}

/// The use cases on customers' addresses, groups, favourites, points and wishes. Cheap to clone.
#[derive(Clone)]
pub struct Customers {
    log: Log,
    vault: Vault,
}

impl Customers {
    /// Use cases on `log`, with `vault` for what is personal.
    #[must_use]
    pub const fn new(log: Log, vault: Vault) -> Self {
        Self { log, vault }
    }
}

/// What became of an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddressAccepted {
    /// Which.
    pub address: AddressId,
    /// Orders go there unless they name another.
    pub is_default: bool,
    /// The version of all the customer's addresses now: the `ETag`.
    pub version: i64,
}
