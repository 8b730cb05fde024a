//! Routes for those who look after accounts: everybody who is invited, which is everybody but the customers.

use actix_web::HttpRequest;
use commands::{UseCase, identity::Assignment};
use domain::{
    identity::{Role, Standing},
    ids::AccountId,
    text::Zone,
};
use projections::{
    Page,
    identity::accounts::{self, AccountFilter, AccountRow},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    admin_request::{ActiveRequest, AssignmentRequest, NewAdminRequest, ZonesRequest},
    people::{UserBody, opened},
    users::{self, AccountAcceptedBody, READ_MODEL, RULES, answer, find, split, unknown},
};
use crate::{
    http::{
        Answer, Body, Id, Problem, auth::Signed, consistency::MinPosition, etag::IfMatch,
        idempotency::OptionalKey, list::Op, problem::ProblemBody, shapes::ListBody,
    },
    souk::Shared,
};

/// How many accounts there are.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminStats, example = json!({
    "items": [{"role": "location_admin", "zone": "erbil", "active": 2, "inactive": 1}],
}))]
pub(crate) struct StatsBody {
    items: Vec<StatBody>,
}

/// How many accounts of one role there are in one zone. Who is restricted to several zones counts in each.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AdminStat)]
pub(crate) struct StatBody {
    /// Never `customer`.
    #[schema(value_type = String)]
    role: Role,
    /// Null: restricted to none.
    zone: Option<String>,
    /// They may sign in.
    active: i64,
    /// They may not; erased ones are left out.
    inactive: i64,
}

/// Invited accounts, oldest first
#[utoipa::path(
    get,
    path = "/api/v1/admins",
    tag = "identity",
    params(
        ("filter[role]" = Option<String>, Query),
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
pub(crate) async fn list_admins(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListAdmins)?;
    let params = RULES.read(&request)?;
    let filter = AccountFilter {
        role: params.filter("role", Op::Eq, users::parse_role)?,
        besides: Some(Role::Customer),
        zone: params.filter("zone", Op::Eq, Zone::parse)?,
        active: params.filter("active", Op::Eq, users::parse_active)?,
        ..AccountFilter::default()
    };
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let page = accounts::list(souk.reads.pool(), &filter, &params.page()).await?;
    let (page, rows) = split(page);
    let items = users::shown(&signed, &souk, rows).await?;
    let page = Page { items, next: page.next, total: page.total };
    Answer::ok(&params.list(page, |body: UserBody| body)?)
}

