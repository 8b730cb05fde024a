//! Accounts and tokens as answers show them.

use commands::{
    Permission, Principal,
    identity::{Profile, SignedIn},
    permissions_of,
};
use domain::identity::Role;
use serde::Serialize;
use utoipa::ToSchema;

/// A session's tokens.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens, example = json!({
    "access_token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSJ9.…",
    "token_type": "Bearer",
    "expires_in": 3600,
    "refresh_token": "…",
    "refresh_expires_in": 604800,
    "account": {"id": "usr_0190c7a2000070008000000000000001", "role": "customer", "zones": [], "company_id": null},
}))]
pub(crate) struct TokensBody {
    /// For `Authorization: Bearer`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: i64,
    /// Works once, for the next tokens.
    refresh_token: String,
    /// Seconds until the refresh token expires.
    refresh_expires_in: i64,
    /// Who signed in.
    account: AccountBody,
}

/// An account.
#[derive(Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountBody {
    /// `usr_…`
    id: String,
    /// `super_admin`, `location_admin`, `store_manager`, `vendor`, `customer`, `driver`, `analyst` or `auditor`.
    #[schema(value_type = String)]
    role: Role,
    /// The zones that restrict it; empty means none do.
    zones: Vec<String>,
    /// The vendor company that it belongs to (`com_…`).
    company_id: Option<String>,
}

/// The signed-in account.
#[derive(Serialize, ToSchema)]
#[schema(as = Me, example = json!({
    "id": "usr_0190c7a2000070008000000000000001",
    "role": "customer",
    "zones": [],
    "company_id": null,
    "email": "customer@souk.local",
    "permissions": ["place_orders", "cancel_orders", "request_returns", "read_orders", "hold_stock"],
    "session_id": "ses_0190c7a2000070008000000000000002",
}))]
pub(crate) struct MeBody {
    #[serde(flatten)]
    account: AccountBody,
    /// Its address.
    email: String,
    /// What it may do.
    #[schema(value_type = Vec<String>)]
    permissions: Vec<Permission>,
    /// This session (`ses_…`).
    session_id: String,
}

impl From<&Principal> for AccountBody {
    fn from(principal: &Principal) -> Self {
        Self {
            id: principal.account.to_string(),
            role: principal.role,
            zones: principal.zones.iter().map(ToString::to_string).collect(),
            company_id: principal.company.map(|id| id.to_string()),
        }
    }
}

impl From<&SignedIn> for TokensBody {
    fn from(signed_in: &SignedIn) -> Self {
        Self {
            access_token: signed_in.access_token.expose().to_owned(),
            token_type: "Bearer",
            expires_in: signed_in.access_expires_in,
            refresh_token: signed_in.refresh_token.expose().to_owned(),
            refresh_expires_in: signed_in.refresh_expires_in,
            account: (&signed_in.principal).into(),
        }
    }
}

impl MeBody {
    /// The profile as it stands now, seen from a session.
    pub(crate) fn new(profile: Profile, principal: &Principal) -> Self {
        Self {
            account: AccountBody {
                id: profile.account.to_string(),
                role: profile.role,
                zones: profile.zones.iter().map(ToString::to_string).collect(),
                company_id: profile.company.map(|id| id.to_string()),
            },
            email: profile.email,
            permissions: permissions_of(profile.role).collect(),
            session_id: principal.session.to_string(),
        }
    }
}
