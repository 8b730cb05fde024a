//! Holds: a cart keeps units for some minutes. The claim on a hold's id remembers its product, its holder and its end, so
//! that a restart forgets nothing.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    catalog::{Product, ProductError},
    ids::{HoldId, ProductId, WarehouseId},
    inventory::{Allocation, MAX_HOLD_MINUTES, ReleaseCause, Stock, StockCommand, StockError, StockEvent},
    quantity::Quantity,
    refusal::Fault,
};
use event_store::{Executed, StreamRef, ids};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    Inventory,
    hold_limits::{Holder, ended, reads_limits_of, take},
    stock::check_goods,
};
use crate::{
    Call, Caller, CommandError, Permission, Refused, UseCase,
    execute::{execute, judge, refuse},
};

/// The scope of the claims on holds: key is the hold's id, holder is `product/holder/end/number`, where the holder (an
/// account's id, or `key:` and an API key's) may be empty, the end is in milliseconds since 1970, and the number may be
/// missing.
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
    pub(crate) holder: Option<Holder>,
    pub(crate) expires_at: DateTime<Utc>,
    /// Which of the holder's holds it is.
    pub(crate) slot: Option<u32>,
}

impl Held {
    fn text(&self) -> String {
        let holder = self.holder.map_or_else(String::new, Holder::text);
        let end = self.expires_at.timestamp_millis();
        let slot = self.slot.map_or_else(String::new, |slot| format!("/{slot}"));
        format!("{}/{holder}/{end}{slot}", self.product.stream())
    }

    pub(crate) fn parse(holder: &str) -> Option<Self> {
        let mut parts = holder.split('/');
        Some(Self {
            product: crate::catalog::product_of(parts.next()?)?,
            holder: Holder::parse(parts.next()?),
            expires_at: DateTime::from_timestamp_millis(parts.next()?.parse().ok()?)?,
            slot: parts.next().and_then(|slot| slot.parse().ok()),
        })
    }

    /// A hold is its holder's; Souk and administrators may touch every one.
    pub(crate) fn is_of(&self, caller: &Caller) -> bool {
        caller.may(Permission::ManageStock) || (self.holder.is_some() && self.holder == Holder::of(caller))
    }
}

impl Inventory {
    /// Holds units for the caller's cart: for the wanted minutes, or until the holder's turn with this product ends.
    ///
    /// # Errors
    /// `inventory.insufficient_stock`, `inventory.hold_too_soon`, `inventory.too_many_holds`, an unknown, discontinued or uncounted product, and the stock's own rules.
    pub async fn hold(&self, call: &Call, wanted: HoldStock) -> Result<Executed<HoldAccepted>, CommandError> {
        call.require(UseCase::HoldStock)?;
        let hold = HoldId::from_uuid(ids::uuid());
        let key = hold.stream();
        let holder = Holder::of(&call.caller);
        let id = wanted.product.stream();
        let caller = call.caller.clone();
        let unit = reads_limits_of(call.unit(), &call.caller, wanted.product)
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
            let mut expires_at = now + TimeDelta::minutes(i64::from(wanted.minutes));
            let mut slot = None;
            if let Some(holder) = holder {
                match take(decision, holder, wanted.product, hold)? {
                    Ok((latest, number)) => {
                        slot = Some(number);
                        // A hold that is too long is refused as such, whatever is left of the turn.
                        if expires_at <= now + TimeDelta::minutes(MAX_HOLD_MINUTES) {
                            expires_at = expires_at.min(latest);
                        }
                    }
                    Err(refused) => return refuse(refused),
                }
            }
            let command = StockCommand::Hold {
                hold,
                quantity: wanted.quantity,
                preferred: wanted.preferred.clone(),
                expires_at,
                now,
            };
            let events = judge::<Stock>(decision, &id, command)?;
            let held = Held { product: wanted.product, holder, expires_at, slot };
            decision.claim(HOLD_SCOPE, &key, &held.text())?;
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
            ended(decision, &held);
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
