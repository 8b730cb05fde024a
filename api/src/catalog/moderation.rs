//! Routes of those who moderate reviews, and of readers who call them.

use actix_web::HttpRequest;
use commands::UseCase;
use domain::ids::ReviewId;
use projections::{
    Sort,
    catalog::review_list::{self, ReviewSort},
};

use super::{
    review_request::{FlagReviewRequest, ModerateReviewRequest},
    review_response::{ModeratedReviewBody, ReviewAcceptedBody, ReviewFlaggedBody},
    reviews::{READ_MODEL, SORTS, filter, opened, review_answer, sort},
};
use crate::{
    http::{
        Answer, Body, Id, Problem,
        auth::Signed,
        consistency::MinPosition,
        etag::IfMatch,
        idempotency::OptionalKey,
        list::{Rules, exact},
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

const QUEUE: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[
        exact("status"),
        exact("product"),
        exact("rating"),
        exact("verified"),
        exact("flagged"),
    ],
    sorts: SORTS,
    fields: &[],
    params: &[],
};

/// Every review
///
/// For those who moderate; the oldest first, so that nothing waits for ever.
#[utoipa::path(
    get,
    path = "/api/v1/reviews",
    tag = "catalog",
    params(
        ("filter[status]" = Option<String>, Query, description = "`pending`, `published` or `rejected`"),
        ("filter[product]" = Option<String>, Query, description = "About this product (`prd_…`)"),
        ("filter[rating]" = Option<u8>, Query, description = "With so many stars"),
        ("filter[verified]" = Option<bool>, Query, description = "`true`: of those who have had the product"),
        ("filter[flagged]" = Option<bool>, Query, description = "`true`: flagged since they were last moderated"),
        ("sort" = Option<String>, Query, description = "`created_at` or `rating`; `-` in front means greatest first"),
        ("limit" = Option<u32>, Query, description = "1 to 200"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the page before"),
        ("total" = Option<bool>, Query, description = "`true`: count all of them"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<ModeratedReviewBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_reviews(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListReviews)?;
    let params = QUEUE.read(&request)?;
    let filter = filter(&params)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let oldest = Sort::ascending(ReviewSort::CreatedAt);
    let page = review_list::list(souk.reads.pool(), &filter, sort(&params, oldest), &params.page()).await?;
    Answer::ok(&opened(&souk, &params, page, ModeratedReviewBody::open).await?)
}

/// Publish or reject a review
///
/// What readers had against it is settled by that. With `If-Match` only if nothing has changed since that version, so that
/// nobody publishes a text that was written anew meanwhile.
#[utoipa::path(
    patch,
    path = "/api/v1/reviews/{id}/moderation",
    tag = "catalog",
    request_body = ModerateReviewRequest,
    params(
        ("id" = String, Path, description = "`rev_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ReviewAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn moderate_review(
    signed: Signed,
    souk: Shared,
    Id(id): Id<ReviewId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ModerateReviewRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let verdict = request.parse()?;
    let outcome = souk.reviews.moderate_review(&signed.repeatable(&attempt), id, verdict, expected).await;
    review_answer(&souk, id, outcome).await
}

/// Flag a review
///
/// Says to those who moderate that a published review should not be there. Once a customer: a second flag changes nothing.
#[utoipa::path(
    post,
    path = "/api/v1/reviews/{id}/flag",
    tag = "catalog",
    request_body = FlagReviewRequest,
    params(("id" = String, Path, description = "`rev_…`"), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = ReviewFlaggedBody),
        (status = 409, body = ProblemBody, description = "`catalog.review_own`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn flag_review(
    signed: Signed,
    souk: Shared,
    Id(id): Id<ReviewId>,
    key: OptionalKey,
    Body(request): Body<FlagReviewRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let executed = souk.reviews.flag_review(&signed.repeatable(&attempt), id, request.reason).await?;
    Ok(Answer::ok(&ReviewFlaggedBody { id: id.to_string() })?.executed(&executed))
}
