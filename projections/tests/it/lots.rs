//! The lots are what an independent fold says, and lists of them are whole.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::ids::ProductId;
use projections::{
    PageRequest,
    inventory::stock_levels::{self, LotRow},
};

use crate::support::{
    Bench, all,
    movements::{ExpectedLots, appended, expected_lots},
};

fn key(row: &LotRow) -> (String, String, Option<String>, Option<String>) {
    let day = row.expires_on.map(|day| day.to_string());
    (row.product.stream(), row.warehouse.stream(), row.lot.clone(), day)
}

#[tokio::test]
async fn lots_are_what_an_independent_fold_says_and_never_more_than_what_is_on_hand() {
    for (seed, batch) in [(61, 1), (62, 13), (63, 9_000)] {
        let events = appended(seed, Vec::new(), 600);
        let expected = expected_lots(&events);
        assert!(expected.len() > 10, "the history is too poor: {}", expected.len());
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        let pool = &bench.pool();
        let products: std::collections::BTreeSet<&String> = expected.keys().map(|key| &key.0).collect();
        let mut found = ExpectedLots::new();
        for product in products {
            let product = ProductId::from_uuid(product.parse().unwrap());
            let stock = stock_levels::stock_of(pool, product).await.unwrap();
            let mut in_lots: BTreeMap<_, i64> = BTreeMap::new();
            for row in stock_levels::lots_of(pool, product).await.unwrap() {
                *in_lots.entry(row.warehouse).or_default() += row.units;
                found.insert(key(&row), row.units);
            }
            for row in stock.by_warehouse {
                assert!(in_lots.remove(&row.warehouse).unwrap_or_default() <= row.on_hand, "{row:?}");
            }
            assert!(in_lots.is_empty());
        }
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn what_expires_is_listed_by_its_day_page_by_page() {
    let events = appended(64, Vec::new(), 600);
    let bench = Bench::with(&events).await;
    bench.install_and_project(5_000).await;
    let pool = &bench.pool();
    let until: NaiveDate = "2099-01-01".parse().unwrap();
    let dated: Vec<_> = expected_lots(&events).into_keys().filter(|key| key.3.is_some()).collect();
    let everything = all(|page| async move { stock_levels::expiring(pool, until, &[], &page).await }).await;
    assert!(everything.is_sorted_by_key(|row| row.expires_on));
    let mut keys: Vec<_> = everything.iter().map(key).collect();
    keys.sort();
    assert_eq!(keys, dated);
    let (middle, warehouse) = (everything[everything.len() / 2].expires_on.unwrap(), everything[0].warehouse);
    let some =
        all(|page| async move { stock_levels::expiring(pool, middle, &[warehouse], &page).await }).await;
    let wanted: Vec<_> = everything
        .iter()
        .filter(|row| row.warehouse == warehouse && row.expires_on <= Some(middle))
        .cloned()
        .collect();
    assert_eq!(some, wanted);
    let page = PageRequest { with_total: true, ..PageRequest::first(2) };
    let counted = stock_levels::expiring(pool, until, &[], &page).await.unwrap();
    assert_eq!(counted.total, Some(i64::try_from(everything.len()).unwrap()));
}
