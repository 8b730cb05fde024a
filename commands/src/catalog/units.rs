//! Units of measure, and the units that products are sold by. The code of a unit belongs to it for ever; the SKU of a
//! selling unit is unique among those of products and selling units, and belongs to it for ever.

use domain::{
    catalog::{
        Product, SellingUnit, SellingUnitCommand, SellingUnitDetails, SellingUnitError, Unit, UnitCommand,
        UnitDetails,
    },
    ids::{ProductId, SellingUnitId, UnitId},
    text::Code,
};
use event_store::{ClaimOutcome, Decision, Executed, StreamRef, ids};
use serde::{Deserialize, Serialize};

use super::{
    Catalog, SELLING_UNIT_CURRENCY, SKU_SCOPE, SKU_TAKEN, UNIT_CODE_TAKEN, UNIT_UNKNOWN, unknown_product,
};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
};

/// The scope of the claims on codes of units; the holder is the unit's stream.
pub const UNIT_CODE_SCOPE: &str = "unit_code";

/// What became of a unit of measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitAccepted {
    /// Which unit.
    pub unit: UnitId,
    /// Its version now: the `ETag`.
    pub version: i64,
}

/// What became of a selling unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellingUnitAccepted {
    /// Which selling unit.
    pub selling_unit: SellingUnitId,
    /// Its version now: the `ETag`.
    pub version: i64,
}

impl Catalog {
    /// Defines a unit of measure.
    ///
    /// # Errors
    /// `catalog.unit_code_taken`, and the unit's own rules.
    pub async fn define_unit(
        &self,
        call: &Call,
        code: Code,
        details: UnitDetails,
    ) -> Result<Executed<UnitAccepted>, CommandError> {
        call.require(UseCase::DefineUnit)?;
        let unit = UnitId::from_uuid(ids::uuid());
        let id = unit.stream();
        let hints =
            call.unit().reads(StreamRef::new_of::<Unit>(id.as_str())).claims(UNIT_CODE_SCOPE, code.as_str());
        execute(&self.log, call, hints, move |decision| {
            if let ClaimOutcome::Taken(_) = decision.claim(UNIT_CODE_SCOPE, code.as_str(), &id)? {
                return refuse(UNIT_CODE_TAKEN.refusal_at("/code"));
            }
            let define = UnitCommand::Define { code: code.clone(), details: details.clone() };
            judge::<Unit>(decision, &id, define)?;
            Ok(UnitAccepted { unit, version: decision.version::<Unit>(&id)? })
        })
        .await
    }

    /// Describes a unit of measure anew. With `expected_version` only if nothing has changed since.
    ///
    /// # Errors
    /// `catalog.unit_not_found`, `catalog.unit_retired`, `PreconditionFailed`.
    pub async fn revise_unit(
        &self,
        call: &Call,
        unit: UnitId,
        details: UnitDetails,
        expected_version: Option<i64>,
    ) -> Result<Executed<UnitAccepted>, CommandError> {
        self.change_unit(call, unit, UnitCommand::Revise { details }, expected_version).await
    }

    /// Lets nothing new be sold by a unit of measure; what is sold by it already goes on.
    ///
    /// # Errors
    /// `catalog.unit_not_found`, `PreconditionFailed`.
    pub async fn retire_unit(
        &self,
        call: &Call,
        unit: UnitId,
        expected_version: Option<i64>,
    ) -> Result<Executed<UnitAccepted>, CommandError> {
        self.change_unit(call, unit, UnitCommand::Retire, expected_version).await
    }

    async fn change_unit(
        &self,
        call: &Call,
        unit: UnitId,
        command: UnitCommand,
        expected_version: Option<i64>,
    ) -> Result<Executed<UnitAccepted>, CommandError> {
        call.require(UseCase::ChangeUnit)?;
        let id = unit.stream();
        let hints = call.unit().reads(StreamRef::of::<Unit>(id.as_str()));
        execute(&self.log, call, hints, move |decision| {
            check_version::<Unit>(decision, &id, expected_version)?;
            judge::<Unit>(decision, &id, command.clone())?;
            Ok(UnitAccepted { unit, version: decision.version::<Unit>(&id)? })
        })
        .await
    }

    /// Lets a product be sold by another unit. A vendor does so for products of its company.
    ///
    /// # Errors
    /// `catalog.product_not_found`, `catalog.product_discontinued`, `catalog.unit_unknown`, `catalog.sku_taken`,
    /// `catalog.selling_unit_currency`, and the selling unit's own rules.
    pub async fn add_selling_unit(
        &self,
        call: &Call,
        product: ProductId,
        details: SellingUnitDetails,
    ) -> Result<Executed<SellingUnitAccepted>, CommandError> {
        call.require(UseCase::AddSellingUnit)?;
        let selling_unit = SellingUnitId::from_uuid(ids::uuid());
        let (id, caller) = (selling_unit.stream(), call.caller.clone());
        let hints = hints(call, &details)
            .reads(StreamRef::new_of::<SellingUnit>(id.as_str()))
            .reads(StreamRef::of::<Product>(product.stream()));
        execute(&self.log, call, hints, move |decision| {
            let state = decision.state::<Product>(&product.stream())?;
            if !state.exists() || caller.is_foreign(state.company()) {
                return refuse(unknown_product());
            }
            if !state.is_active() {
                return refuse(Refused::of(&domain::catalog::ProductError::Discontinued));
            }
            check(decision, product, None, &details, &id)?;
            let add = SellingUnitCommand::Add { product, details: details.clone() };
            judge::<SellingUnit>(decision, &id, add)?;
            Ok(SellingUnitAccepted { selling_unit, version: decision.version::<SellingUnit>(&id)? })
        })
        .await
    }

