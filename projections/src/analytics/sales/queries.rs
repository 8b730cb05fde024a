//! Reading sales.

use chrono::{Days, NaiveDate};
use domain::ids::ProductId;
use sqlx::{PgPool, Postgres, QueryBuilder, Row, postgres::PgRow};

use super::{
    BestBy, CountrySales, Dashboard, Period, PeriodSales, ProductSales, SalesFigures, SalesFilter,
    SalesTotals,
};
use crate::{Sum, columns::Columns};

const FIGURES: &str = "d.currency, sum(d.orders)::bigint as orders, sum(d.order_lines)::bigint as order_lines, \
     sum(d.units_sold)::bigint as units_sold, sum(d.subtotal)::text as subtotal, sum(d.discount)::text as discount, \
     sum(d.delivery)::text as delivery, sum(d.tax)::text as tax, sum(d.rounding)::text as rounding, \
     sum(d.total)::text as gross, \
     sum(d.credits)::bigint as credits, sum(d.credit_lines)::bigint as credit_lines, \
     sum(d.units_returned)::bigint as units_returned, sum(d.credited)::text as credited";

/// The figures of a period.
///
/// # Errors
/// When the database fails.
pub async fn totals(pool: &PgPool, filter: &SalesFilter) -> Result<SalesTotals, sqlx::Error> {
    let mut query = QueryBuilder::new(format!("select {FIGURES} from sales_v3.sales_days d "));
    push_filter(&mut query, filter);
    query.push(" group by d.currency order by d.currency");
    let rows = query.build().fetch_all(pool).await?;
    let by_currency = rows.iter().map(figures).collect::<Result<Vec<_>, _>>()?;
    let (adjustments, units_adjusted) = if filter.country.is_none() && filter.currency.is_none() {
        adjusted(pool, filter).await?
    } else {
        (0, 0)
    };
    Ok(SalesTotals { by_currency, adjustments, units_adjusted })
}

/// How many corrections of the stock there were, and the units that they added.
async fn adjusted(pool: &PgPool, filter: &SalesFilter) -> Result<(i64, i64), sqlx::Error> {
    sqlx::query_as(
        "select coalesce(sum(adjustments), 0)::bigint, coalesce(sum(units), 0)::bigint \
         from sales_v3.adjustment_days where day between $1 and $2",
    )
    .bind(bounded(filter.from))
    .bind(bounded(filter.to))
    .fetch_one(pool)
    .await
}

/// The figures by day, week or month, oldest first; periods without any are left out.
///
/// # Errors
/// When the database fails.
pub async fn by_period(
    pool: &PgPool,
    filter: &SalesFilter,
    period: Period,
) -> Result<Vec<PeriodSales>, sqlx::Error> {
    let start = match period {
        Period::Day => "d.day",
        Period::Week => "date_trunc('week', d.day)::date",
        Period::Month => "date_trunc('month', d.day)::date",
    };
    let mut query =
        QueryBuilder::new(format!("select {start} as start, {FIGURES} from sales_v3.sales_days d "));
    push_filter(&mut query, filter);
    query.push(" group by 1, d.currency order by 1, d.currency");
    let rows = query.build().fetch_all(pool).await?;
    rows.iter()
        .map(|row| Ok(PeriodSales { start: row.try_get("start")?, figures: figures(row)? }))
        .collect()
}

/// The figures by country, greatest net revenue first.
///
/// # Errors
/// When the database fails.
pub async fn by_country(pool: &PgPool, filter: &SalesFilter) -> Result<Vec<CountrySales>, sqlx::Error> {
    let mut query = QueryBuilder::new(format!("select d.country, {FIGURES} from sales_v3.sales_days d "));
    push_filter(&mut query, filter);
    query.push(" group by d.country, d.currency ");
    query.push("order by sum(d.total) - sum(d.credited) desc, d.country, d.currency");
    let rows = query.build().fetch_all(pool).await?;
    rows.iter()
        .map(|row| {
            let country: String = row.try_get("country")?;
            let country = Some(country).filter(|country| !country.is_empty());
            Ok(CountrySales { country, figures: figures(row)? })
        })
        .collect()
}

