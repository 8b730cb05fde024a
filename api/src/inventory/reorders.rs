//! Routes of what is ordered by itself.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use commands::{
    UseCase,
    inventory::{AutoReorder, ReorderMove},
};
use domain::{
    ids::{ReorderId, WarehouseId},
    inventory::ReorderRule,
    text::Reason,
};
use projections::inventory::replenishment::{self, ReorderFilter, ReorderRow, ReorderStatus};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{reach::narrow, request::lot, response::StockAcceptedBody, suppliers::REPLENISHMENT_MODEL};
use crate::{
    http::{
        Answer, Body, Fields, Id, Problem,
        auth::Signed,
        consistency::MinPosition,
        idempotency::IdempotencyKey,
        list::{Op, Rules, exact},
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("status"), exact("warehouse"), exact("product")],
    sorts: &[],
    fields: &[
        "id",
        "product_id",
        "warehouse_id",
        "supplier_id",
        "quantity",
        "available",
        "received",
        "status",
        "reason",
        "version",
        "opened_at",
        "updated_at",
    ],
    params: &[],
};

/// When a warehouse orders more.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"rules": [{
    "product_id": "prd_0190c7a2000070008000000000000001", "reorder_at": 20, "quantity": 60,
    "supplier_id": "sup_0190c7a2000070008000000000000001",
}]}))]
pub struct AutoReorderRequest {
    /// At most 200; rules of products that are not named stay as they are.
    pub rules: Vec<AutoReorderRuleRequest>,
}

/// When a warehouse orders more of one product.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AutoReorderRuleRequest {
    /// `prd_…`
    pub product_id: String,
    /// At or below how many available base units; null ends the rule.
    #[serde(default)]
    pub reorder_at: Option<u32>,
    /// How many base units are ordered; needed with `reorder_at`.
    #[serde(default)]
    pub quantity: Option<u32>,
    /// `sup_…`: from whom, where that is settled.
    #[serde(default)]
    pub supplier_id: Option<String>,
}

impl AutoReorderRequest {
    fn parse(&self) -> Result<Vec<AutoReorder>, Problem> {
        let mut fields = Fields::default();
        let one = |(index, row): (usize, &AutoReorderRuleRequest)| {
            let at = format!("/rules/{index}");
            let product = fields.id(format!("{at}/product_id"), &row.product_id);
            let Some(reorder_at) = row.reorder_at else {
                return Some(AutoReorder { product: product?, rule: None });
            };
            let quantity = fields.quantity(format!("{at}/quantity"), row.quantity.unwrap_or_default());
            let supplier = match &row.supplier_id {
                Some(id) => fields.id(format!("{at}/supplier_id"), id).map(Some),
                None => Some(None),
            };
            let rule = ReorderRule { reorder_at, quantity: quantity?, supplier: supplier? };
            Some(AutoReorder { product: product?, rule: Some(rule) })
        };
        let rules: Vec<Option<AutoReorder>> = self.rules.iter().enumerate().map(one).collect();
        match rules.into_iter().collect() {
            Some(rules) if fields.is_clean() => Ok(rules),
            _ => Err(fields.into_problem()),
        }
    }
}

/// The stock of the products whose rules were set.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AutoReorderSet)]
pub struct AutoReorderBody {
    /// In the order of the request.
    pub items: Vec<StockAcceptedBody>,
}

