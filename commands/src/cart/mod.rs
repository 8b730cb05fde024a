//! Cart: what an account or a guest thinks of buying.
//!
//! Each cart is a stream, and every change is decided on all that was committed before it, so that of parallel calls none
//! loses what another put in. An account has one open cart, which a claim names; a guest's cart is named by the hash of a
//! secret that only the guest has. What a cart comes to is what an order of it would: the placement itself looks.

mod change;
mod coupons;
mod merge;
mod show;
mod shown;
mod token;

use domain::{
    cart::{Cart, CartCommand, CartLine, OpenCart},
    ids::{AccountId, CartId, OrderId},
};
use event_store::{Decision, Log, StreamRef, Unit, ids};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use merge::CartMerged;
pub use show::Checkout;
pub use shown::{CartIssue, ShownCart, ShownLine, StockCheck};
pub use token::CartToken;

use crate::{
    Call, Caller, CommandError, UseCase,
    code::codes,
    execute::{FORBIDDEN, Ruling, judge},
    pricing::{CashSteps, Hints},
};

codes! {
    PRICE_CHANGED = "cart.price_changed" Conflict "the price has changed since the product was put into the cart",
}

/// The scope of the claims on accounts' open carts: key is the account's stream, holder the cart's.
pub const CART_SCOPE: &str = "cart";

/// The use cases on carts.
#[derive(Clone)]
pub struct Carts {
    log: Log,
    hints: Hints,
}

/// What became of a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartAccepted {
    /// Which cart; `None` where there is none, and nothing was asked that needs one.
    pub cart: Option<CartId>,
    /// Its version now: the `ETag`.
    pub version: i64,
    /// How many products it holds.
    pub lines: usize,
    /// What it holds of the product that was asked about.
    pub line: Option<CartLine>,
}

impl Carts {
    /// Use cases on `log`.
    #[must_use]
    pub fn new(log: Log) -> Self {
        Self { log, hints: Hints::default() }
    }

    /// The same, with cash orders rounded to what there are coins for.
    #[must_use]
    pub fn rounding(self, cash_steps: CashSteps) -> Self {
        Self { hints: Hints::rounding(cash_steps), ..self }
    }

    /// What the caller's cart holds; nothing, where there is none.
    ///
    /// # Errors
    /// `permission_denied`.
    pub async fn contents(&self, call: &Call) -> Result<OpenCart, CommandError> {
        call.require(UseCase::ShowCart)?;
        let account = call.caller.account().ok_or_else(|| FORBIDDEN.refusal())?;
        self.held(account).await
    }

    /// What an account's cart holds, for those who may know.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn held(&self, account: AccountId) -> Result<OpenCart, CommandError> {
        Ok(hinted_contents(&self.log, account).await?.map(|(_, held)| held).unwrap_or_default())
    }

    /// Who shops: the account that is signed in, or a guest, who needs no permission.
    async fn visit(
        &self,
        call: &Call,
        use_case: UseCase,
        token: Option<&CartToken>,
    ) -> Result<Visit, CommandError> {
        if call.caller == Caller::Anonymous {
            let cart = match token.map(CartToken::cart) {
                Some(cart) if self.exists(cart).await? => Some(cart),
                // A secret that we did not give opens nothing, and is not looked for again.
                Some(_) | None => None,
            };
            return Ok(Visit { shopper: Shopper::Guest, hinted: cart });
        }
        call.require(use_case)?;
        let account = call.caller.account().ok_or_else(|| FORBIDDEN.refusal())?;
        let hinted = hinted(&self.log, account).await?;
        Ok(Visit { shopper: Shopper::Account(account), hinted })
    }

    async fn exists(&self, cart: CartId) -> Result<bool, CommandError> {
        let sql = "select exists (select from events where aggregate_type = 'cart' and aggregate_id = $1)";
        Ok(sqlx::query_scalar(sql).bind(cart.stream()).fetch_one(self.log.pool()).await?)
    }
}

/// Whose cart it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shopper {
    Account(AccountId),
    Guest,
}

/// Somebody who comes for a cart.
#[derive(Debug, Clone, Copy)]
struct Visit {
    shopper: Shopper,
    /// A guest's cart; an account's is a hint, and its claim decides.
    hinted: Option<CartId>,
}

impl Visit {
    /// The account, where one is signed in.
    const fn account(&self) -> Option<AccountId> {
        match self.shopper {
            Shopper::Account(account) => Some(account),
            Shopper::Guest => None,
        }
    }

    /// Names what [`Self::open`] looks at.
    fn names(&self, mut unit: Unit) -> Unit {
        if let Shopper::Account(account) = self.shopper {
            unit = unit.claims(CART_SCOPE, &account.stream());
        }
        match self.hinted {
            Some(cart) => unit.reads(StreamRef::of::<Cart>(cart.stream())),
            None => unit,
        }
    }

