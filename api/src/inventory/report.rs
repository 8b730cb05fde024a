//! Routes of what the stock is worth, how fast it turns over, and how much there is.

use std::collections::HashMap;

use actix_web::HttpRequest;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use commands::UseCase;
use domain::ids::ProductId;
use event_store::ids;
use projections::{
    Sum,
    catalog::product_list::{self, ProductRow},
    inventory::{
        stock_history::{self, TurnoverFilter, TurnoverRow},
        stock_levels::{self, StockStatistics},
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    reach::narrow,
    routes::{HISTORY_MODEL, READ_MODEL},
};
use crate::{
    analytics::{inventory_report::turnover, request::period},
    catalog::READ_MODEL as PRODUCT_MODEL,
    http::{
        Answer, Problem,
        auth::Signed,
        consistency::MinPosition,
        list::{Op, Rules, exact},
        locale::Locale,
        shapes::{ListBody, MoneyBody},
    },
    souk::Shared,
};

const REPORT: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("warehouse")],
    sorts: &[],
    fields: &[
        "product_id",
        "sku",
        "title",
        "on_hand",
        "value",
        "sold",
        "wasted",
        "turnover",
    ],
    params: &["from", "to"],
};

const STATISTICS: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[exact("warehouse")],
    sorts: &[],
    fields: &[],
    params: &[],
};

/// What a product's stock is worth, and how fast it turns over.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockReportRow)]
pub struct StockReportRowBody {
    /// `prd_…`
    pub product_id: String,
    /// Its code.
    pub sku: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// Base units in the building when the period ended.
    pub on_hand: i64,
    /// Those at the present base price; null where the product is not registered (yet).
    pub value: Option<MoneyBody>,
    /// Base units shipped to customers during the period.
    pub sold: i64,
    /// Base units written off, and fewer by corrections, during the period.
    pub wasted: i64,
    /// How often the stock was sold: `sold` divided by the mean of what there was at the beginning and at the end, to two
    /// decimals; null where that mean is not above zero.
    pub turnover: Option<String>,
}

impl StockReportRowBody {
    fn new(row: &TurnoverRow, product: Option<&ProductRow>, language: &str) -> Self {
        let value = product.map(|product| {
            let micros = i128::from(row.closing) * i128::from(product.base_price.micros());
            Sum::of_micros(micros, product.base_price.currency())
        });
        Self {
            product_id: row.product.to_string(),
            sku: product.map(|product| product.sku.clone()),
            title: product.map(|product| product.title.pick(&[language]).1.to_owned()),
            on_hand: row.closing,
            value: value.map(MoneyBody::from),
            sold: row.sold,
            wasted: row.wasted,
            turnover: turnover(row),
        }
    }
}

/// Valuation and turnover of the stock
///
/// Product by product, over a period of business days (UTC, both inclusive). What there is is valued at present base
/// prices: what it would bring, not what it cost. Whoever is confined to zones sees the warehouses that serve them.
#[utoipa::path(
    get,
    path = "/api/v1/inventory/report",
    tag = "inventory",
    params(
        ("from" = Option<String>, Query, description = "First business day; 29 days before `to` without it"),
        ("to" = Option<String>, Query, description = "Last business day; today without it"),
        ("filter[warehouse]" = Option<String>, Query, description = "`wrh_…`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<StockReportRowBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn stock_report(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::ReadStockReport)?;
    let params = REPORT.read(&request)?;
    let (from, to) = period(&params, ids::now().date_naive())?;
    let warehouse = params.filter("warehouse", Op::Eq, str::parse)?;
    souk.reads.wait_for(min, &[HISTORY_MODEL, PRODUCT_MODEL, READ_MODEL]).await?;
    let page = match narrow(&signed, &souk, warehouse).await? {
        Some(within) => {
            let filter = TurnoverFilter {
                from: start(from),
                to: start(to.checked_add_days(Days::new(1)).unwrap_or(to)),
                warehouses: &within,
            };
            stock_history::turnover(souk.reads.pool(), &filter, &params.page()).await?
        }
        None => params.nothing(),
    };
    let ids: Vec<ProductId> = page.items.iter().map(|row| row.product).collect();
    let products = product_list::by_ids(souk.reads.pool(), &ids).await?;
    let products: HashMap<_, _> = products.into_iter().map(|product| (product.id, product)).collect();
    let tag = souk.store.locales.tag(locale);
    let body = params.list(page, |row| StockReportRowBody::new(&row, products.get(&row.product), tag))?;
    Ok(Answer::ok(&body)?.language(tag))
}

/// The first moment of a business day; these are UTC days.
fn start(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// How much there is, and what it is worth.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StockStatistics)]
pub struct StockStatisticsBody {
    /// Products with something on hand.
    pub products: i64,
    /// Warehouses with something on hand.
    pub warehouses: i64,
    /// Base units in the buildings.
    pub on_hand: i64,
    /// Taken by orders that have not shipped.
    pub reserved: i64,
    /// Taken by carts for some minutes.
    pub held: i64,
    /// on hand - reserved - held.
    pub available: i64,
    /// Places (a product in a warehouse) at or below their threshold; discontinued products do not count.
    pub low_stock: i64,
    /// Places of which nothing is available; discontinued products do not count.
    pub out_of_stock: i64,
    /// Base units on hand whose last day is over.
    pub expired: i64,
    /// What is on hand at present base prices, by currency.
    pub values: Vec<MoneyBody>,
}

impl From<StockStatistics> for StockStatisticsBody {
    fn from(of: StockStatistics) -> Self {
        Self {
            products: of.products,
            warehouses: of.warehouses,
            on_hand: of.on_hand,
            reserved: of.reserved,
            held: of.held,
            available: of.available,
            low_stock: of.low,
            out_of_stock: of.out,
            expired: of.expired,
            values: of.values.into_iter().map(MoneyBody::from).collect(),
        }
    }
}

/// Counts and values of the stock
///
/// Whoever is confined to zones sees the warehouses that serve them.
#[utoipa::path(
    get,
    path = "/api/v1/inventory/statistics",
    tag = "inventory",
    params(
        ("filter[warehouse]" = Option<String>, Query, description = "`wrh_…`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = StockStatisticsBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn stock_statistics(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::ReadStockStatistics)?;
    let params = STATISTICS.read(&request)?;
    let warehouse = params.filter("warehouse", Op::Eq, str::parse)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let Some(within) = narrow(&signed, &souk, warehouse).await? else {
        return Answer::ok(&StockStatisticsBody::nothing());
    };
    let today = ids::now().date_naive();
    let found = stock_levels::statistics(souk.reads.pool(), &within, today).await?;
    Answer::ok(&StockStatisticsBody::from(found))
}

impl StockStatisticsBody {
    /// For whoever sees no warehouse.
    const fn nothing() -> Self {
        Self {
            products: 0,
            warehouses: 0,
            on_hand: 0,
            reserved: 0,
            held: 0,
            available: 0,
            low_stock: 0,
            out_of_stock: 0,
            expired: 0,
            values: Vec::new(),
        }
    }
}
