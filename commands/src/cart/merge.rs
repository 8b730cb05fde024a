//! A guest signs in: what was in the guest's cart joins the account's.

use domain::{
    cart::{Cart, CartCommand, OpenCart},
    ids::CartId,
};
use event_store::{Executed, StreamRef, ids};
use serde::{Deserialize, Serialize};

use super::{CartAccepted, CartToken, Carts, accepted, coupons::standing};
use crate::{
    Call, CommandError, UseCase,
    execute::{execute, judge},
};

/// What became of a merge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CartMerged {
    /// The account's cart.
    pub cart: CartAccepted,
    /// How many products came from the guest's cart.
    pub lines: usize,
}

impl Carts {
    /// Puts what a guest's cart holds into the account's, units beside units, and closes the guest's. Coupons come along
    /// as far as they are taken now. Once: of a cart that is closed, or that there is not, nothing comes.
    ///
    /// # Errors
    /// `cart.too_many_lines`, `cart.quantity_too_large`: then both carts stay as they are.
    pub async fn merge(
        &self,
        call: &Call,
        token: Option<&CartToken>,
    ) -> Result<Executed<CartMerged>, CommandError> {
        let visit = self.visit(call, UseCase::MergeCart, None).await?;
        let mut guest = None;
        if let Some(cart) = token.map(CartToken::cart)
            && self.exists(cart).await?
        {
            guest = Some(cart);
        }
        let fresh = CartId::from_uuid(ids::uuid());
        let mut unit = visit.names(call.unit()).reads(StreamRef::new_of::<Cart>(fresh.stream()));
        if let Some(guest) = guest {
            unit = unit.reads(StreamRef::of::<Cart>(guest.stream()));
        }
        execute(&self.log, call, unit, move |decision| {
            let given = match guest {
                Some(guest) => decision.state::<Cart>(&guest.stream())?.open().cloned(),
                None => None,
            };
            let is_worth_it = |cart: &OpenCart| !cart.is_empty() || !cart.coupons.is_empty();
            let given = given.filter(|cart| cart.owner.is_none() && is_worth_it(cart));
            let Some((from, given)) = guest.zip(given) else {
                let cart = visit.open(decision)?;
                return Ok(CartMerged { cart: accepted(decision, cart, None)?, lines: 0 });
            };
            let into = visit.open_or_start(decision, fresh)?;
            let (lines, coupons) = (given.lines.clone(), standing(decision, &given.coupons)?);
            judge::<Cart>(decision, &into.stream(), CartCommand::Merge { from, lines, coupons })?;
            judge::<Cart>(decision, &from.stream(), CartCommand::HandOver { to: into })?;
            let cart = accepted(decision, Some(into), None)?;
            Ok(CartMerged { cart, lines: given.lines.len() })
        })
        .await
    }
}
