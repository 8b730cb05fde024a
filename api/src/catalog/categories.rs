//! Routes of categories.

use actix_web::{
    HttpRequest,
    http::{StatusCode, header::LOCATION},
};
use commands::{CommandError, Executed, catalog::CategoryAccepted};
use domain::{catalog::Category, ids::CategoryId, slug::Slug};
use projections::catalog::category_list::{self, CategoryFilter, CategoryRow};

use super::{
    category_request::{CategoryRequest, ListCategoriesParams},
    category_response::{CategoryAcceptedBody, CategoryBody, TreeBody},
    listing::wants_full,
    routes::allow_full,
};
use crate::{
    http::{
        Answer, Body, Id, Problem,
        auth::{MaybeSigned, Signed},
        consistency::MinPosition,
        etag::IfMatch,
        idempotency::OptionalKey,
        list::{Op, Rules, exact},
        locale::Locale,
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

/// The read model that lists of categories come from.
pub(crate) const READ_MODEL: &str = "category_list";

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("parent"), exact("shown_on_home")],
    sorts: &[],
    fields: &[],
    params: &["view"],
};

const ONE: Rules = Rules {
    is_list: false,
    has_total: false,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &["view"],
};

/// Categories, sisters in their order, page by page
///
/// Customers see those that are active.
#[utoipa::path(
    get,
    path = "/api/v1/categories",
    tag = "catalog",
    params(ListCategoriesParams, ("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = ListBody<CategoryBody>),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn list_categories(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let params = RULES.read(&request)?;
    let is_full = allow_full(wants_full(&params)?, &signed)?;
    let parent = |text: &str| match text {
        "none" => Ok(None),
        id => id.parse().map(Some),
    };
    let filter = CategoryFilter {
        parent: params.filter("parent", Op::Eq, parent)?,
        active: (!is_full).then_some(true),
        shown_on_home: params.filter("shown_on_home", Op::Eq, str::parse)?,
    };
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = category_list::list(souk.reads.pool(), &filter, &params.page()).await?;
    let tag = souk.store.locales.tag(locale);
    let list = params.list(page, |row| CategoryBody::new(&row, tag, is_full).0)?;
    Ok(Answer::ok(&list)?.language(tag))
}

/// The tree of categories
///
/// Customers see what is active, and hangs below nothing that is not.
#[utoipa::path(
    get,
    path = "/api/v1/categories/tree",
    tag = "catalog",
    params(
        ("view" = Option<String>, Query, description = "`full` shows what customers do not see"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = TreeBody),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn category_tree(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let is_full = allow_full(wants_full(&ONE.read(&request)?)?, &signed)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let rows = category_list::all(souk.reads.pool()).await?;
    let tag = souk.store.locales.tag(locale);
    Ok(Answer::ok(&TreeBody::new(&rows, tag, is_full))?.language(tag))
}

/// One category
#[utoipa::path(
    get,
    path = "/api/v1/categories/{id}",
    tag = "catalog",
    params(
        ("id" = String, Path, description = "`cat_…`"),
        ("view" = Option<String>, Query, description = "`full` shows what customers do not see"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CategoryBody),
        (status = 304, description = "You have it already"),
        (status = 401, body = ProblemBody),
        (status = 403, body = ProblemBody),
    ),
    security((), ("bearer" = [])),
)]
pub(crate) async fn show_category(
    souk: Shared,
    request: HttpRequest,
    signed: MaybeSigned,
    Id(id): Id<CategoryId>,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    let is_full = allow_full(wants_full(&ONE.read(&request)?)?, &signed)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let row = category_list::get(souk.reads.pool(), id).await?;
    show(&souk, row, locale, is_full)
}

