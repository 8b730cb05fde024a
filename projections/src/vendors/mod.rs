//! Read models of vendors.

pub mod company_list;
