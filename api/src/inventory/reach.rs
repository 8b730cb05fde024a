//! Which warehouses a caller may see: whoever is confined to zones sees those that serve one of them by name.

use domain::ids::WarehouseId;
use projections::{PageRequest, inventory::stock_levels};

use crate::{
    http::{Problem, auth::Signed},
    souk::Shared,
};

/// The warehouses within reach; `None` where nothing confines the caller.
pub(super) async fn warehouses(signed: &Signed, souk: &Shared) -> Result<Option<Vec<WarehouseId>>, Problem> {
    let Some(zones) = signed.zones().filter(|zones| !zones.is_empty()) else {
        return Ok(signed.zones().map(|_| Vec::new()));
    };
    let mut ids = Vec::new();
    let mut page = PageRequest::first(PageRequest::MAX_LIMIT);
    loop {
        let rows = stock_levels::warehouses(souk.reads.pool(), zones, &page).await?;
        ids.extend(rows.items.iter().map(|row| row.id));
        page.after = match rows.next {
            Some(next) => Some(next),
            None => return Ok(Some(ids)),
        };
    }
}

/// What of the wanted warehouse is within reach: the warehouses to look into (all of them when it is empty), or `None`
/// when there is nothing to see.
pub(super) async fn narrow(
    signed: &Signed,
    souk: &Shared,
    wanted: Option<WarehouseId>,
) -> Result<Option<Vec<WarehouseId>>, Problem> {
    let within = match (warehouses(signed, souk).await?, wanted) {
        (None, wanted) => return Ok(Some(wanted.into_iter().collect())),
        (Some(own), None) => own,
        (Some(own), Some(wanted)) => own.into_iter().filter(|id| *id == wanted).collect(),
    };
    Ok(Some(within).filter(|within| !within.is_empty()))
}