/// The best products, best first, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn by_product(
    pool: &PgPool,
    filter: &SalesFilter,
    best_by: BestBy,
    limit: u16,
) -> Result<Vec<ProductSales>, sqlx::Error> {
    let mut query = QueryBuilder::new(
        "select d.product, d.sku, d.currency, sum(d.lines_sold)::bigint as lines_sold, \
                sum(d.units_sold)::bigint as units_sold, sum(d.gross)::text as gross, \
                sum(d.discount)::text as discount, sum(d.lines_returned)::bigint as lines_returned, \
                sum(d.units_returned)::bigint as units_returned, sum(d.credited)::text as credited \
         from sales_v3.product_days d ",
    );
    push_filter(&mut query, filter);
    query.push(" group by d.product, d.sku, d.currency order by ");
    query.push(match best_by {
        BestBy::Units => "sum(d.units_sold) - sum(d.units_returned)",
        BestBy::Revenue => "sum(d.gross) - sum(d.discount) - sum(d.credited)",
    });
    query.push(" desc, d.sku, d.product, d.currency limit ").push_bind(i64::from(limit));
    let rows = query.build().fetch_all(pool).await?;
    rows.iter().map(product).collect()
}

/// Today (a UTC day), the last 7 and the last 30 days.
///
/// # Errors
/// When the database fails.
pub async fn dashboard(pool: &PgPool, today: NaiveDate) -> Result<Dashboard, sqlx::Error> {
    let since = |days: u64| SalesFilter {
        from: today.checked_sub_days(Days::new(days)).unwrap_or(today),
        to: today,
        country: None,
        currency: None,
    };
    Ok(Dashboard {
        today: totals(pool, &since(0)).await?,
        last_7_days: totals(pool, &since(6)).await?,
        last_30_days: totals(pool, &since(29)).await?,
    })
}

fn push_filter(query: &mut QueryBuilder<'_, Postgres>, filter: &SalesFilter) {
    query.push("where d.day between ").push_bind(bounded(filter.from));
    query.push(" and ").push_bind(bounded(filter.to));
    if let Some(country) = &filter.country {
        query.push(" and d.country = ").push_bind(country.as_str().to_owned());
    }
    if let Some(currency) = filter.currency {
        query.push(" and d.currency = ").push_bind(currency.code());
    }
}

/// The nearest day of the years 1 to 9999, which PostgreSQL holds.
fn bounded(day: NaiveDate) -> NaiveDate {
    let first = NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or(day);
    let last = NaiveDate::from_ymd_opt(9999, 12, 31).unwrap_or(day);
    day.clamp(first, last)
}

fn figures(row: &PgRow) -> Result<SalesFigures, sqlx::Error> {
    let currency = row.currency("currency")?;
    let sum = |column: &str| Ok::<_, sqlx::Error>(Sum { minor: row.wide(column)?, currency });
    let (gross, credited) = (row.wide("gross")?, row.wide("credited")?);
    Ok(SalesFigures {
        currency,
        orders: row.try_get("orders")?,
        order_lines: row.try_get("order_lines")?,
        units_sold: row.try_get("units_sold")?,
        subtotal: sum("subtotal")?,
        discount: sum("discount")?,
        delivery: sum("delivery")?,
        tax: sum("tax")?,
        rounding: sum("rounding")?,
        gross: Sum { minor: gross, currency },
        credits: row.try_get("credits")?,
        credit_lines: row.try_get("credit_lines")?,
        units_returned: row.try_get("units_returned")?,
        credited: Sum { minor: credited.saturating_neg(), currency },
        net: Sum { minor: gross.saturating_sub(credited), currency },
    })
}

fn product(row: &PgRow) -> Result<ProductSales, sqlx::Error> {
    let currency = row.currency("currency")?;
    let sum = |minor: i128| Sum { minor, currency };
    let (gross, discount, credited) = (row.wide("gross")?, row.wide("discount")?, row.wide("credited")?);
    let (sold, returned): (i64, i64) = (row.try_get("units_sold")?, row.try_get("units_returned")?);
    Ok(ProductSales {
        product: row.id("product", ProductId::from_uuid)?,
        sku: row.try_get("sku")?,
        currency,
        lines_sold: row.try_get("lines_sold")?,
        units_sold: sold,
        gross: sum(gross),
        discount: sum(discount),
        lines_returned: row.try_get("lines_returned")?,
        units_returned: returned,
        net_units: sold.saturating_sub(returned),
        credited: sum(credited.saturating_neg()),
        net: sum(gross.saturating_sub(discount).saturating_sub(credited)),
    })
}
