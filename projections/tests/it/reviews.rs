//! Reviews, against an independent fold.

use std::collections::{BTreeMap, BTreeSet};

use domain::{catalog::ReviewStatus, ids::ProductId};
use projections::{
    PageRequest, Sort,
    catalog::review_list::{self, ReviewFilter, ReviewSort},
};

use crate::support::{
    Bench, all,
    history::History,
    reviews::{ExpectedReview, expected_reviews},
};

#[tokio::test]
async fn reviews_are_what_an_independent_fold_says() {
    let (mut erased, mut flagged) = (false, false);
    for (seed, batch) in [(61, 1), (62, 17), (63, 9_000)] {
        let events = History::random(seed, 400);
        let expected = expected_reviews(&events);
        erased |= expected.values().any(|review| !review.has_content);
        flagged |= expected.values().any(|review| !review.flags.is_empty());
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        let pool = &bench.pool();
        for key in [ReviewSort::CreatedAt, ReviewSort::Rating] {
            for descending in [false, true] {
                let sort = Sort { key, descending };
                let none = &ReviewFilter::default();
                let rows = all(|page| async move { review_list::list(pool, none, sort, &page).await }).await;
                if key == ReviewSort::Rating {
                    let stars: Vec<_> = rows.iter().map(|row| row.rating).collect();
                    assert!(stars.is_sorted_by(|a, b| if descending { a >= b } else { a <= b }));
                }
                let found: BTreeMap<_, _> = rows
                    .into_iter()
                    .map(|row| {
                        let review = ExpectedReview {
                            product: row.product,
                            customer: row.customer,
                            rating: row.rating,
                            has_content: row.content.is_some(),
                            purchase: row.purchase,
                            status: row.status,
                            reason: row.reason,
                            flags: row.flags,
                            version: row.version,
                        };
                        (row.id, review)
                    })
                    .collect();
                assert_eq!(found, expected);
            }
        }
        compare_summaries(pool, &expected).await;
        compare_filters(pool, &expected).await;
    }
    assert!(erased && flagged, "the histories are too poor");
}

async fn compare_summaries(pool: &sqlx::PgPool, expected: &BTreeMap<domain::ids::ReviewId, ExpectedReview>) {
    let products: BTreeSet<ProductId> = expected.values().map(|review| review.product).collect();
    for product in products {
        let published =
            |review: &&ExpectedReview| review.product == product && review.status == ReviewStatus::Published;
        let stars: Vec<i64> =
            expected.values().filter(published).map(|review| review.rating.stars().into()).collect();
        let summary = review_list::summary(pool, product).await.unwrap();
        assert_eq!(summary.count(), i64::try_from(stars.len()).unwrap());
        assert_eq!(summary.stars(), stars.iter().sum::<i64>());
    }
}

async fn compare_filters(pool: &sqlx::PgPool, expected: &BTreeMap<domain::ids::ReviewId, ExpectedReview>) {
    let count = |filter: ReviewFilter| async move {
        let page = PageRequest { with_total: true, ..PageRequest::first(1) };
        review_list::list(pool, &filter, Sort::default(), &page).await.unwrap().total.unwrap()
    };
    let wanted = |test: &dyn Fn(&ExpectedReview) -> bool| {
        i64::try_from(expected.values().filter(|review| test(review)).count()).unwrap()
    };
    let flagged = ReviewFilter { is_flagged: Some(true), ..ReviewFilter::default() };
    assert_eq!(count(flagged).await, wanted(&|review| !review.flags.is_empty()));
    let verified = ReviewFilter { is_verified: Some(true), ..ReviewFilter::default() };
    assert_eq!(count(verified).await, wanted(&|review| review.purchase.is_some()));
    let rating = expected.values().next().unwrap().rating;
    let rated = ReviewFilter {
        rating: Some(rating),
        status: Some(ReviewStatus::Pending),
        ..ReviewFilter::default()
    };
    let is_rated =
        |review: &ExpectedReview| review.rating == rating && review.status == ReviewStatus::Pending;
    assert_eq!(count(rated).await, wanted(&is_rated));
    for author in expected.values().map(|review| review.customer) {
        let own = review_list::of_customer(pool, author).await.unwrap();
        assert_eq!(i64::try_from(own.len()).unwrap(), wanted(&|review| review.customer == author));
    }
}
