//! Routes of analytics.

use actix_web::{HttpRequest, http::StatusCode};
use chrono::{DateTime, NaiveDate, NaiveTime};
use commands::UseCase;
use event_store::ids;
use projections::{
    PageRequest,
    analytics::sales,
    inventory::stock_levels,
    orders::order_list::{self, OrderFilter},
};
use sqlx::PgPool;

use super::{
    dashboard::{DashboardBody, DashboardSalesBody, StatusCountBody, StockAlertsBody},
    exports::{export_csv, export_xlsx},
    inventory_report::inventory_report,
    request::{
        BEST_SELLERS, BestSellersParams, BestSellersWanted, GroupBy, SALES, SalesParams, SalesWanted,
        last_days,
    },
    response::{BestSellersBody, GroupBody, SalesBody, SalesRead},
};
use crate::{
    http::{Answer, Problem, auth::Signed, consistency::MinPosition, routes::Routes},
    souk::Shared,
};

/// The read model of the sales.
const SALES_MODEL: &str = "sales";
/// Products on the dashboard.
const DASHBOARD_PRODUCTS: u16 = 5;

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/analytics/dashboard", dashboard);
    routes.get("/api/v1/analytics/sales", sales);
    routes.get("/api/v1/analytics/products", products);
    routes.get("/api/v1/reports/inventory", inventory_report);
    routes.get("/api/v1/export/{report}/csv", export_csv);
    routes.get("/api/v1/export/{report}/xlsx", export_xlsx);
}

/// Whoever is confined to a company or to zones would see too much: figures are kept for the whole marketplace.
pub(super) fn authorize(signed: &Signed) -> Result<(), Problem> {
    signed.require_everywhere(UseCase::ReadFigures)?;
    if signed.zones().is_some() {
        let detail = "these figures are about the whole marketplace, and your account is confined to zones";
        return Err(Problem::new(StatusCode::FORBIDDEN, "forbidden", detail));
    }
    Ok(())
}

/// The business day that is today. Business days are UTC days, as in the read model.
pub(super) fn today() -> NaiveDate {
    ids::now().date_naive()
}

/// Sales of a period
///
/// By business days, both inclusive, on which orders were placed and credits issued (`effective_at`). Cancelled orders
/// do not count; service lines (postage, fees) do.
#[utoipa::path(
    get,
    path = "/api/v1/analytics/sales",
    tag = "analytics",
    params(SalesParams, ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = SalesBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn sales(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    authorize(&signed)?;
    let wanted = SalesWanted::of(&SALES.read(&request)?, today())?;
    souk.reads.wait_for(min, &[SALES_MODEL]).await?;
    let read = read_sales(souk.reads.pool(), &wanted).await?;
    Answer::ok(&SalesBody::new(&wanted.filter, read, souk.store.currency))
}

async fn read_sales(pool: &PgPool, wanted: &SalesWanted) -> Result<SalesRead, sqlx::Error> {
    let filter = &wanted.filter;
    let totals = sales::totals(pool, filter).await?;
    let countries = sales::by_country(pool, filter).await?;
    let mut names: Vec<_> = countries.iter().map(|sales| sales.country.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let groups: Vec<GroupBody> = match wanted.group_by {
        None => Vec::new(),
        Some(GroupBy::Period(period)) => {
            sales::by_period(pool, filter, period).await?.into_iter().map(Into::into).collect()
        }
        Some(GroupBy::Country) => countries.into_iter().map(Into::into).collect(),
        Some(GroupBy::Product) => {
            let best = sales::by_product(pool, filter, sales::BestBy::Revenue, wanted.limit).await?;
            best.into_iter().map(Into::into).collect()
        }
    };
    Ok(SalesRead {
        totals,
        countries: names.len(),
        group_by: wanted.group_by,
        groups,
    })
}

/// What sells best
#[utoipa::path(
    get,
    path = "/api/v1/analytics/products",
    tag = "analytics",
    params(BestSellersParams, ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = BestSellersBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn products(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    authorize(&signed)?;
    let wanted = BestSellersWanted::of(&BEST_SELLERS.read(&request)?, today())?;
    souk.reads.wait_for(min, &[SALES_MODEL]).await?;
    let best = sales::by_product(souk.reads.pool(), &wanted.filter, wanted.by, wanted.limit).await?;
    Answer::ok(&BestSellersBody {
        from: wanted.filter.from,
        to: wanted.filter.to,
        items: best.into_iter().map(Into::into).collect(),
    })
}

/// The shop at a glance
#[utoipa::path(
    get,
    path = "/api/v1/analytics/dashboard",
    tag = "analytics",
    params(("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = DashboardBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn dashboard(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    authorize(&signed)?;
    crate::http::list::Rules::default().read(&request)?;
    souk.reads.wait_for(min, &[SALES_MODEL, "order_list", "stock_levels"]).await?;
    let pool = souk.reads.pool();
    let today = today();
    let sums = sales::dashboard(pool, today).await?;
    let month = last_days(today, 30);
    let best = sales::by_product(pool, &month, sales::BestBy::Units, DASHBOARD_PRODUCTS).await?;
    let store = souk.store.currency;
    Answer::ok(&DashboardBody {
        date: today,
        today: DashboardSalesBody::new(&sums.today, store),
        last_7_days: DashboardSalesBody::new(&sums.last_7_days, store),
        last_30_days: DashboardSalesBody::new(&sums.last_30_days, store),
        orders_by_status: orders_by_status(pool, month.from).await?,
        best_sellers: best.into_iter().map(Into::into).collect(),
        stock: stock_alerts(pool).await?,
    })
}

async fn orders_by_status(pool: &PgPool, from: NaiveDate) -> Result<Vec<StatusCountBody>, sqlx::Error> {
    let from = Some(DateTime::from_naive_utc_and_offset(from.and_time(NaiveTime::MIN), chrono::Utc));
    let stats = order_list::stats(pool, &OrderFilter { from, ..OrderFilter::default() }).await?;
    Ok(StatusCountBody::all(stats.iter().map(|stats| (stats.status, stats.orders))))
}

async fn stock_alerts(pool: &PgPool) -> Result<StockAlertsBody, Problem> {
    let page = PageRequest { with_total: true, ..PageRequest::first(1) };
    let low = stock_levels::low_stock(pool, &[], &page).await?;
    let out = stock_levels::out_of_stock(pool, &[], &page).await?;
    Ok(StockAlertsBody { low: low.total.unwrap_or(0), out: out.total.unwrap_or(0) })
}
