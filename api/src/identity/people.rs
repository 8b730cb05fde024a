//! Accounts as those who may see them are shown them: what is personal is opened here, and only what the reader may see.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use commands::{
    identity::{Reach, Sight},
    vault::{Keys, VaultError},
};
use domain::{
    identity::{DISPLAY_NAME, LOCALE, PHONE, Role},
    ids::{AccountId, EventId},
    sealed::{Place, Sealed},
    text::Zone,
};
use projections::identity::accounts::AccountRow;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    http::{Problem, auth::Signed},
    souk::Souk,
};

/// An account and its owner. Which members there are depends on the reader: who looks after zones sees neither the e-mail
/// address nor the language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User, example = json!({
    "id": "usr_0190c7a2000070008000000000000001",
    "role": "customer",
    "zones": ["erbil"],
    "company_id": null,
    "active": true,
    "erased": false,
    "display_name": "Shirin Aziz",
    "phone": "+9647501234567",
    "email": "shirin@example.com",
    "locale": "ku-IQ",
    "version": 2,
    "registered_at": "2026-11-21T09:00:00Z",
    "updated_at": "2026-11-21T09:05:00Z",
}))]
pub(crate) struct UserBody {
    /// `usr_…`
    pub(crate) id: String,
    /// What it may do by default.
    #[schema(value_type = String)]
    role: Role,
    /// The zones that restrict it; empty means none do.
    zones: Vec<String>,
    /// The vendor company that it belongs to (`com_…`).
    company_id: Option<String>,
    /// It may sign in.
    active: bool,
    /// Its owner's data were erased: nobody can read them any more.
    erased: bool,
    /// When they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    erased_at: Option<DateTime<Utc>>,
    /// What its owner is called.
    display_name: Option<String>,
    /// Its owner's phone, in the international form.
    phone: Option<String>,
    /// Its address; left out for readers who may not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    email: Option<Option<String>>,
    /// The language that its owner reads (BCP 47); left out for readers who may not see it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    locale: Option<Option<String>>,
    /// The `ETag`.
    pub(crate) version: i64,
    /// When it was registered.
    registered_at: DateTime<Utc>,
    /// When it last changed.
    updated_at: DateTime<Utc>,
}

/// How much the caller sees of an account; `None` where it may not know that there is one.
pub(crate) fn sight(signed: &Signed, row: &AccountRow) -> Option<Sight> {
    let caller = signed.caller();
    let zones: Vec<Zone> = row.zones.iter().filter_map(|zone| Zone::parse(zone).ok()).collect();
    if zones.len() != row.zones.len() {
        return None;
    }
    Reach::of(&caller).sight(&caller, row.id, row.role, &zones)
}

/// Opens what the caller may see of some accounts.
pub(crate) async fn opened(souk: &Souk, rows: Vec<(AccountRow, Sight)>) -> Result<Vec<UserBody>, Problem> {
    let keys = souk.identity.vault().keys(rows.iter().map(|(row, _)| row.id)).await?;
    let whole: Vec<AccountId> =
        rows.iter().filter(|(_, sight)| *sight == Sight::Whole).map(|(row, _)| row.id).collect();
    let emails = if whole.is_empty() {
        HashMap::new()
    } else {
        souk.identity.emails_of(&whole).await?
    };
    rows.into_iter()
        .map(|(row, sight)| {
            let email = emails.get(&row.id).cloned();
            body(row, sight, &keys, email).map_err(Problem::from)
        })
        .collect()
}

fn body(row: AccountRow, sight: Sight, keys: &Keys, email: Option<String>) -> Result<UserBody, VaultError> {
    let profile = row.profile.as_ref();
    let open = |field: &'static str, sealed: Option<&Sealed>| {
        let place = |event: EventId| Place { event, field };
        match (profile, sealed) {
            (Some(profile), Some(sealed)) => Ok(keys.open(place(profile.event), sealed)?.text()),
            _ => Ok::<_, VaultError>(None),
        }
    };
    let is_whole = sight == Sight::Whole;
    Ok(UserBody {
        id: row.id.to_string(),
        role: row.role,
        company_id: row.company.map(|id| id.to_string()),
        active: row.active,
        erased: row.erased_at.is_some() || profile.is_some() && !keys.has(row.id),
        erased_at: row.erased_at,
        display_name: open(DISPLAY_NAME, profile.and_then(|profile| profile.display_name.as_ref()))?,
        phone: open(PHONE, profile.and_then(|profile| profile.phone.as_ref()))?,
        locale: if is_whole {
            Some(open(LOCALE, profile.and_then(|profile| profile.locale.as_ref()))?)
        } else {
            None
        },
        email: is_whole.then_some(email),
        version: row.version,
        registered_at: row.registered_at,
        updated_at: row.updated_at,
        zones: row.zones,
    })
}
