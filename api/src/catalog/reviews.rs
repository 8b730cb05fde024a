//! Routes of reviews.

use actix_web::HttpRequest;
use commands::{
    CommandError, Executed, UseCase,
    catalog::{MAX_PROOFS, ReviewAccepted},
    vault::Keys,
};
use domain::{
    catalog::{Rating, Review, ReviewStatus},
    ids::{OrderId, ProductId, ReviewId},
};
use projections::{
    Page, Sort,
    catalog::{
        product_list,
        review_list::{self, ReviewFilter, ReviewRow, ReviewSort},
    },
    orders::order_list,
};
use serde::Serialize;

use super::{
    moderation::{flag_review, list_reviews, moderate_review},
    pages,
    review_request::ReviewRequest,
    review_response::{ProductReviewsBody, ReviewAcceptedBody, ReviewBody},
};
use crate::{
    http::{
        Answer, Body, Id, Problem,
        auth::Signed,
        consistency::MinPosition,
        etag::IfMatch,
        idempotency::OptionalKey,
        list::{Op, Params, Rules, exact},
        problem::ProblemBody,
        routes::Routes,
        shapes::ListBody,
    },
    souk::{Shared, Souk},
};

/// The read model of reviews.
pub(crate) const READ_MODEL: &str = "review_list";

/// The read model that says which orders may prove a purchase.
const ORDERS_MODEL: &str = "order_list";

pub(super) const SORTS: &[&str] = &["created_at", "rating"];

const OF_PRODUCT: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("rating"), exact("verified")],
    sorts: SORTS,
    fields: &[],
    params: &[],
};

/// Routes of reviews.
pub(super) fn routes(routes: &mut Routes) {
    routes.get("/api/v1/products/{id}/reviews", list_product_reviews);
    routes.post("/api/v1/products/{id}/reviews", write_review);
    routes.get("/api/v1/reviews", list_reviews);
    routes.put("/api/v1/reviews/{id}", revise_review);
    routes.delete("/api/v1/reviews/{id}", remove_review);
    routes.patch("/api/v1/reviews/{id}/moderation", moderate_review);
    routes.post("/api/v1/reviews/{id}/flag", flag_review);
}

pub(super) fn filter(params: &Params) -> Result<ReviewFilter, Problem> {
    let status = |text: &str| match text {
        "pending" => Ok(ReviewStatus::Pending),
        "published" => Ok(ReviewStatus::Published),
        "rejected" => Ok(ReviewStatus::Rejected),
        _ => Err("must be pending, published or rejected"),
    };
    let rating = |text: &str| {
        let stars = text.parse::<u8>().ok();
        stars.and_then(|stars| Rating::try_from(stars).ok()).ok_or("must be a number from 1 to 5")
    };
    Ok(ReviewFilter {
        product: params.filter("product", Op::Eq, str::parse)?,
        status: params.filter("status", Op::Eq, status)?,
        rating: params.filter("rating", Op::Eq, rating)?,
        is_verified: params.filter("verified", Op::Eq, str::parse)?,
        is_flagged: params.filter("flagged", Op::Eq, str::parse)?,
    })
}

pub(super) fn sort(params: &Params, otherwise: Sort<ReviewSort>) -> Sort<ReviewSort> {
    params.sort.map_or(otherwise, |sort| {
        let key = if sort.name == "rating" {
            ReviewSort::Rating
        } else {
            ReviewSort::CreatedAt
        };
        Sort { key, descending: sort.is_descending }
    })
}

/// A page with what the vault still opens of its reviews.
pub(super) async fn opened<B: Serialize>(
    souk: &Souk,
    params: &Params,
    page: Page<ReviewRow>,
    open: impl Fn(&ReviewRow, &Keys) -> Result<B, Problem>,
) -> Result<ListBody<serde_json::Value>, Problem> {
    let authors = page.items.iter().filter(|row| row.content.is_some()).map(|row| row.customer);
    let keys = souk.identity.vault().keys(authors).await?;
    let items = page.items.iter().map(|row| open(row, &keys)).collect::<Result<Vec<_>, _>>()?;
    params.list(Page { items, next: page.next, total: page.total }, |item| item)
}

