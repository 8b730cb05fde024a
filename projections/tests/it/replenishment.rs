//! Suppliers and replenishment orders are what an independent fold says.

use projections::inventory::replenishment::{self, ReorderFilter, ReorderStatus};

use crate::support::{
    Bench, all,
    replenishment::{ExpectedOffice, appended},
};

#[tokio::test]
async fn replenishment_is_what_an_independent_fold_says() {
    for (seed, batch) in [(81, 1), (82, 12), (83, 9_000)] {
        let events = appended(seed, Vec::new(), 250);
        let expected = ExpectedOffice::of(&events);
        assert!(expected.suppliers.len() > 5 && expected.reorders.len() > 20, "the history is too poor");
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        let pool = &bench.pool();
        let rows = all(|page| async move { replenishment::suppliers(pool, false, &page).await }).await;
        assert!(rows.is_sorted_by(|a, b| a.code < b.code));
        let found = rows
            .into_iter()
            .map(|row| (row.id, (row.code, row.lead_time_days, row.status.as_str(), row.version)));
        assert_eq!(found.collect::<std::collections::BTreeMap<_, _>>(), expected.suppliers);
        let active = all(|page| async move { replenishment::suppliers(pool, true, &page).await }).await;
        assert_eq!(active.len(), expected.suppliers.values().filter(|row| row.2 == "active").count());
        let none = &ReorderFilter::default();
        let rows = all(|page| async move { replenishment::reorders(pool, none, &page).await }).await;
        assert!(rows.is_sorted_by(|a, b| a.opened_at >= b.opened_at));
        let warehouse = rows[0].warehouse;
        let of_one = &ReorderFilter {
            status: Some(ReorderStatus::Open),
            warehouses: &[warehouse],
            ..ReorderFilter::default()
        };
        let some = all(|page| async move { replenishment::reorders(pool, of_one, &page).await }).await;
        let wanted =
            rows.iter().filter(|row| row.warehouse == warehouse && row.status == ReorderStatus::Open);
        assert_eq!(some, wanted.cloned().collect::<Vec<_>>());
        let found = rows
            .into_iter()
            .map(|row| (row.id, (row.quantity, row.received, row.status.as_str(), row.version)));
        assert_eq!(found.collect::<std::collections::BTreeMap<_, _>>(), expected.reorders);
    }
}
