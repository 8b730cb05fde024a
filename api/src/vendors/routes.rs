//! Routes of companies.

use super::{
    change::{register_company, revise_company, set_commission, set_company_status, set_delivery_fees},
    queries::{companies_of_zone, company_payouts, company_stats, list_companies, show_company},
};
use crate::http::{Problem, routes::Routes};

/// The read model of companies.
pub(super) const READ_MODEL: &str = "company_list";
/// The read model of what they earned.
pub(super) const ACCOUNT_MODEL: &str = "company_account";

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/companies", list_companies);
    routes.post("/api/v1/companies", register_company);
    routes.get("/api/v1/companies/zone/{zone}", companies_of_zone);
    routes.get("/api/v1/companies/{id}", show_company);
    routes.put("/api/v1/companies/{id}", revise_company);
    routes.patch("/api/v1/companies/{id}/status", set_company_status);
    routes.patch("/api/v1/companies/{id}/commission", set_commission);
    routes.patch("/api/v1/companies/{id}/delivery-fees", set_delivery_fees);
    routes.get("/api/v1/companies/{id}/stats", company_stats);
    routes.get("/api/v1/companies/{id}/payouts", company_payouts);
}

pub(super) fn unknown() -> Problem {
    Problem::missing("vendors.company_not_found", "company does not exist")
}
