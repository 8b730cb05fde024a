//! What may happen to an account. Names and phones are sealed; mails, passwords and the secrets of second factors live
//! beside the log, which only learns that they changed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    decider::Event,
    ids::CompanyId,
    sealed::Sealed,
    text::{ApiKeyName, Code, Zone},
};

/// What an account may do by default; permissions are finer and follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything.
    SuperAdmin,
    /// Everything inside the assigned zones.
    LocationAdmin,
    /// Orders and stock of its stores.
    StoreManager,
    /// Its own company.
    Vendor,
    /// A shop owner: its own orders.
    Customer,
    /// Its own deliveries.
    Driver,
    /// Reads figures, without personal data.
    Analyst,
    /// Reads the log and all histories.
    Auditor,
}

/// How somebody who chose a new password showed to be the account's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnerProof {
    /// By the old password.
    Password,
    /// By a token that was mailed to the account's address.
    MailedToken,
}

/// A fact about one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountEvent {
    /// It may sign in from now on.
    AccountRegistered {
        /// Its role.
        role: Role,
        /// The zones that restrict it; empty means none do.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        zones: Vec<Zone>,
        /// The vendor company that it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        company: Option<CompanyId>,
    },
    /// It acts as this from now on, and as nothing else.
    AccountReassigned {
        /// Its role.
        role: Role,
        /// The zones that restrict it; empty means none do.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        zones: Vec<Zone>,
        /// The vendor company that it belongs to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        company: Option<CompanyId>,
    },
    /// It may not sign in any more.
    AccountDeactivated,
    /// It may sign in again.
    AccountReactivated,
    /// Its owner's details are now these, and no others.
    ProfileRevised {
        /// What its owner is called.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        display_name: Option<Sealed>,
        /// Its owner's phone, in the international form.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        phone: Option<Sealed>,
        /// The language that its owner reads, as a BCP 47 tag.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        locale: Option<Sealed>,
    },
    /// Its owner has shown to receive what is mailed to its address.
    EmailVerified,
    /// It has another password.
    PasswordChanged {
        /// How its owner was known.
        proof: OwnerProof,
    },
    /// Its password does not sign it in any more; its owner is mailed a token for choosing another.
    PasswordRevoked,
    /// From now on a password alone does not sign it in.
    SecondFactorEnabled,
    /// A password alone signs it in again.
    SecondFactorDisabled,
    /// It is closed for good, and its owner's key is destroyed: nothing that was sealed with it can be read any more.
    AccountErased,
}

impl Event for AccountEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("AccountRegistered", 1),
        ("AccountReassigned", 1),
        ("AccountDeactivated", 1),
        ("AccountReactivated", 1),
        ("ProfileRevised", 1),
        ("EmailVerified", 1),
        ("PasswordChanged", 1),
        ("PasswordRevoked", 1),
        ("SecondFactorEnabled", 1),
        ("SecondFactorDisabled", 1),
        ("AccountErased", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::AccountRegistered { .. } => "AccountRegistered",
            Self::AccountReassigned { .. } => "AccountReassigned",
            Self::AccountDeactivated => "AccountDeactivated",
            Self::AccountReactivated => "AccountReactivated",
            Self::ProfileRevised { .. } => "ProfileRevised",
            Self::EmailVerified => "EmailVerified",
            Self::PasswordChanged { .. } => "PasswordChanged",
            Self::PasswordRevoked => "PasswordRevoked",
            Self::SecondFactorEnabled => "SecondFactorEnabled",
            Self::SecondFactorDisabled => "SecondFactorDisabled",
            Self::AccountErased => "AccountErased",
        }
    }
}

/// A fact about one API key. Its secret is nowhere; a hash of it lives beside the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ApiKeyEvent {
    /// Who shows it and its secret is let in from now on.
    ApiKeyCreated {
        /// What it is called.
        name: ApiKeyName,
        /// What it may do: permissions by name.
        scopes: Vec<Code>,
        /// The zones that restrict it; empty means none do.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        zones: Vec<Zone>,
        /// The company that it is confined to.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        company: Option<CompanyId>,
        /// Until when it is good.
        expires_at: DateTime<Utc>,
    },
    /// Nobody is let in with it any more.
    ApiKeyRevoked,
}

impl Event for ApiKeyEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[("ApiKeyCreated", 1), ("ApiKeyRevoked", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::ApiKeyCreated { .. } => "ApiKeyCreated",
            Self::ApiKeyRevoked => "ApiKeyRevoked",
        }
    }
}
