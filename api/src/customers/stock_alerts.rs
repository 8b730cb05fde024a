//! Routes of waiting for products that are out of stock.

use actix_web::HttpRequest;
use chrono::{DateTime, Utc};
use commands::{
    UseCase,
    customers::{AlertStanding, AlertsServed},
};
use domain::ids::ProductId;
use projections::customers::unmet_demand::{self, AlertRow, DemandRow};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::{
        Answer, Id, Problem, auth::Signed, consistency::MinPosition, idempotency::OptionalKey, list::Rules,
        problem::ProblemBody, shapes::ListBody,
    },
    souk::Shared,
};

/// The read model of wishes.
const READ_MODEL: &str = "unmet_demand";

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &[],
};

/// Whether one waits for a product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockAlertStanding)]
pub(crate) struct StandingBody {
    /// `prd_…`
    product_id: String,
    /// One is told when it is back.
    waiting: bool,
}

impl From<&AlertStanding> for StandingBody {
    fn from(standing: &AlertStanding) -> Self {
        Self {
            product_id: standing.product.to_string(),
            waiting: standing.waiting,
        }
    }
}

/// Something that one waits for, or was told of.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockAlert)]
pub(crate) struct AlertBody {
    /// `prd_…`
    product_id: String,
    /// Since when.
    requested_at: DateTime<Utc>,
    /// When one was told that it is back; null while one waits.
    served_at: Option<DateTime<Utc>>,
}

impl From<AlertRow> for AlertBody {
    fn from(row: AlertRow) -> Self {
        Self {
            product_id: row.product.to_string(),
            requested_at: row.requested_at,
            served_at: row.served_at,
        }
    }
}

/// Somebody who waits for a product, or was told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WaitingCustomer)]
pub(crate) struct WaitingBody {
    /// `usr_…`
    customer_id: String,
    /// Since when.
    requested_at: DateTime<Utc>,
    /// When the customer was told that it is back; null while it waits.
    served_at: Option<DateTime<Utc>>,
}

impl From<AlertRow> for WaitingBody {
    fn from(row: AlertRow) -> Self {
        Self {
            customer_id: row.customer.to_string(),
            requested_at: row.requested_at,
            served_at: row.served_at,
        }
    }
}

/// How many want a product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductDemand)]
pub(crate) struct DemandBody {
    /// `prd_…`
    product_id: String,
    /// How many wait.
    waiting: i64,
    /// How many were told, and are listed still.
    served: i64,
    /// Since when the first of those waits who wait.
    waiting_since: Option<DateTime<Utc>>,
}

impl From<DemandRow> for DemandBody {
    fn from(row: DemandRow) -> Self {
        Self {
            product_id: row.product.to_string(),
            waiting: row.waiting,
            served: row.served,
            waiting_since: row.waiting_since,
        }
    }
}

/// How many were told.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockAlertsServed)]
pub(crate) struct ServedBody {
    /// `prd_…`
    product_id: String,
    /// How many customers.
    served: usize,
}

impl From<&AlertsServed> for ServedBody {
    fn from(served: &AlertsServed) -> Self {
        Self {
            product_id: served.product.to_string(),
            served: served.served,
        }
    }
}

