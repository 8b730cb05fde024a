//! A first look at whether somebody takes an event, for one instruction: every event is offered to every subscription, and
//! most take few.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

/// Some types of events, each standing for one bit that others may share: sets that do not meet have no type in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kinds(u64);

impl Kinds {
    pub(crate) const ALL: Self = Self(u64::MAX);

    pub(crate) fn of(event_types: &[&str]) -> Self {
        Self(event_types.iter().map(|event_type| Self::one(event_type).0).fold(0, std::ops::BitOr::bitor))
    }

    pub(crate) fn one(event_type: &str) -> Self {
        // The same in every run: an event's kind is told once, and compared with sets that were made before.
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(event_type);
        Self(1 << (hash % 64))
    }

    pub(crate) const fn meet(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_meets_each_of_its_types_and_few_others() {
        let types = ["OrderPlaced", "OrderConfirmed", "StockReserved"];
        let kinds = Kinds::of(&types);
        assert!(types.iter().all(|event_type| kinds.meet(Kinds::one(event_type))));
        assert!(types.iter().all(|event_type| Kinds::ALL.meet(Kinds::one(event_type))));
        let others = (0..100).filter(|number| kinds.meet(Kinds::one(&format!("Other{number}")))).count();
        assert!(others < 20, "{others}");
        assert!(!Kinds::of(&[]).meet(kinds));
    }
}
