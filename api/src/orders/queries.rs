//! Routes that show orders.

use actix_web::HttpRequest;
use commands::{Permission, UseCase};
use domain::{
    identity::Role,
    ids::{AccountId, OrderId},
};
use projections::{
    PageRequest,
    orders::{
        order_list::{self, OrderDetail, OrderFilter},
        return_list::{self, ReturnFilter},
    },
    pricing::promotion_list,
};

use super::{
    address::{self, DeliveryAddressBody},
    listing::{OF_USER, RULES, STATS, filter, sort},
    reach::{Whose, narrow, reaches},
    response::{OrderBody, OrderStatisticsBody, OrderSummaryBody},
};
use crate::{
    http::{
        Answer, Id, Problem, auth::Signed, consistency::MinPosition, list::Params, problem::ProblemBody,
        shapes::ListBody,
    },
    identity::users,
    souk::Shared,
};

/// The read model of orders.
pub(super) const READ_MODEL: &str = "order_list";
/// The read model of what was taken off.
pub(super) const DISCOUNTS_MODEL: &str = "promotion_list";
/// The read model of what looks like fraud.
pub(super) const FLAGS_MODEL: &str = "fraud_flags";
/// The read model of returns.
pub(super) const RETURNS_MODEL: &str = "return_list";

pub(super) fn unknown() -> Problem {
    Problem::missing("orders.order_not_found", "order does not exist")
}

