//! What may be asked of a cart.

use commands::{
    cart::{CartToken, Checkout},
    orders::LineProduct,
};
use domain::{
    ids::WarehouseId,
    orders::Fulfilment,
    pricing::CouponCode,
    quantity::Quantity,
    text::{Sku, Zone},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{Fields, Problem};

/// Units of a product to put into the cart: `product_id` or `sku`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"product_id": "prd_0190c7a2000070008000000000000001", "quantity": 2}))]
pub struct AddItemRequest {
    /// `prd_…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub product_id: Option<String>,
    /// The product's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<String>,
    /// How many base units, beside those that are there.
    #[schema(minimum = 1)]
    pub quantity: u32,
}

impl AddItemRequest {
    /// What to put in.
    ///
    /// # Errors
    /// 422 with every fault.
    pub(super) fn parse(&self) -> Result<(LineProduct, Quantity), Problem> {
        let mut fields = Fields::default();
        let product = match (&self.product_id, &self.sku) {
            (Some(id), None) => fields.id("/product_id", id).map(LineProduct::Id),
            (None, Some(sku)) => fields.check("/sku", Sku::parse(sku)).map(LineProduct::Sku),
            (Some(_), Some(_)) | (None, None) => {
                fields.refuse("", "product-or-sku", "name either product_id or sku");
                None
            }
        };
        let quantity = fields.quantity("/quantity", self.quantity);
        product.zip(quantity).ok_or_else(|| fields.into_problem())
    }
}

/// How many units of a product the cart is to hold.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"quantity": 3}))]
pub struct SetQuantityRequest {
    /// How many base units; to have none, delete the item.
    #[schema(minimum = 1)]
    pub quantity: u32,
}

impl SetQuantityRequest {
    pub(super) fn parse(&self) -> Result<Quantity, Problem> {
        let mut fields = Fields::default();
        fields.quantity("/quantity", self.quantity).ok_or_else(|| fields.into_problem())
    }
}

/// A coupon to put on the cart.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "WELCOME-5"}))]
pub struct AddCouponRequest {
    /// As the customer types it.
    pub code: String,
}

impl AddCouponRequest {
    pub(super) fn parse(&self) -> Result<CouponCode, Problem> {
        let mut fields = Fields::default();
        fields.check("/code", CouponCode::parse(&self.code)).ok_or_else(|| fields.into_problem())
    }
}

/// Which guest's cart joins the account's.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({}))]
pub struct MergeCartRequest {
    /// The guest's token; that of the header `X-Cart-Token` or of the cookie where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart_token: Option<String>,
}

impl MergeCartRequest {
    pub(super) fn parse(&self) -> Result<Option<CartToken>, Problem> {
        let Some(text) = &self.cart_token else {
            return Ok(None);
        };
        let mut fields = Fields::default();
        let token = CartToken::parse(text);
        if token.is_none() {
            fields.refuse("/cart_token", "cart-token", "is not a token of a cart");
        }
        token.map(Some).ok_or_else(|| fields.into_problem())
    }
}

/// Where a cart would go.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"zone": "erbil"}))]
pub struct ValidateCartRequest {
    /// Zone of the delivery; a customer's own where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
}

impl ValidateCartRequest {
    pub(super) fn parse(self) -> Result<Checkout, Problem> {
        let mut fields = Fields::default();
        let zone = fields.check_optional("/zone", self.zone, |text| Zone::parse(&text));
        let checkout = |zone| Checkout { zone, ..Checkout::default() };
        zone.map(checkout).ok_or_else(|| fields.into_problem())
    }
}

/// How the cart is to be ordered: the members of the order that what it comes to depends on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"zone": "erbil", "fulfilment": "delivery"}))]
pub struct ValidateCheckoutRequest {
    /// Zone of the delivery; the address's, or the customer's own, where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The customer's address that the goods would go to (`adr_…`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address_id: Option<String>,
    /// `delivery` or `pickup`.
    #[serde(default = "delivery")]
    #[schema(value_type = String, default = "delivery")]
    pub fulfilment: Fulfilment,
    /// Warehouses (`wrh_…`) in order of preference; the others come after, fullest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warehouse_ids: Vec<String>,
}

const fn delivery() -> Fulfilment {
    Fulfilment::Delivery
}

impl Default for ValidateCheckoutRequest {
    fn default() -> Self {
        Self {
            zone: None,
            address_id: None,
            fulfilment: delivery(),
            warehouse_ids: Vec::new(),
        }
    }
}

impl ValidateCheckoutRequest {
    pub(super) fn parse(self) -> Result<Checkout, Problem> {
        let mut fields = Fields::default();
        let zone = fields.check_optional("/zone", self.zone, |text| Zone::parse(&text));
        let address = fields.check_optional("/address_id", self.address_id, |id| id.parse());
        let preferred =
            fields.check_all("/warehouse_ids", &self.warehouse_ids, |id| id.parse::<WarehouseId>());
        let checkout = || {
            Some(Checkout {
                zone: zone?,
                address: address?,
                fulfilment: self.fulfilment,
                preferred: preferred?,
            })
        };
        checkout().ok_or_else(|| fields.into_problem())
    }
}
