//! Applying what runs and what coupons stand for, in one order (PRC-3): the same for an order that is placed and for one
//! that somebody only asks about.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::{
    Basket, BookState, CouponCode, CouponState, Grant, Inapplicable, IssuedCoupon, Limits, Listed, Offer,
    Till,
};
use crate::{
    ids::PromotionId,
    orders::{AppliedDiscount, DiscountedLine, HeldLimit},
};

/// A coupon that somebody has named.
#[derive(Debug, Clone)]
pub struct CouponCandidate {
    /// Its code.
    pub code: CouponCode,
    /// What it stands for now, or why for nothing.
    pub standing: Result<CouponOffer, Inapplicable>,
}

impl CouponCandidate {
    /// What a coupon stands for at `now`.
    #[must_use]
    pub fn of(code: CouponCode, state: &CouponState, book: &BookState, now: DateTime<Utc>) -> Self {
        let standing = match state {
            CouponState::Absent => Err(Inapplicable::UnknownCoupon),
            CouponState::Ended(_) => Err(Inapplicable::Ended),
            CouponState::Live(coupon) => CouponOffer::of(coupon, book, now),
        };
        Self { code, standing }
    }
}

impl CouponOffer {
    fn of(coupon: &IssuedCoupon, book: &BookState, now: DateTime<Utc>) -> Result<Self, Inapplicable> {
        Inapplicable::check_time(&coupon.terms.validity, now)?;
        let limits = coupon.limited();
        match &coupon.terms.grant {
            Grant::Offer(offer) => Ok(Self { limits, offer: offer.as_ref().clone(), promotion: None }),
            Grant::Promotion(promotion) => {
                let listed = book.find(*promotion).ok_or(Inapplicable::Ended)?;
                Inapplicable::check_time(&listed.terms.validity, now)?;
                Ok(Self {
                    limits,
                    offer: listed.terms.offer.clone(),
                    promotion: Some((*promotion, listed.limited())),
                })
            }
        }
    }
}

impl IssuedCoupon {
    /// Its limits, and how many slots they ever had.
    #[must_use]
    pub fn limited(&self) -> Limited {
        Limited { limits: self.terms.limits, slots: self.slots }
    }
}

impl Listed {
    /// Its limits, and how many slots they ever had.
    #[must_use]
    pub fn limited(&self) -> Limited {
        Limited { limits: self.terms.limits, slots: self.slots }
    }
}

impl Limited {
    /// Whether there is any limit.
    #[must_use]
    pub const fn is_limited(&self) -> bool {
        self.limits.total.is_some() || self.limits.per_customer.is_some()
    }
}

/// What a coupon stands for.
#[derive(Debug, Clone)]
pub struct CouponOffer {
    /// Its limits.
    pub limits: Limited,
    /// The offer: its own, or that of its promotion.
    pub offer: Offer,
    /// The promotion, with the limits of that.
    pub promotion: Option<(PromotionId, Limited)>,
}

/// Limits, and how many slots per customer they ever had.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limited {
    /// The limits.
    pub limits: Limits,
    /// The greatest limit per customer that there ever was; 0 without any.
    pub slots: u16,
}

/// What is redeemed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// A promotion.
    Promotion(PromotionId),
    /// A coupon.
    Coupon(&'a CouponCode),
}

impl Subject<'_> {
    /// The id of the stream that counts its redemptions, and the first part of its claims' keys.
    #[must_use]
    pub fn stream(&self) -> String {
        match self {
            Self::Promotion(promotion) => promotion.stream(),
            Self::Coupon(code) => code.as_str().to_owned(),
        }
    }
}

/// What all offers come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// What was taken off, in the order in which it was.
    pub discounts: Vec<AppliedDiscount>,
    /// Promotions that run and take nothing off.
    pub passed: Vec<(PromotionId, Inapplicable)>,
    /// Coupons that take nothing off, by place in the request.
    pub refused: Vec<(usize, Inapplicable)>,
}

