//! What a search is asked for, and what it answers.

use std::collections::{BTreeMap, HashSet};

use projections::catalog::product_list::Facets;
use serde::Serialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::response::ProductBody;
use crate::http::shapes::{ListBody, MoneyBody};

/// How products are searched for.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchParams {
    /// What to look for: words in any language, a SKU or a bar code. Without it everything on sale is found.
    pub q: Option<String>,
    /// `true`: count what was found by category, company, price and stock, too.
    pub facets: Option<bool>,
    /// In this category (`cat_…`).
    #[param(rename = "filter[category]")]
    pub category: Option<String>,
    /// Of this vendor (`com_…`).
    #[param(rename = "filter[company]")]
    pub company: Option<String>,
    /// With this tag.
    #[param(rename = "filter[tag]")]
    pub tag: Option<String>,
    /// With this value of an attribute: `colour:red`, `organic:true`.
    #[param(rename = "filter[attribute]")]
    pub attribute: Option<String>,
    /// Sold in this zone.
    #[param(rename = "filter[zone]")]
    pub zone: Option<String>,
    /// `true`: can be had now.
    #[param(rename = "filter[in_stock]")]
    pub in_stock: Option<bool>,
    /// Prices in this currency.
    #[param(rename = "filter[currency]")]
    pub currency: Option<String>,
    /// What everybody pays is at least this.
    #[param(rename = "filter[price][gte]")]
    pub price_gte: Option<String>,
    /// What everybody pays is at most this.
    #[param(rename = "filter[price][lte]")]
    pub price_lte: Option<String>,
    /// Items per page, 1 to 200.
    #[param(default = 20, maximum = 200, minimum = 1)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Members of each item, separated by commas.
    pub fields: Option<String>,
    /// `true`: count all that match.
    pub total: Option<bool>,
    /// A language tag; goes before `Accept-Language`.
    pub locale: Option<String>,
}

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductSearch)]
pub struct SearchBody {
    /// Nearest first.
    #[schema(value_type = Vec<ProductBody>)]
    pub items: Vec<Value>,
    /// Send it as `cursor` to get the next page; null on the last one.
    pub next_cursor: Option<String>,
    /// How many products were found; only with `total=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// What was looked for, too, in place of words that nothing on sale has.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub instead: BTreeMap<String, Vec<String>>,
    /// How what was found is spread; only with `facets=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub facets: Option<FacetsBody>,
}

/// How what was found is spread: counts of products, the most frequent first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProductFacets)]
pub struct FacetsBody {
    /// By category; a product of several counts in each.
    pub categories: Vec<CategoryFacetBody>,
    /// By vendor.
    pub companies: Vec<CompanyFacetBody>,
    /// By what everybody pays, for each currency from the least.
    pub prices: Vec<PriceFacetBody>,
    /// By the attributes that are offered as filters: at most 50 values of each, the most frequent first.
    pub attributes: BTreeMap<String, Vec<AttributeFacetBody>>,
    /// Products that can be had now.
    pub in_stock: i64,
    /// Products that cannot.
    pub out_of_stock: i64,
}

/// Products of one category.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CategoryFacet)]
pub struct CategoryFacetBody {
    /// `cat_…`
    pub category_id: String,
    /// How many.
    pub count: i64,
}

/// Products of one vendor.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CompanyFacet)]
pub struct CompanyFacetBody {
    /// `com_…`; null is the marketplace itself.
    pub company_id: Option<String>,
    /// How many.
    pub count: i64,
}

/// Products with one value of an attribute.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AttributeFacet)]
pub struct AttributeFacetBody {
    /// The value; `true` or `false` of a boolean.
    pub value: String,
    /// How many.
    pub count: i64,
}

/// Products of one range of prices.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceFacet)]
pub struct PriceFacetBody {
    /// From this price.
    pub from: MoneyBody,
    /// Below this one; null where there is no end.
    pub to: Option<MoneyBody>,
    /// How many.
    pub count: i64,
}

impl SearchBody {
    /// The answer.
    #[must_use]
    pub fn new(
        list: ListBody<Value>,
        facets: Option<FacetsBody>,
        instead: BTreeMap<String, Vec<String>>,
    ) -> Self {
        Self {
            items: list.items,
            next_cursor: list.next_cursor,
            total: list.total,
            instead,
            facets,
        }
    }
}

impl FacetsBody {
    /// The facets, of attributes those in `filterable`.
    #[must_use]
    pub fn new(facets: &Facets, filterable: &HashSet<String>) -> Self {
        let mut attributes: BTreeMap<String, Vec<AttributeFacetBody>> = BTreeMap::new();
        for (code, value, count) in facets.attributes.iter().filter(|(code, ..)| filterable.contains(code)) {
            let values = attributes.entry(code.clone()).or_default();
            values.push(AttributeFacetBody { value: value.clone(), count: *count });
        }
        let categories = facets.categories.iter();
        let companies = facets.companies.iter();
        let prices = facets.prices.iter();
        Self {
            categories: categories
                .map(|(id, count)| CategoryFacetBody { category_id: id.to_string(), count: *count })
                .collect(),
            companies: companies
                .map(|(id, count)| CompanyFacetBody {
                    company_id: id.map(|id| id.to_string()),
                    count: *count,
                })
                .collect(),
            prices: prices
                .map(|range| PriceFacetBody {
                    from: range.from.into(),
                    to: range.to.map(Into::into),
                    count: range.count,
                })
                .collect(),
            attributes,
            in_stock: facets.in_stock,
            out_of_stock: facets.total.saturating_sub(facets.in_stock),
        }
    }
}
