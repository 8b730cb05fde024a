//! `souk serve --demo`: a small distributor's marketplace to try things with.
//!
//! Everything goes through the use cases, each step under a key of its own that is remembered for ever, so a second
//! start adds nothing, and one after a kill adds the rest.

mod accounts;
mod companies;
mod goods;
mod offers;
mod orders;

use std::fmt::Display;

use aws_lc_rs::digest;
use chrono::{DateTime, TimeDelta, Utc};
use commands::{
    Call, CommandError, catalog::Catalog, identity::Identity, inventory::Inventory, orders::Orders,
    pricing::Pricing, vendors::Vendors,
};
use event_store::{Idempotency, Log, ids};
use uuid::Uuid;

pub use accounts::{ACCOUNTS, DemoAccount, PASSWORD};

/// For as long as anybody repeats it.
const REMEMBERED: TimeDelta = TimeDelta::days(36_500);

/// Adds what is missing. True when there was something to add.
///
/// # Errors
/// When a step is refused (somebody else has a demo account's address or a demo product's SKU), or the log cannot be
/// written.
pub async fn seed(log: &Log, identity: &Identity) -> Result<bool, CommandError> {
    let demo = Demo {
        catalog: Catalog::new(log.clone()),
        inventory: Inventory::new(log.clone()),
        orders: Orders::new(log.clone(), identity.vault().clone()),
        pricing: Pricing::new(log.clone()),
        vendors: Vendors::new(log.clone()),
        identity: identity.clone(),
        now: ids::now(),
    };
    if is_complete(log).await? {
        return Ok(false);
    }
    // Products name their company, so it comes first.
    companies::seed(&demo).await?;
    let (people, goods) = tokio::try_join!(accounts::seed(&demo), goods::seed(&demo))?;
    orders::seed(&demo, &people, &goods).await?;
    offers::seed(&demo, &goods).await?;
    Ok(true)
}

async fn is_complete(log: &Log) -> Result<bool, CommandError> {
    Ok(sqlx::query_scalar("select exists (select from commands where id = $1)")
        .bind(key(offers::LAST_STEP).key)
        .fetch_one(log.pool())
        .await?)
}

/// The use cases, and the moment that the story is told back from.
struct Demo {
    catalog: Catalog,
    inventory: Inventory,
    orders: Orders,
    pricing: Pricing,
    vendors: Vendors,
    identity: Identity,
    now: DateTime<Utc>,
}

impl Demo {
    /// A step of Souk itself that happened `hours` ago.
    fn step(&self, name: &str, hours: i64) -> Call {
        self.step_of(Call::system(), name, hours)
    }

    /// A step of somebody that happened `hours` ago.
    fn step_of(&self, call: Call, name: &str, hours: i64) -> Call {
        call.idempotent(key(name))
            .remembered_for(REMEMBERED)
            .effective_at(self.now - TimeDelta::hours(hours))
    }
}

/// The same for the same name, on every machine and at every start.
fn key(name: &str) -> Idempotency {
    let digest = |what: &str| {
        let mut bytes = [0; 32];
        let made = digest::digest(&digest::SHA256, format!("souk demo {what} {name}").as_bytes());
        for (to, from) in bytes.iter_mut().zip(made.as_ref()) {
            *to = *from;
        }
        bytes
    };
    let mut id = [0; 16];
    for (to, from) in id.iter_mut().zip(digest("key")) {
        *to = from;
    }
    Idempotency {
        // Version 8 (RFC 9562): made of other data.
        key: uuid::Builder::from_custom_bytes(id).into_uuid(),
        fingerprint: digest("request"),
    }
}

/// An id that is the same everywhere.
fn fixed_id(name: &str) -> Uuid {
    key(name).key
}

/// A fault in the tables of this module.
fn wrong(error: impl Display) -> CommandError {
    CommandError::Fault(format!("the demo's data are wrong: {error}"))
}