/// Say when a warehouse orders more
///
/// A replenishment order is opened as soon as a product comes to its point, and never two for the same product and
/// warehouse. It waits to be approved.
#[utoipa::path(
    put,
    path = "/api/v1/warehouses/{id}/auto-reorder",
    tag = "inventory",
    request_body = AutoReorderRequest,
    params(("id" = String, Path, description = "`wrh_…`")),
    responses(
        (status = 200, body = AutoReorderBody),
        (status = 409, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn set_auto_reorder(
    signed: Signed,
    souk: Shared,
    Id(id): Id<WarehouseId>,
    Body(request): Body<AutoReorderRequest>,
) -> Result<Answer, Problem> {
    let executed = souk.inventory.set_auto_reorder(&signed.call(), id, request.parse()?).await?;
    let items = executed.result.iter().map(StockAcceptedBody::from).collect();
    Ok(Answer::ok(&AutoReorderBody { items })?.executed(&executed))
}

/// More of one product for one warehouse, in base units.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Reorder, example = json!({
    "id": "ror_0190c7a2000070008000000000000001", "product_id": "prd_0190c7a2000070008000000000000001",
    "warehouse_id": "wrh_0190c7a2000070008000000000000001", "supplier_id": "sup_0190c7a2000070008000000000000001",
    "quantity": 60, "available": 18, "received": null, "status": "open", "reason": null, "version": 1,
    "opened_at": "2026-01-31T12:00:00Z", "updated_at": "2026-01-31T12:00:00Z",
}))]
pub struct ReorderBody {
    /// `ror_…`
    pub id: String,
    /// `prd_…`
    pub product_id: String,
    /// `wrh_…`
    pub warehouse_id: String,
    /// `sup_…`; null where nobody in particular delivers.
    pub supplier_id: Option<String>,
    /// How many were ordered.
    pub quantity: i64,
    /// How many were available when it was opened.
    pub available: i64,
    /// How many came.
    pub received: Option<i64>,
    /// `open`, `approved`, `received` or `cancelled`.
    pub status: &'static str,
    /// Why it was cancelled.
    pub reason: Option<String>,
    /// Its version.
    pub version: i64,
    /// When its opening was recorded.
    pub opened_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl From<ReorderRow> for ReorderBody {
    fn from(row: ReorderRow) -> Self {
        Self {
            id: row.id.to_string(),
            product_id: row.product.to_string(),
            warehouse_id: row.warehouse.to_string(),
            supplier_id: row.supplier.map(|id| id.to_string()),
            quantity: row.quantity,
            available: row.available,
            received: row.received,
            status: row.status.as_str(),
            reason: row.reason,
            version: row.version,
            opened_at: row.opened_at,
            updated_at: row.updated_at,
        }
    }
}

/// Replenishment orders, the newest first
#[utoipa::path(
    get,
    path = "/api/v1/reorders",
    tag = "inventory",
    params(
        ("filter[status]" = Option<String>, Query, description = "`open`, `approved`, `received` or `cancelled`"),
        ("filter[warehouse]" = Option<String>, Query, description = "`wrh_…`"),
        ("filter[product]" = Option<String>, Query, description = "`prd_…`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<ReorderBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_reorders(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::ListReorders)?;
    let params = RULES.read(&request)?;
    let status =
        |text: &str| ReorderStatus::parse(text).ok_or("must be one of open, approved, received, cancelled");
    let status = params.filter("status", Op::Eq, status)?;
    let product = params.filter("product", Op::Eq, str::parse)?;
    let warehouse = params.filter("warehouse", Op::Eq, str::parse)?;
    souk.reads.wait_for(min, &[REPLENISHMENT_MODEL]).await?;
    let page = match narrow(&signed, &souk, warehouse).await? {
        Some(within) => {
            let filter = ReorderFilter { status, product, warehouses: &within };
            replenishment::reorders(souk.reads.pool(), &filter, &params.page()).await?
        }
        None => params.nothing(),
    };
    Answer::ok(&params.list(page, ReorderBody::from)?)
}

/// What is to become of a replenishment order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WantedReorderStatus {
    /// Somebody agrees.
    Approved,
    /// The goods are there.
    Received,
    /// It is not needed.
    Cancelled,
}

/// What is to become of a replenishment order, and how.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "received", "quantity": 58, "lot": "L2026-04", "expires_on": "2026-06-30"}))]
pub struct ReorderStatusRequest {
    /// `approved`, `received` or `cancelled`.
    #[schema(value_type = String, example = "approved")]
    pub status: WantedReorderStatus,
    /// Of what was received: how many came, where it is not what was ordered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// Of what was received: the maker's code of their lot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// Of what was received: the last day (UTC) on which they may be sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-06-30")]
    pub expires_on: Option<String>,
    /// Of what is cancelled: why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl TryFrom<ReorderStatusRequest> for ReorderMove {
    type Error = Problem;

    fn try_from(request: ReorderStatusRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let (is_receipt, is_end) = (
            request.status == WantedReorderStatus::Received,
            request.status == WantedReorderStatus::Cancelled,
        );
        for (pointer, is_given, belongs) in [
            ("/quantity", request.quantity.is_some(), is_receipt),
            ("/lot", request.lot.is_some(), is_receipt),
            ("/expires_on", request.expires_on.is_some(), is_receipt),
            ("/reason", request.reason.is_some(), is_end),
        ] {
            if is_given && !belongs {
                fields.refuse(pointer, "out-of-place", "does not belong to this status");
            }
        }
        let quantity = match request.quantity {
            Some(units) => fields.quantity("/quantity", units).map(Some),
            None => Some(None),
        };
        let lot = lot(&mut fields, "", request.lot.as_deref(), request.expires_on.as_deref());
        let reason = fields.check_optional("/reason", request.reason, |text| Reason::parse(&text));
        match (quantity, lot, reason, fields.is_clean()) {
            (Some(quantity), Some(lot), Some(reason), true) => Ok(match request.status {
                WantedReorderStatus::Approved => Self::Approve,
                WantedReorderStatus::Received => Self::Receive { quantity, lot },
                WantedReorderStatus::Cancelled => Self::Cancel { reason },
            }),
            _ => Err(fields.into_problem()),
        }
    }
}

/// What became of a replenishment order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ReorderAccepted, example = json!({"id": "ror_0190c7a2000070008000000000000001", "version": 2}))]
pub struct ReorderAcceptedBody {
    /// `ror_…`
    pub id: String,
    /// Its version now.
    pub version: i64,
}

/// Approve, receive or cancel a replenishment order
///
/// Receiving puts the goods on hand, in the same step and once.
#[utoipa::path(
    patch,
    path = "/api/v1/reorders/{id}/status",
    tag = "inventory",
    request_body = ReorderStatusRequest,
    params(("id" = String, Path, description = "`ror_…`"), ("Idempotency-Key" = String, Header)),
    responses(
        (status = 200, body = ReorderAcceptedBody),
        (status = 409, body = ProblemBody, description = "`inventory.reorder_not_approved`, `inventory.reorder_already_received`, …"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn move_reorder(
    signed: Signed,
    souk: Shared,
    Id(id): Id<ReorderId>,
    key: IdempotencyKey,
    Body(request): Body<ReorderStatusRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let executed = souk.inventory.move_reorder(&signed.repeatable(&attempt), id, request.try_into()?).await?;
    let version = executed.result.version;
    let body = ReorderAcceptedBody { id: executed.result.reorder.to_string(), version };
    Ok(Answer::ok(&body)?.etag(version).executed(&executed))
}
