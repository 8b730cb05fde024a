//! Routes that move stock between warehouses and write it off.

use chrono::{DateTime, Utc};
use commands::inventory::{TransferAccepted, TransferStock, WasteStock};
use domain::{inventory::WasteCause, text::Reason};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{request::lot, response::StockAcceptedBody};
use crate::{
    http::{Answer, Body, Fields, Problem, auth::Signed, idempotency::IdempotencyKey, problem::ProblemBody},
    souk::Shared,
};

/// Units of one product to move from one warehouse into another.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001",
    "from_warehouse_id": "wrh_0190c7a2000070008000000000000001",
    "to_warehouse_id": "wrh_0190c7a2000070008000000000000002",
    "quantity": 24,
    "reason": "The shop sells more than the depot",
}))]
pub struct TransferStockRequest {
    /// `prd_…`
    pub product_id: String,
    /// `wrh_…`: where the units are.
    pub from_warehouse_id: String,
    /// `wrh_…`: where they go.
    pub to_warehouse_id: String,
    /// Base units.
    pub quantity: u32,
    /// The maker's code of the lot; without it and `expires_on` those that expire first and have not expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// The last day (UTC) of that lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-06-30")]
    pub expires_on: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When it happened, where that was earlier than now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<DateTime<Utc>>,
}

impl TryFrom<TransferStockRequest> for TransferStock {
    type Error = Problem;

    fn try_from(request: TransferStockRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let product = fields.id("/product_id", &request.product_id);
        let from = fields.id("/from_warehouse_id", &request.from_warehouse_id);
        let to = fields.id("/to_warehouse_id", &request.to_warehouse_id);
        let quantity = fields.quantity("/quantity", request.quantity);
        let lot = lot(&mut fields, "", request.lot.as_deref(), request.expires_on.as_deref());
        let reason = fields.check_optional("/reason", request.reason, |text| Reason::parse(&text));
        match (product, from, to, quantity, lot, reason) {
            (Some(product), Some(from), Some(to), Some(quantity), Some(lot), Some(reason)) => {
                Ok(Self { product, from, to, quantity, lot, reason })
            }
            _ => Err(fields.into_problem()),
        }
    }
}

/// The counters of both warehouses after a transfer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Transferred)]
pub struct TransferredBody {
    /// Where the units were.
    pub from: StockAcceptedBody,
    /// Where they are.
    pub to: StockAcceptedBody,
}

impl From<&TransferAccepted> for TransferredBody {
    fn from(accepted: &TransferAccepted) -> Self {
        Self { from: (&accepted.from).into(), to: (&accepted.to).into() }
    }
}

/// Move stock into another warehouse
///
/// Out of one and into the other in one step, with its lots: it is never in neither or in both. Never what is reserved
/// or held, and what has expired only where its lot is named.
#[utoipa::path(
    post,
    path = "/api/v1/inventory/transfer",
    tag = "inventory",
    request_body = TransferStockRequest,
    params(("Idempotency-Key" = String, Header)),
    responses(
        (status = 200, body = TransferredBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`inventory.exceeds_available`, `inventory.expired_stock`, …"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn transfer_stock(
    signed: Signed,
    souk: Shared,
    key: IdempotencyKey,
    Body(request): Body<TransferStockRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let mut call = signed.repeatable(&attempt);
    call.effective_at = request.effective_at;
    let executed = souk.inventory.transfer(&call, request.try_into()?).await?;
    Ok(Answer::ok(&TransferredBody::from(&executed.result))?.executed(&executed))
}

/// Units to write off.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001",
    "warehouse_id": "wrh_0190c7a2000070008000000000000001",
    "quantity": 4,
    "cause": "expired",
    "note": "Found behind the shelf",
}))]
pub struct WasteStockRequest {
    /// `prd_…`
    pub product_id: String,
    /// `wrh_…`
    pub warehouse_id: String,
    /// Base units.
    pub quantity: u32,
    /// `expired`, `damaged` or `lost`.
    #[schema(value_type = String, example = "expired")]
    pub cause: WasteCause,
    /// The maker's code of the lot; without it and `expires_on` those that expire (or have expired) first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// The last day (UTC) of that lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-06-30")]
    pub expires_on: Option<String>,
    /// What there is to say about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it happened, where that was earlier than now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<DateTime<Utc>>,
}

impl TryFrom<WasteStockRequest> for WasteStock {
    type Error = Problem;

    fn try_from(request: WasteStockRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let product = fields.id("/product_id", &request.product_id);
        let warehouse = fields.id("/warehouse_id", &request.warehouse_id);
        let quantity = fields.quantity("/quantity", request.quantity);
        let lot = lot(&mut fields, "", request.lot.as_deref(), request.expires_on.as_deref());
        let note = fields.check_optional("/note", request.note, |text| Reason::parse(&text));
        match (product, warehouse, quantity, lot, note) {
            (Some(product), Some(warehouse), Some(quantity), Some(lot), Some(note)) => Ok(Self {
                product,
                warehouse,
                quantity,
                cause: request.cause,
                lot,
                note,
            }),
            _ => Err(fields.into_problem()),
        }
    }
}

/// Write stock off
///
/// What has expired, is damaged or lost. Never what is reserved or held: cancel the orders first.
#[utoipa::path(
    post,
    path = "/api/v1/inventory/waste",
    tag = "inventory",
    request_body = WasteStockRequest,
    params(("Idempotency-Key" = String, Header)),
    responses(
        (status = 200, body = StockAcceptedBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`inventory.exceeds_available`, `inventory.lot_too_small`, …"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn waste_stock(
    signed: Signed,
    souk: Shared,
    key: IdempotencyKey,
    Body(request): Body<WasteStockRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let mut call = signed.repeatable(&attempt);
    call.effective_at = request.effective_at;
    let executed = souk.inventory.waste(&call, request.try_into()?).await?;
    Ok(Answer::ok(&StockAcceptedBody::from(&executed.result))?.executed(&executed))
}