/// Orders, page by page
///
/// Everybody sees what the role allows: customers their own, vendors those with parts of their company, administrators
/// those of their zones.
#[utoipa::path(
    get,
    path = "/api/v1/orders",
    tag = "orders",
    params(
        ("filter[status]" = Option<String>, Query),
        ("filter[customer]" = Option<String>, Query, description = "`usr_…`"),
        ("filter[zone]" = Option<String>, Query),
        ("filter[country]" = Option<String>, Query),
        ("filter[company]" = Option<String>, Query, description = "`com_…`"),
        ("filter[warehouse]" = Option<String>, Query, description = "`wrh_…`"),
        ("filter[currency]" = Option<String>, Query),
        ("filter[external_id]" = Option<String>, Query),
        ("filter[placed_at][gte]" = Option<String>, Query),
        ("filter[placed_at][lte]" = Option<String>, Query),
        ("filter[total][gte]" = Option<String>, Query, description = "Needs filter[currency]"),
        ("filter[total][lte]" = Option<String>, Query, description = "Needs filter[currency]"),
        ("sort" = Option<String>, Query, description = "`placed_at` or `total`; `-` in front: greatest first"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<OrderSummaryBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_orders(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListOrders)?;
    let params = RULES.read(&request)?;
    page(&signed, &souk, &params, filter(&params)?, min).await
}

async fn page(
    signed: &Signed,
    souk: &Shared,
    params: &Params,
    filter: OrderFilter,
    min: MinPosition,
) -> Result<Answer, Problem> {
    let filter = narrow(signed, filter);
    souk.reads.wait_for(min, &[READ_MODEL, FLAGS_MODEL]).await?;
    let page = match filter {
        Some(filter) => order_list::list(souk.reads.pool(), &filter, sort(params), &params.page()).await?,
        None => params.nothing(),
    };
    Answer::ok(&params.list(page, OrderSummaryBody::from)?)
}

/// Orders of one customer, page by page
///
/// One's own, or those of any customer that the role allows; with the filters of all orders but `filter[customer]`.
#[utoipa::path(
    get,
    path = "/api/v1/orders/user/{user_id}",
    tag = "orders",
    params(
        ("user_id" = String, Path, description = "`usr_…`"),
        ("filter[status]" = Option<String>, Query),
        ("filter[placed_at][gte]" = Option<String>, Query),
        ("filter[placed_at][lte]" = Option<String>, Query),
        ("sort" = Option<String>, Query, description = "`placed_at` or `total`; `-` in front: greatest first"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<OrderSummaryBody>),
        (status = 404, body = ProblemBody, description = "Somebody else, for a customer"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_orders_of_user(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    Id(customer): Id<AccountId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListOrders)?;
    let principal = signed.principal();
    if principal.role == Role::Customer && principal.account != customer {
        return Err(users::unknown());
    }
    let params = OF_USER.read(&request)?;
    page(&signed, &souk, &params, OrderFilter { customer: Some(customer), ..filter(&params)? }, min).await
}

/// One order
#[utoipa::path(
    get,
    path = "/api/v1/orders/{id}",
    tag = "orders",
    params(
        ("id" = String, Path, description = "`ord_…`"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = OrderBody),
        (status = 304, description = "You have it already"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_order(
    signed: Signed,
    souk: Shared,
    Id(id): Id<OrderId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ShowOrder)?;
    souk.reads.wait_for(min, &[READ_MODEL, FLAGS_MODEL, RETURNS_MODEL, DISCOUNTS_MODEL]).await?;
    let detail = order_list::detail(souk.reads.pool(), id).await?;
    let mut detail = detail.filter(|detail| is_in_reach(&signed, detail)).ok_or_else(unknown)?;
    let mut discounts = promotion_list::discounts_of(souk.reads.pool(), id).await?;
    if signed.company().is_some() {
        detail.lines.retain(|line| !signed.is_foreign(line.company));
        detail.order.parts.retain(|part| !signed.is_foreign(part.company));
        let own: Vec<u16> = detail.lines.iter().map(|line| line.number).collect();
        discounts.retain_mut(|discount| discount.narrow(&own));
    }
    let of_order = ReturnFilter { order: Some(id), ..ReturnFilter::default() };
    let returns =
        return_list::list(souk.reads.pool(), &of_order, &PageRequest::first(PageRequest::MAX_LIMIT)).await?;
    let version = detail.order.version;
    let is_delivered = signed.may(Permission::ReadDeliveryAddresses) && detail.order.customer.is_some();
    let address = if is_delivered {
        address::of_order(&souk, id).await?
    } else {
        None
    };
    // A return moves on without the order: and an address that can be read no more is another: the tag must tell them apart.
    let moved: i64 = returns.items.iter().map(|row| row.version).sum();
    let is_erased = matches!(address, Some(DeliveryAddressBody::Erased { .. }));
    let body = OrderBody::new(detail, discounts, returns.items).delivered_to(address);
    Ok(Answer::ok(&body)?.etag_of(version, moved + i64::from(is_erased)))
}

pub(super) fn is_in_reach(signed: &Signed, detail: &OrderDetail) -> bool {
    let companies: Vec<_> = detail.order.parts.iter().map(|part| part.company).collect();
    let whose = Whose {
        customer: detail.order.customer,
        zone: detail.order.zone.as_deref(),
        companies: &companies,
    };
    reaches(signed, &whose)
}

/// Statistics of orders
///
/// Counts and sums by status and currency, of the orders that the filters leave.
#[utoipa::path(
    get,
    path = "/api/v1/orders/stats",
    tag = "orders",
    params(
        ("filter[status]" = Option<String>, Query),
        ("filter[customer]" = Option<String>, Query, description = "`usr_…`"),
        ("filter[zone]" = Option<String>, Query),
        ("filter[country]" = Option<String>, Query),
        ("filter[company]" = Option<String>, Query, description = "`com_…`"),
        ("filter[warehouse]" = Option<String>, Query, description = "`wrh_…`"),
        ("filter[currency]" = Option<String>, Query),
        ("filter[placed_at][gte]" = Option<String>, Query),
        ("filter[placed_at][lte]" = Option<String>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = OrderStatisticsBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn order_stats(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::ReadOrderFigures)?;
    let params = STATS.read(&request)?;
    let filter = narrow(&signed, filter(&params)?);
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let stats = match filter {
        Some(filter) => order_list::stats(souk.reads.pool(), &filter).await?,
        None => Vec::new(),
    };
    Answer::ok(&OrderStatisticsBody {
        orders: stats.iter().map(|stats| stats.orders).sum(),
        by_status: stats.into_iter().map(Into::into).collect(),
    })
}
