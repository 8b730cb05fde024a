//! Routes of one's own addresses.

use commands::{CommandError, Executed, UseCase, customers::AddressAccepted};
use domain::{customers::AddressBook, ids::AddressId};
use projections::customers::address_list;

use super::{
    request::AddressRequest,
    response::{AddressAcceptedBody, AddressBody, AddressesBody},
};
use crate::{
    http::{
        Answer, Body, Id, Problem, auth::Signed, consistency::MinPosition, etag::IfMatch,
        idempotency::OptionalKey, problem::ProblemBody,
    },
    souk::Shared,
};

/// The read model of addresses.
pub(crate) const READ_MODEL: &str = "address_list";

fn unknown() -> Problem {
    Problem::missing("customers.address_not_found", "address does not exist")
}

async fn own(signed: &Signed, souk: &Shared, min: MinPosition) -> Result<AddressesBody, Problem> {
    signed.require(UseCase::ReadAddresses)?;
    souk.reads.wait_for(min, &[READ_MODEL]).await?;
    let owner = signed.principal().account;
    let book = address_list::of_customer(souk.reads.pool(), owner).await?;
    let keys = souk.identity.vault().keys([owner]).await?;
    let mut items = Vec::with_capacity(book.addresses.len());
    for row in &book.addresses {
        items.extend(AddressBody::open(row, book.version, &keys)?);
    }
    Ok(AddressesBody { items, version: book.version })
}

async fn answer(
    signed: &Signed,
    souk: &Shared,
    outcome: Result<Executed<AddressAccepted>, CommandError>,
) -> Result<Answer, Problem> {
    match outcome {
        Ok(executed) => {
            let body = AddressAcceptedBody::from(&executed.result);
            Ok(Answer::ok(&body)?.etag(body.version).executed(&executed))
        }
        Err(error) => Err(souk.explain::<AddressBook>(error, &signed.principal().account.stream()).await),
    }
}

/// Own addresses
///
/// All of them, in the order in which they were added; there are fifty at most.
#[utoipa::path(
    get,
    path = "/api/v1/addresses",
    tag = "customers",
    params(
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = AddressesBody),
        (status = 304, description = "You have them already"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_addresses(
    signed: Signed,
    souk: Shared,
    min: MinPosition,
) -> Result<Answer, Problem> {
    let addresses = own(&signed, &souk, min).await?;
    Ok(Answer::ok(&addresses)?.etag(addresses.version))
}

/// One own address
#[utoipa::path(
    get,
    path = "/api/v1/addresses/{id}",
    tag = "customers",
    params(
        ("id" = String, Path, description = "`adr_…`"),
        ("If-None-Match" = Option<String>, Header),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = AddressBody),
        (status = 304, description = "You have it already"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn show_address(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AddressId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    let addresses = own(&signed, &souk, min).await?;
    let id = id.to_string();
    let found = addresses.items.into_iter().find(|address| address.id == id).ok_or_else(unknown)?;
    Ok(Answer::ok(&found)?.etag(addresses.version))
}

/// Add an address
///
/// The first one becomes the default; a further one with `is_default`.
#[utoipa::path(
    post,
    path = "/api/v1/addresses",
    tag = "customers",
    request_body = AddressRequest,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses(
        (status = 201, body = AddressAcceptedBody),
        (status = 409, body = ProblemBody, description = "`customers.too_many_addresses`"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn add_address(
    signed: Signed,
    souk: Shared,
    key: OptionalKey,
    Body(request): Body<AddressRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let is_default = request.is_default;
    let executed =
        souk.customers.add_address(&signed.repeatable(&attempt), request.try_into()?, is_default).await?;
    let body = AddressAcceptedBody::from(&executed.result);
    let location = format!("/api/v1/addresses/{}", body.id);
    Ok(Answer::created(&location, &body)?.etag(body.version).executed(&executed))
}

/// Change an address
///
/// The whole address: what is left out is taken away. Orders that went there keep what it was. With `If-Match` only if
/// none of the addresses has changed since that version.
#[utoipa::path(
    put,
    path = "/api/v1/addresses/{id}",
    tag = "customers",
    request_body = AddressRequest,
    params(
        ("id" = String, Path, description = "`adr_…`"),
        ("If-Match" = Option<String>, Header),
        ("Idempotency-Key" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = AddressAcceptedBody),
        (status = 412, body = ProblemBody, description = "They have changed; `events` says how"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revise_address(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AddressId>,
    IfMatch(expected): IfMatch,
    key: OptionalKey,
    Body(request): Body<AddressRequest>,
) -> Result<Answer, Problem> {
    let attempt = souk.repeats.begin_optional(&key, signed.actor(), &request)?;
    let call = signed.repeatable(&attempt);
    let outcome = souk.customers.revise_address(&call, id, request.try_into()?, expected).await;
    answer(&signed, &souk, outcome).await
}

/// Remove an address
///
/// Orders that went there keep it. When it was the default, the oldest of the others becomes it. With `If-Match` only if
/// none of the addresses has changed since that version.
#[utoipa::path(
    delete,
    path = "/api/v1/addresses/{id}",
    tag = "customers",
    params(("id" = String, Path, description = "`adr_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = AddressAcceptedBody),
        (status = 412, body = ProblemBody, description = "They have changed; `events` says how"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn remove_address(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AddressId>,
    IfMatch(expected): IfMatch,
) -> Result<Answer, Problem> {
    let outcome = souk.customers.remove_address(&signed.call(), id, expected).await;
    answer(&signed, &souk, outcome).await
}

/// Make an address the default
///
/// With `If-Match` only if none of the addresses has changed since that version.
#[utoipa::path(
    patch,
    path = "/api/v1/addresses/{id}/default",
    tag = "customers",
    params(("id" = String, Path, description = "`adr_…`"), ("If-Match" = Option<String>, Header)),
    responses(
        (status = 200, body = AddressAcceptedBody),
        (status = 412, body = ProblemBody, description = "They have changed; `events` says how"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn choose_default_address(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AddressId>,
    IfMatch(expected): IfMatch,
) -> Result<Answer, Problem> {
    let outcome = souk.customers.choose_default(&signed.call(), id, expected).await;
    answer(&signed, &souk, outcome).await
}
