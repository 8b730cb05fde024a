//! What may be asked of price lists.

use chrono::{DateTime, Utc};
use commands::pricing::PriceListDraft;
use domain::{
    money::{Currency, UnitPrice},
    pricing::{Audience, ListPrice},
    text::Code,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::request::time;
use crate::http::{Fields, Problem, shapes::Texts};

/// All of a price list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": {"en": "Bakeries", "ar": "المخابز"},
    "groups": ["bakery"],
    "currency": "IQD",
    "prices": [
        {"product_id": "prd_0190c7a2000070008000000000000001", "unit_price": "6900"},
        {"product_id": "prd_0190c7a2000070008000000000000001", "from_quantity": 24, "unit_price": "6500"},
    ],
}))]
pub(crate) struct PriceListRequest {
    /// What it is called, by language.
    pub name: Texts,
    /// The customers (`usr_…`) whose prices it holds; at most 1,000.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customers: Vec<String>,
    /// The customer groups whose prices it holds; at least one customer or group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<String>,
    /// ISO 4217 code of all its prices; products with prices in another currency pass the list over.
    pub currency: String,
    /// From when on they hold; at once where it is absent, or as before in a revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// When they hold no more; never where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// The greatest is looked into first.
    #[serde(default)]
    pub priority: i16,
    /// At least one, at most 2,000; each product and quantity once.
    pub prices: Vec<ListPriceRequest>,
}

/// The price of one product, from so many units on.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListPriceRequest {
    /// `prd_…`
    pub product_id: String,
    /// It holds for lines of at least so many base units.
    #[serde(default = "one")]
    #[schema(minimum = 1, default = 1)]
    pub from_quantity: u32,
    /// Plain decimal in the list's currency, with at most six decimals.
    pub unit_price: String,
}

const fn one() -> u32 {
    1
}

impl PriceListRequest {
    /// The list as it shall be.
    ///
    /// # Errors
    /// 422 with every fault.
    pub(super) fn parse(&self) -> Result<PriceListDraft, Problem> {
        let mut fields = Fields::default();
        let draft = self.draft(&mut fields);
        draft.filter(|_| fields.is_clean()).ok_or_else(|| fields.into_problem())
    }

    fn draft(&self, fields: &mut Fields) -> Option<PriceListDraft> {
        let name = fields.localized("/name", self.name.clone());
        let customers = fields.check_all("/customers", &self.customers, |id| id.parse());
        let groups = fields.check_all("/groups", &self.groups, |group| Code::parse(group));
        let currency = fields.currency("/currency", &self.currency);
        let from = time(fields, "/from", self.from);
        let until = time(fields, "/until", self.until);
        let prices = self.prices(fields, currency?);
        let audience = Audience {
            customers: customers?.into_iter().collect(),
            groups: groups?.into_iter().collect(),
        };
        Some(PriceListDraft {
            name: name?,
            audience,
            currency: currency?,
            from: from?,
            until: until?,
            priority: self.priority,
            prices: prices?,
        })
    }

    fn prices(&self, fields: &mut Fields, currency: Currency) -> Option<Vec<ListPrice>> {
        let prices: Vec<Option<ListPrice>> = self
            .prices
            .iter()
            .enumerate()
            .map(|(index, price)| price.parse(fields, index, currency))
            .collect();
        prices.into_iter().collect()
    }
}

impl ListPriceRequest {
    fn parse(&self, fields: &mut Fields, index: usize, currency: Currency) -> Option<ListPrice> {
        let product = fields.id(format!("/prices/{index}/product_id"), &self.product_id);
        let from_quantity = fields.quantity(format!("/prices/{index}/from_quantity"), self.from_quantity);
        let unit_price =
            fields.check(format!("/prices/{index}/unit_price"), UnitPrice::parse(&self.unit_price, currency));
        Some(ListPrice {
            product: product?,
            from_quantity: from_quantity?,
            unit_price: unit_price?,
        })
    }
}
