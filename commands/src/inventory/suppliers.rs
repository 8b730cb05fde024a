//! Suppliers. A code belongs to one supplier for ever, so that old replenishment orders name the right one.

use domain::{
    ids::SupplierId,
    inventory::{Supplier, SupplierCommand, SupplierDetails, SupplierError},
    text::Reason,
};
use event_store::{ClaimOutcome, Decision, Executed, StreamRef, ids};

use super::{Inventory, SUPPLIER_CODE_TAKEN, replenish::SupplierAccepted};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
};

/// The scope of the claims on codes of suppliers; the holder is the supplier's stream.
const SUPPLIER_CODE_SCOPE: &str = "supplier_code";

impl Inventory {
    /// Adds a supplier.
    ///
    /// # Errors
    /// `inventory.supplier_code_taken`, and the supplier's own rules.
    pub async fn add_supplier(
        &self,
        call: &Call,
        details: SupplierDetails,
    ) -> Result<Executed<SupplierAccepted>, CommandError> {
        call.require(UseCase::AddSupplier)?;
        let supplier = SupplierId::from_uuid(ids::uuid());
        let unit = call
            .unit()
            .reads(StreamRef::new_of::<Supplier>(supplier.stream()))
            .claims(SUPPLIER_CODE_SCOPE, details.code.as_str());
        execute(&self.log, call, unit, move |decision| {
            take_code(decision, supplier, &details)?;
            let id = supplier.stream();
            judge::<Supplier>(decision, &id, SupplierCommand::Add { details: details.clone() })?;
            Ok(SupplierAccepted { supplier, version: decision.version::<Supplier>(&id)? })
        })
        .await
    }

    /// Says what is known of a supplier now. With `expected_version` only if nothing has changed since.
    ///
    /// # Errors
    /// As [`Self::add_supplier`], `inventory.supplier_not_found`, and `PreconditionFailed`.
    pub async fn revise_supplier(
        &self,
        call: &Call,
        supplier: SupplierId,
        details: SupplierDetails,
        expected_version: Option<i64>,
    ) -> Result<Executed<SupplierAccepted>, CommandError> {
        call.require(UseCase::ReviseSupplier)?;
        let id = supplier.stream();
        let unit = call
            .unit()
            .reads(StreamRef::of::<Supplier>(id.as_str()))
            .claims(SUPPLIER_CODE_SCOPE, details.code.as_str());
        execute(&self.log, call, unit, move |decision| {
            if decision.state::<Supplier>(&id)?.details().is_none() {
                return refuse(Refused::of(&SupplierError::NotFound));
            }
            check_version::<Supplier>(decision, &id, expected_version)?;
            take_code(decision, supplier, &details)?;
            judge::<Supplier>(decision, &id, SupplierCommand::Revise { details: details.clone() })?;
            Ok(SupplierAccepted { supplier, version: decision.version::<Supplier>(&id)? })
        })
        .await
    }

    /// Retires a supplier: nothing is ordered from it any more. Rules that name it order from nobody in particular.
    ///
    /// # Errors
    /// `inventory.supplier_not_found`.
    pub async fn retire_supplier(
        &self,
        call: &Call,
        supplier: SupplierId,
        reason: Option<Reason>,
    ) -> Result<Executed<SupplierAccepted>, CommandError> {
        call.require(UseCase::RetireSupplier)?;
        let id = supplier.stream();
        let unit = call.unit().reads(StreamRef::of::<Supplier>(id.as_str()));
        execute(&self.log, call, unit, move |decision| {
            judge::<Supplier>(decision, &id, SupplierCommand::Retire { reason: reason.clone() })?;
            Ok(SupplierAccepted { supplier, version: decision.version::<Supplier>(&id)? })
        })
        .await
    }
}

fn take_code(decision: &mut Decision<'_>, supplier: SupplierId, details: &SupplierDetails) -> Ruling<()> {
    match decision.claim(SUPPLIER_CODE_SCOPE, details.code.as_str(), &supplier.stream())? {
        ClaimOutcome::Taken(_) => refuse(SUPPLIER_CODE_TAKEN.refusal_at("/code")),
        ClaimOutcome::Held => Ok(()),
    }
}
