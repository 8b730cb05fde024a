//! Tax rates are created and revised in the table, and an order looks its rates up there.

use domain::{
    catalog::Category,
    ids::{CategoryId, TaxRateId},
    pricing::{LineRate, TAX_TABLE, TaxTable, TaxTableCommand, TaxTableState, TaxTerms},
    text::Zone,
};
use event_store::{AsOf, Decision, Executed, StreamRef, Unit, ids};
use serde::{Deserialize, Serialize};

use super::{CATEGORY_UNKNOWN, Pricing};
use crate::{
    Call, CommandError, UseCase,
    execute::{Ruling, check_version, execute, judge, refuse},
};

/// What became of a tax rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxRateAccepted {
    /// Which rate.
    pub rate: TaxRateId,
    /// The version of the whole table now: the `ETag`.
    pub version: i64,
}

/// The table as the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaxTableView {
    /// Every rate that there ever was.
    pub table: TaxTableState,
    /// Its version: the `ETag`.
    pub version: i64,
}

impl Pricing {
    /// Every tax rate, those that are switched off too.
    ///
    /// # Errors
    /// When the caller may not see them, or the log cannot be read.
    pub async fn tax_table(&self, call: &Call) -> Result<TaxTableView, CommandError> {
        call.require(UseCase::ListTaxRates)?;
        let known = self.log.reader().load::<TaxTable>(TAX_TABLE, AsOf::Now).await?;
        Ok(TaxTableView { table: known.state, version: known.version })
    }

    /// Adds a rate: orders are taxed with it from then on.
    ///
    /// # Errors
    /// `pricing.category_unknown`, `pricing.tax_rate_overlaps`, `pricing.too_many_tax_rates`.
    pub async fn create_tax_rate(
        &self,
        call: &Call,
        terms: TaxTerms,
    ) -> Result<Executed<TaxRateAccepted>, CommandError> {
        call.require(UseCase::CreateTaxRate)?;
        let rate = TaxRateId::from_uuid(ids::uuid());
        let unit = names(call.unit(), &terms);
        execute(&self.log, call, unit, move |decision| {
            check_category(decision, &terms)?;
            judge::<TaxTable>(decision, TAX_TABLE, TaxTableCommand::Create { rate, terms: terms.clone() })?;
            accepted(decision, rate)
        })
        .await
    }

    /// Replaces all of a rate, from now on; placed orders keep their taxes.
    ///
    /// # Errors
    /// `pricing.tax_rate_not_found`, `PreconditionFailed`, and as [`Self::create_tax_rate`].
    pub async fn revise_tax_rate(
        &self,
        call: &Call,
        rate: TaxRateId,
        terms: TaxTerms,
        expected_version: Option<i64>,
    ) -> Result<Executed<TaxRateAccepted>, CommandError> {
        call.require(UseCase::ReviseTaxRate)?;
        let unit = names(call.unit(), &terms);
        execute(&self.log, call, unit, move |decision| {
            let revise = TaxTableCommand::Revise { rate, terms: terms.clone() };
            let is_known =
                decision.state::<TaxTable>(TAX_TABLE)?.rates().iter().any(|(known, _)| *known == rate);
            if is_known {
                check_version::<TaxTable>(decision, TAX_TABLE, expected_version)?;
                check_category(decision, &terms)?;
            }
            judge::<TaxTable>(decision, TAX_TABLE, revise)?;
            accepted(decision, rate)
        })
        .await
    }
}

/// Names the table that an order's rates are looked up in.
pub(crate) fn reads_taxes(unit: Unit) -> Unit {
    unit.reads(StreamRef::of::<TaxTable>(TAX_TABLE))
}

/// What goods of these categories are taxed with where they go.
pub(crate) fn tax_on(
    decision: &mut Decision<'_>,
    zone: Option<&Zone>,
    categories: &[CategoryId],
) -> Ruling<Option<LineRate>> {
    Ok(decision.state::<TaxTable>(TAX_TABLE)?.rate_for(zone, categories))
}

/// Whether any rate is in force, so that the categories of goods matter.
pub(crate) fn has_taxes(decision: &mut Decision<'_>) -> Ruling<bool> {
    Ok(!decision.state::<TaxTable>(TAX_TABLE)?.is_idle())
}

fn names(unit: Unit, terms: &TaxTerms) -> Unit {
    let unit = reads_taxes(unit);
    match terms.category {
        Some(category) => unit.reads(StreamRef::of::<Category>(category.stream())),
        None => unit,
    }
}

/// A slip in an id would tax nothing, and nobody would notice.
fn check_category(decision: &mut Decision<'_>, terms: &TaxTerms) -> Ruling<()> {
    if let Some(category) = terms.category
        && decision.state::<Category>(&category.stream())?.node().is_none()
    {
        return refuse(CATEGORY_UNKNOWN.refusal_at("/category_id"));
    }
    Ok(())
}

fn accepted(decision: &mut Decision<'_>, rate: TaxRateId) -> Ruling<TaxRateAccepted> {
    Ok(TaxRateAccepted { rate, version: decision.version::<TaxTable>(TAX_TABLE)? })
}
