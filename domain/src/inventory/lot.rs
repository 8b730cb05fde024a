//! Lots: units of one product that were made together and expire together.

use std::cmp::Ordering;

use chrono::NaiveDate;

use super::Lot;
use crate::text::LotCode;

impl Lot {
    /// A lot of a code, a last day, or both; `None` where neither is known.
    #[must_use]
    pub fn of(code: Option<LotCode>, expires_on: Option<NaiveDate>) -> Option<Self> {
        if code.is_none() && expires_on.is_none() {
            return None;
        }
        Some(Self { code, expires_on })
    }

    /// Its last day is before `today`.
    #[must_use]
    pub fn has_expired(&self, today: NaiveDate) -> bool {
        self.expires_on.is_some_and(|last| last < today)
    }
}

impl Ord for Lot {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |lot: &Self| (lot.expires_on.is_none(), lot.expires_on);
        key(self).cmp(&key(other)).then_with(|| self.code.cmp(&other.code))
    }
}

impl PartialOrd for Lot {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
