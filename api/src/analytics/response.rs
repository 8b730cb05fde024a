//! Figures of a period as answers show them.

use chrono::NaiveDate;
use domain::money::Currency;
use projections::analytics::sales::{CountrySales, PeriodSales, ProductSales, SalesFilter, SalesTotals};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    figures::{FiguresBody, TotalsBody},
    request::GroupBy,
};
use crate::http::shapes::MoneyBody;

/// Sales of a period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Sales, example = json!({
    "from": "2010-12-01",
    "to": "2010-12-31",
    "totals": {
        "currency": "GBP",
        "orders": 1559,
        "order_lines": 41613,
        "units_sold": 359511,
        "subtotal": {"amount": "823746.14", "currency": "GBP", "exponent": 2},
        "discount": {"amount": "0.00", "currency": "GBP", "exponent": 2},
        "delivery": {"amount": "0.00", "currency": "GBP", "exponent": 2},
        "tax": {"amount": "0.00", "currency": "GBP", "exponent": 2},
        "rounding": {"amount": "0.00", "currency": "GBP", "exponent": 2},
        "gross": {"amount": "823746.14", "currency": "GBP", "exponent": 2},
        "credits": 326,
        "credit_lines": 728,
        "units_returned": 16042,
        "credited": {"amount": "-74789.12", "currency": "GBP", "exponent": 2},
        "net": {"amount": "748957.02", "currency": "GBP", "exponent": 2},
        "countries": 24,
        "adjustments": 140,
        "units_adjusted": -1241,
        "net_units": 342228,
    },
    "other_currencies": [],
    "group_by": null,
    "groups": [],
}))]
pub struct SalesBody {
    /// First day, inclusive.
    pub from: NaiveDate,
    /// Last day, inclusive.
    pub to: NaiveDate,
    /// Everything.
    pub totals: TotalsBody,
    /// The figures of every other currency.
    pub other_currencies: Vec<FiguresBody>,
    /// What `groups` are grouped by.
    pub group_by: Option<&'static str>,
    /// One for each group and currency; those without figures are left out.
    pub groups: Vec<GroupBody>,
}

/// The figures of one group: a day, week or month; a country; a product.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SalesGroup)]
#[serde(untagged)]
pub enum GroupBody {
    /// A day, a week or a month.
    Period {
        /// Its first day. It may be earlier than `from`; only days from there on are counted.
        start: NaiveDate,
        /// Orders and credits.
        #[serde(flatten)]
        figures: FiguresBody,
    },
    /// A country.
    Country {
        /// As the orders name it; null where they name none.
        country: Option<String>,
        /// Orders and credits.
        #[serde(flatten)]
        figures: FiguresBody,
    },
    /// A product.
    Product(ProductSalesBody),
}

impl From<PeriodSales> for GroupBody {
    fn from(sales: PeriodSales) -> Self {
        Self::Period { start: sales.start, figures: sales.figures.into() }
    }
}

impl From<CountrySales> for GroupBody {
    fn from(sales: CountrySales) -> Self {
        Self::Country { country: sales.country, figures: sales.figures.into() }
    }
}

impl From<ProductSales> for GroupBody {
    fn from(sales: ProductSales) -> Self {
        Self::Product(sales.into())
    }
}

/// What was read of a period.
pub(super) struct SalesRead {
    pub(super) totals: SalesTotals,
    pub(super) countries: usize,
    pub(super) group_by: Option<GroupBy>,
    pub(super) groups: Vec<GroupBody>,
}

impl SalesBody {
    pub(super) fn new(filter: &SalesFilter, read: SalesRead, store: Currency) -> Self {
        let (totals, other_currencies) =
            TotalsBody::split(&read.totals, Some(read.countries), filter.currency, store);
        Self {
            from: filter.from,
            to: filter.to,
            totals,
            other_currencies,
            group_by: read.group_by.map(GroupBy::name),
            groups: read.groups,
        }
    }
}

/// The figures of one product in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductSales, example = json!({
    "product_id": "prd_0190c7a2000070008000000000000001",
    "sku": "84077",
    "currency": "GBP",
    "lines_sold": 20,
    "units_sold": 5215,
    "gross": {"amount": "1200.00", "currency": "GBP", "exponent": 2},
    "discount": {"amount": "0.00", "currency": "GBP", "exponent": 2},
    "lines_returned": 2,
    "units_returned": 20,
    "credited": {"amount": "-4.20", "currency": "GBP", "exponent": 2},
    "net_units": 5195,
    "net": {"amount": "1195.80", "currency": "GBP", "exponent": 2},
}))]
pub struct ProductSalesBody {
    /// `prd_…`
    pub product_id: String,
    /// The seller's code.
    pub sku: String,
    /// The currency of all amounts.
    pub currency: &'static str,
    /// Order lines.
    pub lines_sold: i64,
    /// Base units of those lines.
    pub units_sold: i64,
    /// Sum of the lines' rounded totals.
    pub gross: MoneyBody,
    /// Sum of their shares of order-level discounts.
    pub discount: MoneyBody,
    /// Credit lines.
    pub lines_returned: i64,
    /// Base units of those lines.
    pub units_returned: i64,
    /// Sum of the credit lines, not positive.
    pub credited: MoneyBody,
    /// units_sold - units_returned.
    pub net_units: i64,
    /// gross - discount + credited.
    pub net: MoneyBody,
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
            credited: sales.credited.into(),
            net_units: sales.net_units,
            net: sales.net.into(),
        }
    }
}

