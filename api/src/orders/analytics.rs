//! How orders are: their sizes, their fates and their hours.

use actix_web::HttpRequest;
use commands::UseCase;
use projections::{
    Sum,
    orders::order_list::{self, OrderHabits, OrderHour},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    listing::{STATS, filter},
    queries::READ_MODEL,
    reach::narrow,
};
use crate::{
    http::{Answer, Problem, auth::Signed, consistency::MinPosition, shapes::MoneyBody},
    souk::Shared,
};

/// How orders are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderAnalytics)]
pub(crate) struct OrderAnalyticsBody {
    /// By currency.
    currencies: Vec<OrderHabitsBody>,
    /// By weekday and hour (UTC); hours without orders are left out.
    hours: Vec<OrderHourBody>,
}

/// Orders in one currency. What is not said of all orders is said of those that were not cancelled.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderHabits)]
pub(crate) struct OrderHabitsBody {
    /// ISO 4217 code.
    currency: &'static str,
    /// All orders, cancelled ones too.
    orders: i64,
    /// Those that were cancelled.
    cancelled: i64,
    /// Those of which something was credited back.
    credited: i64,
    /// Known customers.
    customers: i64,
    /// Known customers with more than one order.
    returning_customers: i64,
    /// Lines of all orders.
    lines: i64,
    /// Base units of all lines.
    units: i64,
    /// The sum of the totals.
    total: MoneyBody,
    /// The mean total, rounded down to the minor unit; null without orders.
    average_total: Option<MoneyBody>,
    /// The total that half of the orders reach at most; null without orders.
    median_total: Option<MoneyBody>,
}

/// Orders of one hour of a day of the week.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderHour)]
pub(crate) struct OrderHourBody {
    /// 1 is Monday, 7 Sunday.
    #[schema(minimum = 1, maximum = 7)]
    weekday: i32,
    /// Of the day, UTC.
    #[schema(minimum = 0, maximum = 23)]
    hour: i32,
    /// How many.
    orders: i64,
}

impl From<OrderHabits> for OrderHabitsBody {
    fn from(habits: OrderHabits) -> Self {
        let currency = habits.total.currency;
        let live = i128::from(habits.orders.saturating_sub(habits.cancelled));
        let average = habits.total.minor.checked_div(live).map(|minor| Sum { minor, currency }.into());
        Self {
            currency: currency.code(),
            orders: habits.orders,
            cancelled: habits.cancelled,
            credited: habits.credited,
            customers: habits.customers,
            returning_customers: habits.returning_customers,
            lines: habits.lines,
            units: habits.units,
            total: habits.total.into(),
            average_total: average,
            median_total: (live > 0).then(|| habits.median.into()),
        }
    }
}

impl From<OrderHour> for OrderHourBody {
    fn from(hour: OrderHour) -> Self {
        Self { weekday: hour.weekday, hour: hour.hour, orders: hour.orders }
    }
}

/// Analytics of orders
///
/// How large the orders are that the filters leave, how many are cancelled or credited, who comes back, and when they are
/// placed.
#[utoipa::path(
    get,
    path = "/api/v1/orders/analytics",
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
        (status = 200, body = OrderAnalyticsBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn order_analytics(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::ReadOrderFigures)?;
    let params = STATS.read(&request)?;
    let filter = narrow(&signed, filter(&params)?);
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let (habits, hours) = match filter {
        Some(filter) => {
            let pool = souk.reads.pool();
            (order_list::habits(pool, &filter).await?, order_list::hours(pool, &filter).await?)
        }
        None => (Vec::new(), Vec::new()),
    };
    Answer::ok(&OrderAnalyticsBody {
        currencies: habits.into_iter().map(Into::into).collect(),
        hours: hours.into_iter().map(Into::into).collect(),
    })
}
