//! Units of measure and selling units, against an independent fold.

use std::collections::BTreeMap;

use domain::{
    catalog::SellingUnitDetails,
    ids::ProductId,
    text::{Barcode, Sku},
};
use projections::{
    PageRequest,
    catalog::{
        product_list::ProductStatus,
        unit_list::{self, SellingUnitRow},
    },
};

use crate::support::{Bench, all, expected::Expected, history::History, units::ExpectedUnits};

fn details(row: &SellingUnitRow) -> SellingUnitDetails {
    SellingUnitDetails {
        unit: row.unit,
        name: row.name.clone(),
        contains: row.contains,
        price: row.price,
        barcode: row.barcode.as_deref().map(|code| Barcode::parse(code).unwrap()),
        sku: row.sku.as_deref().map(|sku| Sku::parse(sku).unwrap()),
    }
}

#[tokio::test]
async fn units_are_what_an_independent_fold_says() {
    for (seed, batch) in [(51, 3), (52, 5_000)] {
        let events = History::random(seed, 600);
        let (expected, shop) = (ExpectedUnits::of(&events), Expected::of(&events));
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        let pool = &bench.pool();
        let units = all(|page| async move { unit_list::units(pool, true, &page).await }).await;
        assert!(units.is_sorted_by(|a, b| a.code <= b.code));
        let usable = expected.units.values().filter(|unit| !unit.2).count();
        let count = PageRequest { with_total: true, ..PageRequest::first(1) };
        let total = unit_list::units(pool, false, &count).await.unwrap().total;
        assert_eq!(total, i64::try_from(usable).ok());
        let ids: Vec<_> = units.iter().map(|row| row.id).collect();
        assert_eq!(unit_list::units_by_ids(pool, &ids).await.unwrap().len(), ids.len());
        let units: BTreeMap<_, _> = units
            .into_iter()
            .map(|row| (row.id, (row.code, row.details, row.retired, row.version)))
            .collect();
        assert_eq!(units, expected.units);
        // Those that are sold by now: neither retired nor of a product that is gone.
        let is_sold = |product: &ProductId| shop.products[product].status == ProductStatus::Active;
        let wanted: BTreeMap<_, _> = expected
            .selling
            .iter()
            .filter(|(_, (product, _, retired, _))| !retired && is_sold(product))
            .map(|(id, row)| (*id, row.clone()))
            .collect();
        assert!(!wanted.is_empty() && wanted.len() < expected.selling.len());
        let selling = all(|page| async move { unit_list::selling_units(pool, &page).await }).await;
        let found: BTreeMap<_, _> = selling
            .iter()
            .map(|row| (row.id, (row.product, details(row), row.retired, row.version)))
            .collect();
        assert_eq!(found, wanted);
        let (_, (product, ..)) = wanted.iter().next().unwrap();
        let of_product = unit_list::selling_units_of(pool, *product).await.unwrap();
        assert_eq!(of_product.len(), wanted.values().filter(|row| row.0 == *product).count());
        let size = |row: &SellingUnitRow| {
            let (n, d) = (u64::from(row.contains.numerator()), u64::from(row.contains.denominator()));
            n * 1_000_000 / d
        };
        assert!(of_product.is_sorted_by_key(size));
    }
}
