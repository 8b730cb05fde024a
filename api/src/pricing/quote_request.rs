//! What may be asked of an order before it is placed.

use commands::pricing::NewQuote;
use domain::{pricing::CouponCode, text::Zone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{Fields, Problem},
    orders::request::PlaceLineRequest,
};

/// What somebody thinks of ordering.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "lines": [{"product_id": "prd_0190c7a2000070008000000000000001", "quantity": 12}],
    "coupons": ["WELCOME-5"],
}))]
pub struct QuoteRequest {
    /// Who would buy (`usr_…`); a customer asks for nobody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// Zone of the delivery; a customer's own where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// At least one; holds are not looked at. Your cart where they are absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<PlaceLineRequest>>,
    /// Codes of coupons, at most five, in the order in which they are taken off; after those of the cart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coupons: Vec<String>,
}

impl QuoteRequest {
    /// It is about the caller's cart.
    pub(super) const fn is_of_cart(&self) -> bool {
        self.lines.is_none()
    }

    /// The question; `is_strict` refuses coupons that take nothing off.
    ///
    /// # Errors
    /// 422 with every fault.
    pub(super) fn parse(self, is_strict: bool) -> Result<NewQuote, Problem> {
        let mut fields = Fields::default();
        let customer = fields.check_optional("/customer_id", self.customer_id, |id| id.parse());
        let zone = fields.check_optional("/zone", self.zone, |text| Zone::parse(&text));
        let lines = self.lines.unwrap_or_default().into_iter().enumerate();
        let lines: Vec<_> = lines.map(|(index, line)| line.parse(&mut fields, index)).collect();
        let lines: Option<Vec<_>> = lines.into_iter().collect();
        let coupons = fields.check_all("/coupons", &self.coupons, |code| CouponCode::parse(code));
        let new = || {
            Some(NewQuote {
                customer: customer?,
                zone: zone?,
                lines: lines?,
                coupons: coupons?,
                is_strict,
            })
        };
        new().ok_or_else(|| fields.into_problem())
    }
}