    /// The open cart.
    fn open(&self, decision: &mut Decision<'_>) -> Ruling<Option<CartId>> {
        match self.shopper {
            Shopper::Account(account) => open_of(decision, account),
            Shopper::Guest => {
                let Some(cart) = self.hinted else {
                    return Ok(None);
                };
                let state = decision.state::<Cart>(&cart.stream())?;
                Ok(state.open().is_some_and(|open| open.owner.is_none()).then_some(cart))
            }
        }
    }

    /// The open cart, or a new one.
    fn open_or_start(&self, decision: &mut Decision<'_>, fresh: CartId) -> Ruling<CartId> {
        if let Some(cart) = self.open(decision)? {
            return Ok(cart);
        }
        let owner = self.account();
        judge::<Cart>(decision, &fresh.stream(), CartCommand::Start { owner })?;
        if let Some(owner) = owner {
            decision.claim(CART_SCOPE, &owner.stream(), &fresh.stream())?;
        }
        Ok(fresh)
    }
}

/// A cart that may begin with a command: its id, and what a guest will reach it by.
struct Fresh {
    cart: CartId,
    token: Option<CartToken>,
}

impl Fresh {
    fn of(visit: &Visit) -> Result<Self, CommandError> {
        Ok(match visit.shopper {
            Shopper::Account(_) => Self { cart: CartId::from_uuid(ids::uuid()), token: None },
            Shopper::Guest => {
                let token = CartToken::random()?;
                Self { cart: token.cart(), token: Some(token) }
            }
        })
    }

    fn names(&self, unit: Unit) -> Unit {
        unit.reads(StreamRef::new_of::<Cart>(self.cart.stream()))
    }

    /// The secret, where the cart has begun.
    fn given(self, accepted: &CartAccepted) -> Option<CartToken> {
        self.token.filter(|_| accepted.cart == Some(self.cart))
    }
}

/// The open cart of an account as it was just now: a hint for naming streams, never a decision.
async fn hinted(log: &Log, account: AccountId) -> Result<Option<CartId>, CommandError> {
    let holder: Option<String> =
        sqlx::query_scalar("select holder from claims where scope = $1 and key = $2")
            .bind(CART_SCOPE)
            .bind(account.stream())
            .fetch_optional(log.pool())
            .await?;
    Ok(holder.as_deref().and_then(cart_of))
}

/// What an account's cart held just now: a hint for naming streams, never a decision.
pub(crate) async fn hinted_contents(
    log: &Log,
    account: AccountId,
) -> Result<Option<(CartId, OpenCart)>, CommandError> {
    let Some(cart) = hinted(log, account).await? else {
        return Ok(None);
    };
    let loaded = log.reader().load_many::<Cart>(&[cart.stream()]).await?;
    Ok(loaded.first().and_then(|known| Some((cart, known.state.open()?.clone()))))
}

/// The open cart of an account.
pub(crate) fn open_of(decision: &mut Decision<'_>, account: AccountId) -> Ruling<Option<CartId>> {
    Ok(decision.holder(CART_SCOPE, &account.stream())?.as_deref().and_then(cart_of))
}

/// What an open cart holds.
pub(crate) fn contents(decision: &mut Decision<'_>, cart: Option<CartId>) -> Ruling<OpenCart> {
    let Some(cart) = cart else {
        return Ok(OpenCart::default());
    };
    Ok(decision.state::<Cart>(&cart.stream())?.open().cloned().unwrap_or_default())
}

/// Closes an account's cart, because it is ordered: the next thing that is put in begins another.
pub(crate) fn close(
    decision: &mut Decision<'_>,
    account: AccountId,
    cart: CartId,
    order: OrderId,
) -> Ruling<()> {
    judge::<Cart>(decision, &cart.stream(), CartCommand::Order { order })?;
    decision.release_claim(CART_SCOPE, &account.stream());
    Ok(())
}

/// Names what an order of an account's cart looks at beside its goods.
pub(crate) fn names(unit: Unit, account: AccountId, hinted: Option<CartId>) -> Unit {
    Visit { shopper: Shopper::Account(account), hinted }.names(unit)
}

fn cart_of(holder: &str) -> Option<CartId> {
    Uuid::try_parse(holder).ok().map(CartId::from_uuid)
}

/// What a command on a cart answers.
fn accepted(
    decision: &mut Decision<'_>,
    cart: Option<CartId>,
    product: Option<domain::ids::ProductId>,
) -> Ruling<CartAccepted> {
    let Some(cart) = cart else {
        return Ok(CartAccepted { cart: None, version: 0, lines: 0, line: None });
    };
    let held = contents(decision, Some(cart))?;
    Ok(CartAccepted {
        cart: Some(cart),
        version: decision.version::<Cart>(&cart.stream())?,
        lines: held.lines.len(),
        line: product.and_then(|product| held.line(product).copied()),
    })
}
