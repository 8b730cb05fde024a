//! What a node keeps for placing orders: what cash is rounded to, and what of the book an order will probably need beside
//! the book itself: so that limits are looked up in the same go as
//! the stock. A hint never decides: what it misses is fetched for a second decision, what it names too much is not used.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, ProductId},
    money::{Currency, Money},
    pricing::{Activation, BookState, CouponCode, Grant, IssuedCoupon, Listed, Scope, Subject},
    text::Zone,
};

use super::{CashSteps, redeem::Holds};

/// The promotions with limits, as the newest decision of this node saw them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hints {
    noted: Arc<RwLock<Noted>>,
    asks_for_groups: Arc<AtomicBool>,
    cash_steps: CashSteps,
}

#[derive(Debug, Default)]
struct Noted {
    version: i64,
    limited: Arc<[Listed]>,
}

impl Hints {
    /// Nothing is known yet, but what cash orders are rounded to.
    pub(crate) fn rounding(cash_steps: CashSteps) -> Self {
        Self { cash_steps, ..Self::default() }
    }

    /// What a cash order is rounded to.
    pub(crate) fn cash_step(&self, currency: Currency) -> Option<Money> {
        self.cash_steps.of(currency)
    }

    /// Whether the book has this version in here already.
    pub(super) fn knows(&self, version: i64) -> bool {
        self.noted.read().unwrap_or_else(PoisonError::into_inner).version == version
    }

    pub(super) fn note(&self, version: i64, book: &BookState) {
        let limited = book.listed().iter().filter(|listed| listed.limited().is_limited()).cloned().collect();
        *self.noted.write().unwrap_or_else(PoisonError::into_inner) = Noted { version, limited };
    }

    /// Whether the newest decision looked at its customer's groups.
    pub(crate) fn asks_for_groups(&self) -> bool {
        self.asks_for_groups.load(Ordering::Relaxed)
    }

    pub(super) fn note_groups(&self, are_asked_for: bool) {
        self.asks_for_groups.store(are_asked_for, Ordering::Relaxed);
    }

    /// What an order into `zone` with `coupons` will look at, if the book is what it was.
    pub(crate) fn holds(
        &self,
        now: DateTime<Utc>,
        customer: Option<AccountId>,
        zone: Option<&Zone>,
        products: &[ProductId],
        coupons: &[(CouponCode, IssuedCoupon)],
    ) -> Holds {
        let noted = Arc::clone(&self.noted.read().unwrap_or_else(PoisonError::into_inner).limited);
        let mut holds = Holds::default();
        for listed in noted.iter() {
            let Scope { zones, products: goods, categories, .. } = &listed.terms.offer.scope;
            let is_for_others = categories.is_empty()
                && !goods.is_empty()
                && !products.iter().any(|product| goods.contains(product));
            let meant = !is_for_others
                && listed.terms.activation == Activation::Automatic
                && listed.terms.validity.holds(now)
                && (zones.is_empty() || zone.is_some_and(|zone| zones.contains(zone)));
            if meant {
                holds.add(Subject::Promotion(listed.promotion), &listed.limited(), customer);
            }
        }
        for (code, coupon) in coupons {
            holds.add(Subject::Coupon(code), &coupon.limited(), customer);
            if let Grant::Promotion(promotion) = &coupon.terms.grant
                && let Some(listed) = noted.iter().find(|listed| listed.promotion == *promotion)
            {
                holds.add(Subject::Promotion(*promotion), &listed.limited(), customer);
            }
        }
        holds
    }
}