/// The category of a slug
///
/// One that the category had earlier redirects (301) to the one that it has now.
#[utoipa::path(
    get,
    path = "/api/v1/categories/slug/{slug}",
    tag = "catalog",
    params(
        ("slug" = String, Path, description = "Percent-encoded where it is not ASCII"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CategoryBody),
        (status = 301, description = "`Location`: the slug that it has now"),
    ),
    security(()),
)]
pub(crate) async fn category_by_slug(
    souk: Shared,
    request: HttpRequest,
    path: actix_web::web::Path<String>,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    Rules::default().read(&request)?;
    let slug = Slug::parse(&path).map_err(|_| unknown())?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let row = category_list::by_slug(souk.reads.pool(), slug.as_str()).await?;
    match row.filter(|row| row.details.active) {
        Some(row) if row.details.slug != slug => {
            let (body, _) = CategoryBody::new(&row, souk.store.locales.tag(locale), false);
            let location = format!("/api/v1/categories/slug/{}", percent_encoded(&body.slug));
            Ok(Answer::json(StatusCode::MOVED_PERMANENTLY, &body)?.header(LOCATION, &location))
        }
        row => show(&souk, row, locale, false),
    }
}

fn show(souk: &Shared, row: Option<CategoryRow>, locale: Locale, is_full: bool) -> Result<Answer, Problem> {
    let row = row.filter(|row| is_full || row.details.active).ok_or_else(unknown)?;
    let (body, tag) = CategoryBody::new(&row, souk.store.locales.tag(locale), is_full);
    Ok(Answer::ok(&body)?.language(&tag).etag(row.version))
}

pub(super) fn unknown() -> Problem {
    Problem::missing("catalog.category_not_found", "category does not exist")
}

/// As a segment of a path (RFC 3986): a slug has letters, digits and hyphens, of which ASCII stands for itself.
pub(super) fn percent_encoded(slug: &str) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii() {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    slug.bytes().map(byte).collect()
}

/// Create a category
#[utoipa::path(
    post,
    path = "/api/v1/categories",
    tag = "catalog",
    request_body = CategoryRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = CategoryAcceptedBody),
        (status = 409, body = ProblemBody, description = "`catalog.category_slug_taken`"),
        (status = 422, body = ProblemBody, description = "`catalog.category_unknown`: there is no such parent"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn create_category(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<CategoryRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let (details, parent) = request.created()?;
    let executed = souk.catalog.create_category(&signed.repeatable(&attempt), details, parent).await?;
    let body = CategoryAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/categories/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Revise, move or reorder a category
///
/// The description is replaced as a whole. A category does not hang below itself. With `If-Match` only if nothing has
/// changed since that version.
#[utoipa::path(
    put,
    path = "/api/v1/categories/{id}",
    tag = "catalog",
    request_body = CategoryRequest,
    params(
        ("id" = String, Path, description = "`cat_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CategoryAcceptedBody),
        (status = 409, body = ProblemBody, description = "`catalog.category_cycle`, `catalog.category_slug_taken`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_category(
    signed: Signed,
    souk: Shared,
    Id(id): Id<CategoryId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<CategoryRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let revision = request.revised()?;
    let outcome = souk.catalog.revise_category(&signed.repeatable(&attempt), id, revision, expected).await;
    answer(&souk, id, outcome).await
}

/// Remove a category
///
/// Refused while products or categories hang on it. Its slugs are free afterwards.
#[utoipa::path(
    delete,
    path = "/api/v1/categories/{id}",
    tag = "catalog",
    params(
        ("id" = String, Path, description = "`cat_…`"),
        ("If-Match" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CategoryAcceptedBody),
        (status = 409, body = ProblemBody, description = "`catalog.category_in_use`: `errors` names some of what hangs on it"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn remove_category(
    signed: Signed,
    souk: Shared,
    Id(id): Id<CategoryId>,
    IfMatch(expected): IfMatch,
) -> Result<Answer, Problem> {
    let outcome = souk.catalog.remove_category(&signed.call(), id, expected).await;
    answer(&souk, id, outcome).await
}

async fn answer(
    souk: &Shared,
    id: CategoryId,
    outcome: Result<Executed<CategoryAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = CategoryAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Category>(error, &id.stream()).await),
    }
}
