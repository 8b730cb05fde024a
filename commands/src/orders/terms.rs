//! The vendors of an order: whether they sell, where to, and on which terms. Their streams are few and asked for with
//! every order, so the writer keeps them in memory.

use std::collections::HashSet;

use domain::{
    ids::CompanyId,
    money::Currency,
    orders::{Fulfilment, VendorTerms},
    vendors::{Company, CompanyProfile},
};
use event_store::{Decision, StreamRef};

use super::{Faults, NewOrder};
use crate::{
    Code,
    execute::Ruling,
    vendors::{INACTIVE, ZONE_NOT_SERVED},
};

/// The terms of each registered vendor, once each. A vendor id that nobody registered (from before there were
/// companies) has none: no commission, no delivery fee.
pub(super) fn of_vendors(
    decision: &mut Decision<'_>,
    new: &NewOrder,
    lines: impl Iterator<Item = (usize, Option<CompanyId>, Currency)>,
    faults: &mut Faults,
) -> Ruling<Vec<VendorTerms>> {
    let lines: Vec<_> = lines.collect();
    let companies: HashSet<CompanyId> = lines.iter().filter_map(|(_, company, _)| *company).collect();
    let streams = companies.iter().map(|company| StreamRef::of::<Company>(company.stream()));
    // All in one go: there may be as many as lines.
    decision.prefetch(&streams.collect::<Vec<_>>(), &[])?;
    let mut terms: Vec<VendorTerms> = Vec::new();
    for (index, company, currency) in lines {
        let Some(company) = company.filter(|company| !terms.iter().any(|known| known.company == *company))
        else {
            continue;
        };
        let state = decision.state::<Company>(&company.stream())?;
        let Some(profile) = state.profile() else {
            continue;
        };
        if let Some(code) = obstacle(new, state.is_active(), profile) {
            faults.push(code.kind, code.at(format!("/lines/{index}/product")));
            continue;
        }
        let fee = profile.delivery_fee(new.zone.as_ref(), currency);
        terms.push(VendorTerms {
            company,
            commission_rate: profile.commission_rate,
            delivery_fee: fee.map(|fee| fee.fee),
            free_from: fee.and_then(|fee| fee.free_from),
        });
    }
    Ok(terms)
}

fn obstacle(new: &NewOrder, is_active: bool, profile: &CompanyProfile) -> Option<Code> {
    let is_brought = new.fulfilment == Fulfilment::Delivery;
    if !is_active {
        Some(INACTIVE)
    } else if is_brought && new.zone.as_ref().is_some_and(|zone| !profile.serves(zone)) {
        Some(ZONE_NOT_SERVED)
    } else {
        None
    }
}
