//! Route of what to order.

use std::collections::HashMap;

use actix_web::HttpRequest;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use commands::UseCase;
use domain::ids::ProductId;
use event_store::ids;
use projections::{
    catalog::product_list::{self, ProductRow},
    inventory::stock_history::{self, DemandFilter, DemandRow},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    reach::narrow,
    request::day,
    routes::{HISTORY_MODEL, READ_MODEL},
};
use crate::{
    catalog::READ_MODEL as PRODUCT_MODEL,
    http::{
        Answer, Problem,
        auth::Signed,
        consistency::MinPosition,
        list::{Op, Rules, exact},
        locale::Locale,
        shapes::ListBody,
    },
    souk::Shared,
};

/// Days of demand that are looked at when nobody says.
const WINDOW_DAYS: u16 = 28;
/// Days that an order takes when nobody says.
const LEAD_TIME_DAYS: u16 = 7;
/// Days between two looks when nobody says.
const REVIEW_DAYS: u16 = 7;
/// The most days of each.
const DAYS_MAX: u16 = 365;

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("warehouse")],
    sorts: &[],
    fields: &[
        "product_id",
        "sku",
        "title",
        "available",
        "daily_demand",
        "days_of_cover",
        "safety_stock",
        "reorder_point",
        "suggested",
    ],
    params: &["to", "window_days", "lead_time_days", "review_days", "all"],
};

/// How much of a product to order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RestockSuggestion, example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001", "sku": "RICE", "title": "Rice",
    "available": 14, "daily_demand": "3.20", "days_of_cover": 4, "safety_stock": 11, "reorder_point": 34,
    "suggested": 43,
}))]
pub struct RestockSuggestionBody {
    /// `prd_…`
    pub product_id: String,
    /// Its code.
    pub sku: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// Base units that can be sold now.
    pub available: i64,
    /// Expected demand of a day, in base units.
    pub daily_demand: String,
    /// For how many whole days that is enough.
    pub days_of_cover: Option<i64>,
    /// Base units against demand that is greater than expected.
    pub safety_stock: i64,
    /// At or below how many available units it is time to order.
    pub reorder_point: i64,
    /// Base units to order now; 0 where it is not time.
    pub suggested: i64,
}

impl RestockSuggestionBody {
    fn new(row: DemandRow, product: Option<&ProductRow>, language: &str) -> Self {
        Self {
            product_id: row.product.to_string(),
            sku: product.map(|product| product.sku.clone()),
            title: product.map(|product| product.title.pick(&[language]).1.to_owned()),
            available: row.available,
            daily_demand: row.daily_demand,
            days_of_cover: row.days_of_cover,
            safety_stock: row.safety_stock,
            reorder_point: row.reorder_point,
            suggested: row.suggested,
        }
    }
}

/// How much to order
///
/// From the demand of the last days and the time that an order takes; by product, page by page. The method, and its error on
/// a real month, are in `docs/inventory.md`.
#[utoipa::path(
    get,
    path = "/api/v1/inventory/restock-suggestions",
    tag = "inventory",
    params(
        ("to" = Option<String>, Query, description = "The last day of demand (UTC), such as 2026-01-31; yesterday without it"),
        ("window_days" = Option<u16>, Query, description = "Days of demand up to it, 1 to 365; 28 without it"),
        ("lead_time_days" = Option<u16>, Query, description = "Days from ordering until the goods are there, 0 to 365; 7 without it"),
        ("review_days" = Option<u16>, Query, description = "Days until the next order, 0 to 365; 7 without it"),
        ("all" = Option<bool>, Query, description = "Also products that need no order"),
        ("filter[warehouse]" = Option<String>, Query, description = "`wrh_…`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<RestockSuggestionBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn restock_suggestions(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::SuggestRestock)?;
    let params = RULES.read(&request)?;
    let today = ids::now().date_naive();
    let yesterday = today.pred_opt().unwrap_or(today);
    let to = params.parse_own("to", day)?.unwrap_or(yesterday);
    let after = to.checked_add_days(Days::new(1)).unwrap_or(to);
    let window = params.parse_own("window_days", days(1))?.unwrap_or(WINDOW_DAYS);
    let from = after.checked_sub_days(Days::new(window.into())).unwrap_or(after);
    let lead_time_days = params.parse_own("lead_time_days", days(0))?.unwrap_or(LEAD_TIME_DAYS);
    let review_days = params.parse_own("review_days", days(0))?.unwrap_or(REVIEW_DAYS);
    let all = params.parse_own("all", |text| text.parse::<bool>().map_err(|_| "must be true or false"))?;
    let warehouse = params.filter("warehouse", Op::Eq, str::parse)?;
    souk.reads.wait_for(min, &[HISTORY_MODEL, PRODUCT_MODEL, READ_MODEL]).await?;
    let page = match narrow(&signed, &souk, warehouse).await? {
        Some(within) => {
            let filter = DemandFilter {
                from: start(from),
                to: start(after),
                warehouses: &within,
                lead_time_days,
                review_days,
                all: all.unwrap_or_default(),
            };
            stock_history::demand(souk.reads.pool(), &filter, &params.page()).await?
        }
        None => params.nothing(),
    };
    let ids: Vec<ProductId> = page.items.iter().map(|row| row.product).collect();
    let products = product_list::by_ids(souk.reads.pool(), &ids).await?;
    let products: HashMap<_, _> = products.into_iter().map(|product| (product.id, product)).collect();
    let tag = souk.store.locales.tag(locale);
    let body = params.list(page, |row| {
        let product = products.get(&row.product);
        RestockSuggestionBody::new(row, product, tag)
    })?;
    Ok(Answer::ok(&body)?.language(tag))
}

fn days(least: u16) -> impl Fn(&str) -> Result<u16, String> {
    move |text| {
        let days = text.parse().ok().filter(|days| (least..=DAYS_MAX).contains(days));
        days.ok_or_else(|| format!("must be a number from {least} to {DAYS_MAX}"))
    }
}

/// The first moment of a day; these are UTC days.
fn start(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}
