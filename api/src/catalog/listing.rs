//! Which products a list is asked for.

use domain::{
    money::{Currency, UnitPrice},
    text::{AttributeText, Code, Sku, Tag, Zone},
};
use projections::{
    Sort,
    catalog::product_list::{ProductFilter, ProductSort, ProductStatus},
};

use utoipa::IntoParams;

use crate::http::{
    Problem,
    list::{FilterRule, Op, Params, Rules, exact, invalid_value},
};

/// Members of a product that everybody may see.
pub(super) const FOUND_FIELDS: &[&str] = &[
    "id",
    "sku",
    "kind",
    "title",
    "description",
    "categories",
    "tags",
    "barcode",
    "images",
    "attributes",
    "price",
    "base_price",
    "discounted_price",
    "min_order_quantity",
    "company_id",
    "external_id",
    "slug",
    "featured",
    "sale_zones",
    "status",
    "in_stock",
    "available",
    "version",
    "created_at",
    "updated_at",
];

/// Members of a product, those too that only the full view has.
const FIELDS: &[&str] = &[
    "id",
    "sku",
    "kind",
    "title",
    "description",
    "categories",
    "tags",
    "barcode",
    "images",
    "attributes",
    "price",
    "base_price",
    "discounted_price",
    "wholesale_price",
    "min_order_quantity",
    "company_id",
    "external_id",
    "slug",
    "featured",
    "sale_zones",
    "status",
    "in_stock",
    "available",
    "version",
    "created_at",
    "updated_at",
    "translations",
];

/// What lists of products understand.
pub(super) const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[
        exact("category"),
        exact("company"),
        exact("tag"),
        exact("attribute"),
        exact("zone"),
        exact("sku"),
        exact("status"),
        exact("in_stock"),
        exact("currency"),
        FilterRule { name: "price", ops: &[Op::Gte, Op::Lte] },
    ],
    sorts: &["created_at", "price", "sku", "title"],
    fields: FIELDS,
    params: &["q", "view"],
};

/// How lists of products are asked for: it documents what the list's rules read.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListProductsParams {
    /// Words that must all occur in a title, the SKU or the bar code.
    pub q: Option<String>,
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
    /// With this SKU.
    #[param(rename = "filter[sku]")]
    pub sku: Option<String>,
    /// `active` or `discontinued`; without it active ones are listed.
    #[param(rename = "filter[status]")]
    pub status: Option<String>,
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
    /// `created_at`, `price`, `sku` or `title`; `-` in front means greatest first. Newest first without it.
    pub sort: Option<String>,
    /// Items per page, 1 to 200.
    #[param(default = 20, maximum = 200, minimum = 1)]
    pub limit: Option<u32>,
    /// `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Members of each item, separated by commas.
    pub fields: Option<String>,
    /// `true`: count all that match.
    pub total: Option<bool>,
    /// `full` shows what only those who manage the catalogue may see.
    pub view: Option<String>,
    /// A language tag; goes before `Accept-Language`.
    pub locale: Option<String>,
}

/// Reads the filters.
pub(super) fn filter(params: &Params) -> Result<ProductFilter, Problem> {
    let status = |text: &str| match text {
        "active" => Ok(ProductStatus::Active),
        "discontinued" => Ok(ProductStatus::Discontinued),
        _ => Err("must be active or discontinued"),
    };
    let text = params.own("q").map(str::trim);
    if text.is_some_and(|q| q.chars().count() > 200) {
        return Err(invalid_value("q", &"must have at most 200 characters"));
    }
    Ok(ProductFilter {
        sku: params.filter("sku", Op::Eq, Sku::parse)?,
        // What is not sold any more is shown to those who ask for it.
        status: Some(params.filter("status", Op::Eq, status)?.unwrap_or(ProductStatus::Active)),
        q: text.filter(|q| !q.is_empty()).map(str::to_owned),
        ..narrowed(params)?
    })
}

fn attribute(text: &str) -> Result<(Code, AttributeText), &'static str> {
    let (code, value) =
        text.split_once(':').ok_or("must be the code of an attribute, a colon and a value")?;
    let (code, value) = (Code::parse(code).ok(), AttributeText::parse(value).ok());
    code.zip(value).ok_or("must be the code of an attribute, a colon and a value")
}

/// Reads the filters that searches have, too.
pub(super) fn narrowed(params: &Params) -> Result<ProductFilter, Problem> {
    // Six decimals are enough for every price, whatever the currency.
    let micros = |text: &str| UnitPrice::parse(text, Currency::USD).map(UnitPrice::micros);
    Ok(ProductFilter {
        categories: params.filter("category", Op::Eq, str::parse)?.map(|category| vec![category]),
        currency: params.filter("currency", Op::Eq, Currency::from_code)?,
        price_gte_micros: params.filter("price", Op::Gte, micros)?,
        price_lte_micros: params.filter("price", Op::Lte, micros)?,
        in_stock: params.filter("in_stock", Op::Eq, str::parse)?,
        company: params.filter("company", Op::Eq, str::parse)?,
        tag: params.filter("tag", Op::Eq, Tag::parse)?,
        attribute: params.filter("attribute", Op::Eq, attribute)?,
        zones: params.filter("zone", Op::Eq, Zone::parse)?.map(|zone| vec![zone]),
        ..ProductFilter::default()
    })
}

/// Reads the order.
pub(super) fn sort(params: &Params) -> Sort<ProductSort> {
    let Some(sort) = params.sort else {
        return Sort::descending(ProductSort::CreatedAt);
    };
    let key = match sort.name {
        "price" => ProductSort::Price,
        "sku" => ProductSort::Sku,
        "title" => ProductSort::Title,
        _ => ProductSort::CreatedAt,
    };
    Sort { key, descending: sort.is_descending }
}

/// Whether everything is asked for that only those who manage the catalogue may see.
pub(super) fn wants_full(params: &Params) -> Result<bool, Problem> {
    let view = |text: &str| match text {
        "full" => Ok(true),
        "public" => Ok(false),
        _ => Err("must be public or full"),
    };
    Ok(params.parse_own("view", view)?.unwrap_or(false))
}
