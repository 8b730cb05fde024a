//! Routes of payouts and settlements.

use domain::ids::CompanyId;

use super::{
    change::{create_payout, settle_payout},
    queries::{list_payouts, show_payout},
    settlements::{change_settlement, create_settlement, list_settlements, show_settlement},
};
use crate::http::{auth::Signed, routes::Routes};

/// The read model of payouts and of what they pay for.
pub(super) const READ_MODEL: &str = "company_account";
/// The read model of settlements.
pub(super) const SETTLEMENT_MODEL: &str = "settlement_list";

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/payouts", list_payouts);
    routes.post("/api/v1/payouts", create_payout);
    routes.get("/api/v1/payouts/{id}", show_payout);
    routes.patch("/api/v1/payouts/{id}/status", settle_payout);
    routes.get("/api/v1/settlements", list_settlements);
    routes.post("/api/v1/settlements", create_settlement);
    routes.get("/api/v1/settlements/{id}", show_settlement);
    routes.patch("/api/v1/settlements/{id}/status", change_settlement);
}

/// The company to show lists of, where the caller asked for `wanted`; `Err(())` where it may see none.
pub(super) fn narrow(signed: &Signed, wanted: Option<CompanyId>) -> Result<Option<CompanyId>, ()> {
    match (signed.company(), wanted) {
        (None, wanted) => Ok(wanted),
        (Some(None), _) => Err(()),
        (Some(Some(own)), None) => Ok(Some(own)),
        (Some(Some(own)), Some(wanted)) if own == wanted => Ok(Some(own)),
        (Some(Some(_)), Some(_)) => Err(()),
    }
}
