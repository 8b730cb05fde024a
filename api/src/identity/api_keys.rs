//! Routes of API keys, and what programs may ask about accounts.

use chrono::{DateTime, TimeDelta, Utc};
use commands::{
    Permission, UseCase,
    identity::{ApiKeyRow, CreatedApiKey, NewApiKey},
};
use domain::{
    ids::{AccountId, ApiKeyId, CompanyId},
    text::{ApiKeyName, Zone},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{people::UserBody, users};
use crate::{
    http::{Answer, Body, Fields, Id, Problem, auth::Signed, consistency::MinPosition, shapes::ListBody},
    souk::Shared,
};

/// For how long a key may be good at most, in days.
const MAX_DAYS: u32 = 366;

/// A key to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewApiKey, example = json!({
    "name": "Warehouse scanner", "scopes": ["read_stock", "manage_stock"], "zones": ["erbil"], "expires_in_days": 90,
}))]
pub(crate) struct NewApiKeyRequest {
    /// What it is called.
    #[schema(max_length = 64)]
    name: String,
    /// What it may do: permissions, as `GET /permissions` names them. At least one.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Permission>,
    /// The zones that it is confined to, as a location admin is: then its scopes are some of a location admin's.
    #[serde(default)]
    zones: Vec<String>,
    /// The company that it is confined to (`com_…`), as a vendor is: then its scopes are some of a vendor's.
    #[serde(default)]
    company_id: Option<String>,
    /// For how long it is good.
    #[serde(default = "usual_days")]
    #[schema(minimum = 1, maximum = 366, default = 90)]
    expires_in_days: u32,
}

const fn usual_days() -> u32 {
    90
}

impl TryFrom<NewApiKeyRequest> for NewApiKey {
    type Error = Problem;

    fn try_from(request: NewApiKeyRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let name = fields.check("/name", ApiKeyName::parse(&request.name));
        let zones = fields.check_all("/zones", request.zones, |zone| Zone::parse(&zone));
        let company = fields.check_optional("/company_id", request.company_id, |id| id.parse::<CompanyId>());
        let days = request.expires_in_days;
        if !(1..=MAX_DAYS).contains(&days) {
            fields.refuse("/expires_in_days", "out-of-range", format!("must be 1 to {MAX_DAYS}"));
            return Err(fields.into_problem());
        }
        let mut scopes = request.scopes;
        scopes.sort_unstable();
        scopes.dedup();
        let (Some(name), Some(zones), Some(company)) = (name, zones, company) else {
            return Err(fields.into_problem());
        };
        Ok(Self {
            name,
            scopes,
            zones,
            company,
            life: TimeDelta::days(i64::from(days)),
        })
    }
}

/// A key that was created. The secret is shown this once.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedApiKey, example = json!({
    "id": "key_0190c7a2000070008000000000000001",
    "secret": "…",
    "expires_at": "2027-02-19T09:00:00Z",
}))]
pub(crate) struct CreatedApiKeyBody {
    /// `key_…`, for the header `x-api-key`.
    id: String,
    /// For the header `x-app-secret`. Nobody can show it again.
    secret: String,
    /// Until when it is good.
    expires_at: DateTime<Utc>,
}

