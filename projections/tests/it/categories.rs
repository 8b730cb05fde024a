//! The tree of categories is what an independent fold says.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::CategoryId;
use projections::catalog::category_list::{self, CategoryFilter, CategoryRow};
use sqlx::PgPool;

use crate::support::{
    Bench, all,
    categories::{ExpectedTree, appended},
};

#[tokio::test]
async fn categories_are_what_an_independent_fold_says() {
    for (seed, batch) in [(51, 1), (52, 17), (53, 9_000)] {
        let events = appended(seed, Vec::new(), 300);
        let expected = ExpectedTree::of(&events);
        assert!(expected.categories.len() > 20 && expected.slugs.len() > 60, "the history is too poor");
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        let pool = &bench.pool();
        let found: BTreeMap<_, _> = rows(pool, &CategoryFilter::default())
            .await
            .into_iter()
            .map(|row| (row.id, (row.parent, row.details, row.version)))
            .collect();
        assert_eq!(found, expected.categories);
        slugs(pool, &expected).await;
        filters(pool, &expected).await;
        branches(pool, &expected).await;
    }
}

async fn rows(pool: &PgPool, filter: &CategoryFilter) -> Vec<CategoryRow> {
    all(|page| async move { category_list::list(pool, filter, &page).await }).await
}

async fn slugs(pool: &PgPool, expected: &ExpectedTree) {
    for (slug, category) in &expected.slugs {
        let row = category_list::by_slug(pool, slug).await.unwrap();
        assert_eq!(row.map(|row| row.id), Some(*category), "{slug}");
    }
    let count: i64 = sqlx::query_scalar("select count(*) from category_list_v1.category_slugs")
        .fetch_one(pool)
        .await
        .unwrap();
    assert_eq!(usize::try_from(count).unwrap(), expected.slugs.len());
    assert_eq!(category_list::by_slug(pool, "nothing").await.unwrap(), None);
}

async fn filters(pool: &PgPool, expected: &ExpectedTree) {
    let parents: BTreeSet<Option<CategoryId>> = expected.categories.values().map(|row| row.0).collect();
    assert!(parents.len() > 2 && parents.contains(&None));
    for parent in parents {
        let found = rows(pool, &CategoryFilter { parent: Some(parent), ..CategoryFilter::default() }).await;
        let wanted = expected.categories.values().filter(|row| row.0 == parent).count();
        assert_eq!((found.len(), found.iter().all(|row| row.parent == parent)), (wanted, true));
        assert!(found.is_sorted_by_key(|row| row.details.sort_order));
    }
    for (active, shown) in [(Some(true), None), (None, Some(true)), (Some(false), Some(false))] {
        let filter = CategoryFilter { active, shown_on_home: shown, parent: None };
        let fits = |row: &&(Option<CategoryId>, domain::catalog::CategoryDetails, i64)| {
            active.is_none_or(|wanted| row.1.active == wanted)
                && shown.is_none_or(|wanted| row.1.shown_on_home == wanted)
        };
        assert_eq!(rows(pool, &filter).await.len(), expected.categories.values().filter(fits).count());
    }
}

async fn branches(pool: &PgPool, expected: &ExpectedTree) {
    for id in expected.categories.keys() {
        let mut wanted = BTreeSet::from([*id]);
        loop {
            let below = |(child, row): (&CategoryId, &(Option<CategoryId>, _, i64))| {
                row.0.filter(|parent| wanted.contains(parent)).map(|_| *child)
            };
            let more: BTreeSet<_> = expected.categories.iter().filter_map(below).collect();
            if more.is_subset(&wanted) {
                break;
            }
            wanted.extend(more);
        }
        let found: BTreeSet<_> = category_list::descendants(pool, *id).await.unwrap().into_iter().collect();
        assert_eq!(found, wanted);
    }
    assert_eq!(category_list::all(pool).await.unwrap().len(), expected.categories.len());
}
