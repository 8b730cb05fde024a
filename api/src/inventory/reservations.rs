//! Routes of holds: stock that is kept for a cart for some minutes.

use chrono::{DateTime, Utc};
use commands::inventory::{HoldAccepted, HoldStock};
use domain::{ids::HoldId, inventory::MAX_HOLD_MINUTES};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{
        Answer, Body, Fields, Id, Problem,
        auth::Signed,
        idempotency::{IdempotencyKey, OptionalKey},
        problem::ProblemBody,
    },
    souk::Shared,
};

/// For how many minutes stock is held when nobody says.
const MINUTES_DEFAULT: u32 = 15;

/// Units to hold.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001", "quantity": 3, "minutes": 15,
}))]
pub struct HoldStockRequest {
    /// `prd_…`
    pub product_id: String,
    /// Base units.
    pub quantity: u32,
    /// For how many minutes, 1 to 60.
    #[serde(default = "minutes_default")]
    #[schema(default = 15, minimum = 1, maximum = 60)]
    pub minutes: u32,
    /// `wrh_…`, in order of preference; others come after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warehouse_ids: Vec<String>,
}

const fn minutes_default() -> u32 {
    MINUTES_DEFAULT
}

impl TryFrom<HoldStockRequest> for HoldStock {
    type Error = Problem;

    fn try_from(request: HoldStockRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let product = fields.id("/product_id", &request.product_id);
        let quantity = fields.quantity("/quantity", request.quantity);
        let preferred = fields.check_all("/warehouse_ids", &request.warehouse_ids, |id| id.parse());
        if !(1..=MAX_HOLD_MINUTES).contains(&i64::from(request.minutes)) {
            let range = format!("must be a number from 1 to {MAX_HOLD_MINUTES}");
            fields.refuse("/minutes", "out-of-range", range);
        }
        match (product, quantity, preferred, fields.is_clean()) {
            (Some(product), Some(quantity), Some(preferred), true) => {
                Ok(Self { product, quantity, preferred, minutes: request.minutes })
            }
            _ => Err(fields.into_problem()),
        }
    }
}

/// Stock that is held.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockHold, example = json!({
    "id": "hld_0190c7a2000070008000000000000001",
    "product_id": "prd_0190c7a2000070008000000000000001",
    "quantity": 3,
    "expires_at": "2026-01-31T12:15:00Z",
}))]
pub struct StockHoldBody {
    /// `hld_…`: the line of the order names it.
    pub id: String,
    /// `prd_…`
    pub product_id: String,
    /// Base units.
    pub quantity: u64,
    /// When it ends by itself: after the wanted minutes, or earlier where the caller has held this product before.
    pub expires_at: Option<DateTime<Utc>>,
}

impl From<&HoldAccepted> for StockHoldBody {
    fn from(accepted: &HoldAccepted) -> Self {
        Self {
            id: accepted.hold.to_string(),
            product_id: accepted.product.to_string(),
            quantity: accepted.allocations.iter().map(|part| u64::from(part.quantity.get())).sum(),
            expires_at: accepted.expires_at,
        }
    }
}

/// Hold stock for some minutes
///
/// For the account or API key that asks, which alone can give it back or name it in an order's line (`hold_id`). At most
/// 20 holds at once, and of one product for at most 60 minutes on end: after that others go first for 60 minutes, unless
/// it was bought.
#[utoipa::path(
    post,
    path = "/api/v1/inventory/reservations",
    tag = "inventory",
    request_body = HoldStockRequest,
    params(("Idempotency-Key" = String, Header)),
    responses(
        (status = 201, body = StockHoldBody),
        (status = 404, body = ProblemBody),
        (status = 409, body = ProblemBody,
         description = "`inventory.insufficient_stock`, `inventory.too_many_holds`, `inventory.hold_too_soon`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn hold_stock(
    signed: Signed,
    souk: Shared,
    key: IdempotencyKey,
    Body(request): Body<HoldStockRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let executed = souk.inventory.hold(&signed.repeatable(&attempt), request.try_into()?).await?;
    let body = StockHoldBody::from(&executed.result);
    let location = format!("/api/v1/inventory/reservations/{}", body.id);
    Ok(Answer::created(&location, &body)?.executed(&executed))
}

/// Give held stock back
#[utoipa::path(
    delete,
    path = "/api/v1/inventory/reservations/{id}",
    tag = "inventory",
    params(("id" = String, Path, description = "`hld_…`"), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 204),
        (status = 404, body = ProblemBody, description = "Ended already, or somebody else's"),
        (status = 422, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn release_hold(
    signed: Signed,
    souk: Shared,
    Id(hold): Id<HoldId>,
    key: OptionalKey,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &())?;
    let executed = souk.inventory.release_hold(&signed.repeatable(&attempt), hold).await?;
    Ok(Answer::no_content().executed(&executed))
}