impl From<&CreatedApiKey> for CreatedApiKeyBody {
    fn from(created: &CreatedApiKey) -> Self {
        Self {
            id: created.id.to_string(),
            secret: created.secret.expose().to_owned(),
            expires_at: created.expires_at,
        }
    }
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ApiKey, example = json!({
    "id": "key_0190c7a2000070008000000000000001",
    "name": "Warehouse scanner",
    "scopes": ["read_stock", "manage_stock"],
    "zones": ["erbil"],
    "company_id": null,
    "created_by": "usr_0190c7a2000070008000000000000001",
    "created_at": "2026-11-21T09:00:00Z",
    "expires_at": "2027-02-19T09:00:00Z",
    "last_used_at": null,
    "revoked_at": null,
}))]
pub(crate) struct ApiKeyBody {
    /// `key_…`
    id: String,
    /// What it is called.
    name: String,
    /// What it may do.
    #[schema(value_type = Vec<String>)]
    scopes: Vec<Permission>,
    /// The zones that it is confined to; empty means none confine it.
    zones: Vec<String>,
    /// The company that it is confined to (`com_…`).
    company_id: Option<String>,
    /// Who made it (`usr_…`).
    created_by: Option<String>,
    /// When.
    created_at: DateTime<Utc>,
    /// Until when it is good.
    expires_at: DateTime<Utc>,
    /// When it was last used, to the minute.
    last_used_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<ApiKeyRow> for ApiKeyBody {
    fn from(row: ApiKeyRow) -> Self {
        Self {
            id: row.id.to_string(),
            name: row.name,
            scopes: row.scopes,
            zones: row.zones.iter().map(ToString::to_string).collect(),
            company_id: row.company.map(|id| id.to_string()),
            created_by: row.created_by.map(|id| id.to_string()),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// Create an API key
///
/// For programs. It may do what its scopes say, in the whole marketplace or in some zones or for a company, and is
/// nobody's account. Its secret is in this answer and nowhere else; so there is no repeat under an `Idempotency-Key`: a
/// second request makes a second key.
#[utoipa::path(
    post,
    path = "/api/v1/api-keys",
    tag = "identity",
    request_body = NewApiKeyRequest,
    responses(
        (status = 201, body = CreatedApiKeyBody),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn create_api_key(
    signed: Signed,
    souk: Shared,
    Body(request): Body<NewApiKeyRequest>,
) -> Result<Answer, Problem> {
    let created = souk.identity.create_api_key(&signed.call(), request.try_into()?).await?;
    let body = CreatedApiKeyBody::from(&created);
    Answer::created(&format!("/api/v1/api-keys/{}", body.id), &body)
}

/// API keys, the newest first
///
/// Those too that were revoked or have expired.
#[utoipa::path(
    get,
    path = "/api/v1/api-keys",
    tag = "identity",
    responses(
        (status = 200, body = ListBody<ApiKeyBody>),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn list_api_keys(signed: Signed, souk: Shared) -> Result<Answer, Problem> {
    let keys = souk.identity.list_api_keys(&signed.call()).await?;
    let items = keys.into_iter().map(ApiKeyBody::from).collect();
    Answer::ok(&ListBody { items, next_cursor: None, total: None })
}

/// Revoke an API key
///
/// On every node within two seconds, for good.
#[utoipa::path(
    delete,
    path = "/api/v1/api-keys/{id}",
    tag = "identity",
    params(("id" = String, Path, description = "`key_…`")),
    responses(
        (status = 204, description = "Revoked"),
    ),
    security(("bearer" = [])),
)]
pub(crate) async fn revoke_api_key(
    signed: Signed,
    souk: Shared,
    Id(id): Id<ApiKeyId>,
) -> Result<Answer, Problem> {
    let executed = souk.identity.revoke_api_key(&signed.call(), id).await?;
    Ok(Answer::no_content().executed(&executed))
}

/// An account, for other services
///
/// For API keys with the scope `look_up_users`; whole, as a super admin sees it.
#[utoipa::path(
    get,
    path = "/api/v1/internal/users/{id}",
    tag = "identity",
    params(
        ("id" = String, Path, description = "`usr_…`"),
        ("Min-Event-Position" = Option<String>, Header),
    ),
    responses(
        (status = 200, body = UserBody),
    ),
    security(("api_key" = [], "app_secret" = [])),
)]
pub(crate) async fn look_up_user(
    signed: Signed,
    souk: Shared,
    Id(id): Id<AccountId>,
    min: MinPosition,
) -> Result<Answer, Problem> {
    signed.require(UseCase::LookUpUser)?;
    users::show_whole(&souk, id, min).await
}
