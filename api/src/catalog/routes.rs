//! Routes of the catalogue.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse, Responder,
    http::header::{
        CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderValue, VARY,
    },
};
use commands::{Permission, UseCase};
use domain::{
    catalog::{Product, RegisterProduct},
    ids::ProductId,
};
use event_store::LogPosition;
use projections::catalog::product_list;

use super::{
    attributes,
    bulk::revise_products,
    categories::{
        category_by_slug, category_tree, create_category, list_categories, remove_category, revise_category,
        show_category,
    },
    history,
    import::import_products,
    listing::wants_full,
    pages::{ProductPage, READ_MODEL},
    product_lists::{list_products, list_products_of_category},
    request::{DiscontinueProductRequest, RegisterProductRequest, ReviseProductRequest},
    response::{ProductAcceptedBody, ProductBody, ProductStateBody},
    reviews,
    search::{featured_products, search_products, trending_products},
    selling_units::{
        add_selling_unit, list_selling_units, retire_selling_unit, revise_selling_unit,
        selling_units_of_product,
    },
    seo::{page_metadata, product_by_slug, propose_slug},
    sitemap::sitemap,
    sustainability::{show_sustainability, state_sustainability},
    units::{define_unit, list_units, retire_unit, revise_unit},
    uploads,
};
use crate::{
    http::{
        Answer, Body, Id, OptionalBody, Problem,
        auth::{MaybeSigned, Signed},
        consistency::MinPosition,
        etag::{self, IfMatch},
        history::{History, HistoryBody},
        idempotency::OptionalKey,
        list::Rules,
        locale::Locale,
        packing::{COMPRESS_FROM_BYTES, gzip, takes_gzip},
        problem::ProblemBody,
        routes::Routes,
    },
    souk::Shared,
};

/// Routes of this context.
pub fn routes(routes: &mut Routes) {
    routes.get("/api/v1/products", list_products);
    routes.post("/api/v1/products", register_product);
    routes.get("/api/v1/products/category/{category_id}", list_products_of_category);
    routes.patch("/api/v1/products/bulk", revise_products);
    routes.post("/api/v1/products/import", import_products);
    routes.get("/api/v1/products/search", search_products);
    routes.get("/api/v1/products/featured", featured_products);
    routes.get("/api/v1/products/trending", trending_products);
    routes.get("/api/v1/products/slug/{slug}", product_by_slug);
    routes.get("/api/v1/products/{id}", show_product);
    routes.put("/api/v1/products/{id}", revise_product);
    routes.delete("/api/v1/products/{id}", discontinue_product);
    routes.get("/api/v1/products/{id}/history", product_history);
    routes.get("/api/v1/products/{id}/sustainability", show_sustainability);
    routes.put("/api/v1/products/{id}/sustainability", state_sustainability);
    routes.get("/api/v1/units", list_units);
    routes.post("/api/v1/units", define_unit);
    routes.put("/api/v1/units/{id}", revise_unit);
    routes.delete("/api/v1/units/{id}", retire_unit);
    routes.get("/api/v1/product-units", list_selling_units);
    routes.post("/api/v1/product-units", add_selling_unit);
    routes.get("/api/v1/product-units/product/{product_id}", selling_units_of_product);
    routes.put("/api/v1/product-units/{id}", revise_selling_unit);
    routes.delete("/api/v1/product-units/{id}", retire_selling_unit);
    routes.post("/api/v1/seo/slug", propose_slug);
    routes.get("/api/v1/seo/metadata/{slug}", page_metadata);
    attributes::routes(routes);
    reviews::routes(routes);
    routes.get("/sitemap.xml", sitemap);
    uploads::routes(routes);
    routes.get("/api/v1/categories", list_categories);
    routes.post("/api/v1/categories", create_category);
    routes.get("/api/v1/categories/tree", category_tree);
    routes.get("/api/v1/categories/slug/{slug}", category_by_slug);
    routes.get("/api/v1/categories/{id}", show_category);
    routes.put("/api/v1/categories/{id}", revise_category);
    routes.delete("/api/v1/categories/{id}", remove_category);
}

