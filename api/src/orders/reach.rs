//! Whose orders a caller may see. What is out of reach does not exist for the caller; the rule is the one that the use
//! cases decide by.

use domain::{
    identity::Role,
    ids::{AccountId, CompanyId},
    text::Zone,
};
use projections::orders::order_list::OrderFilter;

use crate::http::auth::Signed;

/// What of an order says who may see it.
pub(crate) struct Whose<'a> {
    pub(crate) customer: Option<AccountId>,
    pub(crate) zone: Option<&'a str>,
    pub(crate) companies: &'a [Option<CompanyId>],
}

/// Whether the caller may see the order.
pub(crate) fn reaches(signed: &Signed, order: &Whose<'_>) -> bool {
    let principal = signed.principal();
    let in_zone = || {
        let serves = |own: &[Zone]| order.zone.is_some_and(|zone| own.iter().any(|own| own.as_str() == zone));
        signed.zones().is_none_or(serves)
    };
    match principal.role {
        Role::Customer => order.customer == Some(principal.account),
        Role::Vendor => in_zone() && order.companies.iter().any(|company| !signed.is_foreign(*company)),
        Role::Driver => false,
        Role::SuperAdmin | Role::LocationAdmin | Role::StoreManager | Role::Analyst | Role::Auditor => {
            in_zone()
        }
    }
}

/// Narrows a list to what the caller may see; `None` when that is nothing.
pub(super) fn narrow(signed: &Signed, mut filter: OrderFilter) -> Option<OrderFilter> {
    let principal = signed.principal();
    match principal.role {
        Role::Customer => {
            if filter.customer.is_some_and(|customer| customer != principal.account) {
                return None;
            }
            filter.customer = Some(principal.account);
        }
        Role::Vendor => {
            let own = principal.company?;
            if filter.company.is_some_and(|company| company != own) {
                return None;
            }
            filter.company = Some(own);
        }
        Role::Driver => return None,
        Role::SuperAdmin | Role::LocationAdmin | Role::StoreManager | Role::Analyst | Role::Auditor => {}
    }
    if let Some(own) = signed.zones() {
        filter.zones = if filter.zones.is_empty() {
            own.to_vec()
        } else {
            filter.zones.into_iter().filter(|zone: &Zone| own.contains(zone)).collect()
        };
        if filter.zones.is_empty() {
            return None;
        }
    }
    Some(filter)
}
