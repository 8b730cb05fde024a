//! The counters of one warehouse.

use super::Movement;

/// What was last told about a warehouse's available units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StockMark {
    /// Above the threshold, or nothing was ever told.
    #[default]
    Normal,
    /// At the threshold or below, and above zero.
    Low,
    /// Nothing is available.
    Out,
}

/// The counters of one product in one warehouse, in base units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Level {
    /// In the building.
    pub on_hand: u64,
    /// Taken by orders that have not shipped; still in the building.
    pub reserved: u64,
    /// Taken by carts for some minutes; still in the building.
    pub held: u64,
    /// At or below how many available units the stock is low.
    pub threshold: u32,
    /// What was last told about it.
    pub mark: StockMark,
}

impl Level {
    /// What can be reserved or held: on hand - reserved - held.
    #[must_use]
    pub const fn available(&self) -> u64 {
        self.on_hand.saturating_sub(self.committed())
    }

    /// What is reserved or held.
    #[must_use]
    pub const fn committed(&self) -> u64 {
        self.reserved.saturating_add(self.held)
    }

    /// The mark that the counters call for.
    pub(super) fn due_mark(&self) -> StockMark {
        match self.available() {
            0 => StockMark::Out,
            units if units <= u64::from(self.threshold) => StockMark::Low,
            _ => StockMark::Normal,
        }
    }

    /// Saturates, because folding never fails; `decide` has refused whatever would.
    pub(super) fn move_by(&mut self, movement: &Movement) {
        self.on_hand = self.on_hand.saturating_add_signed(movement.on_hand);
        self.reserved = self.reserved.saturating_add_signed(movement.reserved);
        self.held = self.held.saturating_add_signed(movement.held);
    }
}
