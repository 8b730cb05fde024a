//! What may be asked of stock.

use chrono::{DateTime, NaiveDate, Utc};
use commands::inventory::{AdjustStock, BulkMode, SetThreshold};
use domain::{
    ids::ProductId,
    inventory::Lot,
    text::{LotCode, Reason},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{Fields, Problem};

/// A correction of the stock of one product in one warehouse.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001",
    "warehouse_id": "wrh_0190c7a2000070008000000000000001",
    "delta": 120,
    "reason": "Opening stock",
}))]
pub struct AdjustStockRequest {
    /// `prd_…`
    pub product_id: String,
    /// `wrh_…`
    pub warehouse_id: String,
    /// Units more (positive) or fewer (negative); not zero.
    pub delta: i64,
    /// Why.
    pub reason: String,
    /// The maker's code of the lot that has more or fewer; without it and `expires_on` more are of no lot, and fewer are
    /// taken from what expires first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// The last day (UTC) on which that lot may be sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-06-30")]
    pub expires_on: Option<String>,
    /// When it happened, where that was earlier than now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effective_at: Option<DateTime<Utc>>,
}

impl AdjustStockRequest {
    fn parse_at(&self, fields: &mut Fields, prefix: &str) -> Option<AdjustStock> {
        let product = fields.id(format!("{prefix}/product_id"), &self.product_id);
        let warehouse = fields.id(format!("{prefix}/warehouse_id"), &self.warehouse_id);
        let reason = fields.check(format!("{prefix}/reason"), Reason::parse(&self.reason));
        let lot = lot(fields, prefix, self.lot.as_deref(), self.expires_on.as_deref());
        Some(AdjustStock {
            product: product?,
            warehouse: warehouse?,
            delta: self.delta,
            reason: reason?,
            lot: lot?,
        })
    }

    /// The correction.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(&self) -> Result<AdjustStock, Problem> {
        let mut fields = Fields::default();
        self.parse_at(&mut fields, "").ok_or_else(|| fields.into_problem())
    }
}

/// A correction of the stock of the product that the path names.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "warehouse_id": "wrh_0190c7a2000070008000000000000001", "delta": -2, "reason": "Broken in the warehouse",
}))]
pub struct AdjustProductStockRequest {
    /// `wrh_…`
    pub warehouse_id: String,
    /// Units more (positive) or fewer (negative); not zero.
    pub delta: i64,
    /// Why.
    pub reason: String,
    /// The maker's code of the lot that has more or fewer; without it and `expires_on` more are of no lot, and fewer are
    /// taken from what expires first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// The last day (UTC) on which that lot may be sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-06-30")]
    pub expires_on: Option<String>,
}

impl AdjustProductStockRequest {
    /// The correction.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn parse(self, product: ProductId) -> Result<AdjustStock, Problem> {
        AdjustStockRequest {
            product_id: product.to_string(),
            warehouse_id: self.warehouse_id,
            delta: self.delta,
            reason: self.reason,
            lot: self.lot,
            expires_on: self.expires_on,
            effective_at: None,
        }
        .parse()
    }
}

/// The lot that a request names: by its code, its last day, or both.
pub(super) fn lot(
    fields: &mut Fields,
    prefix: &str,
    code: Option<&str>,
    expires_on: Option<&str>,
) -> Option<Option<Lot>> {
    let code = fields.check_optional(format!("{prefix}/lot"), code, LotCode::parse);
    let day = match expires_on.map(day).transpose() {
        Ok(day) => Some(day),
        Err(message) => {
            fields.refuse(format!("{prefix}/expires_on"), "invalid-day", message);
            None
        }
    };
    Some(Lot::of(code?, day?))
}

/// A day such as `2026-06-30`, of a year with four digits.
pub(super) fn day(text: &str) -> Result<NaiveDate, &'static str> {
    // The format itself takes 2026-6-30 too.
    let is_padded = text.len() == "2026-06-30".len();
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().filter(|_| is_padded);
    day.ok_or("must be a day, such as 2026-06-30")
}

/// Many corrections.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"mode": "per_row", "rows": [{
    "product_id": "prd_0190c7a2000070008000000000000001",
    "warehouse_id": "wrh_0190c7a2000070008000000000000001",
    "delta": -1,
    "reason": "Count",
}]}))]
pub struct BulkAdjustRequest {
    /// `all_or_nothing` (when one row is refused, none is adjusted) or `per_row`.
    #[serde(default = "all_or_nothing")]
    #[schema(value_type = String, default = "all_or_nothing")]
    pub mode: BulkMode,
    /// At most 1,000.
    pub rows: Vec<BulkRowRequest>,
}

/// One of many corrections.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BulkRowRequest {
    /// `prd_…`
    pub product_id: String,
    /// `wrh_…`
    pub warehouse_id: String,
    /// Units more (positive) or fewer (negative); not zero.
    pub delta: i64,
    /// Why.
    pub reason: String,
    /// The maker's code of the lot that has more or fewer; without it and `expires_on` more are of no lot, and fewer are
    /// taken from what expires first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lot: Option<String>,
    /// The last day (UTC) on which that lot may be sold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-06-30")]
    pub expires_on: Option<String>,
}

const fn all_or_nothing() -> BulkMode {
    BulkMode::AllOrNothing
}

impl BulkAdjustRequest {
    /// The corrections.
    ///
    /// # Errors
    /// 422 with every fault of every row.
    pub fn parse(self) -> Result<(Vec<AdjustStock>, BulkMode), Problem> {
        let mut fields = Fields::default();
        let rows: Vec<Option<AdjustStock>> = self
            .rows
            .into_iter()
            .enumerate()
            .map(|(index, row)| {
                let row = AdjustStockRequest {
                    product_id: row.product_id,
                    warehouse_id: row.warehouse_id,
                    delta: row.delta,
                    reason: row.reason,
                    lot: row.lot,
                    expires_on: row.expires_on,
                    effective_at: None,
                };
                row.parse_at(&mut fields, &format!("/rows/{index}"))
            })
            .collect();
        match rows.into_iter().collect() {
            Some(rows) => Ok((rows, self.mode)),
            None => Err(fields.into_problem()),
        }
    }
}

/// A low-stock threshold.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001",
    "warehouse_id": "wrh_0190c7a2000070008000000000000001",
    "threshold": 10,
}))]
pub struct SetThresholdRequest {
    /// `prd_…`
    pub product_id: String,
    /// `wrh_…`
    pub warehouse_id: String,
    /// At or below how many available units the stock is low.
    pub threshold: u32,
}

impl TryFrom<SetThresholdRequest> for SetThreshold {
    type Error = Problem;

    fn try_from(request: SetThresholdRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let product = fields.id("/product_id", &request.product_id);
        let warehouse = fields.id("/warehouse_id", &request.warehouse_id);
        match (product, warehouse) {
            (Some(product), Some(warehouse)) => Ok(Self { product, warehouse, threshold: request.threshold }),
            _ => Err(fields.into_problem()),
        }
    }
}
