//! Lists of products: of all, and of a category with all below it.

use actix_web::HttpRequest;
use domain::ids::CategoryId;
use projections::catalog::{
    category_list,
    product_list::{self, ProductFilter},
};

use super::{
    categories,
    listing::{ListProductsParams, RULES, filter, sort, wants_full},
    pages::READ_MODEL,
    response::ProductBody,
    routes::allow_full,
};
use crate::{
    http::{
        Answer, Id, Problem,
        auth::MaybeSigned,
        consistency::MinPosition,
        list::{Params, invalid_value},
        locale::Locale,
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

/// Products, page by page
///
/// Filters can be combined. Prices of different currencies are compared by their number, so filter by currency too.
#[utoipa::path(
    get,
    path = "/api/v1/products",
    tag = "catalog",
    params(ListProductsParams, ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = ListBody<ProductBody>),
        (status = 403, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_products(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = RULES.read(&request)?;
    let filter = filter(&params)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    list(&souk, &params, &signed, &filter, locale).await
}

/// Products of a category and of all below it
///
/// As `GET /products`, whose parameters it takes, too.
#[utoipa::path(
    get,
    path = "/api/v1/products/category/{category_id}",
    tag = "catalog",
    params(
        ("category_id" = String, Path, description = "`cat_…`"),
        ListProductsParams,
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<ProductBody>),
        (status = 403, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_products_of_category(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    Id(category): Id<CategoryId>,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = RULES.read(&request)?;
    let filter = filter(&params)?;
    if filter.categories.is_some() {
        return Err(invalid_value("filter[category]", &"the path names the category"));
    }
    souk.reads.wait_for(min, &[READ_MODEL, categories::READ_MODEL]).await?;
    let below = category_list::descendants(souk.reads.pool(), category).await?;
    if below.is_empty() {
        return Err(categories::unknown());
    }
    let filter = ProductFilter { categories: Some(below), ..filter };
    list(&souk, &params, &signed, &filter, locale).await
}

async fn list(
    souk: &Shared,
    params: &Params,
    signed: &MaybeSigned,
    filter: &ProductFilter,
    locale: Locale,
) -> Result<Answer, Problem> {
    let is_full = allow_full(wants_full(params)?, signed)?;
    let page = product_list::list(souk.reads.pool(), filter, sort(params), &params.page()).await?;
    let tag = souk.store.locales.tag(locale);
    let list = params.list(page, |row| ProductBody::new(row, tag, is_full).0)?;
    Ok(Answer::ok(&list)?.language(tag))
}
