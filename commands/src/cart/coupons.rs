//! Coupons are put on a cart and taken off.

use domain::{
    cart::{Cart, CartCommand},
    pricing::{BOOK, Coupon, CouponCode, Inapplicable, PromotionBook},
};
use event_store::{Decision, Executed, StreamRef, Unit};

use super::{CartAccepted, CartToken, Carts, Checkout, Fresh, accepted, contents, show};
use crate::{
    Call, CommandError, Refused, UseCase,
    execute::{Ruling, execute, judge, refuse},
    pricing::candidates,
};

impl Carts {
    /// Puts a coupon on, if it is taken at all now. Whether it takes something off depends on what is in the cart, which
    /// may change: the cart tells, and the order decides.
    ///
    /// # Errors
    /// `pricing.unknown_coupon`, `pricing.ended`, `pricing.not_begun`, `pricing.over`, `cart.too_many_coupons`.
    pub async fn add_coupon(
        &self,
        call: &Call,
        token: Option<&CartToken>,
        code: CouponCode,
    ) -> Result<(Executed<CartAccepted>, Option<CartToken>), CommandError> {
        let visit = self.visit(call, UseCase::ChangeCart, token).await?;
        let fresh = Fresh::of(&visit)?;
        let unit = names(fresh.names(visit.names(call.unit())), std::slice::from_ref(&code));
        let begins = fresh.cart;
        let executed = execute(&self.log, call, unit, move |decision| {
            for candidate in candidates(decision, std::slice::from_ref(&code))? {
                if let Err(reason) = candidate.standing {
                    return refuse(not_taken(&reason, "/code"));
                }
            }
            let cart = visit.open_or_start(decision, begins)?;
            judge::<Cart>(decision, &cart.stream(), CartCommand::AddCoupon { code: code.clone() })?;
            accepted(decision, Some(cart), None)
        })
        .await?;
        let given = fresh.given(&executed.result).filter(|_| !executed.replayed);
        Ok((executed, given))
    }

    /// Takes a coupon off.
    ///
    /// # Errors
    /// `cart.coupon_not_found`; `cart.not_found` for a guest without a cart.
    pub async fn remove_coupon(
        &self,
        call: &Call,
        token: Option<&CartToken>,
        code: CouponCode,
    ) -> Result<Executed<CartAccepted>, CommandError> {
        self.change(call, token, CartCommand::RemoveCoupon { code }, None).await
    }

    /// Puts coupons on an account's cart that all take something off what is in it now, or none of them.
    ///
    /// # Errors
    /// `cart.empty`, `cart.too_many_coupons`, and each coupon's reason, with its place among `codes`.
    pub async fn apply_coupons(
        &self,
        call: &Call,
        codes: Vec<CouponCode>,
        checkout: Checkout,
    ) -> Result<Executed<CartAccepted>, CommandError> {
        let visit = self.visit(call, UseCase::ChangeCart, None).await?;
        let buyer = show::Buyer::of(call, &visit, checkout);
        if let Some(refused) = &buyer.refused {
            return Err(refused.clone().into());
        }
        let unit = names(visit.names(call.unit()), &codes);
        let hints = self.hints.clone();
        execute(&self.log, call, unit, move |decision| {
            let cart = visit.open(decision)?;
            let mut held = contents(decision, cart)?;
            let Some(cart) = cart.filter(|_| !held.is_empty()) else {
                return refuse(Refused::of(&domain::cart::CartError::Empty));
            };
            for code in &codes {
                if !held.coupons.contains(code) {
                    held.coupons.push(code.clone());
                }
            }
            let preview = show::preview_of(decision, &hints, &held, &buyer)?;
            let faults = preview.coupons.iter().filter_map(|(place, reason)| {
                let wanted = codes.iter().position(|code| held.coupons.get(*place) == Some(code))?;
                Some((reason, wanted))
            });
            if let Some((reason, place)) = faults.min_by_key(|(_, place)| *place) {
                return refuse(not_taken(reason, &format!("/coupons/{place}")));
            }
            for code in &codes {
                judge::<Cart>(decision, &cart.stream(), CartCommand::AddCoupon { code: code.clone() })?;
            }
            accepted(decision, Some(cart), None)
        })
        .await
    }
}

/// Those of `codes` that are taken at all now.
pub(super) fn standing(decision: &mut Decision<'_>, codes: &[CouponCode]) -> Ruling<Vec<CouponCode>> {
    let all = candidates(decision, codes)?.into_iter();
    Ok(all.filter(|one| one.standing.is_ok()).map(|one| one.code).collect())
}

fn names(mut unit: Unit, codes: &[CouponCode]) -> Unit {
    unit = unit.reads(StreamRef::of::<PromotionBook>(BOOK));
    for code in codes {
        unit = unit.reads(StreamRef::of::<Coupon>(code.as_str()));
    }
    unit
}

fn not_taken(reason: &Inapplicable, pointer: &str) -> Refused {
    Refused { faults: vec![reason.fault(pointer)], ..Refused::of(reason) }
}
