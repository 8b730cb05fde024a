//! Finding products: by words, among those that the shop shows first, and among those that sell now.

use std::collections::HashSet;

use actix_web::HttpRequest;
use chrono::Days;
use domain::{identity::Role, ids::ProductId, text::Zone};
use event_store::ids;
use projections::{
    Sort,
    analytics::sales::{self, BestBy, SalesFilter},
    catalog::product_list::{self, ProductFilter, ProductRow, ProductSort},
};

use super::{
    listing::{FOUND_FIELDS, narrowed},
    pages::READ_MODEL,
    response::ProductBody,
    search_response::{FacetsBody, SearchBody, SearchParams},
};
use crate::{
    http::{
        Answer, Problem,
        auth::MaybeSigned,
        consistency::MinPosition,
        list::{FilterRule, Op, Params, Rules, exact, invalid_value},
        locale::Locale,
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

/// The read model that says what sells.
const SALES_MODEL: &str = "sales";

/// How many days back a sale is recent, today among them.
const TRENDING_DAYS: u64 = 28;

/// How many best sellers are looked at, whether or not they are still on sale.
const BEST_SELLERS: u16 = 1_000;

const SEARCH: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[
        exact("category"),
        exact("company"),
        exact("tag"),
        exact("attribute"),
        exact("zone"),
        exact("in_stock"),
        exact("currency"),
        FilterRule { name: "price", ops: &[Op::Gte, Op::Lte] },
    ],
    sorts: &[],
    fields: FOUND_FIELDS,
    params: &["q", "facets"],
};

const FEATURED: Rules = Rules { params: &[], ..SEARCH };

const TRENDING: Rules = Rules {
    is_list: true,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: FOUND_FIELDS,
    params: &[],
};

/// The zones of a customer who buys in some zones only: what is not sold there is not for sale to that customer.
fn zones_of(signed: &MaybeSigned) -> Option<Vec<Zone>> {
    let principal = signed.0.as_ref()?.principal();
    let is_confined = principal.role == Role::Customer && !principal.zones.is_empty();
    is_confined.then(|| principal.zones.clone())
}

/// What is on sale to the caller, of what the parameters name.
fn for_sale(params: &Params, signed: &MaybeSigned) -> Result<ProductFilter, Problem> {
    let filter = narrowed(params)?;
    let zones = match (filter.zones, zones_of(signed)) {
        // Elsewhere than where one buys only that is for sale which is sold everywhere.
        (Some(asked), Some(own)) => Some(asked.into_iter().filter(|zone| own.contains(zone)).collect()),
        (asked, own) => asked.or(own),
    };
    Ok(ProductFilter { zones, on_sale: true, ..filter })
}

/// Search products
///
/// Every word of `q` must occur in a title, the SKU, the bar code, a tag or the description, in any language, or begin a
/// word that does; the nearest come first. Accents, vowel marks, forms of Arabic letters and the Arabic article do not
/// matter. Where nothing on sale is found, slips of the pen are forgiven, one in a short word and two in a longer one;
/// `instead` says what was looked for. Only what is on sale to the caller is found.
#[utoipa::path(
    get,
    path = "/api/v1/products/search",
    tag = "catalog",
    params(SearchParams, ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = SearchBody),
        (status = 401, body = ProblemBody, description = "A token that is sent must be valid"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn search_products(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = SEARCH.read(&request)?;
    let q = params.own("q");
    if q.is_some_and(|q| q.chars().count() > 200) {
        return Err(invalid_value("q", &"must have at most 200 characters"));
    }
    let filter = for_sale(&params, &signed)?;
    let with_facets = params.parse_own("facets", str::parse::<bool>)?.unwrap_or(false);
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let found = product_list::search(souk.reads.pool(), q, &filter, &params.page(), with_facets).await?;
    let tag = souk.store.locales.tag(locale);
    let list = params.list(found.page, |row| ProductBody::new(row, tag, false).0)?;
    let filterable = if with_facets {
        filterable(&souk).await?
    } else {
        HashSet::new()
    };
    let facets = found.facets.as_ref().map(|facets| FacetsBody::new(facets, &filterable));
    let body = SearchBody::new(list, facets, found.instead);
    Ok(Answer::ok(&body)?.language(tag))
}

/// The codes of the attributes that shops offer as filters.
async fn filterable(souk: &Shared) -> Result<HashSet<String>, Problem> {
    let (book, _) = souk.catalog.attributes().await?;
    let offered = book.attributes().filter(|(_, known)| known.details.filterable && !known.is_retired);
    Ok(offered.map(|(_, known)| known.code.to_string()).collect())
}

/// Featured products
///
/// What is on sale to the caller and marked as featured, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/products/featured",
    tag = "catalog",
    params(
        ("limit" = Option<u32>, Query, description = "1 to 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("total" = Option<bool>, Query, description = "`true`: count all of them"),
        ("fields" = Option<String>, Query, description = "Members of each item, separated by commas"),
        ("filter[category]" = Option<String>, Query, description = "In this category (`cat_…`)"),
        ("filter[company]" = Option<String>, Query, description = "Of this vendor (`com_…`)"),
        ("filter[zone]" = Option<String>, Query, description = "Sold in this zone"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<ProductBody>),
        (status = 401, body = ProblemBody, description = "A token that is sent must be valid"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn featured_products(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = FEATURED.read(&request)?;
    let filter = ProductFilter { featured: Some(true), ..for_sale(&params, &signed)? };
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let newest = Sort::descending(ProductSort::CreatedAt);
    let page = product_list::list(souk.reads.pool(), &filter, newest, &params.page()).await?;
    let tag = souk.store.locales.tag(locale);
    Ok(Answer::ok(&params.list(page, |row| ProductBody::new(row, tag, false).0)?)?.language(tag))
}

/// Trending products
///
/// What is on sale to the caller and sold most units, less those that came back, in the last 28 days (UTC, today among
/// them); the most sold first. There is one page.
#[utoipa::path(
    get,
    path = "/api/v1/products/trending",
    tag = "catalog",
    params(
        ("limit" = Option<u32>, Query, description = "1 to 200"),
        ("fields" = Option<String>, Query, description = "Members of each item, separated by commas"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<ProductBody>),
        (status = 401, body = ProblemBody, description = "A token that is sent must be valid"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn trending_products(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = TRENDING.read(&request)?;
    if params.cursor.is_some() {
        return Err(invalid_value("cursor", &"there is one page"));
    }
    souk.reads.wait_for(min, &[READ_MODEL, SALES_MODEL]).await?;
    let rows = trending(&souk, &for_sale(&params, &signed)?, params.limit).await?;
    let tag = souk.store.locales.tag(locale);
    let page = projections::Page { items: rows, next: None, total: None };
    Ok(Answer::ok(&params.list(page, |row| ProductBody::new(row, tag, false).0)?)?.language(tag))
}

async fn trending(souk: &Shared, filter: &ProductFilter, limit: u32) -> Result<Vec<ProductRow>, Problem> {
    let today = ids::now().date_naive();
    let recent = SalesFilter {
        from: today.checked_sub_days(Days::new(TRENDING_DAYS - 1)).unwrap_or(today),
        to: today,
        country: None,
        currency: None,
    };
    let pool = souk.reads.pool();
    let sold = sales::by_product(pool, &recent, BestBy::Units, BEST_SELLERS).await?;
    // One that was sold in two currencies comes twice.
    let mut best: Vec<(ProductId, i64)> = Vec::new();
    for row in sold {
        match best.iter_mut().find(|(id, _)| *id == row.product) {
            Some((_, units)) => *units = units.saturating_add(row.net_units),
            None => best.push((row.product, row.net_units)),
        }
    }
    best.retain(|(_, units)| *units > 0);
    best.sort_by_key(|(id, units)| (std::cmp::Reverse(*units), *id));
    let best: Vec<ProductId> = best.into_iter().map(|(id, _)| id).collect();
    let rows = product_list::by_ids_that_pass(pool, &best, filter).await?;
    let mut rows: Vec<(usize, ProductRow)> = rows
        .into_iter()
        .filter_map(|row| best.iter().position(|id| *id == row.id).map(|place| (place, row)))
        .collect();
    rows.sort_by_key(|(place, _)| *place);
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}