/// Reviews of a product
///
/// Those that are published, the newest first, and what all of them come to.
#[utoipa::path(
    get,
    path = "/api/v1/products/{id}/reviews",
    tag = "catalog",
    params(
        ("id" = String, Path, description = "`prd_…`"),
        ("filter[rating]" = Option<u8>, Query, description = "With so many stars"),
        ("filter[verified]" = Option<bool>, Query, description = "`true`: of those who have had the product"),
        ("sort" = Option<String>, Query, description = "`created_at` or `rating`; `-` in front means greatest first"),
        ("limit" = Option<u32>, Query, description = "1 to 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("total" = Option<bool>, Query, description = "`true`: count all of them"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ProductReviewsBody),
    ),
    security(()),
)]
pub(crate) async fn list_product_reviews(
    souk: Shared,
    request: HttpRequest,
    Id(product): Id<ProductId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    let params = OF_PRODUCT.read(&request)?;
    let published = Some(ReviewStatus::Published);
    let filter = ReviewFilter {
        product: Some(product),
        status: published,
        ..filter(&params)?
    };
    souk.reads.wait_for(min, &[READ_MODEL, pages::READ_MODEL]).await?;
    let pool = souk.reads.pool();
    if product_list::get(pool, product).await?.is_none() {
        return Err(Problem::missing("catalog.product_not_found", "product does not exist"));
    }
    let newest = Sort::descending(ReviewSort::CreatedAt);
    let page = review_list::list(pool, &filter, sort(&params, newest), &params.page()).await?;
    let list = opened(&souk, &params, page, ReviewBody::open).await?;
    let summary = review_list::summary(pool, product).await?;
    Answer::ok(&ProductReviewsBody::new(&summary, list))
}

/// Orders that may prove that the caller has had a product; the writer looks at them itself.
async fn proofs(souk: &Souk, signed: &Signed, product: ProductId) -> Result<Vec<OrderId>, Problem> {
    let customer = signed.principal().account;
    let limit = u16::try_from(MAX_PROOFS).unwrap_or(u16::MAX);
    Ok(order_list::bought(souk.reads.pool(), customer, product, limit).await?)
}

/// Write a review
///
/// One review a customer and product. It is read by others once it is published. `verified_purchase` is found out, not
/// said: an order must have brought the product. Send `Min-Event-Position` right after a delivery.
#[utoipa::path(
    post,
    path = "/api/v1/products/{id}/reviews",
    tag = "catalog",
    request_body = ReviewRequest,
    params(
        ("id" = String, Path, description = "`prd_…`"),
        ("Idempotency-Key" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 201, body = ReviewAcceptedBody),
        (status = 409, body = ProblemBody, description = "`catalog.review_exists`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn write_review(
    signed: Signed,
    souk: Shared,
    Id(product): Id<ProductId>,
    key: OptionalKey,
    min: MinPosition,
    Body(request): Body<ReviewRequest>,
) -> Result<Answer, Problem> {
    signed.require(UseCase::WriteReview)?;
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    souk.reads.wait_for(min, &[ORDERS_MODEL]).await?;
    let new = request.parse(proofs(&souk, &signed, product).await?)?;
    let executed = souk.reviews.write_review(&signed.repeatable(&attempt), product, new).await?;
    let body = ReviewAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/products/{product}/reviews");
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Revise an own review
///
/// The whole review: what is left out is taken away. It is moderated again. With `If-Match` only if nothing has changed
/// since that version.
#[utoipa::path(
    put,
    path = "/api/v1/reviews/{id}",
    tag = "catalog",
    request_body = ReviewRequest,
    params(
        ("id" = String, Path, description = "`rev_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ReviewAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_review(
    signed: Signed,
    souk: Shared,
    Id(id): Id<ReviewId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    min: MinPosition,
    Body(request): Body<ReviewRequest>,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ReviseReview)?;
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    souk.reads.wait_for(min, &[ORDERS_MODEL]).await?;
    let known = souk.reads.log.load::<Review>(&id.stream(), event_store::AsOf::Now).await?;
    let orders = match known.state.known() {
        Some(known) => proofs(&souk, &signed, known.product).await?,
        None => Vec::new(),
    };
    let new = request.parse(orders)?;
    let outcome = souk.reviews.revise_review(&signed.repeatable(&attempt), id, new, expected).await;
    review_answer(&souk, id, outcome).await
}

/// Remove a review
///
/// An own one, or any by those who moderate. Its author may write another. With `If-Match` only if nothing has changed
/// since that version.
#[utoipa::path(
    delete,
    path = "/api/v1/reviews/{id}",
    tag = "catalog",
    params(("id" = String, Path, description = "`rev_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = ReviewAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn remove_review(
    signed: Signed,
    souk: Shared,
    Id(id): Id<ReviewId>,
    IfMatch(expected): IfMatch,
) -> Result<Answer, Problem> {
    let outcome = souk.reviews.remove_review(&signed.call(), id, expected).await;
    review_answer(&souk, id, outcome).await
}

pub(super) async fn review_answer(
    souk: &Souk,
    id: ReviewId,
    outcome: Result<Executed<ReviewAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = ReviewAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Review>(error, &id.stream()).await),
    }
}
