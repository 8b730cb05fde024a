//! Holds: a cart keeps units for some minutes. The claim on a hold's id remembers its product and its holder.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    catalog::{Product, ProductError},
    ids::{AccountId, HoldId, ProductId, WarehouseId},
    inventory::{Allocation, ReleaseCause, Stock, StockCommand, StockError, StockEvent},
    quantity::Quantity,
    refusal::Fault,
};
use event_store::{Executed, StreamRef, ids};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Inventory;
use super::stock::check_goods;
use crate::{
    Call, Caller, CommandError, Permission, Refused, UseCase,
    execute::{execute, judge, refuse},
};

/// The scope of the claims on holds: key is the hold's id, holder is `product/account/end`, where account may be
/// empty and the end is in milliseconds since 1970.
pub(crate) const HOLD_SCOPE: &str = "hold";

/// Units to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HoldStock {
    /// Of which product.
    pub product: ProductId,
    /// How many.
    pub quantity: Quantity,
    /// Warehouses in order of preference.
    pub preferred: Vec<WarehouseId>,
    /// For how many minutes; at most [`domain::inventory::MAX_HOLD_MINUTES`].
    pub minutes: u32,
}

/// What became of a hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldAccepted {
    /// Which hold.
    pub hold: HoldId,
    /// Of which product.
    pub product: ProductId,
    /// Where the units are; empty once it is released.
    pub allocations: Vec<Allocation>,
    /// When it ends by itself; absent once it is released.
    pub expires_at: Option<DateTime<Utc>>,
}

/// What the claim on a hold says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) product: ProductId,
    pub(crate) account: Option<AccountId>,
    pub(crate) expires_at: DateTime<Utc>,
}

impl Held {
    fn holder(&self) -> String {
        let account = self.account.map_or_else(String::new, |account| account.stream());
        format!("{}/{account}/{}", self.product.stream(), self.expires_at.timestamp_millis())
    }

    pub(crate) fn parse(holder: &str) -> Option<Self> {
        let mut parts = holder.split('/');
        Some(Self {
            product: crate::catalog::product_of(parts.next()?)?,
            account: Uuid::try_parse(parts.next()?).ok().map(AccountId::from_uuid),
            expires_at: DateTime::from_timestamp_millis(parts.next()?.parse().ok()?)?,
        })
    }

    /// A hold is its holder's; Souk and administrators may touch every one.
    pub(crate) fn is_of(&self, caller: &Caller) -> bool {
        caller.may(Permission::ManageStock) || (self.account.is_some() && self.account == caller.account())
    }
}

impl Inventory {
    /// Holds units for the caller's cart.
    ///
    /// # Errors
    /// `inventory.insufficient_stock`, an unknown, discontinued or uncounted product, and the stock's own rules.
    pub async fn hold(&self, call: &Call, wanted: HoldStock) -> Result<Executed<HoldAccepted>, CommandError> {
        call.require(UseCase::HoldStock)?;
        let hold = HoldId::from_uuid(ids::uuid());
        let key = hold.stream();
        let account = call.caller.account();
        let id = wanted.product.stream();
        let caller = call.caller.clone();
        let unit = call
            .unit()
            .claims(HOLD_SCOPE, &key)
            .reads(StreamRef::of::<Product>(id.as_str()))
            .reads(StreamRef::of::<Stock>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            if let Err(refused) = check_goods(decision, &caller, wanted.product)? {
                return refuse(refused);
            }
            if !decision.state::<Product>(&id)?.is_active() {
                let refusal = ProductError::Discontinued;
                let faults = vec![Fault::at("/product", &refusal)];
                return refuse(Refused { faults, ..Refused::of(&refusal) });
            }
            let now = decision.now();
            let expires_at = now + TimeDelta::minutes(i64::from(wanted.minutes));
            let command = StockCommand::Hold {
                hold,
                quantity: wanted.quantity,
                preferred: wanted.preferred.clone(),
                expires_at,
                now,
            };
            let events = judge::<Stock>(decision, &id, command)?;
            let held = Held { product: wanted.product, account, expires_at };
            decision.claim(HOLD_SCOPE, &key, &held.holder())?;
            let allocations = events.into_iter().find_map(|event| match event {
                StockEvent::StockHeld { allocations, .. } => Some(allocations),
                _ => None,
            });
            Ok(HoldAccepted {
                hold,
                product: wanted.product,
                allocations: allocations.unwrap_or_default(),
                expires_at: Some(expires_at),
            })
        })
        .await
    }

    /// Gives a hold back. One that has ended already is simply gone.
    ///
    /// # Errors
    /// `inventory.hold_not_found`, also for somebody else's.
    pub async fn release_hold(
        &self,
        call: &Call,
        hold: HoldId,
    ) -> Result<Executed<HoldAccepted>, CommandError> {
        call.require(UseCase::ReleaseHold)?;
        self.end_hold(call, hold, ReleaseCause::GivenBack).await
    }

    /// Releases every hold whose time is over; answers how many. For a timer; safe on any number of nodes.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn release_expired_holds(&self) -> Result<usize, CommandError> {
        let claims: Vec<(String, String)> = sqlx::query_as("select key, holder from claims where scope = $1")
            .bind(HOLD_SCOPE)
            .fetch_all(self.log.pool())
            .await?;
        let now = ids::now();
        let over =
            claims.iter().filter(|(_, holder)| Held::parse(holder).is_some_and(|h| h.expires_at <= now));
        let mut released = 0;
        for hold in over.filter_map(|(key, _)| Uuid::try_parse(key).ok()).map(HoldId::from_uuid) {
            match self.end_hold(&Call::system(), hold, ReleaseCause::Expired).await {
                Ok(_) => released += 1,
                // Not yet, or somebody else was quicker.
                Err(CommandError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(released)
    }

    async fn end_hold(
        &self,
        call: &Call,
        hold: HoldId,
        cause: ReleaseCause,
    ) -> Result<Executed<HoldAccepted>, CommandError> {
        let caller = call.caller.clone();
        let key = hold.stream();
        let unit = call.unit().claims(HOLD_SCOPE, &key);
        execute(&self.log, call, unit, move |decision| {
            let held = decision.holder(HOLD_SCOPE, &key)?.and_then(|holder| Held::parse(&holder));
            let Some(held) = held.filter(|held| held.is_of(&caller)) else {
                return refuse(Refused::of(&StockError::HoldNotFound));
            };
            let now = decision.now();
            let command = StockCommand::ReleaseHold { hold, cause, now };
            judge::<Stock>(decision, &held.product.stream(), command)?;
            decision.release_claim(HOLD_SCOPE, &key);
            Ok(HoldAccepted {
                hold,
                product: held.product,
                allocations: Vec::new(),
                expires_at: None,
            })
        })
        .await
    }
}
