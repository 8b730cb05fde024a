//! Figures as answers show them.

use chrono::NaiveDate;
use projections::analytics::sales::{Dashboard, ProductSales, SalesFigures, SalesTotals};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{http::shapes::MoneyBody, orders::response::OrderStatsBody};

/// Orders and credits in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SalesFigures)]
pub(crate) struct FiguresBody {
    /// The currency of all amounts.
    currency: &'static str,
    /// Orders placed and not cancelled.
    orders: i64,
    /// Their lines.
    order_lines: i64,
    /// Base units of those lines.
    units_sold: i64,
    /// The sum of the orders' rounded lines.
    subtotal: MoneyBody,
    /// The sum of their order-level discounts.
    discount: MoneyBody,
    /// The sum of their delivery fees.
    delivery: MoneyBody,
    /// The sum of their taxes.
    tax: MoneyBody,
    /// subtotal - discount + delivery + tax.
    gross: MoneyBody,
    /// Credits issued.
    credits: i64,
    /// Their lines.
    credit_lines: i64,
    /// Base units of those lines.
    units_returned: i64,
    /// The sum of the credits: a negative amount.
    credited: MoneyBody,
    /// gross + credited.
    net: MoneyBody,
}

impl From<SalesFigures> for FiguresBody {
    fn from(figures: SalesFigures) -> Self {
        Self {
            currency: figures.currency.code(),
            orders: figures.orders,
            order_lines: figures.order_lines,
            units_sold: figures.units_sold,
            subtotal: figures.subtotal.into(),
            discount: figures.discount.into(),
            delivery: figures.delivery.into(),
            tax: figures.tax.into(),
            gross: figures.gross.into(),
            credits: figures.credits,
            credit_lines: figures.credit_lines,
            units_returned: figures.units_returned,
            credited: figures.credited.into(),
            net: figures.net.into(),
        }
    }
}

/// The figures of a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SalesTotals)]
pub(crate) struct TotalsBody {
    /// One for each currency.
    by_currency: Vec<FiguresBody>,
    /// Base units that corrections of the stock added (or took away).
    units_adjusted: i64,
    /// Units sold - returned + adjusted.
    net_units: i64,
}

impl From<SalesTotals> for TotalsBody {
    fn from(totals: SalesTotals) -> Self {
        let net_units = totals.net_units();
        Self {
            by_currency: totals.by_currency.into_iter().map(Into::into).collect(),
            units_adjusted: totals.units_adjusted,
            net_units,
        }
    }
}

/// Sales of a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sales)]
pub(crate) struct SalesBody {
    /// First day, inclusive.
    pub(crate) from: NaiveDate,
    /// Last day, inclusive.
    pub(crate) to: NaiveDate,
    /// `day`, `week`, `month` or `country`.
    pub(crate) group_by: &'static str,
    /// All of the period.
    pub(crate) totals: TotalsBody,
    /// One row per group and currency.
    pub(crate) groups: Vec<GroupBody>,
}

/// One group of a period's sales.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SalesGroup)]
pub(crate) struct GroupBody {
    /// First day of the group, when grouped by time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start: Option<NaiveDate>,
    /// The country, when grouped by it; `unknown` where the source names none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) country: Option<String>,
    /// What was sold and credited.
    #[serde(flatten)]
    pub(crate) figures: FiguresBody,
}

/// The best products of a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BestProducts)]
pub(crate) struct ProductsBody {
    /// First day, inclusive.
    pub(crate) from: NaiveDate,
    /// Last day, inclusive.
    pub(crate) to: NaiveDate,
    /// Best first.
    pub(crate) items: Vec<ProductSalesBody>,
}

/// The figures of one product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductSales)]
pub(crate) struct ProductSalesBody {
    /// `prd_…`
    product_id: String,
    /// Its code.
    sku: String,
    /// The currency of all amounts.
    currency: &'static str,
    /// Order lines.
    lines_sold: i64,
    /// Base units of those lines.
    units_sold: i64,
    /// The sum of the lines.
    gross: MoneyBody,
    /// Their shares of order-level discounts.
    discount: MoneyBody,
    /// Credit lines.
    lines_returned: i64,
    /// Base units of those lines.
    units_returned: i64,
    /// units sold - units returned.
    net_units: i64,
    /// The sum of the credit lines: a negative amount.
    credited: MoneyBody,
    /// gross - discount + credited.
    net: MoneyBody,
}

impl From<ProductSales> for ProductSalesBody {
    fn from(sales: ProductSales) -> Self {
        Self {
            product_id: sales.product.to_string(),
            sku: sales.sku,
            currency: sales.currency.code(),
            lines_sold: sales.lines_sold,
            units_sold: sales.units_sold,
            gross: sales.gross.into(),
            discount: sales.discount.into(),
            lines_returned: sales.lines_returned,
            units_returned: sales.units_returned,
            net_units: sales.net_units,
            credited: sales.credited.into(),
            net: sales.net.into(),
        }
    }
}

/// The recent past at a glance.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Dashboard)]
pub(crate) struct DashboardBody {
    /// Today (UTC).
    today: TotalsBody,
    /// Today and the six days before.
    last_7_days: TotalsBody,
    /// Today and the 29 days before.
    last_30_days: TotalsBody,
    /// Orders by status.
    orders: Vec<OrderStatsBody>,
    /// Products that are low in some warehouse.
    low_stock: i64,
    /// Products that are out in some warehouse.
    out_of_stock: i64,
}

impl DashboardBody {
    pub(crate) fn new(
        sales: Dashboard,
        orders: Vec<OrderStatsBody>,
        low_stock: i64,
        out_of_stock: i64,
    ) -> Self {
        Self {
            today: sales.today.into(),
            last_7_days: sales.last_7_days.into(),
            last_30_days: sales.last_30_days.into(),
            orders,
            low_stock,
            out_of_stock,
        }
    }
}
