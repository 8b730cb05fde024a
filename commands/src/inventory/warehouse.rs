//! Warehouses. Opening claims the code; closing proves that nothing is left.
//!
//! Closing takes three steps. First a claim says that the warehouse is closing: from there on nothing brings stock
//! in. Then the log is asked which products were ever there: none is missing, because whatever came in before the
//! claim is in the log by now, and nothing comes in after it. At last one decision looks at exactly those streams,
//! and closes the warehouse or gives the claim up. A step that never comes (the node died) leaves the warehouse
//! closing, until somebody asks again.

use domain::{
    ids::WarehouseId,
    inventory::{
        Location, ReviseWarehouse, ShippingEstimate, Stock, Warehouse, WarehouseCommand, WarehouseError,
    },
    refusal::Fault,
    text::{Code, Country, LocalizedText, Reason, Zone},
};
use event_store::{ClaimOutcome, Decision, Executed, Log, StreamRef, Unit, ids};
use serde::{Deserialize, Serialize};

use super::{CLOSING, CODE_TAKEN, FOREIGN_ZONE, Inventory, NOT_EMPTY};
use crate::{
    Call, Caller, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
};

/// The scope of the claims on warehouse codes; the holder is the warehouse's stream.
pub(crate) const WAREHOUSE_CODE_SCOPE: &str = "warehouse_code";

/// The scope of the claims that say "is closing"; the key is the warehouse's stream, the holder the attempt to close it: whoever
/// tries again takes it over, so that nobody goes by products that he asked for before another gave up.
const CLOSING_SCOPE: &str = "warehouse_closing";

/// A warehouse to open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenWarehouse {
    /// Short unique code.
    pub code: Code,
    /// What it is called.
    pub name: LocalizedText,
    /// Where it stands.
    pub country: Option<Country>,
    /// Zones that it serves; empty means all.
    pub zones: Vec<Zone>,
    /// Its place.
    pub location: Option<Location>,
    /// How long goods are on their way from it.
    pub shipping: Vec<ShippingEstimate>,
}

impl OpenWarehouse {
    /// All of it that can be changed later.
    fn revision(&self) -> ReviseWarehouse {
        ReviseWarehouse {
            name: self.name.clone(),
            country: self.country.clone(),
            zones: self.zones.clone(),
            location: self.location,
            shipping: self.shipping.clone(),
        }
    }
}

/// What became of a warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarehouseAccepted {
    /// Which warehouse.
    pub warehouse: WarehouseId,
    /// Its version now.
    pub version: i64,
}

impl Inventory {
    /// Opens a warehouse. Who is confined to zones names which of them it serves, and no other.
    ///
    /// # Errors
    /// `inventory.warehouse_code_taken`, `inventory.zone_not_allowed`, and the warehouse's own rules.
    pub async fn open_warehouse(
        &self,
        call: &Call,
        new: OpenWarehouse,
    ) -> Result<Executed<WarehouseAccepted>, CommandError> {
        call.require(UseCase::OpenWarehouse)?;
        if !serves_only(&call.caller, &new.zones) {
            return Err(FOREIGN_ZONE.refusal_at("/zones").into());
        }
        let warehouse = WarehouseId::from_uuid(ids::uuid());
        let unit = opening_hints(call.unit(), warehouse, &new);
        execute(&self.log, call, unit, move |decision| open(decision, warehouse, &new)).await
    }

    /// Makes a warehouse what `revision` says. With `expected_version` only if nothing has changed since.
    ///
    /// # Errors
    /// `inventory.warehouse_not_found` (also for one that serves foreign zones), `inventory.zone_not_allowed`, the
    /// warehouse's own rules, and `PreconditionFailed`.
    pub async fn revise_warehouse(
        &self,
        call: &Call,
        warehouse: WarehouseId,
        revision: ReviseWarehouse,
        expected_version: Option<i64>,
    ) -> Result<Executed<WarehouseAccepted>, CommandError> {
        call.require(UseCase::ReviseWarehouse)?;
        let caller = call.caller.clone();
        let unit = reads_warehouse(call.unit(), warehouse);
        execute(&self.log, call, unit, move |decision| {
            check_own(decision, &caller, warehouse, Some(&revision.zones))?;
            let id = warehouse.stream();
            check_version::<Warehouse>(decision, &id, expected_version)?;
            judge::<Warehouse>(decision, &id, WarehouseCommand::Revise(revision.clone()))?;
            accepted(decision, warehouse)
        })
        .await
    }

