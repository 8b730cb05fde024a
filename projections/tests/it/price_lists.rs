//! Price lists are what an independent fold says.

use std::collections::BTreeMap;

use domain::{
    ids::PriceListId,
    pricing::{PriceListEvent, PriceListTerms},
};
use projections::pricing::price_lists::{self, PriceListFilter};
use uuid::Uuid;

use crate::support::{Bench, all, price_lists::appended};

/// Terms, why retired, and version.
type Known = (PriceListTerms, Option<Option<String>>, i64);

#[tokio::test]
async fn price_lists_are_what_an_independent_fold_says() {
    for (seed, batch) in [(61, 1), (62, 13), (63, 9_000)] {
        let events = appended(seed, Vec::new(), 150);
        let mut expected: BTreeMap<PriceListId, Known> = BTreeMap::new();
        for event in events.iter().filter(|event| event.kind == "price_list") {
            let id = PriceListId::from_uuid(event.id.parse().unwrap());
            let known = expected.remove(&id);
            let now = match serde_json::from_str(&event.payload).unwrap() {
                PriceListEvent::PriceListCreated { terms } | PriceListEvent::PriceListRevised { terms } => {
                    (*terms, None)
                }
                PriceListEvent::PriceListRetired { reason } => {
                    (known.unwrap().0, Some(reason.map(|reason| reason.as_str().to_owned())))
                }
            };
            expected.insert(id, (now.0, now.1, event.sequence));
        }
        assert!(expected.values().filter(|known| known.1.is_some()).count() > 5, "the history is too poor");
        let bench = Bench::with(&events).await;
        bench.install_and_project(batch).await;
        let pool = bench.pool();
        let filter = PriceListFilter {
            now: event_store::ids::now(),
            phase: None,
            customer: None,
            group: None,
        };
        let (pool, filter) = (&pool, &filter);
        let rows = all(|page| async move { price_lists::list(pool, filter, &page).await }).await;
        assert_eq!(rows.len(), expected.len());
        for row in rows {
            let (terms, retired, version) = &expected[&row.id];
            assert_eq!(
                (&row.name, row.currency, row.validity, row.version),
                (&terms.name, terms.currency, terms.validity, *version)
            );
            assert_eq!(row.priority, i32::from(terms.priority));
            assert!(
                row.customers.iter().eq(&terms.audience.customers)
                    && row.groups.iter().eq(&terms.audience.groups)
            );
            assert_eq!(row.retired.then_some(row.retire_reason), *retired);
            let prices: Vec<(Uuid, i64, i64)> = sqlx::query_as(
                "select product, from_quantity, unit_price_micros from price_lists_v1.list_prices \
                 where list = $1 order by product, from_quantity",
            )
            .bind(row.id.as_uuid())
            .fetch_all(pool)
            .await
            .unwrap();
            let wanted = terms.prices.iter().map(|price| {
                (price.product.as_uuid(), i64::from(price.from_quantity.get()), price.unit_price.micros())
            });
            assert!(prices.iter().copied().eq(wanted));
            assert_eq!(usize::try_from(row.prices).unwrap(), prices.len());
        }
    }
}
