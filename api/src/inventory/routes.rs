//! Routes of stock.

use domain::ids::ProductId;

use super::{
    expiring::expiring_lots,
    movements::{show_stock, stock_movements},
    reorders::{list_reorders, move_reorder, set_auto_reorder},
    report::{stock_report, stock_statistics},
    request::{AdjustProductStockRequest, AdjustStockRequest, BulkAdjustRequest, SetThresholdRequest},
    reservations::{hold_stock, release_hold},
    response::{BulkAdjustedBody, StockAcceptedBody},
    restock::restock_suggestions,
    shortage::{low_stock, out_of_stock},
    store_admin::{open_store, revise_store, set_store_status},
    stores::{nearby_stores, show_store, store_availability},
    suppliers::{add_supplier, list_suppliers, retire_supplier, revise_supplier},
    transfers::{transfer_stock, waste_stock},
    warehouses::{close_warehouse, list_warehouses, open_warehouse, revise_warehouse, show_warehouse},
};
use crate::{
    http::{
        Answer, Body, Id, Problem, auth::Signed, idempotency::IdempotencyKey, problem::ProblemBody,
        routes::Routes,
    },
    souk::Shared,
};

/// The read model of what there is.
pub(super) const READ_MODEL: &str = "stock_levels";
/// The read model of what moved.
pub(super) const HISTORY_MODEL: &str = "stock_history";

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/warehouses", list_warehouses);
    routes.post("/api/v1/warehouses", open_warehouse);
    routes.get("/api/v1/warehouses/{id}", show_warehouse);
    routes.put("/api/v1/warehouses/{id}", revise_warehouse);
    routes.delete("/api/v1/warehouses/{id}", close_warehouse);
    routes.put("/api/v1/warehouses/{id}/auto-reorder", set_auto_reorder);
    routes.get("/api/v1/suppliers", list_suppliers);
    routes.post("/api/v1/suppliers", add_supplier);
    routes.put("/api/v1/suppliers/{id}", revise_supplier);
    routes.delete("/api/v1/suppliers/{id}", retire_supplier);
    routes.get("/api/v1/reorders", list_reorders);
    routes.patch("/api/v1/reorders/{id}/status", move_reorder);
    routes.post("/api/v1/stores", open_store);
    routes.get("/api/v1/stores/nearby", nearby_stores);
    routes.get("/api/v1/stores/{id}", show_store);
    routes.put("/api/v1/stores/{id}", revise_store);
    routes.patch("/api/v1/stores/{id}/status", set_store_status);
    routes.get("/api/v1/stores/{id}/availability", store_availability);
    routes.patch("/api/v1/inventory/stock/update", adjust_stock);
    routes.get("/api/v1/inventory/stock/{product_id}", show_stock);
    routes.patch("/api/v1/inventory/bulk-update", bulk_adjust);
    routes.put("/api/v1/inventory/thresholds", set_threshold);
    routes.get("/api/v1/inventory/low-stock", low_stock);
    routes.get("/api/v1/inventory/out-of-stock", out_of_stock);
    routes.get("/api/v1/inventory/history", stock_movements);
    routes.post("/api/v1/inventory/transfer", transfer_stock);
    routes.post("/api/v1/inventory/waste", waste_stock);
    routes.get("/api/v1/inventory/expiring", expiring_lots);
    routes.get("/api/v1/inventory/report", stock_report);
    routes.get("/api/v1/inventory/statistics", stock_statistics);
    routes.get("/api/v1/inventory/restock-suggestions", restock_suggestions);
    routes.post("/api/v1/inventory/reservations", hold_stock);
    routes.delete("/api/v1/inventory/reservations/{id}", release_hold);
    routes.patch("/api/v1/products/{id}/stock", adjust_product_stock);
}

/// Correct the stock of a product
///
/// Never below what is reserved and held.
#[utoipa::path(
    patch,
    path = "/api/v1/inventory/stock/update",
    tag = "inventory",
    request_body = AdjustStockRequest,
    params(("Idempotency-Key" = String, Header)),
    responses(
        (status = 200, body = StockAcceptedBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`inventory.below_committed`, …"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn adjust_stock(
    signed: Signed,
    souk: Shared,
    key: IdempotencyKey,
    Body(request): Body<AdjustStockRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let mut call = signed.repeatable(&attempt);
    call.effective_at = request.effective_at;
    let executed = souk.inventory.adjust_stock(&call, request.parse()?).await?;
    Ok(Answer::ok(&StockAcceptedBody::from(&executed.result))?.executed(&executed))
}

/// Correct the stock of this product
#[utoipa::path(
    patch,
    path = "/api/v1/products/{id}/stock",
    tag = "catalog",
    request_body = AdjustProductStockRequest,
    params(("id" = String, Path, description = "`prd_…`"), ("Idempotency-Key" = String, Header)),
    responses(
        (status = 200, body = StockAcceptedBody),
        (status = 409, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn adjust_product_stock(
    signed: Signed,
    souk: Shared,
    Id(product): Id<ProductId>,
    key: IdempotencyKey,
    Body(request): Body<AdjustProductStockRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let executed = souk.inventory.adjust_stock(&signed.repeatable(&attempt), request.parse(product)?).await?;
    Ok(Answer::ok(&StockAcceptedBody::from(&executed.result))?.executed(&executed))
}

/// Correct the stock of many products
///
/// As one unit: all or nothing, or each row for itself.
#[utoipa::path(
    patch,
    path = "/api/v1/inventory/bulk-update",
    tag = "inventory",
    request_body = BulkAdjustRequest,
    params(("Idempotency-Key" = String, Header)),
    responses(
        (status = 200, body = BulkAdjustedBody),
        (status = 409, body = ProblemBody, description = "`inventory.rows_refused`: errors names each row"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn bulk_adjust(
    signed: Signed,
    souk: Shared,
    key: IdempotencyKey,
    Body(request): Body<BulkAdjustRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let (rows, mode) = request.parse()?;
    let executed = souk.inventory.bulk_adjust(&signed.repeatable(&attempt), rows, mode).await;
    let executed = executed.map_err(|error| Problem::from(error).below("/rows"))?;
    Ok(Answer::ok(&BulkAdjustedBody::from(&executed.result))?.executed(&executed))
}

/// Say when the stock of a product is low
#[utoipa::path(
    put,
    path = "/api/v1/inventory/thresholds",
    tag = "inventory",
    request_body = SetThresholdRequest,
    responses(
        (status = 200, body = StockAcceptedBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn set_threshold(
    signed: Signed,
    souk: Shared,
    Body(request): Body<SetThresholdRequest>,
) -> Result<Answer, Problem> {
    let executed = souk.inventory.set_threshold(&signed.call(), request.try_into()?).await?;
    Ok(Answer::ok(&StockAcceptedBody::from(&executed.result))?.executed(&executed))
}