const ONE: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["view"],
};

pub(super) fn allow_full(is_full: bool, signed: &MaybeSigned) -> Result<bool, Problem> {
    let may = signed.0.as_ref().is_some_and(|signed| signed.may(Permission::ManageCatalog));
    if is_full && !may {
        Err(Problem::forbidden())
    } else {
        Ok(is_full)
    }
}

/// One product
///
/// The answer may be kept by anybody for some seconds. Its `ETag` is the product's version, followed by a hyphen and
/// the stock where there is some; `If-Match` takes it as it is.
#[utoipa::path(
    get,
    path = "/api/v1/products/{id}",
    tag = "catalog",
    params(
        ("id" = String, Path, description = "`prd_…`"),
        ("view" = Option<String>, Query, description = "`full` shows what only those who manage the catalogue may see"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ProductBody),
        (status = 304, description = "You have it already"),
        (status = 401, body = ProblemBody, description = "A token that is sent must be valid"),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn show_product(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    Id(id): Id<ProductId>,
    min: MinPosition,
    locale: Locale,
) -> Result<HttpResponse, Problem> {
    if !request.query_string().is_empty() && wants_full(&ONE.read(&request)?)? {
        return show_full_product(&souk, &request, &signed, id, min, locale).await;
    }
    if let Some(asked) = min.0 {
        souk.reads.check_epoch(asked).await?;
    }
    let page = match souk.products.get(id, locale, min.0) {
        Some(page) => page,
        None => {
            souk.reads.wait_for(min, &[READ_MODEL]).await?;
            let page = Arc::new(read_page(&souk, id, locale).await?);
            souk.products.insert(id, locale, Arc::clone(&page));
            page
        }
    };
    Ok(send(&request, &page, souk.store.cache_max_age_s))
}

/// Reads one product and writes its answer.
async fn read_page(souk: &Shared, id: ProductId, locale: Locale) -> Result<ProductPage, Problem> {
    // A lower bound of what the query sees, taken before it.
    let epoch = souk.reads.log.head().epoch;
    let (row, position) = product_list::get_with_checkpoint(souk.reads.pool(), id).await?;
    let row = row.ok_or_else(unknown)?;
    let (body, tag) = ProductBody::new(row, souk.store.locales.tag(locale), false);
    let json = serde_json::to_vec(&body).map_err(|error| Problem::internal(&error))?;
    let packed = if json.len() >= COMPRESS_FROM_BYTES {
        gzip(&json)
    } else {
        None
    };
    Ok(ProductPage {
        as_of: LogPosition { epoch, position },
        etag: header_value(&body.etag()),
        language: header_value(&tag),
        body: json.into(),
        gzip: packed.map(Into::into),
    })
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static("und"))
}