    /// Closes a warehouse for good, if no product has stock in it. One that serves other zones too is not there for
    /// whoever is confined to some.
    ///
    /// # Errors
    /// `inventory.warehouse_not_empty` with up to 20 of the products, and the warehouse's own rules.
    pub async fn close_warehouse(
        &self,
        call: &Call,
        warehouse: WarehouseId,
        reason: Option<Reason>,
    ) -> Result<Executed<WarehouseAccepted>, CommandError> {
        call.require(UseCase::CloseWarehouse)?;
        let attempt = ids::uuid().simple().to_string();
        self.start_closing(call, warehouse, &attempt).await?;
        let products = products_ever_in(&self.log, warehouse).await?;
        let outcome = self.finish_closing(call, warehouse, &attempt, reason, products).await;
        if matches!(outcome, Err(CommandError::Refused(_))) {
            self.stop_closing(call, warehouse, &attempt).await?;
        }
        outcome
    }

    async fn start_closing(
        &self,
        call: &Call,
        warehouse: WarehouseId,
        attempt: &str,
    ) -> Result<(), CommandError> {
        let (id, attempt) = (warehouse.stream(), attempt.to_owned());
        let call = Call { idempotency: None, ..call.clone() };
        let caller = call.caller.clone();
        let unit = reads_warehouse(call.unit(), warehouse);
        execute(&self.log, &call, unit, move |decision| {
            check_own(decision, &caller, warehouse, None)?;
            decision.release_claim(CLOSING_SCOPE, &id);
            decision.claim(CLOSING_SCOPE, &id, &attempt)?;
            Ok(())
        })
        .await
        .map(drop)
    }

    async fn finish_closing(
        &self,
        call: &Call,
        warehouse: WarehouseId,
        attempt: &str,
        reason: Option<Reason>,
        products: Vec<String>,
    ) -> Result<Executed<WarehouseAccepted>, CommandError> {
        let (id, attempt) = (warehouse.stream(), attempt.to_owned());
        let mut unit = reads_warehouse(call.unit(), warehouse);
        for product in &products {
            unit = unit.reads(StreamRef::of::<Stock>(product.as_str()));
        }
        execute(&self.log, call, unit, move |decision| {
            // Somebody else tries to close it at the same time, or did and gave up.
            if decision.holder(CLOSING_SCOPE, &id)?.as_ref() != Some(&attempt) {
                return refuse(NOT_EMPTY.refusal());
            }
            let mut left = Vec::new();
            for product in &products {
                let level = decision.state::<Stock>(product)?.level(warehouse);
                if level.on_hand > 0 || level.committed() > 0 {
                    left.push((product.clone(), level.on_hand));
                }
            }
            if !left.is_empty() {
                return refuse(not_empty(&left));
            }
            judge::<Warehouse>(decision, &id, WarehouseCommand::Close { reason: reason.clone() })?;
            decision.release_claim(CLOSING_SCOPE, &id);
            Ok(WarehouseAccepted { warehouse, version: decision.version::<Warehouse>(&id)? })
        })
        .await
    }

    async fn stop_closing(
        &self,
        call: &Call,
        warehouse: WarehouseId,
        attempt: &str,
    ) -> Result<(), CommandError> {
        let (id, attempt) = (warehouse.stream(), attempt.to_owned());
        let call = Call { idempotency: None, ..call.clone() };
        execute(&self.log, &call, reads_warehouse(call.unit(), warehouse), move |decision| {
            if decision.holder(CLOSING_SCOPE, &id)?.as_ref() == Some(&attempt) {
                decision.release_claim(CLOSING_SCOPE, &id);
            }
            Ok(())
        })
        .await
        .map(drop)
    }
}

/// Names what [`open`] looks at.
pub(super) fn opening_hints(unit: Unit, warehouse: WarehouseId, new: &OpenWarehouse) -> Unit {
    unit.reads(StreamRef::new_of::<Warehouse>(warehouse.stream()))
        .claims(WAREHOUSE_CODE_SCOPE, new.code.as_str())
}

