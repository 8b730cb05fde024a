//! What of the book an order will probably need beside the book itself: so that limits are looked up in the same go as
//! the stock. A hint never decides: what it misses is fetched for a second decision, what it names too much is not used.

use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicBool, Ordering},
};

use chrono::{DateTime, Utc};
use domain::{
    ids::AccountId,
    pricing::{Activation, BookState, CouponCode, Grant, IssuedCoupon, Listed, Subject},
    text::Zone,
};

use super::redeem::Holds;

/// The promotions with limits, as the newest decision of this node saw them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Hints {
    noted: Arc<RwLock<Noted>>,
    asks_for_groups: Arc<AtomicBool>,
}

#[derive(Debug, Default)]
struct Noted {
    version: i64,
    limited: Arc<[Listed]>,
}

impl Hints {
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
        coupons: &[(CouponCode, IssuedCoupon)],
    ) -> Holds {
        let noted = Arc::clone(&self.noted.read().unwrap_or_else(PoisonError::into_inner).limited);
        let mut holds = Holds::default();
        for listed in noted.iter() {
            let zones = &listed.terms.offer.scope.zones;
            let meant = listed.terms.activation == Activation::Automatic
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
