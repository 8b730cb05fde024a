//! Access tokens: JWTs that carry all that a request needs, so that verifying asks nobody.

use domain::{
    identity::Role,
    ids::{AccountId, CompanyId, SessionId},
    text::Zone,
};
use event_store::ids;
use jsonwebtoken::{Algorithm, Header, encode};
use serde::{Deserialize, Serialize};

use super::{IdentityError, IdentityOptions, Secret, keys::KeyRing};
use crate::Principal;

/// What the header of an access token says that it is (RFC 9068), so that nothing else that a key ever signs is taken for
/// one.
pub(super) const TYPE: &str = "at+jwt";

/// The members of an access token.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Claims {
    pub(super) iss: String,
    /// For whom it is.
    pub(super) aud: String,
    /// `usr_…`
    pub(super) sub: String,
    /// `ses_…`
    pub(super) sid: String,
    pub(super) role: Role,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) zones: Vec<Zone>,
    /// `com_…`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) company: Option<String>,
    /// Seconds since 1970.
    pub(super) iat: i64,
    /// Seconds since 1970.
    pub(super) exp: i64,
}

impl Claims {
    pub(super) fn principal(&self) -> Option<Principal> {
        let company = match &self.company {
            Some(company) => Some(company.parse::<CompanyId>().ok()?),
            None => None,
        };
        Some(Principal {
            account: self.sub.parse::<AccountId>().ok()?,
            session: self.sid.parse::<SessionId>().ok()?,
            role: self.role,
            zones: self.zones.clone(),
            company,
            key: None,
        })
    }
}

/// Signs an access token for `principal`.
pub(super) fn sign(
    keys: &KeyRing,
    options: &IdentityOptions,
    principal: &Principal,
) -> Result<Secret, IdentityError> {
    let key = keys.active();
    let now = ids::now().timestamp();
    let claims = Claims {
        iss: options.issuer.clone(),
        aud: options.audience.clone(),
        sub: principal.account.to_string(),
        sid: principal.session.to_string(),
        role: principal.role,
        zones: principal.zones.clone(),
        company: principal.company.map(|company| company.to_string()),
        iat: now,
        exp: now + options.access_life.num_seconds(),
    };
    let header = Header {
        typ: Some(TYPE.to_owned()),
        kid: Some(key.key_id.clone()),
        ..Header::new(Algorithm::EdDSA)
    };
    encode(&header, &claims, &key.encoding).map(Secret::new).map_err(|_| IdentityError::Signing)
}