/// Opens a warehouse under a code that nobody has.
pub(super) fn open(
    decision: &mut Decision<'_>,
    warehouse: WarehouseId,
    new: &OpenWarehouse,
) -> Ruling<WarehouseAccepted> {
    let id = warehouse.stream();
    if let ClaimOutcome::Taken(_) = decision.claim(WAREHOUSE_CODE_SCOPE, new.code.as_str(), &id)? {
        return refuse(CODE_TAKEN.refusal_at("/code"));
    }
    let open = WarehouseCommand::Open {
        code: new.code.clone(),
        name: new.name.clone(),
        country: new.country.clone(),
        zones: new.zones.clone(),
    };
    judge::<Warehouse>(decision, &id, open)?;
    judge::<Warehouse>(decision, &id, WarehouseCommand::Revise(new.revision()))?;
    accepted(decision, warehouse)
}

pub(super) fn accepted(decision: &mut Decision<'_>, warehouse: WarehouseId) -> Ruling<WarehouseAccepted> {
    let version = decision.version::<Warehouse>(&warehouse.stream())?;
    Ok(WarehouseAccepted { warehouse, version })
}

/// Whether a warehouse is the caller's to change, as it is and (with `zones`) as it is to be: whoever is confined to zones
/// changes those that serve no other.
pub(super) fn check_own(
    decision: &mut Decision<'_>,
    caller: &Caller,
    warehouse: WarehouseId,
    zones: Option<&[Zone]>,
) -> Ruling<()> {
    let premises = decision.state::<Warehouse>(&warehouse.stream())?.premises();
    if !premises.is_some_and(|premises| serves_only(caller, &premises.zones)) {
        return refuse(Refused::of(&WarehouseError::NotFound));
    }
    if zones.is_some_and(|zones| !serves_only(caller, zones)) {
        return refuse(FOREIGN_ZONE.refusal_at("/zones"));
    }
    Ok(())
}

/// Whether all that a warehouse serves is within the caller's zones.
pub(super) fn serves_only(caller: &Caller, zones: &[Zone]) -> bool {
    caller.zones().is_none_or(|own| !zones.is_empty() && zones.iter().all(|zone| own.contains(zone)))
}

fn not_empty(left: &[(String, u64)]) -> Refused {
    let faults = left.iter().take(20).map(|(product, units)| {
        let id = crate::catalog::product_of(product).map_or_else(|| product.clone(), |id| id.to_string());
        Fault {
            numbers: serde_json::Map::from_iter([
                ("product".to_owned(), id.into()),
                ("on_hand".to_owned(), (*units).into()),
            ]),
            ..NOT_EMPTY.at("")
        }
    });
    Refused { faults: faults.collect(), ..NOT_EMPTY.refusal() }
}

/// The products whose stock was ever moved in `warehouse`.
async fn products_ever_in(log: &Log, warehouse: WarehouseId) -> Result<Vec<String>, CommandError> {
    let sql = "select distinct aggregate_id from events \
               where aggregate_type = 'stock' and strpos(payload::text, $1) > 0";
    Ok(sqlx::query_scalar(sql).bind(warehouse.stream()).fetch_all(log.pool()).await?)
}

/// Names what [`check_open`] looks at.
pub(crate) fn reads_warehouse(unit: Unit, warehouse: WarehouseId) -> Unit {
    let id = warehouse.stream();
    unit.claims(CLOSING_SCOPE, &id).reads(StreamRef::of::<Warehouse>(id))
}

/// Whether `caller` may bring stock into (or correct it in) a warehouse: open, not closing, and in its zones.
pub(crate) fn check_open(
    decision: &mut Decision<'_>,
    caller: &Caller,
    warehouse: WarehouseId,
) -> Ruling<Result<(), Refused>> {
    let id = warehouse.stream();
    if decision.holder(CLOSING_SCOPE, &id)?.is_some() {
        return Ok(Err(CLOSING.refusal_at("/warehouse")));
    }
    let state = decision.state::<Warehouse>(&id)?;
    let Some(premises) = state.premises() else {
        return Ok(Err(unknown_warehouse()));
    };
    // A warehouse without zones serves all of them, and is not one zone's administrator's to change.
    let in_reach = caller.zones().is_none_or(|own| premises.zones.iter().any(|zone| own.contains(zone)));
    if !in_reach {
        return Ok(Err(unknown_warehouse()));
    }
    if !state.is_open() {
        return Ok(Err(Refused::of(&WarehouseError::Closed)));
    }
    Ok(Ok(()))
}

fn unknown_warehouse() -> Refused {
    let refusal = WarehouseError::NotFound;
    Refused {
        faults: vec![Fault::at("/warehouse", &refusal)],
        ..Refused::of(&refusal)
    }
}