/// What sells best.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BestSellers)]
pub struct BestSellersBody {
    /// First day, inclusive.
    pub from: NaiveDate,
    /// Last day, inclusive.
    pub to: NaiveDate,
    /// The best first.
    pub items: Vec<ProductSalesBody>,
}

#[cfg(test)]
mod tests {
    use domain::ids::ProductId;
    use projections::{Sum, analytics::sales::SalesFigures};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::analytics::figures::nothing;

    fn pounds(minor: i128) -> Sum {
        Sum { minor, currency: Currency::GBP }
    }

    /// A month of a real retailer.
    fn december() -> SalesFigures {
        SalesFigures {
            currency: Currency::GBP,
            orders: 1_559,
            order_lines: 41_613,
            units_sold: 359_511,
            subtotal: pounds(82_374_614),
            discount: pounds(0),
            delivery: pounds(0),
            tax: pounds(0),
            rounding: pounds(0),
            gross: pounds(82_374_614),
            credits: 326,
            credit_lines: 728,
            units_returned: 16_042,
            credited: pounds(-7_478_912),
            net: pounds(74_895_702),
        }
    }

    fn totals(by_currency: Vec<SalesFigures>) -> SalesTotals {
        SalesTotals { by_currency, adjustments: 140, units_adjusted: -1_241 }
    }

    fn body(by_currency: Vec<SalesFigures>, wanted: Option<Currency>) -> Value {
        let day = |text: &str| text.parse().unwrap();
        let filter = SalesFilter {
            from: day("2010-12-01"),
            to: day("2010-12-31"),
            country: None,
            currency: wanted,
        };
        let groups = vec![CountrySales { country: None, figures: december() }.into()];
        let read = SalesRead {
            totals: totals(by_currency),
            countries: 24,
            group_by: Some(GroupBy::Country),
            groups,
        };
        serde_json::to_value(SalesBody::new(&filter, read, Currency::IQD)).unwrap()
    }

    #[test]
    fn the_totals_of_a_month_are_the_ones_of_its_invoices() {
        let body = body(vec![december()], None);
        let totals = &body["totals"];
        for (name, value) in [
            ("orders", 1_559),
            ("order_lines", 41_613),
            ("credits", 326),
            ("credit_lines", 728),
            ("adjustments", 140),
            ("net_units", 342_228),
            ("countries", 24),
        ] {
            assert_eq!(totals[name], value, "{name}");
        }
        for (name, amount) in [
            ("gross", "823746.14"),
            ("credited", "-74789.12"),
            ("net", "748957.02"),
        ] {
            assert_eq!(totals[name], json!({"amount": amount, "currency": "GBP", "exponent": 2}), "{name}");
        }
        assert_eq!(body["from"], "2010-12-01");
    }

    #[test]
    fn a_group_is_its_key_and_its_figures() {
        let body = body(vec![december()], None);
        assert_eq!(body["group_by"], "country");
        let group = &body["groups"][0];
        assert_eq!((&group["country"], &group["orders"]), (&Value::Null, &json!(1_559)));
        let start = "2010-12-06".parse().unwrap();
        let week = serde_json::to_value(GroupBody::from(PeriodSales { start, figures: december() })).unwrap();
        assert_eq!((&week["start"], &week["net"]["amount"]), (&json!("2010-12-06"), &json!("748957.02")));
        let product = ProductSales {
            product: ProductId::from_uuid(Uuid::from_u128(7)),
            sku: "84077".to_owned(),
            currency: Currency::GBP,
            lines_sold: 3,
            units_sold: 5_200,
            gross: pounds(110_000),
            discount: pounds(0),
            lines_returned: 1,
            units_returned: 5,
            net_units: 5_195,
            credited: pounds(-105),
            net: pounds(109_895),
        };
        let product = serde_json::to_value(GroupBody::from(product)).unwrap();
        assert_eq!((&product["sku"], &product["net_units"]), (&json!("84077"), &json!(5_195)));
        assert_eq!(product["product_id"], "prd_00000000000000000000000000000007");
    }

    #[test]
    fn no_currency_is_lost() {
        let dinars = SalesFigures { orders: 2, ..nothing(Currency::IQD) };
        let euros = SalesFigures { orders: 5_000, ..nothing(Currency::EUR) };
        let currencies = |body: &Value| {
            let others = body["other_currencies"].as_array().unwrap();
            let mut all = vec![body["totals"]["currency"].clone()];
            all.extend(others.iter().map(|other| other["currency"].clone()));
            all
        };
        // The store's own one is the one that people ask for, although there are more orders in others.
        assert_eq!(currencies(&body(vec![euros, december(), dinars], None)), ["IQD", "EUR", "GBP"]);
        assert_eq!(currencies(&body(vec![euros, december()], None)), ["EUR", "GBP"]);
        assert_eq!(currencies(&body(vec![december()], Some(Currency::GBP))), ["GBP"]);
        let none = body(Vec::new(), Some(Currency::GBP));
        assert_eq!(none["totals"]["gross"]["amount"], "0.00");
        assert_eq!(body(Vec::new(), None)["totals"]["gross"]["amount"], "0");
    }
}
