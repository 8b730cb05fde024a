//! Stores: warehouses with a public front.

use domain::{
    ids::WarehouseId,
    inventory::{ReviseWarehouse, StoreFront, StoreStatus, Warehouse, WarehouseCommand, WarehouseError},
    text::{Reason, TimeZone},
};
use event_store::{Executed, ids};

use super::{
    FOREIGN_ZONE, Inventory, OpenWarehouse, UNKNOWN_TIME_ZONE, WarehouseAccepted, reads_warehouse,
    warehouse::{accepted, check_own, open, opening_hints, serves_only},
};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{check_version, execute, judge, refuse},
};

/// A store to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStore {
    /// What it is as a warehouse.
    pub warehouse: OpenWarehouse,
    /// What the public sees.
    pub front: StoreFront,
}

impl Inventory {
    /// Opens a store: a warehouse and its front as one unit.
    ///
    /// # Errors
    /// As [`Self::open_warehouse`], `inventory.unknown_time_zone`, `inventory.location_needed`, and the store's own
    /// rules.
    pub async fn open_store(
        &self,
        call: &Call,
        new: NewStore,
    ) -> Result<Executed<WarehouseAccepted>, CommandError> {
        call.require(UseCase::OpenStore)?;
        if !serves_only(&call.caller, &new.warehouse.zones) {
            return Err(FOREIGN_ZONE.refusal_at("/zones").into());
        }
        self.check_time_zone(&new.front.time_zone).await?;
        let warehouse = WarehouseId::from_uuid(ids::uuid());
        let unit = opening_hints(call.unit(), warehouse, &new.warehouse);
        execute(&self.log, call, unit, move |decision| {
            open(decision, warehouse, &new.warehouse)?;
            let front = WarehouseCommand::SetFront { front: new.front.clone() };
            judge::<Warehouse>(decision, &warehouse.stream(), front)?;
            accepted(decision, warehouse)
        })
        .await
    }

    /// Makes a store what `revision` and `front` say; a warehouse becomes a store by it. With `expected_version` only if
    /// nothing has changed since.
    ///
    /// # Errors
    /// As [`Self::revise_warehouse`] and [`Self::open_store`].
    pub async fn revise_store(
        &self,
        call: &Call,
        warehouse: WarehouseId,
        revision: ReviseWarehouse,
        front: StoreFront,
        expected_version: Option<i64>,
    ) -> Result<Executed<WarehouseAccepted>, CommandError> {
        call.require(UseCase::ReviseStore)?;
        self.check_time_zone(&front.time_zone).await?;
        let caller = call.caller.clone();
        let unit = reads_warehouse(call.unit(), warehouse);
        execute(&self.log, call, unit, move |decision| {
            check_own(decision, &caller, warehouse, Some(&revision.zones))?;
            let id = warehouse.stream();
            check_version::<Warehouse>(decision, &id, expected_version)?;
            judge::<Warehouse>(decision, &id, WarehouseCommand::Revise(revision.clone()))?;
            judge::<Warehouse>(decision, &id, WarehouseCommand::SetFront { front: front.clone() })?;
            accepted(decision, warehouse)
        })
        .await
    }

    /// Opens, pauses or closes a store to the public; its stock stays where it is.
    ///
    /// # Errors
    /// `inventory.store_not_found`, also for one that serves foreign zones, and `inventory.warehouse_closed`.
    pub async fn set_store_status(
        &self,
        call: &Call,
        warehouse: WarehouseId,
        status: StoreStatus,
        reason: Option<Reason>,
    ) -> Result<Executed<WarehouseAccepted>, CommandError> {
        call.require(UseCase::SetStoreStatus)?;
        let caller = call.caller.clone();
        let unit = reads_warehouse(call.unit(), warehouse);
        execute(&self.log, call, unit, move |decision| {
            let id = warehouse.stream();
            let premises = decision.state::<Warehouse>(&id)?.premises();
            let own = premises.filter(|premises| serves_only(&caller, &premises.zones));
            if own.is_none_or(|premises| premises.store.is_none()) {
                return refuse(Refused::of(&WarehouseError::NoStore));
            }
            let command = WarehouseCommand::SetStoreStatus { status, reason: reason.clone() };
            judge::<Warehouse>(decision, &id, command)?;
            accepted(decision, warehouse)
        })
        .await
    }

    /// The database knows the time zones, and is what tells local times later.
    async fn check_time_zone(&self, zone: &TimeZone) -> Result<(), CommandError> {
        let known: bool = sqlx::query_scalar("select exists (select from pg_timezone_names where name = $1)")
            .bind(zone.as_str())
            .fetch_one(self.log.pool())
            .await?;
        if known {
            Ok(())
        } else {
            Err(UNKNOWN_TIME_ZONE.refusal_at("/time_zone").into())
        }
    }
}
