//! Every aggregate of the domain, for the tests and documents that must miss none.

use std::{fs, path::PathBuf};

use domain::{
    cart::Cart,
    catalog::{AttributeBook, Category, Product, Review, SellingUnit, Unit, Upload},
    customers::{
        AddressBook, AlertRegister, CustomerGroups, Favorites, LoyaltyAccount, LoyaltyProgram, NeededItem,
        OneClick, StockAlerts,
    },
    decider::{Decider, Event, decode},
    fixtures::must,
    identity::{Account, ApiKey},
    inventory::{Reorder, Stock, Supplier, Warehouse},
    orders::{Counter, Order, Return, fraud::FraudPolicy},
    payouts::{Payout, Settlement, SettlementBook},
    pricing::{Coupon, PriceBook, PriceList, Promotion, PromotionBook, Redemptions, TaxTable},
    vendors::Company,
};
use serde_json::Value;

/// One aggregate, without its types.
pub(crate) struct Aggregate {
    pub(crate) context: &'static str,
    pub(crate) kind: &'static str,
    /// The event type's name in the source.
    pub(crate) event: &'static str,
    pub(crate) catalogue: &'static [(&'static str, u16)],
    /// Decodes a stored payload and encodes it again in the newest version; answers that version too.
    pub(crate) rewrite: fn(&str, u16, &str) -> (u16, Value),
}

fn aggregate<D: Decider>(context: &'static str) -> Aggregate {
    Aggregate {
        context,
        kind: D::KIND,
        event: std::any::type_name::<D::Event>().rsplit("::").next().unwrap_or(""),
        catalogue: D::Event::CATALOGUE,
        rewrite: |name, version, payload| {
            let event: D::Event = must(decode(name, version, payload));
            (event.version(), must(serde_json::to_value(&event)))
        },
    }
}

/// Every aggregate, by context.
pub(crate) fn all() -> Vec<Aggregate> {
    vec![
        aggregate::<Account>("identity"),
        aggregate::<ApiKey>("identity"),
        aggregate::<AddressBook>("customers"),
        aggregate::<CustomerGroups>("customers"),
        aggregate::<Favorites>("customers"),
        aggregate::<LoyaltyProgram>("customers"),
        aggregate::<LoyaltyAccount>("customers"),
        aggregate::<StockAlerts>("customers"),
        aggregate::<AlertRegister>("customers"),
        aggregate::<NeededItem>("customers"),
        aggregate::<OneClick>("customers"),
        aggregate::<AttributeBook>("catalog"),
        aggregate::<Category>("catalog"),
        aggregate::<Product>("catalog"),
        aggregate::<Review>("catalog"),
        aggregate::<SellingUnit>("catalog"),
        aggregate::<Unit>("catalog"),
        aggregate::<Upload>("catalog"),
        aggregate::<Warehouse>("inventory"),
        aggregate::<Stock>("inventory"),
        aggregate::<Supplier>("inventory"),
        aggregate::<Reorder>("inventory"),
        aggregate::<Order>("orders"),
        aggregate::<Return>("orders"),
        aggregate::<Counter>("orders"),
        aggregate::<FraudPolicy>("orders"),
        aggregate::<Promotion>("pricing"),
        aggregate::<PromotionBook>("pricing"),
        aggregate::<Coupon>("pricing"),
        aggregate::<Redemptions>("pricing"),
        aggregate::<PriceList>("pricing"),
        aggregate::<PriceBook>("pricing"),
        aggregate::<TaxTable>("pricing"),
        aggregate::<Company>("vendors"),
        aggregate::<Payout>("payouts"),
        aggregate::<Settlement>("payouts"),
        aggregate::<SettlementBook>("payouts"),
        aggregate::<Cart>("cart"),
    ]
}

/// A file of this crate.
pub(crate) fn path(relative: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(relative)
}

/// The text of a file of this crate.
pub(crate) fn read(relative: &str) -> String {
    let path = path(relative);
    must(fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display())))
}

/// How often `needle` begins a line in the source of the contexts.
/// The sources directly in a context's folder whose names end with `file`, one after the other.
pub(crate) fn sources(context: &str, file: &str) -> String {
    let folder = must(fs::read_dir(path(&format!("src/{context}"))));
    let mut files: Vec<_> = folder.map(|entry| must(entry).path()).collect();
    files.sort();
    files.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(file)));
    files.into_iter().map(|path| must(fs::read_to_string(path))).collect()
}

pub(crate) fn count_in_source(file: &str, needle: &str) -> usize {
    let contexts = must(fs::read_dir(path("src"))).filter_map(Result::ok);
    contexts
        .filter(|entry| entry.path().is_dir())
        .map(|entry| sources(&entry.file_name().to_string_lossy(), file))
        .map(|source| source.lines().filter(|line| line.starts_with(needle)).count())
        .sum()
}

#[test]
fn the_list_misses_no_aggregate() {
    assert_eq!(all().len(), count_in_source("event.rs", "impl Event for "));
}

#[test]
fn kinds_and_event_names_are_unique() {
    let mut kinds: Vec<_> = all().iter().map(|aggregate| aggregate.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), all().len());
    let mut events: Vec<_> = all().iter().flat_map(|aggregate| aggregate.catalogue.to_vec()).collect();
    let count = events.len();
    events.sort_unstable();
    events.dedup();
    assert_eq!(events.len(), count);
}