fn send(request: &HttpRequest, page: &ProductPage, max_age_s: u32) -> HttpResponse {
    let is_known = etag::is_known(request.headers(), page.etag.as_bytes());
    let mut response = if is_known {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    response.insert_header((ETAG, page.etag.clone()));
    response.insert_header((CONTENT_LANGUAGE, page.language.clone()));
    response.insert_header((VARY, HeaderValue::from_static("Accept-Language, Accept-Encoding")));
    match max_age_s {
        10 => response.insert_header((CACHE_CONTROL, HeaderValue::from_static("public, max-age=10"))),
        seconds => response.insert_header((CACHE_CONTROL, format!("public, max-age={seconds}"))),
    };
    if is_known {
        return response.finish();
    }
    response.insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")));
    match &page.gzip {
        Some(packed) if takes_gzip(request.headers()) => {
            response.insert_header((CONTENT_ENCODING, HeaderValue::from_static("gzip")));
            response.body(packed.clone())
        }
        Some(_) | None => response.body(page.body.clone()),
    }
}

async fn show_full_product(
    souk: &Shared,
    request: &HttpRequest,
    signed: &MaybeSigned,
    id: ProductId,
    min: MinPosition,
    locale: Locale,
) -> Result<HttpResponse, Problem> {
    allow_full(true, signed)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let row = product_list::get(souk.reads.pool(), id).await?.ok_or_else(unknown)?;
    let (body, tag) = ProductBody::new(row, souk.store.locales.tag(locale), true);
    let answer = Answer::ok(&body)?.language(&tag).etag_of(body.version, body.available);
    Ok(answer.respond_to(request))
}

fn unknown() -> Problem {
    Problem::missing("catalog.product_not_found", "product does not exist")
}

/// Register a product
#[utoipa::path(
    post,
    path = "/api/v1/products",
    tag = "catalog",
    request_body = RegisterProductRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = ProductAcceptedBody),
        (status = 409, body = ProblemBody, description = "`catalog.sku_taken`, `catalog.external_id_taken`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn register_product(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<RegisterProductRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let product = RegisterProduct::try_from(request)?;
    let executed = souk.catalog.register_product(&signed.repeatable(&attempt), product).await?;
    let body = ProductAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/products/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Revise a product
///
/// What is left out stays. With `If-Match` only if nothing has changed since that version.
#[utoipa::path(
    put,
    path = "/api/v1/products/{id}",
    tag = "catalog",
    request_body = ReviseProductRequest,
    params(
        ("id" = String, Path, description = "`prd_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ProductAcceptedBody),
        (status = 409, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_product(
    signed: Signed,
    souk: Shared,
    Id(id): Id<ProductId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ReviseProductRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let parts = request.try_into()?;
    match souk.catalog.revise_product(&signed.repeatable(&attempt), id, parts, expected).await {
        Ok(executed) => {
            let body = ProductAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Product>(error, &id.stream()).await),
    }
}

/// Stop selling a product
///
/// Its history stays, and its SKU stays its own.
#[utoipa::path(
    delete,
    path = "/api/v1/products/{id}",
    tag = "catalog",
    request_body = Option<DiscontinueProductRequest>,
    params(
        ("id" = String, Path, description = "`prd_…`"),
        ("If-Match" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ProductAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn discontinue_product(
    signed: Signed,
    souk: Shared,
    Id(id): Id<ProductId>,
    IfMatch(expected): IfMatch,
    OptionalBody(request): OptionalBody<DiscontinueProductRequest>,
) -> Result<Answer, Problem> {
    let reason = request.parse()?;
    match souk.catalog.discontinue_product(&signed.call(), id, reason, expected).await {
        Ok(executed) => {
            let body = ProductAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Product>(error, &id.stream()).await),
    }
}

/// What happened to a product
///
/// Every change, with who made it, when and why; `as_of` (a position of the log, or a time) tells what it was then.
#[utoipa::path(
    get,
    path = "/api/v1/products/{id}/history",
    tag = "catalog",
    params(
        ("id" = String, Path, description = "`prd_…`"),
        ("as_of" = Option<String>, Query, description = "`1.42`, `42` or an RFC 3339 time"),
        ("as_of_by" = Option<String>, Query, description = "`recorded_at`, or `effective_at`: what had happened by that time, as is known now"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
    ),
    responses(
        (status = 200, body = HistoryBody<ProductStateBody>),
        (status = 412, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn product_history(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    Id(id): Id<ProductId>,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ReadProductHistory)?;
    let params = crate::http::history::RULES.read(&request)?;
    let past = History::<Product>::read_kept(souk.log.reader(), &id.stream(), &params).await?;
    if !past.state.exists() || signed.is_foreign(past.state.company()) {
        return Err(unknown());
    }
    Answer::ok(&past.body(history::state)?)
}
