//! Orders and credits in numbers and money.

use domain::money::Currency;
use projections::{
    Sum,
    analytics::sales::{SalesFigures, SalesTotals},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::shapes::MoneyBody;

/// Orders and credits in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SalesFigures)]
pub struct FiguresBody {
    /// The currency of all amounts.
    pub currency: &'static str,
    /// Orders placed and not cancelled.
    pub orders: i64,
    /// Their lines.
    pub order_lines: i64,
    /// Base units of those lines.
    pub units_sold: i64,
    /// Sum of the orders' rounded lines.
    pub subtotal: MoneyBody,
    /// Sum of their order-level discounts.
    pub discount: MoneyBody,
    /// Sum of their delivery fees.
    pub delivery: MoneyBody,
    /// Sum of their taxes.
    pub tax: MoneyBody,
    /// Sum of what brought their totals to amounts that there are coins for.
    pub rounding: MoneyBody,
    /// Sum of the orders' totals: subtotal - discount + delivery + tax + rounding.
    pub gross: MoneyBody,
    /// Credits issued.
    pub credits: i64,
    /// Their lines.
    pub credit_lines: i64,
    /// Base units of those lines.
    pub units_returned: i64,
    /// Sum of the credits, not positive.
    pub credited: MoneyBody,
    /// gross + credited.
    pub net: MoneyBody,
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
            rounding: figures.rounding.into(),
            gross: figures.gross.into(),
            credits: figures.credits,
            credit_lines: figures.credit_lines,
            units_returned: figures.units_returned,
            credited: figures.credited.into(),
            net: figures.net.into(),
        }
    }
}

/// No orders and no credits.
pub(super) const fn nothing(currency: Currency) -> SalesFigures {
    let zero = Sum::zero(currency);
    SalesFigures {
        currency,
        orders: 0,
        order_lines: 0,
        units_sold: 0,
        subtotal: zero,
        discount: zero,
        delivery: zero,
        tax: zero,
        rounding: zero,
        gross: zero,
        credits: 0,
        credit_lines: 0,
        units_returned: 0,
        credited: zero,
        net: zero,
    }
}

/// Everything of a period, in the currency that most was sold in.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SalesTotals)]
pub struct TotalsBody {
    /// Orders and credits.
    #[serde(flatten)]
    pub figures: FiguresBody,
    /// Countries with an order or a credit, in any currency; orders that name none count as one. Not on the dashboard.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub countries: Option<usize>,
    /// Corrections of the stock. They are no sales, and belong to no country or currency: 0 where one is named.
    pub adjustments: i64,
    /// Base units that they added, or took away (negative).
    pub units_adjusted: i64,
    /// units_sold - units_returned + units_adjusted: the sum of all signed quantities, other currencies included.
    pub net_units: i64,
}

impl TotalsBody {
    /// The totals in one currency, and those in the others: that of the filter, else the store's where something was
    /// sold in it, else the one with the most orders.
    pub(super) fn split(
        totals: &SalesTotals,
        countries: Option<usize>,
        wanted: Option<Currency>,
        store: Currency,
    ) -> (Self, Vec<FiguresBody>) {
        let all = &totals.by_currency;
        let most = || all.iter().max_by_key(|figures| figures.orders).map(|figures| figures.currency);
        let own = || all.iter().map(|figures| figures.currency).find(|currency| *currency == store);
        let currency = wanted.or_else(own).or_else(most).unwrap_or(store);
        let is_main = |figures: &&SalesFigures| figures.currency == currency;
        let main = all.iter().find(is_main).copied().unwrap_or_else(|| nothing(currency));
        let others = all.iter().filter(|figures| !is_main(figures)).copied().map(Into::into);
        let body = Self {
            figures: main.into(),
            countries,
            adjustments: totals.adjustments,
            units_adjusted: totals.units_adjusted,
            net_units: totals.net_units(),
        };
        (body, others.collect())
    }
}
