//! `ApplyPromotion` inside the unit of a placement: what promotions and coupons take off the order at hand, decided on
//! the book and the coupons themselves, and paid for with one redemption of each limit.

use domain::{
    catalog::Product,
    ids::{AccountId, OrderId, PromotionId},
    money::Currency,
    orders::{AppliedDiscount, PlaceLine},
    pricing::{
        BOOK, Basket, BasketLine, Coupon, CouponCandidate, CouponCode, Inapplicable, Listed, Outcome,
        PromotionBook, Redemptions, Subject, apply,
    },
    refusal::{Fault, Refusal},
    text::Zone,
};
use event_store::{Decision, StreamRef};

use super::{
    COUPONS_REFUSED, Hints, PROMOTIONS_NOT_APPLIED, REDEMPTION_SCOPE,
    buyer::groups_for,
    redeem::{Holds, redeem},
};
use crate::{
    Refused, code,
    execute::{Ruling, refuse},
};

/// Who buys, whereto, and what the order counts on.
pub(crate) struct Buying<'a> {
    pub(crate) order: OrderId,
    pub(crate) customer: Option<AccountId>,
    pub(crate) zone: Option<&'a Zone>,
    pub(crate) coupons: &'a [CouponCode],
    pub(crate) promotions: &'a [PromotionId],
}

/// What is taken off, or why not what the order counts on.
pub(crate) fn discounts(
    decision: &mut Decision<'_>,
    hints: &Hints,
    buying: &Buying<'_>,
    currency: Currency,
    lines: &[PlaceLine],
) -> Ruling<Vec<AppliedDiscount>> {
    let Some(outcome) = outcome(decision, hints, buying, currency, lines)? else {
        return Ok(Vec::new());
    };
    if let Some(refused) = coupons_refused(&outcome) {
        return refuse(refused);
    }
    if let Some(refused) = promotions_missing(&outcome, buying.promotions) {
        return refuse(refused);
    }
    Ok(outcome.discounts)
}

/// What is taken off, and what is not and why; `None` where nothing could be. With nothing in the book and no coupons
/// this is one look at a state that the writer holds.
pub(crate) fn outcome(
    decision: &mut Decision<'_>,
    hints: &Hints,
    buying: &Buying<'_>,
    currency: Currency,
    lines: &[PlaceLine],
) -> Ruling<Option<Outcome>> {
    let now = decision.now();
    let book = decision.state::<PromotionBook>(BOOK)?;
    let asks = !buying.coupons.is_empty() || !buying.promotions.is_empty();
    if book.running(now).next().is_none() && !asks {
        return Ok(None);
    }
    note(decision, hints)?;
    let Some(goods) = goods(decision, lines)? else {
        // The order refuses amounts that make no basket, and says which.
        return Ok(None);
    };
    let running = decision.state::<PromotionBook>(BOOK)?.running_for(now, &goods, buying.promotions);
    let coupons = candidates(decision, buying.coupons)?;
    let groups = groups_for(decision, buying.customer, &running, &coupons)?;
    let Ok(basket) = Basket::try_new(currency, buying.zone.cloned(), groups, goods) else {
        return Ok(None);
    };
    prefetch(decision, buying.customer, &running, &coupons)?;
    let outcome = apply(&basket, &running, &coupons, |subject, limited| {
        redeem(decision, buying.order, buying.customer, subject, limited)
    })?;
    Ok(Some(outcome))
}

fn note(decision: &mut Decision<'_>, hints: &Hints) -> Ruling<()> {
    let version = decision.version::<PromotionBook>(BOOK)?;
    if !hints.knows(version) {
        hints.note(version, decision.state::<PromotionBook>(BOOK)?);
    }
    Ok(())
}

