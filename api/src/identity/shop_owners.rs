//! Routes for those who look after zones: the shop owners there, and whether they may sign in.

use actix_web::HttpRequest;
use commands::UseCase;
use domain::{identity::Role, ids::AccountId};
use projections::Page;

use super::{
    admin_request::ActiveRequest,
    people::UserBody,
    users::{self, AccountAcceptedBody, RULES, answer, split},
};
use crate::{
    http::{
        Answer, Body, Id, Problem, auth::Signed, consistency::MinPosition, idempotency::OptionalKey,
        shapes::ListBody,
    },
    souk::Shared,
};

/// Shop owners, oldest first
///
/// For who looks after zones: those who belong to these zones and to no others.
#[utoipa::path(
    get,
    path = "/api/v1/admins/shop-owners",
    tag = "identity",
    params(
        ("filter[zone]" = Option<String>, Query, description = "Restricted to this zone among others"),
        ("filter[active]" = Option<bool>, Query, description = "May sign in, or not"),
        ("limit" = Option<u32>, Query),
        ("cursor" = Option<String>, Query),
        ("fields" = Option<String>, Query),
        ("total" = Option<bool>, Query),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = ListBody<UserBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_shop_owners(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListShopOwners)?;
    let params = RULES.read(&request)?;
    let page = users::page_of(&signed, &souk, &params, Some(Role::Customer), min).await?;
    let (page, rows) = split(page);
    let items = users::shown(&signed, &souk, rows).await?;
    let page = Page { items, next: page.next, total: page.total };
    Answer::ok(&params.list(page, |body: UserBody| body)?)
}

/// Let a shop owner sign in, or not
///
/// Deactivating ends the sessions, on every node within seconds. A shop owner of other zones does not exist.
#[utoipa::path(
    patch,
    path = "/api/v1/admins/shop-owners/{id}/active",
    tag = "identity",
    request_body = ActiveRequest,
    params(("id" = String, Path, description = "`usr_…`"), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = AccountAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn set_shop_owner_active(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    key: OptionalKey,
    Body(request): Body<ActiveRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let call = signed.repeatable(&attempt);
    let outcome = souk.identity.set_shop_owner_active(&call, id, request.active).await;
    answer(&souk, id, outcome).await
}
