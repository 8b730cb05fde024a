//! What may be asked of orders and returns.

use commands::orders::{ChangeStatus, LineProduct, NewLine, NewOrder, NewReturn};
use domain::{
    ids::{PromotionId, WarehouseId},
    orders::{Fulfilment, OrderStatus, PaymentMethod, ReturnedLine},
    pricing::CouponCode,
    text::{Country, ExternalId, Reason, Sku, Zone},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{Fields, Problem};

/// An order to place. Prices are the products', at the moment of the decision.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "fulfilment": "delivery",
    "payment_method": "cash",
    "country": "IQ",
    "lines": [{"product_id": "prd_0190c7a2000070008000000000000001", "quantity": 2}],
}))]
pub struct PlaceOrderRequest {
    /// Who buys (`usr_…`); a customer orders for nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// Its number in another system, unique.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// Country of the delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Zone of the delivery; a customer's own where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The customer's address that the goods go to (`adr_…`); the order keeps a copy. Its zone and country are the
    /// order's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_id: Option<String>,
    /// `delivery` or `pickup`.
    #[serde(default = "delivery")]
    #[schema(value_type = String, default = "delivery")]
    pub fulfilment: Fulfilment,
    /// `cash` (confirmed at once) or `invoice`.
    #[serde(default = "cash")]
    #[schema(value_type = String, default = "cash")]
    pub payment_method: PaymentMethod,
    /// What is bought; at least one, unless `from_cart` is true.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<PlaceLineRequest>,
    /// Order all that is in your cart, with its coupons, instead of `lines` and `coupons`. The cart is empty then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_cart: bool,
    /// Warehouses (`wrh_…`) in order of preference; the others come after, fullest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warehouse_ids: Vec<String>,
    /// Codes of coupons, at most five, in the order in which they are taken off; one that takes nothing off refuses the
    /// order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<String>,
    /// Promotions (`prm_…`) that the price counts on, as `POST /promotions/apply` names them; one that takes nothing off
    /// refuses the order. Others that run apply all the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotion_ids: Vec<String>,
}

/// One line to order: `product_id` or `sku`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceLineRequest {
    /// `prd_…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The product's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// How many base units.
    #[schema(minimum = 1)]
    pub quantity: u32,
    /// The cart's hold on it (`hld_…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold_id: Option<String>,
}

const fn delivery() -> Fulfilment {
    Fulfilment::Delivery
}

const fn cash() -> PaymentMethod {
    PaymentMethod::Cash
}

impl PlaceLineRequest {
    /// The line, or notes in `fields`.
    pub(crate) fn parse(self, fields: &mut Fields, index: usize) -> Option<NewLine> {
        let product = match (&self.product_id, &self.sku) {
            (Some(id), None) => fields.id(format!("/lines/{index}/product_id"), id).map(LineProduct::Id),
            (None, Some(sku)) => {
                fields.check(format!("/lines/{index}/sku"), Sku::parse(sku)).map(LineProduct::Sku)
            }
            (Some(_), Some(_)) | (None, None) => {
                fields.refuse(format!("/lines/{index}"), "product-or-sku", "name either product_id or sku");
                None
            }
        };
        let quantity = fields.quantity(format!("/lines/{index}/quantity"), self.quantity);
        let hold = match &self.hold_id {
            None => Some(None),
            Some(id) => fields.id(format!("/lines/{index}/hold_id"), id).map(Some),
        };
        Some(NewLine { product: product?, quantity: quantity?, hold: hold? })
    }
}

impl TryFrom<PlaceOrderRequest> for NewOrder {
    type Error = Problem;

