//! Route of the inventory report.

use std::collections::HashMap;

use actix_web::HttpRequest;
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use domain::ids::{ProductId, WarehouseId};
use projections::{
    catalog::product_list,
    inventory::stock_history::{self, TurnoverFilter, TurnoverRow},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    request::period,
    routes::{authorize, today},
};
use crate::{
    catalog::READ_MODEL as PRODUCT_MODEL,
    http::{
        Answer, Problem,
        auth::Signed,
        consistency::MinPosition,
        list::{Op, Rules, exact},
        shapes::ListBody,
    },
    souk::Shared,
};

/// The read model of what moved.
const HISTORY_MODEL: &str = "stock_history";

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("warehouse")],
    sorts: &[],
    fields: &[
        "product_id",
        "sku",
        "title",
        "opening",
        "received",
        "returned",
        "found",
        "transferred",
        "sold",
        "wasted",
        "closing",
        "turnover",
    ],
    params: &["from", "to"],
};

/// A product's units over the period: `closing = opening + received + returned + found + transferred - sold - wasted`.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InventoryReportRow, example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001",
    "sku": "RICE-BASMATI-5",
    "title": "Basmati rice 5 kg",
    "opening": 100,
    "received": 60,
    "returned": 2,
    "found": 0,
    "transferred": 0,
    "sold": 110,
    "wasted": 2,
    "closing": 50,
    "turnover": "1.47",
}))]
pub struct InventoryReportRowBody {
    /// `prd_…`
    pub product_id: String,
    /// Its code.
    pub sku: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// In the building when the period began.
    pub opening: i64,
    /// Delivered by suppliers.
    pub received: i64,
    /// Given back by customers.
    pub returned: i64,
    /// More, by corrections of the stock.
    pub found: i64,
    /// Brought from other warehouses less taken to others; nothing where all warehouses are looked at.
    pub transferred: i64,
    /// Shipped to customers.
    pub sold: i64,
    /// Written off, and fewer by corrections of the stock: broken, expired, lost.
    pub wasted: i64,
    /// In the building when the period ended.
    pub closing: i64,
    /// How often the stock was sold: `sold` divided by the mean of `opening` and `closing`, to two decimals; null
    /// where that mean is not above zero.
    pub turnover: Option<String>,
}

/// Twice the sold units over the sum of both balances, in hundredths, rounded half up.
pub(crate) fn turnover(row: &TurnoverRow) -> Option<String> {
    let both = i128::from(row.opening).checked_add(row.closing.into()).filter(|both| *both > 0)?;
    let hundredths = i128::from(row.sold).checked_mul(400)?.checked_add(both)?.checked_div(both * 2)?;
    Some(format!("{}.{:02}", hundredths / 100, hundredths % 100))
}

/// Inventory report
///
/// What came, went and was lost over a period of business days (both inclusive), by when it happened, product by
/// product; with the turnover of the stock.
#[utoipa::path(
    get,
    path = "/api/v1/reports/inventory",
    tag = "analytics",
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
        (status = 200, body = ListBody<InventoryReportRowBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn inventory_report(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    authorize(&signed)?;
    let params = RULES.read(&request)?;
    let (from, to) = period(&params, today())?;
    let warehouse: Option<WarehouseId> = params.filter("warehouse", Op::Eq, str::parse)?;
    let filter = TurnoverFilter {
        from: start(from),
        to: start(to.checked_add_days(Days::new(1)).unwrap_or(to)),
        warehouses: warehouse.as_slice(),
    };
    souk.reads.wait_for(min, &[HISTORY_MODEL, PRODUCT_MODEL]).await?;
    let page = stock_history::turnover(souk.reads.pool(), &filter, &params.page()).await?;
    let ids: Vec<ProductId> = page.items.iter().map(|row| row.product).collect();
    let products = product_list::by_ids(souk.reads.pool(), &ids).await?;
    let products: HashMap<_, _> = products.into_iter().map(|product| (product.id, product)).collect();
    Answer::ok(&params.list(page, |row| {
        let product = products.get(&row.product);
        InventoryReportRowBody {
            product_id: row.product.to_string(),
            sku: product.map(|product| product.sku.clone()),
            title: product.map(|product| product.title.pick(&[]).1.to_owned()),
            opening: row.opening,
            received: row.received,
            returned: row.returned,
            found: row.found,
            transferred: row.transferred,
            sold: row.sold,
            wasted: row.wasted,
            closing: row.closing,
            turnover: turnover(&row),
        }
    })?)
}

/// The first moment of a business day; these are UTC days.
fn start(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turnover_is_sold_over_the_mean_stock() {
        let of = |opening, closing, sold| {
            let product = ProductId::from_uuid(uuid::Uuid::nil());
            let (received, returned, found, transferred, wasted) = (0, 0, 0, 0, 0);
            turnover(&TurnoverRow {
                product,
                opening,
                received,
                returned,
                found,
                transferred,
                sold,
                wasted,
                closing,
            })
        };
        assert_eq!(of(100, 50, 110).as_deref(), Some("1.47"));
        assert_eq!(of(10, 10, 10).as_deref(), Some("1.00"));
        assert_eq!(of(0, 1, 0).as_deref(), Some("0.00"));
        assert_eq!(of(0, 0, 5), None);
    }
}