/// How many invited accounts there are, by role and zone
#[utoipa::path(
    get,
    path = "/api/v1/admins/stats",
    tag = "identity",
    params(("Min-Event-Position" = Option<String>, Header)),
    responses(
        (status = 200, body = StatsBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn admin_stats(signed: Signed, souk: Shared, min: MinPosition) -> Result<Answer, Problem> {
    signed.require(UseCase::AdminStats)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let rows = accounts::counts(souk.reads.pool()).await?;
    let items = rows.into_iter().filter(|row| row.role != Role::Customer).map(|row| StatBody {
        role: row.role,
        zone: row.zone,
        active: row.active,
        inactive: row.inactive,
    });
    Answer::ok(&StatsBody { items: items.collect() })
}

/// One invited account
#[utoipa::path(
    get,
    path = "/api/v1/admins/{id}",
    tag = "identity",
    params(
        ("id" = String, Path, description = "`usr_…`"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = UserBody),
        (status = 304, description = "You have it already"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_admin(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ShowAdmin)?;
    let found = admin(&signed, &souk, id, min).await?;
    let body = opened(&souk, vec![found]).await?.pop().ok_or_else(unknown)?;
    Ok(Answer::ok(&body)?.etag(body.version))
}

/// The account, if it is no customer's.
async fn admin(
    signed: &Signed,
    souk: &Shared,
    id: AccountId,
    min: MinPosition,
) -> Result<(AccountRow, commands::identity::Sight), Problem> {
    let found = find(signed, souk, id, min).await?;
    if found.0.role == Role::Customer {
        Err(unknown())
    } else {
        Ok(found)
    }
}

/// Invite somebody
///
/// Any role but a customer's. Nobody else makes such accounts. With a password, whoever invites hands it over; without
/// one, a mail goes out with a token for `POST /auth/reset-password`, and nobody can sign in before it was used.
#[utoipa::path(
    post,
    path = "/api/v1/admins",
    tag = "identity",
    request_body = NewAdminRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = AccountAcceptedBody),
        (status = 409, body = ProblemBody, description = "`identity.email_taken`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn create_admin(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<NewAdminRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let call = signed.repeatable(&attempt);
    let executed = souk.identity.create_admin(&call, request.try_into()?).await?;
    let version = executed.result.version;
    let body = AccountAcceptedBody { id: executed.result.account.to_string(), version };
    let location = format!("/api/v1/admins/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(version).executed(&executed))
}

/// Give an invited account another role, other zones or another company
///
/// The whole: what is left out is taken away. Its sessions end where anything changes.
#[utoipa::path(
    put,
    path = "/api/v1/admins/{id}",
    tag = "identity",
    request_body = AssignmentRequest,
    params(
        ("id" = String, Path, description = "`usr_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = AccountAcceptedBody),
        (status = 409, body = ProblemBody, description = "`identity.last_super_admin`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_admin(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<AssignmentRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let to = Assignment::try_from(request)?;
    let call = signed.repeatable(&attempt);
    let outcome = souk.identity.reassign(&call, id, move |_| to.clone(), expected).await;
    answer(&souk, id, outcome).await
}

/// Assign zones
///
/// Role and company stay as they are.
#[utoipa::path(
    patch,
    path = "/api/v1/admins/{id}/zones",
    tag = "identity",
    request_body = ZonesRequest,
    params(
        ("id" = String, Path, description = "`usr_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = AccountAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn assign_zones(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ZonesRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let zones = Vec::<Zone>::try_from(request)?;
    let to = move |now: &Standing| Assignment { role: now.role, zones: zones.clone(), company: now.company };
    let outcome = souk.identity.reassign(&signed.repeatable(&attempt), id, to, expected).await;
    answer(&souk, id, outcome).await
}

/// Let an invited account sign in, or not
///
/// Deactivating ends its sessions, on every node within seconds. The last super admin stays.
#[utoipa::path(
    patch,
    path = "/api/v1/admins/{id}/active",
    tag = "identity",
    request_body = ActiveRequest,
    params(("id" = String, Path, description = "`usr_…`"), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = AccountAcceptedBody),
        (status = 409, body = ProblemBody, description = "`identity.last_super_admin`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn set_admin_active(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    key: OptionalKey,
    Body(request): Body<ActiveRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let outcome = souk.identity.set_active(&signed.repeatable(&attempt), id, request.active).await;
    answer(&souk, id, outcome).await
}

/// Force an invited account's owner to choose a new password
///
/// The old one signs nobody in any more, its sessions end, here at once and on every other node within seconds, and a mail
/// goes out with a token for `POST /auth/reset-password`. A second factor stays. An account that may not sign in gets no
/// mail.
#[utoipa::path(
    post,
    path = "/api/v1/admins/{id}/reset-password",
    tag = "identity",
    params(("id" = String, Path, description = "`usr_…`"), ("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 200, body = AccountAcceptedBody),
        (status = 409, body = ProblemBody, description = "`identity.account_erased`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revoke_password(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    key: OptionalKey,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &())?;
    let outcome = souk.identity.revoke_password(&signed.repeatable(&attempt), id).await;
    answer(&souk, id, outcome).await
}

/// Remove an invited account
///
/// As `DELETE /users/{id}`: it is closed for good and its owner's data are erased. The last super admin stays.
#[utoipa::path(
    delete,
    path = "/api/v1/admins/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "`usr_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = AccountAcceptedBody),
        (status = 409, body = ProblemBody, description = "`identity.last_super_admin`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn remove_admin(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    IfMatch(expected): IfMatch,
) -> Result<Answer, Problem> {
    signed.require(UseCase::RemoveAdmin)?;
    admin(&signed, &souk, id, MinPosition(None)).await?;
    users::erase(&signed, &souk, id, expected).await
}