    fn try_from(request: PlaceOrderRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        if request.from_cart && !(request.lines.is_empty() && request.coupons.is_empty()) {
            let detail = "the lines and coupons of an order from the cart are the cart's";
            fields.refuse("/from_cart", "cart-or-lines", detail);
        }
        let customer = fields.check_optional("/customer_id", request.customer_id, |id| id.parse());
        let external_id =
            fields.check_optional("/external_id", request.external_id, |id| ExternalId::parse(&id));
        let country = fields.check_optional("/country", request.country, |text| Country::parse(&text));
        let zone = fields.check_optional("/zone", request.zone, |text| Zone::parse(&text));
        let address = fields.check_optional("/address_id", request.address_id, |id| id.parse());
        let lines: Vec<Option<NewLine>> = request
            .lines
            .into_iter()
            .enumerate()
            .map(|(index, line)| line.parse(&mut fields, index))
            .collect();
        let lines: Option<Vec<NewLine>> = lines.into_iter().collect();
        let preferred =
            fields.check_all("/warehouse_ids", &request.warehouse_ids, |id| id.parse::<WarehouseId>());
        let coupons = fields.check_all("/coupons", &request.coupons, |code| CouponCode::parse(code));
        let promotions =
            fields.check_all("/promotion_ids", &request.promotion_ids, |id| id.parse::<PromotionId>());
        let new = || {
            Some(Self {
                customer: customer?,
                external_id: external_id?,
                country: country?,
                zone: zone?,
                address: address?,
                fulfilment: request.fulfilment,
                payment_method: request.payment_method,
                lines: lines?,
                preferred: preferred?,
                coupons: coupons?,
                promotions: promotions?,
            })
        };
        new().filter(|_| fields.is_clean()).ok_or_else(|| fields.into_problem())
    }
}

/// A step along the workflow.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "processing"}))]
pub struct ChangeStatusRequest {
    /// `confirmed`, `processing`, `shipped` or `delivered`.
    #[schema(value_type = String)]
    pub status: OrderStatus,
    /// Which part of the order; every part that waits where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u16>,
}

impl ChangeStatusRequest {
    /// The step, only if nothing has changed since `expected_version`.
    pub(super) const fn step(&self, expected_version: Option<i64>) -> ChangeStatus {
        ChangeStatus { to: self.status, part: self.part, expected_version }
    }
}

/// Why an order is cancelled.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Ordered by mistake"}))]
pub struct CancelOrderRequest {
    /// In a person's words.
    pub reason: String,
}

impl CancelOrderRequest {
    /// The reason.
    ///
    /// # Errors
    /// 422 when it is no text that can be stored.
    pub fn parse(&self) -> Result<Reason, Problem> {
        let mut fields = Fields::default();
        let reason = fields.check("/reason", Reason::parse(&self.reason));
        reason.ok_or_else(|| fields.into_problem())
    }
}

/// Why an order is deleted, which cancels it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeleteOrderRequest {
    /// In a person's words.
    #[serde(default = "no_reason")]
    pub reason: String,
}

fn no_reason() -> String {
    "no reason given".to_owned()
}

impl Default for DeleteOrderRequest {
    fn default() -> Self {
        Self { reason: no_reason() }
    }
}

/// Units to give back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"lines": [{"line": 1, "quantity": 1}], "reason": "The bag was torn"}))]
pub struct RequestReturnRequest {
    /// At least one.
    pub lines: Vec<ReturnLineRequest>,
    /// Why.
    pub reason: String,
}

/// Units of one line to give back.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnLineRequest {
    /// The order's line, from 1.
    pub line: u16,
    /// How many base units.
    #[schema(minimum = 1)]
    pub quantity: u32,
}

impl TryFrom<RequestReturnRequest> for NewReturn {
    type Error = Problem;

    fn try_from(request: RequestReturnRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let reason = fields.check("/reason", Reason::parse(&request.reason));
        let lines: Vec<Option<ReturnedLine>> = request
            .lines
            .iter()
            .enumerate()
            .map(|(index, line)| {
                let quantity = fields.quantity(format!("/lines/{index}/quantity"), line.quantity)?;
                Some(ReturnedLine { line: line.line, quantity })
            })
            .collect();
        match (reason, lines.into_iter().collect()) {
            (Some(reason), Some(lines)) => Ok(Self { lines, reason }),
            _ => Err(fields.into_problem()),
        }
    }
}

