//! Routes of analytics.

use actix_web::HttpRequest;
use chrono::{Days, NaiveDate};
use commands::Permission;
use domain::{money::Currency, text::Country};
use projections::{
    PageRequest,
    analytics::sales::{self, BestBy, Period, SalesFilter},
    inventory::stock_levels,
    orders::order_list::{self, OrderFilter},
};

use super::response::{DashboardBody, GroupBody, ProductsBody, SalesBody};
use crate::{
    http::{
        Answer, Problem,
        auth::Signed,
        consistency::MinPosition,
        list::{Params, Rules, invalid_value},
        problem::ProblemBody,
        routes::Routes,
    },
    souk::Shared,
};

/// The read model of sales.
const READ_MODEL: &str = "sales";

const SALES: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["from", "to", "country", "currency", "group_by"],
};

const PRODUCTS: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["from", "to", "country", "currency", "by", "limit"],
};

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/analytics/dashboard", dashboard);
    routes.get("/api/v1/analytics/sales", sales);
    routes.get("/api/v1/analytics/products", products);
}

/// The last 30 days where nobody says which.
fn asked(params: &Params) -> Result<SalesFilter, Problem> {
    let day = |text: &str| {
        NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| "must be a day such as 2026-01-31")
    };
    let to = params.parse_own("to", day)?.unwrap_or_else(|| event_store::ids::now().date_naive());
    let from = match params.parse_own("from", day)? {
        Some(from) => from,
        None => to.checked_sub_days(Days::new(29)).unwrap_or(to),
    };
    if from > to {
        return Err(invalid_value("from", &"must not be after to"));
    }
    Ok(SalesFilter {
        from,
        to,
        country: params.parse_own("country", Country::parse)?,
        currency: params.parse_own("currency", Currency::from_code)?,
    })
}

/// Figures are over every zone, so whoever is confined to some sees none of them.
fn require_all(signed: &Signed) -> Result<(), Problem> {
    signed.require_everywhere(Permission::ReadAnalytics)?;
    if signed.zones().is_some() {
        Err(Problem::forbidden())
    } else {
        Ok(())
    }
}

/// The recent past at a glance
#[utoipa::path(
    get,
    path = "/api/v1/analytics/dashboard",
    tag = "analytics",
    params(("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = DashboardBody),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn dashboard(signed: Signed, souk: Shared, min: MinPosition) -> Result<Answer, Problem> {
    require_all(&signed)?;
    souk.reads.wait_for(min, &[READ_MODEL, "order_list", "stock_levels"]).await?;
    let pool = souk.reads.pool();
    let sales = sales::dashboard(pool, event_store::ids::now().date_naive()).await?;
    let orders = order_list::stats(pool, &OrderFilter::default()).await?;
    let count = PageRequest { with_total: true, ..PageRequest::first(1) };
    let low = stock_levels::low_stock(pool, None, &count).await?.total.unwrap_or(0);
    let out = stock_levels::out_of_stock(pool, None, &count).await?.total.unwrap_or(0);
    Answer::ok(&DashboardBody::new(sales, orders.into_iter().map(Into::into).collect(), low, out))
}

/// Sales of a period
///
/// Days are inclusive and count by when the facts happened (`effective_at`), in UTC. Cancelled orders do not count;
/// returns count when their credit is issued.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/sales",
    tag = "analytics",
    params(
        ("from" = Option<String>, Query, description = "First day, such as 2010-12-01; 29 days before `to` without it"),
        ("to" = Option<String>, Query, description = "Last day; today without it"),
        ("country" = Option<String>, Query),
        ("currency" = Option<String>, Query),
        ("group_by" = Option<String>, Query, description = "`day` (default), `week`, `month` or `country`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = SalesBody),
        (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn sales(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    require_all(&signed)?;
    let params = SALES.read(&request)?;
    let filter = asked(&params)?;
    let group_by = match params.own("group_by").unwrap_or("day") {
        "day" => "day",
        "week" => "week",
        "month" => "month",
        "country" => "country",
        _ => return Err(invalid_value("group_by", &"must be day, week, month or country")),
    };
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    Answer::ok(&SalesBody {
        from: filter.from,
        to: filter.to,
        group_by,
        totals: sales::totals(souk.reads.pool(), &filter).await?.into(),
        groups: groups(&souk, &filter, group_by).await?,
    })
}

async fn groups(souk: &Shared, filter: &SalesFilter, group_by: &str) -> Result<Vec<GroupBody>, Problem> {
    let pool = souk.reads.pool();
    let period = match group_by {
        "week" => Period::Week,
        "month" => Period::Month,
        "country" => {
            let rows = sales::by_country(pool, filter).await?;
            let group = |row: sales::CountrySales| GroupBody {
                start: None,
                country: Some(row.country.unwrap_or_else(|| "unknown".to_owned())),
                figures: row.figures.into(),
            };
            return Ok(rows.into_iter().map(group).collect());
        }
        _ => Period::Day,
    };
    let rows = sales::by_period(pool, filter, period).await?;
    let group = |row: sales::PeriodSales| GroupBody {
        start: Some(row.start),
        country: None,
        figures: row.figures.into(),
    };
    Ok(rows.into_iter().map(group).collect())
}

/// The best products of a period
#[utoipa::path(
    get,
    path = "/api/v1/analytics/products",
    tag = "analytics",
    params(
        ("from" = Option<String>, Query, description = "First day, such as 2010-12-01; 29 days before `to` without it"),
        ("to" = Option<String>, Query, description = "Last day; today without it"),
        ("country" = Option<String>, Query),
        ("currency" = Option<String>, Query),
        ("by" = Option<String>, Query, description = "`units` (default) or `revenue`"),
        ("limit" = Option<u16>, Query, description = "1 to 200; 20 without it"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ProductsBody),
        (status = 400, body = ProblemBody),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
        (status = 503, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn products(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    require_all(&signed)?;
    let params = PRODUCTS.read(&request)?;
    let filter = asked(&params)?;
    let best_by = match params.own("by").unwrap_or("units") {
        "units" => BestBy::Units,
        "revenue" => BestBy::Revenue,
        _ => return Err(invalid_value("by", &"must be units or revenue")),
    };
    let limit = |text: &str| {
        let limit = text.parse().ok().filter(|limit| (1..=PageRequest::MAX_LIMIT).contains(limit));
        limit.ok_or("must be a number from 1 to 200")
    };
    let limit = params.parse_own("limit", limit)?.unwrap_or(20);
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let items = sales::by_product(souk.reads.pool(), &filter, best_by, limit).await?;
    Answer::ok(&ProductsBody {
        from: filter.from,
        to: filter.to,
        items: items.into_iter().map(Into::into).collect(),
    })
}
