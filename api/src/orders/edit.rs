//! The route that edits an order, and what may be asked of it.

use commands::orders::{LineProduct, OrderEdit};
use domain::{
    ids::{OrderId, WarehouseId},
    pricing::CouponCode,
    quantity::Quantity,
    text::Reason,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{request::PlaceLineRequest, response::OrderAcceptedBody, routes::changed};
use crate::{
    http::{
        Answer, Body, Fields, Id, Problem, auth::Signed, etag::IfMatch, idempotency::OptionalKey,
        problem::ProblemBody,
    },
    souk::Shared,
};

/// What an order shall be of.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "lines": [{"product_id": "prd_0190c7a2000070008000000000000001", "quantity": 1}],
    "reason": "One is enough",
}))]
pub(crate) struct EditOrderRequest {
    /// All its lines. A product that the order had already keeps its price; another one has its price of now.
    pub lines: Vec<EditLineRequest>,
    /// Its coupons; those that it had, where they are absent. One that takes nothing off refuses the edit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupons: Option<Vec<String>>,
    /// Warehouses (`wrh_…`) in order of preference; the others come after, fullest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warehouse_ids: Vec<String>,
    /// In a person's words.
    pub reason: String,
}

/// One line: `product_id` or `sku`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EditLineRequest {
    /// `prd_…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The product's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// How many base units.
    #[schema(minimum = 1)]
    pub quantity: u32,
}

impl EditLineRequest {
    fn parse(self, fields: &mut Fields, index: usize) -> Option<(LineProduct, Quantity)> {
        let Self { product_id, sku, quantity } = self;
        let line = PlaceLineRequest { product_id, sku, quantity, hold_id: None }.parse(fields, index)?;
        Some((line.product, line.quantity))
    }
}

impl EditOrderRequest {
    fn parse(self) -> Result<OrderEdit, Problem> {
        let mut fields = Fields::default();
        let lines: Vec<_> =
            self.lines.into_iter().enumerate().map(|(index, line)| line.parse(&mut fields, index)).collect();
        let lines: Option<Vec<_>> = lines.into_iter().collect();
        let coupons = match &self.coupons {
            None => Some(None),
            Some(codes) => fields.check_all("/coupons", codes, |code| CouponCode::parse(code)).map(Some),
        };
        let preferred =
            fields.check_all("/warehouse_ids", &self.warehouse_ids, |id| id.parse::<WarehouseId>());
        let reason = fields.check("/reason", Reason::parse(&self.reason));
        let edit = || {
            Some(OrderEdit {
                lines: lines?,
                coupons: coupons?,
                preferred: preferred?,
                reason: reason?,
            })
        };
        edit().filter(|_| fields.is_clean()).ok_or_else(|| fields.into_problem())
    }
}

/// Edit an order
///
/// Before anything of it has shipped: its lines are replaced, its stock is reserved anew in the same moment, and
/// discounts, taxes, fees and totals are worked out anew. The invoice of a confirmed order is void, and the order gets
/// the next number. Its parts begin again. A refusal leaves everything as it was.
#[utoipa::path(
    put,
    path = "/api/v1/orders/{id}",
    tag = "orders",
    request_body = EditOrderRequest,
    params(
        ("id" = String, Path, description = "`ord_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = OrderAcceptedBody),
        (status = 409, body = ProblemBody, description = "`orders.already_shipped`, `inventory.insufficient_stock`, …"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn edit_order(
    signed: Signed,
    souk: Shared,
    Id(id): Id<OrderId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<EditOrderRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let outcome = souk.orders.edit(&signed.repeatable(&attempt), id, request.parse()?, expected).await;
    changed(&souk, id, outcome).await
}
