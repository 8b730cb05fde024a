//! What is on offer, and what it has granted.

pub mod promotion_list;
