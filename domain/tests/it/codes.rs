//! Every refusal has one code, unique and stable: clients branch on it.

use std::collections::BTreeSet;

use domain::{
    cart::CartError,
    catalog::{
        AttributeError, AttributeValueError, CategoryError, ProductError, ReviewError, SellingUnitError,
        UnitError, UploadError,
    },
    customers::{
        AddressBookError, CustomerGroupsError, FavoritesError, LoyaltyError, NeededItemError, OneClickError,
        StockAlertError,
    },
    identity::{AccountError, ApiKeyError},
    inventory::{ReorderError, StockError, SupplierError, WarehouseError},
    orders::{CounterError, FraudRulesError, OrderError, ReturnError},
    payouts::{PayoutError, SettlementBookError, SettlementError},
    pricing::{Inapplicable, PricingError},
    refusal::RefusalKind,
    vendors::CompanyError,
};

use crate::aggregates::{all, count_in_source};

const EVERY: [&[(&str, RefusalKind)]; 32] = [
    AccountError::CODES,
    ApiKeyError::CODES,
    AddressBookError::CODES,
    ProductError::CODES,
    WarehouseError::CODES,
    StockError::CODES,
    SupplierError::CODES,
    ReorderError::CODES,
    OrderError::CODES,
    FraudRulesError::CODES,
    ReturnError::CODES,
    CounterError::CODES,
    PricingError::CODES,
    Inapplicable::CODES,
    CompanyError::CODES,
    PayoutError::CODES,
    SettlementError::CODES,
    SettlementBookError::CODES,
    CategoryError::CODES,
    CustomerGroupsError::CODES,
    UnitError::CODES,
    SellingUnitError::CODES,
    UploadError::CODES,
    CartError::CODES,
    FavoritesError::CODES,
    ReviewError::CODES,
    AttributeError::CODES,
    AttributeValueError::CODES,
    LoyaltyError::CODES,
    StockAlertError::CODES,
    NeededItemError::CODES,
    OneClickError::CODES,
];

/// Pinned: a code may be added, never changed or removed.
const TABLE: &str = include_str!("../refusal_codes.txt");

#[test]
fn the_codes_are_those_of_the_table() {
    let table: String =
        EVERY.iter().copied().flatten().map(|(code, kind)| format!("{code} {kind:?}\n")).collect();
    assert_eq!(table, TABLE, "\n{table}");
}

#[test]
fn codes_are_unique_and_begin_with_their_context() {
    let codes: Vec<&str> = EVERY.iter().copied().flatten().map(|(code, _)| *code).collect();
    assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), codes.len());
    for code in codes {
        let (context, reason) = code.split_once('.').expect("context.reason");
        assert!(all().iter().any(|aggregate| aggregate.context == context), "{code}");
        assert!(!reason.is_empty() && reason.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{code}");
    }
}

#[test]
fn no_error_type_is_missed() {
    assert_eq!(count_in_source("error.rs", "refusals!("), EVERY.len());
}
