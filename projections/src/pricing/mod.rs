//! What goods cost whom; what is on offer, and what it has granted.

pub mod price_lists;
pub mod promotion_list;