/// What coupons stand for now.
pub(crate) fn candidates(decision: &mut Decision<'_>, codes: &[CouponCode]) -> Ruling<Vec<CouponCandidate>> {
    let now = decision.now();
    let mut candidates = Vec::with_capacity(codes.len());
    for code in codes {
        let state = decision.state::<Coupon>(code.as_str())?.clone();
        let book = decision.state::<PromotionBook>(BOOK)?;
        candidates.push(CouponCandidate::of(code.clone(), &state, book, now));
    }
    Ok(candidates)
}

/// `None` where a line's total does not fit.
fn goods(decision: &mut Decision<'_>, lines: &[PlaceLine]) -> Ruling<Option<Vec<BasketLine>>> {
    let mut goods = Vec::with_capacity(lines.len());
    for line in lines {
        let Ok(total) = line.unit_price.total(line.quantity) else {
            return Ok(None);
        };
        let listing = decision.state::<Product>(&line.product.stream())?.listing();
        goods.push(BasketLine {
            product: line.product,
            categories: listing.map(|listing| listing.details.categories.clone()).unwrap_or_default(),
            company: line.company,
            quantity: line.quantity,
            unit_price: line.unit_price,
            total,
        });
    }
    Ok(Some(goods))
}

/// Everything that limits can ask for, in one go.
fn prefetch(
    decision: &mut Decision<'_>,
    customer: Option<AccountId>,
    running: &[Listed],
    coupons: &[CouponCandidate],
) -> Ruling<()> {
    let holds = holds(customer, running, coupons);
    if holds.streams.is_empty() && holds.claims.is_empty() {
        return Ok(());
    }
    let streams: Vec<StreamRef> = holds.streams.into_iter().map(StreamRef::of::<Redemptions>).collect();
    let claims: Vec<(&str, String)> = holds.claims.into_iter().map(|key| (REDEMPTION_SCOPE, key)).collect();
    Ok(decision.prefetch(&streams, &claims)?)
}

pub(super) fn holds(customer: Option<AccountId>, running: &[Listed], coupons: &[CouponCandidate]) -> Holds {
    let mut holds = Holds::default();
    for listed in running {
        holds.add(Subject::Promotion(listed.promotion), &listed.limited(), customer);
    }
    for CouponCandidate { code, standing } in coupons {
        if let Ok(coupon) = standing {
            holds.add(Subject::Coupon(code), &coupon.limits, customer);
            if let Some((promotion, limited)) = &coupon.promotion {
                holds.add(Subject::Promotion(*promotion), limited, customer);
            }
        }
    }
    holds
}

/// A coupon that somebody has named and that takes nothing off refuses the whole: all of them, each with its reason.
pub(super) fn coupons_refused(outcome: &Outcome) -> Option<Refused> {
    let faults = outcome
        .refused
        .iter()
        .map(|(place, reason)| (reason.fault(&format!("/coupons/{place}")), reason))
        .collect();
    refused(&COUPONS_REFUSED, faults)
}

/// What the order counts on and does not get: the price would not be the one that the customer has seen.
pub(super) fn promotions_missing(outcome: &Outcome, wanted: &[PromotionId]) -> Option<Refused> {
    let applied = |id: &PromotionId| outcome.discounts.iter().any(|known| known.promotion == Some(*id));
    let missing = wanted.iter().enumerate().filter(|(_, id)| !applied(id));
    let faults = missing
        .map(|(place, id)| {
            let passed = outcome.passed.iter().find(|(known, _)| known == id);
            let reason = passed.map_or(&Inapplicable::Ended, |(_, reason)| reason);
            (reason.fault(&format!("/promotion_ids/{place}")), reason)
        })
        .collect();
    refused(&PROMOTIONS_NOT_APPLIED, faults)
}

/// One refusal, of the faults' own code where it is the same for all.
fn refused(code: &code::Code, faults: Vec<(Fault, &Inapplicable)>) -> Option<Refused> {
    let (_, first) = faults.first()?;
    let same = faults.iter().all(|(_, reason)| reason.code() == first.code());
    let mut refused = if same { Refused::of(*first) } else { code.refusal() };
    refused.faults = faults.into_iter().map(|(fault, _)| fault).collect();
    Some(refused)
}