/// Where a return goes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReturnStep {
    /// The units may be sent back.
    Approved,
    /// The units are on hand again; needs `warehouse_id`.
    Received,
    /// The money goes back, and the credit is numbered.
    Refunded,
    /// It is refused; needs `reason`.
    Rejected,
}

/// A step of a return.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"status": "received", "warehouse_id": "wrh_0190c7a2000070008000000000000001"}))]
pub struct ReturnStatusRequest {
    /// Where to.
    pub status: ReturnStep,
    /// Where the units went (`wrh_…`); with `received` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse_id: Option<String>,
    /// Why; with `rejected` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A step with what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ReturnMove {
    Approve,
    Receive(WarehouseId),
    Refund,
    Reject(Reason),
}

impl TryFrom<ReturnStatusRequest> for ReturnMove {
    type Error = Problem;

    fn try_from(request: ReturnStatusRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let warehouse = fields.check_optional("/warehouse_id", request.warehouse_id, |id| id.parse());
        let reason = fields.check_optional("/reason", request.reason, |text| Reason::parse(&text));
        let (Some(warehouse), Some(reason)) = (warehouse, reason) else {
            return Err(fields.into_problem());
        };
        match (request.status, warehouse, reason) {
            (ReturnStep::Approved, None, None) => Ok(Self::Approve),
            (ReturnStep::Received, Some(warehouse), None) => Ok(Self::Receive(warehouse)),
            (ReturnStep::Refunded, None, None) => Ok(Self::Refund),
            (ReturnStep::Rejected, None, Some(reason)) => Ok(Self::Reject(reason)),
            (step, warehouse, reason) => {
                let wants_warehouse = step == ReturnStep::Received;
                if warehouse.is_some() != wants_warehouse {
                    let (code, detail) = missing_or_useless(wants_warehouse);
                    fields.refuse("/warehouse_id", code, detail);
                }
                let wants_reason = step == ReturnStep::Rejected;
                if reason.is_some() != wants_reason {
                    let (code, detail) = missing_or_useless(wants_reason);
                    fields.refuse("/reason", code, detail);
                }
                Err(fields.into_problem())
            }
        }
    }
}

const fn missing_or_useless(is_wanted: bool) -> (&'static str, &'static str) {
    if is_wanted {
        ("missing-field", "is needed for this status")
    } else {
        ("useless-field", "means nothing with this status")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_checked_at_once() {
        let request: PlaceOrderRequest = serde_json::from_str(
            r#"{"customer_id":"prd_1","lines":[{"quantity":0,"product_id":"ord_1"},{"quantity":1},
                {"quantity":1,"sku":"A","product_id":"B"},{"quantity":1,"sku":"a\u0000"}]}"#,
        )
        .unwrap();
        let faults = format!("{:?}", NewOrder::try_from(request).unwrap_err());
        for pointer in [
            "/customer_id",
            "/lines/0/product_id",
            "/lines/0/quantity",
            "/lines/1",
            "/lines/2",
            "/lines/3/sku",
        ] {
            assert!(faults.contains(&format!("{pointer:?}")), "{pointer} in {faults}");
        }
    }

    #[test]
    fn a_step_of_a_return_takes_what_it_needs_and_nothing_else() {
        let step = |json: &str| {
            let request: ReturnStatusRequest = serde_json::from_str(json).unwrap();
            ReturnMove::try_from(request)
        };
        assert_eq!(step(r#"{"status":"approved"}"#).unwrap(), ReturnMove::Approve);
        assert!(step(r#"{"status":"received"}"#).is_err());
        assert!(step(r#"{"status":"rejected"}"#).is_err());
        assert!(step(r#"{"status":"approved","reason":"x"}"#).is_err());
        assert!(matches!(step(r#"{"status":"rejected","reason":"x"}"#), Ok(ReturnMove::Reject(_))));
    }
}
