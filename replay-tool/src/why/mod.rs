//! `why-stock` and `why-payout`: a present number, taken apart until every part is an event that anybody can look up.

pub(crate) mod payout;
pub(crate) mod stock;