/// Applies promotions, then coupons. `redeem` is asked for each that would take something off, and takes one redemption
/// of it or says why there is none; it is asked for nothing without limits.
///
/// # Errors
/// Whatever `redeem` fails with.
pub fn apply<E>(
    basket: &Basket,
    running: &[Listed],
    coupons: &[CouponCandidate],
    mut redeem: impl FnMut(Subject<'_>, &Limited) -> Result<Result<HeldLimit, Inapplicable>, E>,
) -> Result<Outcome, E> {
    let mut till = Till::new(basket);
    let mut outcome = Outcome::default();
    let mut held = |subject: Subject<'_>, limited: &Limited| {
        if limited.is_limited() {
            Ok(redeem(subject, limited)?.map(Some))
        } else {
            Ok(Ok(None))
        }
    };
    for listed in running {
        let (promotion, terms) = (listed.promotion, &listed.terms);
        let reduction = match till.offered(&terms.offer) {
            Ok(reduction) => match held(Subject::Promotion(promotion), &listed.limited())? {
                Ok(limit) => Ok((reduction, limit)),
                Err(reason) => Err(reason),
            },
            Err(reason) => Err(reason),
        };
        match reduction {
            Ok((reduction, promotion_limit)) => {
                till.take(&terms.offer, &reduction);
                outcome.discounts.push(AppliedDiscount {
                    promotion: Some(promotion),
                    coupon: None,
                    amount: reduction.amount,
                    lines: numbered(reduction.lines),
                    promotion_limit,
                    coupon_limit: None,
                });
            }
            Err(reason) => outcome.passed.push((promotion, reason)),
        }
    }
    let mut seen = HashSet::new();
    for (place, candidate) in coupons.iter().enumerate() {
        let CouponCandidate { code, standing } = candidate;
        let repeated = !seen.insert(code.as_str());
        match apply_coupon(&mut till, code, standing, repeated, &outcome, &mut held)? {
            Ok(discount) => outcome.discounts.push(discount),
            Err(reason) => outcome.refused.push((place, reason)),
        }
    }
    Ok(outcome)
}

fn apply_coupon<E>(
    till: &mut Till<'_>,
    code: &CouponCode,
    standing: &Result<CouponOffer, Inapplicable>,
    repeated: bool,
    so_far: &Outcome,
    mut held: impl FnMut(Subject<'_>, &Limited) -> Result<Result<Option<HeldLimit>, Inapplicable>, E>,
) -> Result<Result<AppliedDiscount, Inapplicable>, E> {
    let coupon = match standing {
        Ok(coupon) => coupon,
        Err(reason) => return Ok(Err(reason.clone())),
    };
    let promotion = coupon.promotion.map(|(promotion, _)| promotion);
    let applied = promotion.is_some() && so_far.discounts.iter().any(|known| known.promotion == promotion);
    if repeated || applied {
        return Ok(Err(Inapplicable::AppliedAlready));
    }
    let reduction = match till.offered(&coupon.offer) {
        Ok(reduction) => reduction,
        Err(reason) => return Ok(Err(reason)),
    };
    let coupon_limit = match held(Subject::Coupon(code), &coupon.limits)? {
        Ok(limit) => limit,
        Err(reason) => return Ok(Err(reason)),
    };
    let promotion_limit = match &coupon.promotion {
        None => None,
        Some((promotion, limited)) => match held(Subject::Promotion(*promotion), limited)? {
            Ok(limit) => limit,
            Err(reason) => return Ok(Err(reason)),
        },
    };
    till.take(&coupon.offer, &reduction);
    Ok(Ok(AppliedDiscount {
        promotion,
        coupon: Some(code.clone()),
        amount: reduction.amount,
        lines: numbered(reduction.lines),
        promotion_limit,
        coupon_limit,
    }))
}

/// Orders number their lines from 1; there are never more than fit.
fn numbered(lines: Vec<(usize, crate::money::Money)>) -> Vec<DiscountedLine> {
    lines
        .into_iter()
        .filter_map(|(index, amount)| {
            let line = u16::try_from(index).ok()?.checked_add(1)?;
            Some(DiscountedLine { line, amount })
        })
        .collect()
}
