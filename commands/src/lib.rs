//! The write side: use cases, one module per context.
//!
//! A use case checks the caller's permission, names the streams that it will look at, and hands one decision over
//! them to the log, which takes it whole or not at all. Nothing here reads a projection: what a decision needs, it
//! sees under the append lock. Answers are ids, states and totals without personal data, because a repeat under the
//! same idempotency key gets them again.

pub mod audit;
mod call;
pub mod cart;
pub mod catalog;
mod code;
pub mod customers;
mod error;
mod execute;
pub mod identity;
pub mod import;
pub mod integrations;
pub mod inventory;
pub mod jobs;
pub mod notifications;
pub mod operations;
pub mod orders;
pub mod payouts;
mod permission;
pub mod pricing;
pub mod vault;
pub mod vendors;

pub use call::{Call, Caller, KeyScopes, Principal};
pub use code::Code;
pub use error::{CommandError, Refused};
pub use event_store::Executed;
pub use permission::{Permission, UseCase, permissions_of};

/// Every refusal code that the use cases themselves give, beside those of the domain.
#[must_use]
pub fn codes() -> Vec<&'static Code> {
    [
        execute::CODES,
        cart::CODES,
        catalog::CODES,
        customers::CODES,
        inventory::CODES,
        orders::CODES,
        pricing::CODES,
        payouts::CODES,
        vendors::CODES,
        identity::CODES,
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::{
        cart::CartError,
        catalog::{
            AttributeError, AttributeValueError, CategoryError, ProductError, ReviewError, SellingUnitError,
            UnitError, UploadError,
        },
        customers::{
            AddressBookError, CustomerGroupsError, FavoritesError, LoyaltyError, NeededItemError,
            OneClickError, StockAlertError,
        },
        identity::{AccountError, ApiKeyError},
        inventory::{ReorderError, StockError, SupplierError, WarehouseError},
        orders::{CounterError, FraudRulesError, OrderError, ReturnError},
        payouts::{PayoutError, SettlementBookError, SettlementError},
        pricing::{Inapplicable, PricingError},
        vendors::CompanyError,
    };

    #[test]
    fn every_code_means_one_thing() {
        let of_the_domain = [
            CartError::CODES,
            AttributeError::CODES,
            AttributeValueError::CODES,
            CategoryError::CODES,
            UnitError::CODES,
            SellingUnitError::CODES,
            UploadError::CODES,
            ProductError::CODES,
            ReviewError::CODES,
            AddressBookError::CODES,
            CustomerGroupsError::CODES,
            FavoritesError::CODES,
            LoyaltyError::CODES,
            StockAlertError::CODES,
            NeededItemError::CODES,
            OneClickError::CODES,
            AccountError::CODES,
            ApiKeyError::CODES,
            StockError::CODES,
            WarehouseError::CODES,
            SupplierError::CODES,
            ReorderError::CODES,
            CounterError::CODES,
            OrderError::CODES,
            FraudRulesError::CODES,
            ReturnError::CODES,
            PricingError::CODES,
            Inapplicable::CODES,
            CompanyError::CODES,
            PayoutError::CODES,
            SettlementError::CODES,
            SettlementBookError::CODES,
        ];
        let mut seen = HashSet::new();
        let own = super::codes().into_iter().map(|code| code.code);
        for code in of_the_domain.into_iter().flatten().map(|(code, _)| *code).chain(own) {
            assert!(seen.insert(code), "{code} is given twice");
        }
    }
}