/// Wait for a product
///
/// One mail when it is back in stock; whoever waits already waits on.
#[utoipa::path(
    post,
    path = "/api/v1/notify-me/{product_id}",
    tag = "customers",
    params(("product_id" = String, Path, description = "`prd_…`")),
    responses(
        (status = 200, body = StandingBody),
        (status = 409, body = ProblemBody, description = "`customers.product_in_stock`, `catalog.product_discontinued`, `customers.too_many_waiting`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn request_alert(
    signed: Signed,
    souk: Shared,
    Id(product): Id<ProductId>,
) -> Result<Answer, Problem> {
    let executed = souk.customers.request_alert(&signed.call(), product).await?;
    Ok(Answer::ok(&StandingBody::from(&executed.result))?.executed(&executed))
}

/// Wait no longer
///
/// Whoever does not wait stays so.
#[utoipa::path(
    delete,
    path = "/api/v1/notify-me/{product_id}",
    tag = "customers",
    params(("product_id" = String, Path, description = "`prd_…`")),
    responses(
        (status = 200, body = StandingBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn withdraw_alert(
    signed: Signed,
    souk: Shared,
    Id(product): Id<ProductId>,
) -> Result<Answer, Problem> {
    let executed = souk.customers.withdraw_alert(&signed.call(), product).await?;
    Ok(Answer::ok(&StandingBody::from(&executed.result))?.executed(&executed))
}

/// What one waits for
///
/// And what one was told of, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/notify-me/my-subscriptions",
    tag = "customers",
    params(
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<AlertBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn my_subscriptions(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListStockAlerts)?;
    let params = RULES.read(&request)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let own = signed.principal().account;
    let page = unmet_demand::alerts_of_customer(souk.reads.pool(), own, &params.page()).await?;
    Answer::ok(&params.list(page, AlertBody::from)?)
}

/// Whether one waits for a product
///
/// As the log has it now.
#[utoipa::path(
    get,
    path = "/api/v1/notify-me/check/{product_id}",
    tag = "customers",
    params(("product_id" = String, Path, description = "`prd_…`")),
    responses(
        (status = 200, body = StandingBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn check_alert(
    signed: Signed,
    souk: Shared,
    Id(product): Id<ProductId>,
) -> Result<Answer, Problem> {
    Answer::ok(&StandingBody::from(&souk.customers.alert_standing(&signed.call(), product).await?))
}

/// Who waits for a product
///
/// And who was told, the first to come first.
#[utoipa::path(
    get,
    path = "/api/v1/notify-me/product/{product_id}/requests",
    tag = "customers",
    params(
        ("product_id" = String, Path, description = "`prd_…`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<WaitingBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_requests(
    signed: Signed,
    souk: Shared,
    Id(product): Id<ProductId>,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListWaitingCustomers)?;
    let params = RULES.read(&request)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = unmet_demand::alerts_of_product(souk.reads.pool(), product, &params.page()).await?;
    Answer::ok(&params.list(page, WaitingBody::from)?)
}

/// What is waited for
///
/// How many want which product, the most wanted first.
#[utoipa::path(
    get,
    path = "/api/v1/notify-me/stats",
    tag = "customers",
    params(
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<DemandBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn demand(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListWaitingCustomers)?;
    let params = RULES.read(&request)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = unmet_demand::demand(souk.reads.pool(), &params.page()).await?;
    Answer::ok(&params.list(page, DemandBody::from)?)
}

/// Tell all who wait for a product
///
/// Now, without waiting for a movement of stock; each gets one mail and waits no longer.
#[utoipa::path(
    post,
    path = "/api/v1/notify-me/product/{product_id}/notify",
    tag = "customers",
    params(
        ("product_id" = String, Path, description = "`prd_…`"),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ServedBody),
        (status = 409, body = ProblemBody, description = "`customers.product_out_of_stock`, `catalog.product_discontinued`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn serve_alerts(
    signed: Signed,
    souk: Shared,
    Id(product): Id<ProductId>,
    key: OptionalKey,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &product)?;
    let executed = souk.customers.serve_alerts_now(&signed.repeatable(&attempt), product).await?;
    Ok(Answer::ok(&ServedBody::from(&executed.result))?.executed(&executed))
}

/// Clear those who were told
///
/// They are not listed any more, in no product's list and not in their own; the history stays.
#[utoipa::path(
    delete,
    path = "/api/v1/notify-me/clear-notified",
    tag = "customers",
    responses(
        (status = 204, description = "They are cleared"),
        (status = 400, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn clear_served(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    let executed = souk.customers.clear_served_alerts(&signed.call()).await?;
    Ok(Answer::no_content().executed(&executed))
}
