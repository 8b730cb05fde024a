//! Routes that show, revise and erase accounts.

use actix_web::HttpRequest;
use commands::{
    CommandError, Executed, UseCase,
    identity::{AccountAccepted, ROLES_IN_ZONES, Reach, Sight},
};
use domain::{identity::Account, identity::Role, ids::AccountId, text::Zone};
use projections::{
    Page,
    identity::accounts::{self, AccountFilter, AccountRow},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    people::{UserBody, opened, sight},
    profile::ProfileRequest,
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
        shapes::ListBody,
    },
    souk::Shared,
};

/// The read model of accounts.
pub(crate) const READ_MODEL: &str = "accounts";

pub(crate) const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("role"), exact("zone"), exact("active")],
    sorts: &[],
    fields: &[
        "id",
        "role",
        "zones",
        "company_id",
        "active",
        "erased",
        "display_name",
        "phone",
        "email",
        "locale",
        "version",
        "registered_at",
        "updated_at",
    ],
    params: &[],
};

pub(crate) fn unknown() -> Problem {
    Problem::missing("identity.account_not_found", "account does not exist")
}

/// What became of an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountAccepted)]
pub(crate) struct AccountAcceptedBody {
    /// `usr_…`
    pub(crate) id: String,
    /// The `ETag`.
    pub(crate) version: i64,
}

pub(crate) async fn answer(
    souk: &Shared,
    id: AccountId,
    outcome: Result<Executed<AccountAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let version = executed.result.version;
            let body = AccountAcceptedBody { id: executed.result.account.to_string(), version };
            Ok(Answer::ok(&body)?.etag(version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<Account>(error, &id.stream()).await),
    }
}

/// Accounts, oldest first
///
/// Who looks after zones sees the customers, drivers and store managers who belong to these zones and to no others,
/// without their e-mail addresses and languages.
#[utoipa::path(
    get,
    path = "/api/v1/users",
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
pub(crate) async fn list_users(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListUsers)?;
    let params = RULES.read(&request)?;
    let role = params.filter("role", Op::Eq, parse_role)?;
    let page = page_of(&signed, &souk, &params, role, min).await?;
    let (page, rows) = split(page);
    let items = shown(&signed, &souk, rows).await?;
    let page = Page { items, next: page.next, total: page.total };
    Answer::ok(&params.list(page, |body: UserBody| body)?)
}

/// A page of the accounts that the caller sees.
pub(crate) async fn page_of(
    signed: &Signed,
    souk: &Shared,
    params: &Params,
    role: Option<Role>,
    min: MinPosition,
) -> Result<Page<AccountRow>, Problem> {
    let within = match Reach::of(&signed.caller()) {
        Reach::All => None,
        Reach::Zones(zones) => Some((ROLES_IN_ZONES.to_vec(), zones)),
        Reach::Own => Some((Vec::new(), Vec::new())),
    };
    let filter = AccountFilter {
        role,
        zone: params.filter("zone", Op::Eq, Zone::parse)?,
        company: None,
        besides: None,
        active: params.filter("active", Op::Eq, parse_active)?,
        within,
    };
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    Ok(accounts::list(souk.reads.pool(), &filter, &params.page()).await?)
}

/// As much of each account as the caller may see.
pub(crate) async fn shown(
    signed: &Signed,
    souk: &Shared,
    rows: Vec<AccountRow>,
) -> Result<Vec<UserBody>, Problem> {
    let seen = rows.into_iter().filter_map(|row| sight(signed, &row).map(|sight| (row, sight)));
    opened(souk, seen.collect()).await
}

/// The whole of an account, for a caller who was let in for that.
pub(crate) async fn show_whole(souk: &Shared, id: AccountId, min: MinPosition) -> Result<Answer, Problem> {
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let row = accounts::get(souk.reads.pool(), id).await?.ok_or_else(unknown)?;
    let body = opened(souk, vec![(row, Sight::Whole)]).await?.pop().ok_or_else(unknown)?;
    Ok(Answer::ok(&body)?.etag(body.version))
}

/// The rows of a page, and the page without them.
pub(crate) fn split(page: Page<AccountRow>) -> (Page<()>, Vec<AccountRow>) {
    (Page { items: Vec::new(), next: page.next, total: page.total }, page.items)
}

pub(crate) fn parse_active(text: &str) -> Result<bool, &'static str> {
    text.parse().map_err(|_| "must be true or false")
}

pub(crate) fn parse_role(text: &str) -> Result<Role, &'static str> {
    serde_json::from_value(text.into()).map_err(|_| "is no role")
}

/// One account, where the caller may know that there is one.
pub(crate) async fn find(
    signed: &Signed,
    souk: &Shared,
    id: AccountId,
    min: MinPosition,
) -> Result<(AccountRow, Sight), Problem> {
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let row = accounts::get(souk.reads.pool(), id).await?.ok_or_else(unknown)?;
    let sight = sight(signed, &row).ok_or_else(unknown)?;
    Ok((row, sight))
}

pub(crate) async fn show(
    signed: &Signed,
    souk: &Shared,
    id: AccountId,
    min: MinPosition,
) -> Result<Answer, Problem> {
    let found = find(signed, souk, id, min).await?;
    let body = opened(souk, vec![found]).await?.pop().ok_or_else(unknown)?;
    Ok(Answer::ok(&body)?.etag(body.version))
}

/// One account
///
/// One's own, or one that the caller looks after; another does not exist for the caller. An erased account is still
/// there, without its owner.
#[utoipa::path(
    get,
    path = "/api/v1/users/{id}",
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
pub(crate) async fn show_user(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    show(&signed, &souk, id, min).await
}

/// Revise one's own profile
///
/// The whole profile: what is left out is taken away. With `If-Match` only if nothing has changed since that version.
#[utoipa::path(
    put,
    path = "/api/v1/users/{id}",
    tag = "identity",
    request_body = ProfileRequest,
    params(
        ("id" = String, Path, description = "`usr_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = AccountAcceptedBody),
        (status = 403, body = ProblemBody, description = "It is somebody else's, whom the caller may see"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_user(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ProfileRequest>,
) -> Result<Answer, Problem> {
    if signed.principal().account != id {
        // 403 to whoever may know that it exists, 404 to everybody else.
        find(&signed, &souk, id, MinPosition(None)).await?;
        return Err(Problem::forbidden());
    }
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let details = request.try_into()?;
    let outcome = souk.identity.revise_profile(&signed.repeatable(&attempt), id, &details, expected).await;
    answer(&souk, id, outcome).await
}

/// Close an account and erase its owner's data
///
/// For good: the owner's key is destroyed, and names, phones and addresses cannot be read again, by anybody, anywhere.
/// Orders stay, without the person. The owner may, and who looks after such accounts.
#[utoipa::path(
    delete,
    path = "/api/v1/users/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "`usr_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = AccountAcceptedBody),
        (status = 409, body = ProblemBody, description = "`identity.last_super_admin`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn erase_user(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    IfMatch(expected): IfMatch,
) -> Result<Answer, Problem> {
    erase(&signed, &souk, id, expected).await
}

pub(crate) async fn erase(
    signed: &Signed,
    souk: &Shared,
    id: AccountId,
    expected: Option<i64>,
) -> Result<Answer, Problem> {
    let outcome = souk.identity.erase(&signed.call(), id, expected).await;
    answer(souk, id, outcome).await
}
