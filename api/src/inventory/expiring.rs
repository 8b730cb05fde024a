//! Route of the lots that expire.

use actix_web::HttpRequest;
use chrono::{Days, NaiveDate};
use commands::UseCase;
use event_store::ids;
use projections::inventory::stock_levels::{self, LotRow};
use serde::Serialize;
use utoipa::ToSchema;

use super::{reach::narrow, routes::READ_MODEL};
use crate::{
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

/// How far ahead is looked when nobody says.
const DAYS_DEFAULT: u32 = 30;
/// How far ahead may be looked.
const DAYS_MAX: u32 = 3_650;

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("warehouse")],
    sorts: &[],
    fields: &[
        "product_id",
        "sku",
        "title",
        "warehouse_id",
        "warehouse_code",
        "lot",
        "expires_on",
        "expired",
        "units",
    ],
    params: &["days"],
};

/// What is on hand of one lot in one warehouse.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ExpiringLot, example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001",
    "sku": "MILK-1L",
    "title": "Milk 1 l",
    "warehouse_id": "wrh_0190c7a2000070008000000000000001",
    "warehouse_code": "BGW",
    "lot": "L2026-04",
    "expires_on": "2026-06-30",
    "expired": false,
    "units": 24,
}))]
pub struct ExpiringLotBody {
    /// `prd_…`
    pub product_id: String,
    /// Its code.
    pub sku: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// `wrh_…`
    pub warehouse_id: String,
    /// The warehouse's code.
    pub warehouse_code: Option<String>,
    /// The maker's code of the lot.
    pub lot: Option<String>,
    /// Its last day (UTC).
    #[schema(value_type = Option<String>)]
    pub expires_on: Option<NaiveDate>,
    /// That day is over: it is not sold any more, and waits to be written off.
    pub expired: bool,
    /// Base units on hand.
    pub units: i64,
}

impl ExpiringLotBody {
    fn new(row: LotRow, language: &str, today: NaiveDate) -> Self {
        Self {
            product_id: row.product.to_string(),
            sku: row.sku,
            title: row.title.map(|title| title.pick(&[language]).1.to_owned()),
            warehouse_id: row.warehouse.to_string(),
            warehouse_code: row.warehouse_code,
            lot: row.lot,
            expired: row.expires_on.is_some_and(|last| last < today),
            expires_on: row.expires_on,
            units: row.units,
        }
    }
}

/// Lots that expire soon, or have
///
/// The earliest first. Orders are filled from what expires first; what has expired is neither reserved nor shipped.
#[utoipa::path(
    get,
    path = "/api/v1/inventory/expiring",
    tag = "inventory",
    params(
        ("days" = Option<u32>, Query, description = "Whose last day is within so many days from today (UTC); 30 without it"),
        ("filter[warehouse]" = Option<String>, Query, description = "`wrh_…`"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<ExpiringLotBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn expiring_lots(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    signed.require_everywhere(UseCase::ListExpiring)?;
    let params = RULES.read(&request)?;
    let days = |text: &str| {
        let days = text.parse().ok().filter(|days| *days <= DAYS_MAX);
        days.ok_or_else(|| format!("must be a number from 0 to {DAYS_MAX}"))
    };
    let days: u32 = params.parse_own("days", days)?.unwrap_or(DAYS_DEFAULT);
    let warehouse = params.filter("warehouse", Op::Eq, str::parse)?;
    let today = ids::now().date_naive();
    let until = today.checked_add_days(Days::new(days.into())).unwrap_or(today);
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = match narrow(&signed, &souk, warehouse).await? {
        Some(within) => stock_levels::expiring(souk.reads.pool(), until, &within, &params.page()).await?,
        None => params.nothing(),
    };
    let tag = souk.store.locales.tag(locale);
    let body = params.list(page, |row| ExpiringLotBody::new(row, tag, today))?;
    Ok(Answer::ok(&body)?.language(tag))
}
