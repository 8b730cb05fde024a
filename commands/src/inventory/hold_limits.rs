//! What keeps one holder from keeping all goods for ever: so many holds at once, and of one product no longer than one
//! turn; then others go first, for as long as a turn lasts. Whoever buys what he holds begins anew.
//!
//! Both are claims, so that they hold on any number of nodes and after every restart.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    ids::{AccountId, ApiKeyId, HoldId, ProductId},
    inventory::MAX_HOLD_MINUTES,
    refusal::Fault,
};
use event_store::{ClaimOutcome, Decision, Unit, ids};
use uuid::Uuid;

use super::{HOLD_TOO_SOON, Held, Inventory, TOO_MANY_HOLDS};
use crate::{
    Call, Caller, CommandError, Refused,
    execute::{Ruling, execute},
};

/// How many holds one holder may have at once.
pub const MAX_HOLDS: u32 = 20;

/// The scope of the claims that number a holder's holds; key is `holder/number`, holder the hold's id.
const SLOT_SCOPE: &str = "hold_slot";

/// The scope of the claims on turns; key is `holder/product`, holder the turn's beginning in milliseconds since 1970.
const TURN_SCOPE: &str = "hold_turn";

/// Turns that are forgotten in one unit.
const FORGOTTEN_AT_ONCE: usize = 200;

/// Who holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    Account(AccountId),
    /// A program, for whomever it acts.
    Key(ApiKeyId),
}

impl Holder {
    pub(super) fn of(caller: &Caller) -> Option<Self> {
        let principal = caller.principal()?;
        Some(principal.key.as_ref().map_or(Self::Account(principal.account), |key| Self::Key(key.id)))
    }

    /// As the claims name it.
    pub(super) fn text(self) -> String {
        match self {
            Self::Account(account) => account.stream(),
            Self::Key(key) => format!("key:{}", key.stream()),
        }
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("key:") {
            Some(key) => Uuid::try_parse(key).ok().map(ApiKeyId::from_uuid).map(Self::Key),
            None => Uuid::try_parse(text).ok().map(AccountId::from_uuid).map(Self::Account),
        }
    }
}

const fn turn() -> TimeDelta {
    TimeDelta::minutes(MAX_HOLD_MINUTES)
}

fn turn_key(holder: Holder, product: ProductId) -> String {
    format!("{}/{}", holder.text(), product.stream())
}

fn slot_key(holder: Holder, slot: u32) -> String {
    format!("{}/{slot}", holder.text())
}

fn began(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(text.parse().ok()?)
}

/// Names what [`take`] looks at.
pub(super) fn reads_limits_of(unit: Unit, caller: &Caller, product: ProductId) -> Unit {
    let Some(holder) = Holder::of(caller) else {
        return unit;
    };
    let unit = unit.claims(TURN_SCOPE, &turn_key(holder, product));
    (0..MAX_HOLDS).fold(unit, |unit, slot| unit.claims(SLOT_SCOPE, &slot_key(holder, slot)))
}

/// Takes a turn (or stays in it) and a number; answers until when the hold may last at most, and the number.
pub(super) fn take(
    decision: &mut Decision<'_>,
    holder: Holder,
    product: ProductId,
    hold: HoldId,
) -> Ruling<Result<(DateTime<Utc>, u32), Refused>> {
    let now = decision.now();
    let key = turn_key(holder, product);
    let mut start = now;
    if let Some(earlier) = decision.holder(TURN_SCOPE, &key)?.as_deref().and_then(began) {
        if now < earlier + turn() {
            start = earlier;
        } else if now < earlier + turn() + turn() {
            return Ok(Err(too_soon(earlier + turn() + turn() - now)));
        } else {
            decision.release_claim(TURN_SCOPE, &key);
        }
    }
    decision.claim(TURN_SCOPE, &key, &start.timestamp_millis().to_string())?;
    let name = hold.stream();
    for slot in 0..MAX_HOLDS {
        if let ClaimOutcome::Held = decision.claim(SLOT_SCOPE, &slot_key(holder, slot), &name)? {
            return Ok(Ok((start + turn(), slot)));
        }
    }
    let number = serde_json::Map::from_iter([("max_holds".to_owned(), MAX_HOLDS.into())]);
    let fault = Fault { numbers: number, ..TOO_MANY_HOLDS.at("") };
    Ok(Err(Refused { faults: vec![fault], ..TOO_MANY_HOLDS.refusal() }))
}

fn too_soon(wait: TimeDelta) -> Refused {
    let seconds = wait.num_seconds().max(1);
    let number = serde_json::Map::from_iter([("retry_after_seconds".to_owned(), seconds.into())]);
    let fault = Fault { numbers: number, ..HOLD_TOO_SOON.at("/product_id") };
    Refused { faults: vec![fault], ..HOLD_TOO_SOON.refusal() }
}

/// The hold has ended: its number is free.
pub(super) fn ended(decision: &mut Decision<'_>, held: &Held) {
    if let (Some(holder), Some(slot)) = (held.holder, held.slot) {
        decision.release_claim(SLOT_SCOPE, &slot_key(holder, slot));
    }
}

/// An order took the hold over: its number is free, and the holder's next turn may begin at once.
pub(crate) fn consumed(decision: &mut Decision<'_>, held: &Held) {
    ended(decision, held);
    if let Some(holder) = held.holder {
        decision.release_claim(TURN_SCOPE, &turn_key(holder, held.product));
    }
}

impl Inventory {
    /// Forgets turns after which others have had theirs; answers how many. For a timer; safe on any number of nodes.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub async fn forget_hold_turns(&self) -> Result<usize, CommandError> {
        let claims: Vec<(String, String)> = sqlx::query_as("select key, holder from claims where scope = $1")
            .bind(TURN_SCOPE)
            .fetch_all(self.log.pool())
            .await?;
        let before = ids::now() - turn() - turn();
        let over = |text: &str| began(text).is_none_or(|began| began < before);
        let keys: Vec<String> =
            claims.into_iter().filter(|(_, text)| over(text)).map(|(key, _)| key).collect();
        for some in keys.chunks(FORGOTTEN_AT_ONCE) {
            let (call, some) = (Call::system(), some.to_vec());
            let unit = some.iter().fold(call.unit(), |unit, key| unit.claims(TURN_SCOPE, key));
            execute(&self.log, &call, unit, move |decision| {
                for key in &some {
                    // Somebody may have begun another turn since.
                    let text = decision.holder(TURN_SCOPE, key)?;
                    if text.is_some_and(|text| began(&text).is_none_or(|began| began < before)) {
                        decision.release_claim(TURN_SCOPE, key);
                    }
                }
                Ok(())
            })
            .await?;
        }
        Ok(keys.len())
    }
}
