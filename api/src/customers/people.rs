//! Routes of customers: one's own profile, and those whom somebody looks after.

use std::collections::HashMap;

use actix_web::HttpRequest;
use commands::UseCase;
use domain::{
    identity::{PersonalDetails, Role},
    ids::AccountId,
};
use projections::{Page, orders::order_list};
use serde::Serialize;
use utoipa::ToSchema;

use super::response::CustomerTotalsBody;
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
    identity::{
        people::{UserBody, opened, sight},
        profile::ProfileRequest,
        users::{self, AccountAcceptedBody},
    },
    souk::Shared,
};

/// The read model of orders.
const ORDERS_MODEL: &str = "order_list";

/// A customer, and what was ordered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Customer)]
pub(crate) struct CustomerBody {
    #[serde(flatten)]
    user: UserBody,
    /// What was ordered, by currency.
    totals: Vec<CustomerTotalsBody>,
}

const RULES: Rules = Rules {
    is_list: true,
    has_total: true,
    filters: &[exact("zone"), exact("active")],
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
        "totals",
        "version",
        "registered_at",
        "updated_at",
    ],
    params: &[],
};

async fn totals_of(
    souk: &Shared,
    customers: &[AccountId],
) -> Result<HashMap<String, Vec<CustomerTotalsBody>>, Problem> {
    let mut totals: HashMap<String, Vec<CustomerTotalsBody>> = HashMap::new();
    for row in order_list::spent_by(souk.reads.pool(), customers).await? {
        let body = CustomerTotalsBody { orders: row.orders, spent: row.spent.into() };
        totals.entry(row.customer.to_string()).or_default().push(body);
    }
    Ok(totals)
}

/// Own profile
///
/// For customers; everybody else has `GET /users/{id}`.
#[utoipa::path(
    get,
    path = "/api/v1/customers/profile",
    tag = "customers",
    params(
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = UserBody),
        (status = 304, description = "You have it already"),
        (status = 404, body = ProblemBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_profile(signed: Signed, souk: Shared, min: MinPosition) -> Result<Answer, Problem> {
    signed.require(UseCase::ShowProfile)?;
    users::show(&signed, &souk, signed.principal().account, min).await
}

/// Revise one's own profile
///
/// The whole profile: what is left out is taken away. With `If-Match` only if nothing has changed since that version.
#[utoipa::path(
    put,
    path = "/api/v1/customers/profile",
    tag = "customers",
    request_body = ProfileRequest,
    params(
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = AccountAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_customer_profile(
    signed: Signed,
    souk: Shared,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<ProfileRequest>,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ReviseProfile)?;
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let own = signed.principal().account;
    let details: PersonalDetails = request.try_into()?;
    let outcome = souk.identity.revise_profile(&signed.repeatable(&attempt), own, &details, expected).await;
    users::answer(&souk, own, outcome).await
}

/// Customers, oldest first, with what they have ordered
///
/// Who looks after zones sees the customers who belong to these zones and to no others.
#[utoipa::path(
    get,
    path = "/api/v1/customers",
    tag = "customers",
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
        (status = 200, body = ListBody<CustomerBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_customers(
    signed: Signed,
    souk: Shared,
    request: HttpRequest,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ListCustomers)?;
    let params = RULES.read(&request)?;
    souk.reads.wait_for(min, &[ORDERS_MODEL]).await?;
    let page = users::page_of(&signed, &souk, &params, Some(Role::Customer), min).await?;
    let (page, rows) = users::split(page);
    let ids: Vec<AccountId> = rows.iter().map(|row| row.id).collect();
    let mut totals = totals_of(&souk, &ids).await?;
    let seen = rows.into_iter().filter_map(|row| sight(&signed, &row).map(|sight| (row, sight)));
    let items = opened(&souk, seen.collect()).await?;
    let items = items.into_iter().map(|user| {
        let totals = totals.remove(&user.id).unwrap_or_default();
        CustomerBody { user, totals }
    });
    let page = Page { items: items.collect(), next: page.next, total: page.total };
    Answer::ok(&params.list(page, |body: CustomerBody| body)?)
}

/// One customer, with what was ordered
#[utoipa::path(
    get,
    path = "/api/v1/customers/{id}",
    tag = "customers",
    params(
        ("id" = String, Path, description = "`usr_…`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = CustomerBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_customer(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::ShowCustomer)?;
    souk.reads.wait_for(min, &[ORDERS_MODEL]).await?;
    let found = customer(&signed, &souk, id, min).await?;
    let user = opened(&souk, vec![found]).await?.pop().ok_or_else(users::unknown)?;
    let totals = totals_of(&souk, &[id]).await?.remove(&user.id).unwrap_or_default();
    Answer::ok(&CustomerBody { user, totals })
}

/// The account, if it is a customer's.
async fn customer(
    signed: &Signed,
    souk: &Shared,
    id: AccountId,
    min: MinPosition,
) -> Result<(projections::identity::accounts::AccountRow, commands::identity::Sight), Problem> {
    let found = users::find(signed, souk, id, min).await?;
    if found.0.role == Role::Customer {
        Ok(found)
    } else {
        Err(users::unknown())
    }
}

/// Remove a customer
///
/// As `DELETE /users/{id}`: the account is closed for good and its owner's data are erased; orders stay, without the
/// person.
#[utoipa::path(
    delete,
    path = "/api/v1/customers/{id}",
    tag = "customers",
    params(("id" = String, Path, description = "`usr_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = AccountAcceptedBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn erase_customer(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    IfMatch(expected): IfMatch,
) -> Result<Answer, Problem> {
    signed.require(UseCase::EraseCustomer)?;
    customer(&signed, &souk, id, MinPosition(None)).await?;
    users::erase(&signed, &souk, id, expected).await
}