    /// Describes a selling unit anew. With `expected_version` only if nothing has changed since.
    ///
    /// # Errors
    /// `catalog.selling_unit_not_found` (of another company's product too, for a vendor), `catalog.unit_unknown`,
    /// `catalog.sku_taken`, `catalog.selling_unit_currency`, `PreconditionFailed`, and the selling unit's own rules.
    pub async fn revise_selling_unit(
        &self,
        call: &Call,
        selling_unit: SellingUnitId,
        details: SellingUnitDetails,
        expected_version: Option<i64>,
    ) -> Result<Executed<SellingUnitAccepted>, CommandError> {
        self.change_selling_unit(call, selling_unit, SellingUnitCommand::Revise { details }, expected_version)
            .await
    }

    /// Does not sell by a selling unit any more; its SKU stays its own.
    ///
    /// # Errors
    /// `catalog.selling_unit_not_found`, `PreconditionFailed`.
    pub async fn retire_selling_unit(
        &self,
        call: &Call,
        selling_unit: SellingUnitId,
        expected_version: Option<i64>,
    ) -> Result<Executed<SellingUnitAccepted>, CommandError> {
        self.change_selling_unit(call, selling_unit, SellingUnitCommand::Retire, expected_version).await
    }

    async fn change_selling_unit(
        &self,
        call: &Call,
        selling_unit: SellingUnitId,
        command: SellingUnitCommand,
        expected_version: Option<i64>,
    ) -> Result<Executed<SellingUnitAccepted>, CommandError> {
        call.require(UseCase::ChangeSellingUnit)?;
        let (id, caller) = (selling_unit.stream(), call.caller.clone());
        let hints = match &command {
            SellingUnitCommand::Revise { details } => hints(call, details),
            SellingUnitCommand::Add { .. } | SellingUnitCommand::Retire => call.unit(),
        };
        let hints = hints.reads(StreamRef::of::<SellingUnit>(id.as_str()));
        execute(&self.log, call, hints, move |decision| {
            let Some(known) = decision.state::<SellingUnit>(&id)?.known().cloned() else {
                return refuse(Refused::of(&SellingUnitError::NotFound));
            };
            if caller.is_foreign(decision.state::<Product>(&known.product.stream())?.company()) {
                return refuse(Refused::of(&SellingUnitError::NotFound));
            }
            check_version::<SellingUnit>(decision, &id, expected_version)?;
            if let SellingUnitCommand::Revise { details } = &command {
                check(decision, known.product, Some(known.details.unit), details, &id)?;
            }
            judge::<SellingUnit>(decision, &id, command.clone())?;
            Ok(SellingUnitAccepted { selling_unit, version: decision.version::<SellingUnit>(&id)? })
        })
        .await
    }
}

fn hints(call: &Call, details: &SellingUnitDetails) -> event_store::Unit {
    let hints = call.unit().reads(StreamRef::of::<Unit>(details.unit.stream()));
    match &details.sku {
        Some(sku) => hints.claims(SKU_SCOPE, sku.as_str()),
        None => hints,
    }
}

/// What a selling unit needs of others: its unit of measure, a code that nobody has, the product's currency.
fn check(
    decision: &mut Decision<'_>,
    product: ProductId,
    before: Option<UnitId>,
    details: &SellingUnitDetails,
    id: &str,
) -> Ruling<()> {
    let is_known =
        before == Some(details.unit) || decision.state::<Unit>(&details.unit.stream())?.is_defined();
    if !is_known {
        return refuse(UNIT_UNKNOWN.refusal_at("/unit_id"));
    }
    if let Some(price) = details.price {
        let prices = decision.state::<Product>(&product.stream())?.prices().copied();
        if prices.is_some_and(|prices| prices.base.currency() != price.currency()) {
            return refuse(SELLING_UNIT_CURRENCY.refusal_at("/price/currency"));
        }
    }
    // The holder is marked, so that nobody takes it for the product that the code would order.
    if let Some(sku) = &details.sku
        && let ClaimOutcome::Taken(_) = decision.claim(SKU_SCOPE, sku.as_str(), &format!("unit/{id}"))?
    {
        return refuse(SKU_TAKEN.refusal_at("/sku"));
    }
    Ok(())
}
