//! Routes of the loyalty programme, for those who run it.

use domain::{
    customers::{LOYALTY_PROGRAM, LoyaltyProgram},
    ids::RewardId,
};

use super::{
    loyalty_request::{AdjustmentRequest, LoyaltyRewardRequest, LoyaltyRulesRequest},
    loyalty_response::{AdjustedBody, LoyaltyRulesBody, ProgramChangedBody, RewardChangedBody},
};
use crate::{
    http::{
        Answer, Body, Id, Problem,
        auth::Signed,
        etag::IfMatch,
        idempotency::{IdempotencyKey, OptionalKey},
        problem::ProblemBody,
    },
    souk::Shared,
};

/// The loyalty programme
///
/// By what points are earned, kept and lost, and every reward.
#[utoipa::path(
    get,
    path = "/api/v1/loyalty/rules",
    tag = "customers",
    params(("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = LoyaltyRulesBody),
        (status = 304, description = "You have it already"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_loyalty_rules(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    let known = souk.customers.loyalty_program(&signed.call()).await?;
    Ok(Answer::ok(&LoyaltyRulesBody::from(&known))?.etag(known.version))
}

/// Set the rules of the loyalty programme
///
/// All of them, from now on; what was earned stays as it was earned.
#[utoipa::path(
    put,
    path = "/api/v1/loyalty/rules",
    tag = "customers",
    request_body = LoyaltyRulesRequest,
    params(("If-Match" = Option<String>, Header), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = ProgramChangedBody),
        (status = 412, body = ProblemBody, description = "The programme has changed; `events` says how"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn set_loyalty_rules(
    signed: Signed,
    souk: Shared,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<LoyaltyRulesRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let rules = request.try_into()?;
    match souk.customers.set_loyalty_rules(&signed.repeatable(&attempt), rules, expected).await {
        Ok(executed) => {
            let body = ProgramChangedBody { version: executed.result.version };
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<LoyaltyProgram>(error, LOYALTY_PROGRAM).await),
    }
}

/// Create a reward
///
/// Something more to be had for points: a coupon that takes a percentage or an amount off one order.
#[utoipa::path(
    post,
    path = "/api/v1/loyalty/rewards",
    tag = "customers",
    request_body = LoyaltyRewardRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = RewardChangedBody),
        (status = 409, body = ProblemBody, description = "`customers.too_many_rewards`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn create_reward(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<LoyaltyRewardRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let executed = souk.customers.add_reward(&signed.repeatable(&attempt), request.try_into()?).await?;
    let body = RewardChangedBody::from(&executed.result);
    let location = format!("/api/v1/loyalty/rewards/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Revise or retire a reward
///
/// All of it is replaced, from now on; with `retired` it cannot be had any more, for good. Coupons that were redeemed stay.
#[utoipa::path(
    put,
    path = "/api/v1/loyalty/rewards/{id}",
    tag = "customers",
    request_body = LoyaltyRewardRequest,
    params(
        ("id" = String, Path, description = "`rwd_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = RewardChangedBody),
        (status = 409, body = ProblemBody, description = "`customers.reward_retired`"),
        (status = 412, body = ProblemBody, description = "The programme has changed; `events` says how"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_reward(
    signed: Signed,
    souk: Shared,
    Id(reward): Id<RewardId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<LoyaltyRewardRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let (call, is_retired) = (signed.repeatable(&attempt), request.retired);
    match souk.customers.revise_reward(&call, reward, request.try_into()?, is_retired, expected).await {
        Ok(executed) => {
            let body = RewardChangedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<LoyaltyProgram>(error, LOYALTY_PROGRAM).await),
    }
}

/// Correct points
///
/// Adds points to a customer's, or takes some away, with a reason; never below none.
#[utoipa::path(
    post,
    path = "/api/v1/loyalty/adjustments",
    tag = "customers",
    request_body = AdjustmentRequest,
    params(("Idempotency-Key" = String, Header)),
    responses(
        (status = 200, body = AdjustedBody),
        (status = 404, body = ProblemBody, description = "`identity.account_not_found`"),
        (status = 409, body = ProblemBody, description = "`customers.insufficient_points`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn adjust_points(
    signed: Signed,
    souk: Shared,
    key: IdempotencyKey,
    Body(request): Body<AdjustmentRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin(&key, signed.actor(), &request)?;
    let (customer, reason) = request.parse()?;
    let call = signed.repeatable(&attempt);
    let executed = souk.customers.adjust_points(&call, customer, request.points, reason).await?;
    Ok(Answer::ok(&AdjustedBody::from(&executed.result))?.executed(&executed))
}
