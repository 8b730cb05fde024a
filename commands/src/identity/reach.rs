//! Who may see which account, and how much of it.

use domain::{identity::Role, ids::AccountId, text::Zone};

use crate::{Caller, Permission};

/// How much somebody sees of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// Everything: it is one's own, or one looks after all of them.
    Whole,
    /// What is needed to serve it: name, phone, role and zones, but no e-mail address and no language.
    Service,
}

/// Which accounts somebody sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// All, whole.
    All,
    /// Those that serve or are served in these zones and in no others, and one's own.
    Zones(Vec<Zone>),
    /// One's own.
    Own,
}

/// The roles that who looks after zones looks after.
pub const ROLES_IN_ZONES: &[Role] = &[Role::Customer, Role::Driver, Role::StoreManager];

impl Reach {
    /// Which accounts `caller` sees.
    #[must_use]
    pub fn of(caller: &Caller) -> Self {
        if !caller.may(Permission::ReadAccounts) {
            return Self::Own;
        }
        match caller.zones() {
            Some(zones) => Self::Zones(zones.to_vec()),
            None => Self::All,
        }
    }

    /// How much `caller` sees of an account; `None` where it may not know that there is one.
    #[must_use]
    pub fn sight(&self, caller: &Caller, account: AccountId, role: Role, zones: &[Zone]) -> Option<Sight> {
        if caller.account() == Some(account) {
            return Some(Sight::Whole);
        }
        match self {
            Self::All => Some(Sight::Whole),
            Self::Zones(own) => {
                let inside = !zones.is_empty() && zones.iter().all(|zone| own.contains(zone));
                (inside && ROLES_IN_ZONES.contains(&role)).then_some(Sight::Service)
            }
            Self::Own => None,
        }
    }
}
