//! From what somebody signs in. Personal data: sealed in the table of sessions.

use std::fmt;

use domain::{
    ids::AccountId,
    sealed::{Place, Sealed},
};
use serde::{Deserialize, Serialize};

use super::{Identity, contact};
use crate::vault::{self, Keys, VaultError};

/// The longest user agent that is kept, in characters.
const MAX_CHARS: usize = 300;

/// A browser or program, as it calls itself, and where it calls from.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The header `User-Agent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The network address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Device(…)")
    }
}

impl Device {
    /// A device, its name cut to a length that can be kept.
    #[must_use]
    pub fn new(user_agent: Option<&str>, address: Option<String>) -> Self {
        let printable = |text: &str| text.chars().filter(|c| !c.is_control()).take(MAX_CHARS).collect();
        Self { user_agent: user_agent.map(printable), address }
    }

    /// What a column holds.
    pub(super) fn open(keys: &Keys, account: AccountId, column: &str) -> Result<Self, VaultError> {
        let sealed: Sealed = contact::read(column)?;
        let text = keys.open(place(account), &sealed)?.text().unwrap_or_default();
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }
}

const fn place(account: AccountId) -> Place {
    vault::beside(account, "sessions.device")
}

impl Identity {
    /// A device as a column holds it; `None` for the erased.
    pub(super) async fn sealed_device(
        &self,
        account: AccountId,
        device: &Device,
    ) -> Result<Option<String>, VaultError> {
        let text = serde_json::to_string(device).unwrap_or_default();
        let sealed = self.vault.keys([account]).await?.seal(account, place(account), &text)?;
        Ok(sealed.as_ref().map(contact::stored).transpose()?)
    }
}
