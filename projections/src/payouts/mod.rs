//! Read models of payouts.

pub mod company_account;
pub mod settlement_list;
