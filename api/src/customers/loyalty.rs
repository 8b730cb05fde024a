//! Routes of one's own points.

use actix_web::HttpRequest;
use projections::Page;

use super::{
    loyalty_request::RedeemRequest,
    loyalty_response::{LoyaltyBody, LoyaltyRewardBody, PointsChangeBody, RedemptionBody},
};
use crate::{
    http::{
        Answer, Body, Problem,
        auth::Signed,
        idempotency::IdempotencyKey,
        list::{Rules, invalid_value},
        problem::ProblemBody,
        shapes::ListBody,
    },
    souk::Shared,
};

/// What a history understands.
const HISTORY: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[],
    sorts: &[],
    fields: &[],
    params: &[],
};

/// There are a hundred at most, so they come at once.
const REWARDS: Rules = Rules { is_list: false, has_total: false, ..HISTORY };

/// Own points
///
/// What can be spent, the tier, and what will be lost.
#[utoipa::path(
    get,
    path = "/api/v1/loyalty",
    tag = "customers",
    responses(
        (status = 200, body = LoyaltyBody),
        (status = 400, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_loyalty(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    Answer::ok(&LoyaltyBody::from(&souk.customers.loyalty(&signed.call()).await?))
}

/// What changed one's points
///
/// The newest first; all of it sums to what there is.
#[utoipa::path(
    get,
    path = "/api/v1/loyalty/history",
    tag = "customers",
    params(
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("total" = Option<bool>, Query),
    ),
    responses(
        (status = 200, body = ListBody<PointsChangeBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_loyalty_history(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
) -> Result<Answer, Problem> {
    let params = HISTORY.read(&request)?;
    let before = match params.cursor.as_deref() {
        None => i64::MAX,
        Some(cursor) => cursor
            .strip_prefix('v')
            .and_then(|version| version.parse().ok())
            .ok_or_else(|| invalid_value("cursor", &"does not belong to a history"))?,
    };
    let events = souk.customers.loyalty_history(&signed.call()).await?;
    let changes = PointsChangeBody::all(&events)?;
    let total = params.wants_total.then(|| i64::try_from(changes.len()).unwrap_or(i64::MAX));
    let limit = usize::try_from(params.limit).unwrap_or(usize::MAX);
    let mut items: Vec<PointsChangeBody> =
        changes.into_iter().rev().filter(|change| change.version() < before).collect();
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| has_more).map(|last| format!("v{}", last.version()));
    Answer::ok(&params.list(Page { items, next, total }, |change| change)?)
}

/// What can be had for points
///
/// The rewards of the customer's tier, the oldest first.
#[utoipa::path(
    get,
    path = "/api/v1/loyalty/rewards",
    tag = "customers",
    responses(
        (status = 200, body = ListBody<LoyaltyRewardBody>),
        (status = 400, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_rewards(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
) -> Result<Answer, Problem> {
    let params = REWARDS.read(&request)?;
    let view = souk.customers.loyalty(&signed.call()).await?;
    let earned = view.points.earned_within(view.program.rules(), view.now);
    let points = view.points.spendable(view.now);
    let rewards = view.program.rewards().iter();
    let items = rewards.filter(|(id, _)| view.program.redeemable(**id, earned).is_ok()).collect();
    let page = Page { items, next: None, total: None };
    Answer::ok(&params.list(page, |(id, known)| LoyaltyRewardBody::new(*id, known, Some(points)))?)
}

/// Redeem points
///
/// The points become a coupon that is good for one order. Under one `Idempotency-Key` that happens once.
#[utoipa::path(
    post,
    path = "/api/v1/loyalty/redeem",
    tag = "customers",
    request_body = RedeemRequest,
    params(("Idempotency-Key" = String, Header)),
    responses(
        (status = 200, body = RedemptionBody),
        (status = 404, body = ProblemBody, description = "`customers.reward_not_found`"),
        (status = 409, body = ProblemBody, description = "`customers.insufficient_points`, `customers.reward_tier_too_low`, `customers.reward_retired`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn redeem_reward(
    signed: Signed,
    souk: Shared,
    key: IdempotencyKey,
    Body(request): Body<RedeemRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let executed = souk.customers.redeem_reward(&signed.repeatable(&attempt), request.reward()?).await?;
    Ok(Answer::ok(&RedemptionBody::from(&executed.result))?.executed(&executed))
}
