//! Which products a list is asked for.

use domain::{
    money::{Currency, UnitPrice},
    text::{Sku, Tag},
};
use projections::{
    Sort,
    catalog::product_list::{ProductFilter, ProductSort, ProductStatus},
};

use crate::http::{
    Problem,
    list::{FilterRule, Op, Params, Rules, exact, invalid_value},
};

/// What lists of products understand.
pub(super) const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[
        exact("category"),
        exact("company"),
        exact("tag"),
        exact("sku"),
        exact("status"),
        exact("in_stock"),
        exact("currency"),
        FilterRule { name: "price", ops: &[Op::Gte, Op::Lte] },
    ],
    sorts: &["created_at", "price", "sku", "title"],
    fields: &[
        "id",
        "sku",
        "kind",
        "title",
        "description",
        "categories",
        "tags",
        "barcode",
        "images",
        "price",
        "base_price",
        "discounted_price",
        "wholesale_price",
        "min_order_quantity",
        "company_id",
        "external_id",
        "status",
        "in_stock",
        "available",
        "version",
        "created_at",
        "updated_at",
        "translations",
    ],
    params: &["q", "view"],
};

/// Reads the filters.
pub(super) fn filter(params: &Params) -> Result<ProductFilter, Problem> {
    let status = |text: &str| match text {
        "active" => Ok(ProductStatus::Active),
        "discontinued" => Ok(ProductStatus::Discontinued),
        _ => Err("must be active or discontinued"),
    };
    // Six decimals are enough for every price, whatever the currency.
    let micros = |text: &str| UnitPrice::parse(text, Currency::USD).map(UnitPrice::micros);
    let text = params.own("q").map(str::trim);
    if text.is_some_and(|q| q.chars().count() > 200) {
        return Err(invalid_value("q", &"must have at most 200 characters"));
    }
    Ok(ProductFilter {
        categories: params.filter("category", Op::Eq, str::parse)?.map(|category| vec![category]),
        currency: params.filter("currency", Op::Eq, Currency::from_code)?,
        price_gte_micros: params.filter("price", Op::Gte, micros)?,
        price_lte_micros: params.filter("price", Op::Lte, micros)?,
        in_stock: params.filter("in_stock", Op::Eq, str::parse)?,
        company: params.filter("company", Op::Eq, str::parse)?,
        tag: params.filter("tag", Op::Eq, Tag::parse)?,
        sku: params.filter("sku", Op::Eq, Sku::parse)?,
        // What is not sold any more is shown to those who ask for it.
        status: Some(params.filter("status", Op::Eq, status)?.unwrap_or(ProductStatus::Active)),
        q: text.filter(|q| !q.is_empty()).map(str::to_owned),
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
