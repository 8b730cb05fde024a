//! Routes of ordering with one click.

use std::fmt;

use commands::customers::{NewOneClick, OneClickChanged, OneClickOrder, OneClickView};
use commands::identity::Secret;
use domain::customers::PaymentToken;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{
        Answer, Body, Fields, Problem,
        auth::Signed,
        idempotency::{IdempotencyKey, OptionalKey},
        problem::ProblemBody,
        shapes::AmountRequest,
    },
    orders::response::OrderAcceptedBody,
    souk::Shared,
};

/// Card numbers have so many digits; none is taken, wherever it is put.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 12..=19;

/// How one orders with one click.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"enabled": true, "payment_method": "pm_1NqZ8x", "address_id": null}))]
pub(crate) struct OneClickRequest {
    /// On, with a new token; or off, and no token is good any more.
    enabled: bool,
    /// How it is paid: the reference that a payment provider gave for it, never a card number. Needed to turn it on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 200)]
    payment_method: Option<String>,
    /// One's own address (`adr_…`) that orders go to; the default one where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    address_id: Option<String>,
}

impl fmt::Debug for OneClickRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneClickRequest").field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

impl OneClickRequest {
    /// What is to be turned on; `None` turns it off.
    fn parse(self) -> Result<Option<NewOneClick>, Problem> {
        let mut fields = Fields::default();
        if !self.enabled {
            return Ok(None);
        }
        let address = match &self.address_id {
            None => Some(None),
            Some(id) => fields.id("/address_id", id).map(Some),
        };
        let Some(reference) = self.payment_method else {
            fields.refuse("/payment_method", "missing", "is needed to turn it on");
            return Err(fields.into_problem());
        };
        let digits = reference.chars().filter(|c| !matches!(c, ' ' | '-'));
        let is_card = digits.clone().all(|c| c.is_ascii_digit()) && CARD_DIGITS.contains(&digits.count());
        if is_card {
            fields.refuse(
                "/payment_method",
                "card-number",
                "must be a provider's reference, not a card number",
            );
        }
        let payment_method = fields.check("/payment_method", PaymentToken::parse(&reference));
        match (address, payment_method.filter(|_| fields.is_clean())) {
            (Some(address), Some(payment_method)) => Ok(Some(NewOneClick { address, payment_method })),
            _ => Err(fields.into_problem()),
        }
    }
}

/// How one orders with one click.
#[derive(Serialize, ToSchema)]
#[schema(as = OneClick)]
pub(crate) struct OneClickBody {
    /// Whoever shows the token orders.
    enabled: bool,
    /// `adr_…`
    address_id: Option<String>,
    /// The reference that a payment provider gave.
    payment_method: Option<String>,
    /// How often it was changed.
    version: i64,
}

impl From<OneClickView> for OneClickBody {
    fn from(view: OneClickView) -> Self {
        Self {
            enabled: view.address.is_some(),
            address_id: view.address.map(|id| id.to_string()),
            payment_method: view.payment_method,
            version: view.version,
        }
    }
}

/// What became of it.
#[derive(Serialize, ToSchema)]
#[schema(as = OneClickChanged)]
pub(crate) struct OneClickChangedBody {
    /// It is on.
    enabled: bool,
    /// `adr_…`
    address_id: Option<String>,
    /// The token that orders; given here and nowhere else.
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<String>,
    /// How often it was changed.
    version: i64,
}

impl OneClickChangedBody {
    fn new(changed: &OneClickChanged, token: Option<Secret>) -> Self {
        Self {
            enabled: changed.address.is_some(),
            address_id: changed.address.map(|id| id.to_string()),
            token: token.map(|token| token.expose().to_owned()),
            version: changed.version,
        }
    }
}

/// One product in one call.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "token": "AY_…",
    "product_id": "prd_0190c7a2000070008000000000000001",
    "quantity": 1,
    "expected_price": {"amount": "12500", "currency": "IQD"},
}))]
pub(crate) struct OneClickOrderRequest {
    /// What turning it on gave.
    #[schema(max_length = 100)]
    token: String,
    /// `prd_…`
    product_id: String,
    /// How many base units.
    #[schema(minimum = 1)]
    quantity: u32,
    /// What the goods cost, less discounts and before delivery and tax, when the customer saw them. An order at another
    /// price is refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected_price: Option<AmountRequest>,
}

impl fmt::Debug for OneClickOrderRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OneClickOrderRequest").finish_non_exhaustive()
    }
}

impl TryFrom<OneClickOrderRequest> for OneClickOrder {
    type Error = Problem;

    fn try_from(request: OneClickOrderRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let product = fields.id("/product_id", &request.product_id);
        let quantity = fields.quantity("/quantity", request.quantity);
        let expected_price = match &request.expected_price {
            None => Some(None),
            Some(amount) => amount.parse(&mut fields, "/expected_price").map(Some),
        };
        let token = Secret::new(request.token);
        let parsed = || {
            Some(Self {
                token,
                product: product?,
                quantity: quantity?,
                expected_price: expected_price?,
            })
        };
        parsed().ok_or_else(|| fields.into_problem())
    }
}

/// How one orders with one click
///
/// Without the token, which is given once.
#[utoipa::path(
    get,
    path = "/api/v1/one-click",
    tag = "customers",
    responses(
        (status = 200, body = OneClickBody),
        (status = 400, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_one_click(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    Answer::ok(&OneClickBody::from(souk.customers.one_click(&signed.call()).await?))
}

/// Turn ordering with one click on or off
///
/// On gives a new token, once; the token before is good no longer.
#[utoipa::path(
    put,
    path = "/api/v1/one-click",
    tag = "customers",
    request_body = OneClickRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = OneClickChangedBody),
        (status = 404, body = ProblemBody, description = "`customers.address_not_found`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn set_one_click(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<OneClickRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let call = signed.repeatable(&attempt);
    let executed = match request.parse()? {
        Some(new) => souk.customers.enable_one_click(&call, new).await?,
        None => souk.customers.disable_one_click(&call).await?,
    };
    let token = souk.customers.one_click_token(&executed.result);
    Ok(Answer::ok(&OneClickChangedBody::new(&executed.result, token))?.executed(&executed))
}

/// Order with one click
///
/// One product, on account, to the address of the settings; placed and priced as `POST /orders` does.
#[utoipa::path(
    post,
    path = "/api/v1/one-click/checkout",
    tag = "customers",
    request_body = OneClickOrderRequest,
    params(("Idempotency-Key" = String, Header)),
    responses(
        (status = 201, body = OrderAcceptedBody),
        (status = 403, body = ProblemBody, description = "`customers.one_click_token_invalid`"),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody, description = "`customers.one_click_off`, `customers.price_changed`, `inventory.insufficient_stock`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn order_in_one_click(
    signed: Signed,
    souk: Shared,
    key: IdempotencyKey,
    Body(request): Body<OneClickOrderRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let (call, places) = (signed.repeatable(&attempt), (&souk.orders, &souk.pricing));
    let executed = souk.customers.order_in_one_click(&call, places, request.try_into()?).await?;
    let body = OrderAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/orders/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}
