//! Flags of fraud, against an independent fold.

use std::collections::BTreeMap;

use domain::orders::Flag;
use projections::{
    PageRequest, Sort,
    orders::fraud_flags::{self, FlagFilter, FlagSort},
};

use crate::support::{
    Bench, all,
    flags::{ExpectedFlag, expected_flags},
    history::History,
};

#[tokio::test]
async fn flags_are_what_an_independent_fold_says() {
    let mut seen = Vec::new();
    for (seed, batch) in [(71, 1), (72, 23), (73, 9_000)] {
        let events = History::random(seed, 400);
        let expected = expected_flags(&events);
        seen.extend(expected.values().map(|flag| flag.status));
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        let pool = &bench.pool();
        let none = &FlagFilter::default();
        for key in [FlagSort::FlaggedAt, FlagSort::Score] {
            let sort = Sort { key, descending: key == FlagSort::Score };
            let rows = all(|page| async move { fraud_flags::list(pool, none, sort, &page).await }).await;
            if key == FlagSort::Score {
                assert!(rows.is_sorted_by(|a, b| a.flag.score >= b.flag.score));
            }
            let found: BTreeMap<_, _> = rows
                .into_iter()
                .map(|row| {
                    let flag = ExpectedFlag {
                        status: row.flag.status,
                        score: row.flag.score,
                        reasons: row.flag.reasons,
                        model_version: row.flag.model_version,
                        note: row.flag.note,
                        reviewer: row.flag.reviewed_by,
                        version: row.flag.version,
                    };
                    (row.flag.order, flag)
                })
                .collect();
            assert_eq!(found, expected);
        }
        for status in Flag::ALL {
            let filter = FlagFilter { status: Some(*status), zones: None };
            let page = PageRequest { with_total: true, ..PageRequest::first(1) };
            let total = fraud_flags::list(pool, &filter, Sort::default(), &page).await.unwrap().total;
            let wanted = expected.values().filter(|flag| flag.status == *status).count();
            assert_eq!(total, Some(i64::try_from(wanted).unwrap()));
        }
        let nowhere = FlagFilter { status: None, zones: Some(vec![]) };
        let page = fraud_flags::list(pool, &nowhere, Sort::default(), &PageRequest::first(9)).await.unwrap();
        assert!(page.items.is_empty());
    }
    assert!(Flag::ALL.iter().all(|status| seen.contains(status)), "the histories are too poor");
}
