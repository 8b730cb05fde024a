//! The read side: tables that follow the log, and the queries on them.
//!
//! One module per context, one file per read model: its row structs, its [`Projection`], its queries; its tables and
//! views stand in the `.sql` files beside it. A projection is handed a batch of events, folds it in memory and writes
//! few statements, never one per event: new rows by binary `copy`, changed ones by `unnest`.
//!
//! Each projection's tables live in a schema of their own (`order_list_v2`), filled with `search_path` on it;
//! queries name the schema in full, so that a program always reads the version that it knows.

#![deny(clippy::wildcard_enum_match_arm)]

pub mod analytics;
pub mod catalog;
mod checkpoint;
mod columns;
pub mod customers;
mod fold;
pub mod identity;
pub mod inventory;
pub mod orders;
mod page;
pub mod payouts;
pub mod pricing;
mod sealed;
mod sum;
pub mod vendors;

use std::sync::Arc;

use event_store::subscription::Projection;

pub use page::{Page, PageRequest, ReadError, Sort};
pub use sum::Sum;

/// Every projection of this program, in the order in which operators see them.
#[must_use]
pub fn all() -> Vec<Arc<dyn Projection>> {
    vec![
        Arc::new(identity::accounts::Accounts),
        Arc::new(customers::address_list::AddressList),
        Arc::new(customers::unmet_demand::UnmetDemand),
        Arc::new(customers::loyalty::Loyalty),
        Arc::new(catalog::category_list::CategoryList),
        Arc::new(catalog::product_list::ProductList),
        Arc::new(catalog::unit_list::UnitList),
        Arc::new(catalog::review_list::ReviewList),
        Arc::new(inventory::stock_levels::StockLevels),
        Arc::new(inventory::stock_history::StockHistory),
        Arc::new(inventory::replenishment::Replenishment),
        Arc::new(orders::order_list::OrderList),
        Arc::new(orders::return_list::ReturnList),
        Arc::new(orders::fraud_flags::FraudFlags),
        Arc::new(pricing::promotion_list::PromotionList),
        Arc::new(pricing::price_lists::PriceLists),
        Arc::new(analytics::sales::Sales),
        Arc::new(vendors::company_list::CompanyList),
        Arc::new(payouts::company_account::CompanyAccount),
        Arc::new(payouts::settlement_list::SettlementList),
    ]
}
