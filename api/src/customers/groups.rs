//! Routes of customers' groups.

use commands::customers::CustomerGrouped;
use domain::{customers::CustomerGroups, ids::AccountId, text::Code};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    http::{
        Answer, Body, Fields, Id, Problem, auth::Signed, etag::IfMatch, idempotency::OptionalKey,
        problem::ProblemBody,
    },
    souk::Shared,
};

/// The groups that a customer is to be in.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"groups": ["bakery", "wholesale"]}))]
pub(crate) struct GroupsRequest {
    /// All of them, at most 20; none take the customer out of all. Whoever is in `wholesale` pays wholesale prices.
    groups: Vec<String>,
}

/// The groups of a customer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CustomerGroups)]
pub(crate) struct GroupsBody {
    /// `usr_…`
    customer_id: String,
    /// In the order of the alphabet.
    groups: Vec<String>,
    /// For `If-Match`.
    version: i64,
}

impl From<&CustomerGrouped> for GroupsBody {
    fn from(grouped: &CustomerGrouped) -> Self {
        Self {
            customer_id: grouped.customer.to_string(),
            groups: grouped.groups.iter().map(|group| group.as_str().to_owned()).collect(),
            version: grouped.version,
        }
    }
}

/// The groups of a customer
///
/// By them price lists and promotions say whom they are for.
#[utoipa::path(
    get,
    path = "/api/v1/customers/{id}/groups",
    tag = "customers",
    params(("id" = String, Path, description = "`usr_…`"), ("If-None-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = GroupsBody),
        (status = 304, description = "You have it already"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_customer_groups(
    signed: Signed,
    souk: Shared,
    Id(customer): Id<AccountId>,
) -> Result<Answer, Problem> {
    let known = souk.customers.groups(&signed.call(), customer).await?;
    Ok(Answer::ok(&GroupsBody::from(&known))?.etag(known.version))
}

/// Put a customer into groups
///
/// These and no others, from now on; placed orders keep their prices.
#[utoipa::path(
    put,
    path = "/api/v1/customers/{id}/groups",
    tag = "customers",
    request_body = GroupsRequest,
    params(
        ("id" = String, Path, description = "`usr_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = GroupsBody),
        (status = 412, body = ProblemBody, description = "They have changed; `events` says how"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn group_customer(
    signed: Signed,
    souk: Shared,
    Id(customer): Id<AccountId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<GroupsRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let mut fields = Fields::default();
    let groups = fields.check_all("/groups", &request.groups, |group| Code::parse(group));
    let Some(groups) = groups.filter(|_| fields.is_clean()) else {
        return Err(fields.into_problem());
    };
    let call = signed.repeatable(&attempt);
    match souk.customers.group(&call, customer, groups.into_iter().collect(), expected).await {
        Ok(executed) => {
            let body = GroupsBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<CustomerGroups>(error, &customer.stream()).await),
    }
}
