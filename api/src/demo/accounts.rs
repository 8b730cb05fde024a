//! One account for each role, and three shop owners.

use std::collections::HashMap;

use commands::{
    Call, Caller, CommandError, Principal,
    identity::{Email, NewAccount, Secret},
};
use domain::{
    identity::{PersonalDetails, Role},
    ids::{CompanyId, SessionId},
    text::Zone,
};
use futures_util::future::try_join_all;

use super::{Demo, fixed_id, wrong};

/// The password of every demo account. Public: never use `--demo` where strangers can reach the server.
pub const PASSWORD: &str = "souk-demo-2026";

/// An account of the demo.
#[derive(Debug, Clone, Copy)]
pub struct DemoAccount {
    /// What it signs in with.
    pub email: &'static str,
    /// Its role.
    pub role: Role,
    /// The zones that restrict it; empty means none do.
    pub zones: &'static [&'static str],
    /// Who it is in the story.
    pub who: &'static str,
}

/// Every account of the demo.
pub const ACCOUNTS: &[DemoAccount] = &[
    account(ADMIN, Role::SuperAdmin, &[], "runs the marketplace"),
    account(ERBIL_ADMIN, Role::LocationAdmin, &["erbil"], "looks after Erbil"),
    account(MANAGER, Role::StoreManager, &["baghdad"], "manages the Baghdad store"),
    account("vendor@souk.example", Role::Vendor, &[], "sells for Zagros Foods"),
    account(BAGHDAD_SHOP, Role::Customer, &["baghdad"], "owns a shop in Baghdad"),
    account(ERBIL_SHOP, Role::Customer, &["erbil"], "owns a shop in Erbil"),
    account(BASRA_SHOP, Role::Customer, &["basra"], "owns a shop in Basra"),
    account("driver@souk.example", Role::Driver, &["baghdad"], "drives"),
    account("analyst@souk.example", Role::Analyst, &[], "reads figures"),
    account("auditor@souk.example", Role::Auditor, &[], "reads the log"),
];

pub(super) const ADMIN: &str = "admin@souk.example";
pub(super) const ERBIL_ADMIN: &str = "erbil@souk.example";
pub(super) const MANAGER: &str = "manager@souk.example";
pub(super) const BAGHDAD_SHOP: &str = "baghdad-shop@souk.example";
pub(super) const ERBIL_SHOP: &str = "erbil-shop@souk.example";
pub(super) const BASRA_SHOP: &str = "basra-shop@souk.example";

const fn account(
    email: &'static str,
    role: Role,
    zones: &'static [&'static str],
    who: &'static str,
) -> DemoAccount {
    DemoAccount { email, role, zones, who }
}

/// The company that the demo's vendor belongs to.
pub(super) fn vendor_company() -> CompanyId {
    CompanyId::from_uuid(fixed_id("company Zagros Foods"))
}

/// The registered accounts.
pub(super) struct People(HashMap<&'static str, Principal>);

impl People {
    /// A call of one of them.
    pub(super) fn call(&self, email: &str) -> Result<Call, CommandError> {
        let principal = self.0.get(email).ok_or_else(|| wrong(format!("nobody has the address {email}")))?;
        Ok(Call::new(Caller::Account(principal.clone())))
    }
}

pub(super) async fn seed(demo: &Demo) -> Result<People, CommandError> {
    let people = try_join_all(ACCOUNTS.iter().map(|account| register(demo, account))).await?;
    Ok(People(people.into_iter().collect()))
}

async fn register(
    demo: &Demo,
    account: &'static DemoAccount,
) -> Result<(&'static str, Principal), CommandError> {
    let zones = account.zones.iter().map(|zone| Zone::parse(zone)).collect::<Result<Vec<_>, _>>();
    let zones = zones.map_err(wrong)?;
    let company = (account.role == Role::Vendor).then(vendor_company);
    let new = NewAccount {
        email: Email::parse(account.email).map_err(wrong)?,
        password: Secret::new(PASSWORD.to_owned()),
        role: account.role,
        zones: zones.clone(),
        company,
        details: PersonalDetails::default(),
    };
    let call = demo.step(&format!("account {}", account.email), 24 * 30);
    let executed = demo.identity.register_account(&call, new).await?;
    let session = fixed_id(&format!("session {}", account.email));
    let principal = Principal {
        account: executed.result.account,
        session: SessionId::from_uuid(session),
        role: account.role,
        zones,
        company,
        key: None,
    };
    Ok((account.email, principal))
}
