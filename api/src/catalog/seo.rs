//! Addresses of products and categories: by slug, what search engines and social networks want to know of a page, and
//! slugs for new titles.

use actix_web::{
    HttpRequest,
    http::{StatusCode, header::LOCATION},
    web,
};
use commands::catalog::SlugOwner;
use domain::slug::Slug;
use projections::catalog::{
    category_list,
    product_list::{self, ProductRow, ProductStatus},
    review_list,
};

use super::{
    categories::{self, percent_encoded},
    pages::READ_MODEL,
    response::ProductBody,
    reviews,
    seo_response::{PageMetadataBody, ProposeSlugRequest, SlugsBody},
};
use crate::{
    http::{
        Answer, Body, Fields, Problem, auth::Signed, consistency::MinPosition, list::Rules, locale::Locale,
    },
    souk::{Shared, Souk},
};

/// The URL that pages of the shop stand below.
pub(super) fn site(souk: &Souk) -> String {
    let url = souk.http.public_url.clone().unwrap_or_else(|| format!("http://{}", souk.http.listen));
    url.trim_end_matches('/').to_owned()
}

fn unknown() -> Problem {
    Problem::missing("catalog.product_not_found", "product does not exist")
}

async fn product_of(souk: &Souk, slug: &Slug) -> Result<Option<ProductRow>, Problem> {
    let row = product_list::by_slug(souk.reads.pool(), slug).await?;
    Ok(row.filter(|row| row.status == ProductStatus::Active))
}

/// The product of a slug
///
/// One that the product had earlier redirects (301) to the one that it has now.
#[utoipa::path(
    get,
    path = "/api/v1/products/slug/{slug}",
    tag = "catalog",
    params(
        ("slug" = String, Path, description = "Percent-encoded where it is not ASCII"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ProductBody),
        (status = 301, description = "`Location`: the slug that it has now"),
    ),
    security(()),
)]
pub(crate) async fn product_by_slug(
    souk: Shared,
    request: HttpRequest,
    path: web::Path<String>,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    Rules::default().read(&request)?;
    let slug = Slug::parse(&path).map_err(|_| unknown())?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let row = product_of(&souk, &slug).await?.ok_or_else(unknown)?;
    let (body, tag) = ProductBody::new(row, souk.store.locales.tag(locale), false);
    match &body.slug {
        Some(current) if *current != slug.as_str() => {
            let location = format!("/api/v1/products/slug/{}", percent_encoded(current));
            Ok(Answer::json(StatusCode::MOVED_PERMANENTLY, &body)?.header(LOCATION, &location))
        }
        _ => Ok(Answer::ok(&body)?.language(&tag).etag_of(body.version, body.available)),
    }
}

/// What a page says of itself
///
/// For the page of a product or, where no product has the slug, of a category: title, description, Open Graph, JSON-LD
/// after schema.org, and all of it as HTML for the page's head. An earlier slug redirects (301).
#[utoipa::path(
    get,
    path = "/api/v1/seo/metadata/{slug}",
    tag = "catalog",
    params(
        ("slug" = String, Path, description = "Percent-encoded where it is not ASCII"),
        ("locale" = Option<String>, Query, description = "A language tag; goes before `Accept-Language`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = PageMetadataBody),
        (status = 301, description = "`Location`: the slug that it has now"),
    ),
    security(()),
)]
pub(crate) async fn page_metadata(
    souk: Shared,
    request: HttpRequest,
    path: web::Path<String>,
    min: MinPosition,
    locale: Locale,
) -> Result<Answer, Problem> {
    Rules::default().read(&request)?;
    let nothing = || Problem::missing("catalog.page_not_found", "no product or category has this slug");
    let slug = Slug::parse(&path).map_err(|_| nothing())?;
    souk.reads.wait_for(min, &[READ_MODEL, categories::READ_MODEL, reviews::READ_MODEL]).await?;
    let (site, tag) = (site(&souk), souk.store.locales.tag(locale));
    let body = match product_of(&souk, &slug).await? {
        Some(row) => {
            let rating = review_list::summary(souk.reads.pool(), row.id).await?;
            PageMetadataBody::of_product(&row, &rating, &site, tag)
        }
        None => {
            let row = category_list::by_slug(souk.reads.pool(), slug.as_str()).await?;
            let row = row.filter(|row| row.details.active).ok_or_else(nothing)?;
            PageMetadataBody::of_category(&row, &site, tag)
        }
    };
    if body.slug != slug.as_str() {
        let location = format!("/api/v1/seo/metadata/{}", percent_encoded(&body.slug));
        return Ok(Answer::json(StatusCode::MOVED_PERMANENTLY, &body)?.header(LOCATION, &location));
    }
    Ok(Answer::ok(&body)?.language(&body.language))
}

/// Propose a slug
///
/// For each language of a title a slug that no product (or category) has or had. It is not reserved.
#[utoipa::path(
    post,
    path = "/api/v1/seo/slug",
    tag = "catalog",
    request_body = ProposeSlugRequest,
    responses(
        (status = 200, body = SlugsBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn propose_slug(
    signed: Signed,
    souk: Shared,
    Body(request): Body<ProposeSlugRequest>,
) -> Result<Answer, Problem> {
    let mut fields = Fields::default();
    let owner = match request.kind.as_str() {
        "product" => Some(SlugOwner::Product),
        "category" => Some(SlugOwner::Category),
        _ => {
            fields.refuse("/kind", "unknown-kind", "must be product or category");
            None
        }
    };
    let title = fields.localized("/title", request.title);
    let (Some(owner), Some(title)) = (owner, title) else {
        return Err(fields.into_problem());
    };
    let mut body = SlugsBody::default();
    for (tag, text) in title.by_language() {
        let Some(wanted) = Slug::of(text) else {
            fields.refuse(
                format!("/title/{tag}"),
                "invalid-slug",
                "has no letters that a slug could be made of",
            );
            return Err(fields.into_problem());
        };
        let slug = souk.catalog.propose_slug(&signed.call(), owner, &wanted).await?;
        body.slugs.insert(tag.clone(), slug.to_string());
    }
    Answer::ok(&body)
}
