//! Stock is told as it is, and as it was at any time and position.

use event_store::AsOf;
use projections::{
    PageRequest,
    catalog::product_list::ProductStatus,
    inventory::{
        stock_history::{self, MovementFilter},
        stock_levels::{self, StockLevel},
    },
};
use sqlx::PgPool;

use crate::support::{all, expected::Expected, filled};

#[tokio::test]
async fn stock_is_told_as_it_is_and_as_it_was() {
    let (bench, expected) = filled(43).await;
    let pool = &bench.pool();
    let discontinued =
        |id| expected.products.get(id).is_some_and(|row| row.status == ProductStatus::Discontinued);
    let level = |[on_hand, reserved, held, threshold]: [i64; 4]| match on_hand - reserved - held {
        0 => StockLevel::Out,
        units if units <= threshold => StockLevel::Low,
        _ => StockLevel::Normal,
    };
    let low = all(|page| async move { stock_levels::low_stock(pool, &[], &page).await }).await;
    let out = all(|page| async move { stock_levels::out_of_stock(pool, &[], &page).await }).await;
    for (rows, wanted) in [(low, StockLevel::Low), (out, StockLevel::Out)] {
        let short = expected.stock.iter().filter(|((product, _), _)| !discontinued(product));
        let short: Vec<_> = short.filter(|(_, units)| level(**units) == wanted).map(|(at, _)| *at).collect();
        assert!(!short.is_empty(), "{wanted:?} is not tried");
        assert_eq!(rows.iter().map(|row| (row.product, row.warehouse)).collect::<Vec<_>>(), short);
        assert!(rows.iter().all(|row| row.level == wanted));
        let one = Some(short[0].1);
        let page = PageRequest { after: None, limit: 200, with_total: true };
        let there = match wanted {
            StockLevel::Low => stock_levels::low_stock(pool, one.as_slice(), &page).await,
            StockLevel::Out | StockLevel::Normal => {
                stock_levels::out_of_stock(pool, one.as_slice(), &page).await
            }
        };
        let here = short.iter().filter(|(_, warehouse)| Some(*warehouse) == one).count();
        assert_eq!(there.unwrap().total, Some(i64::try_from(here).unwrap()));
    }
    let ids: Vec<_> = expected.products.keys().copied().collect();
    let stocks = stock_levels::stock_of_products(pool, &ids).await.unwrap();
    for (id, stock) in ids.iter().zip(&stocks) {
        assert_eq!((*id, stock.available), (stock.product, expected.products[id].available));
        assert_eq!(stock_levels::stock_of_with_checkpoint(pool, *id).await.unwrap().0, *stock);
    }
    as_it_was(pool, &expected).await;
    let warehouse = *expected.warehouses.keys().next().unwrap();
    let row = stock_levels::warehouse(pool, warehouse).await.unwrap().unwrap();
    let there = expected.stock.iter().filter(|((_, at), _)| *at == warehouse);
    assert_eq!(row.on_hand, there.map(|(_, units)| units[0]).sum::<i64>());
}

/// The balance as of a position or time is that after the last movement until then, and a history up to it ends there.
async fn as_it_was(pool: &PgPool, expected: &Expected) {
    let busiest = expected.moved.iter().max_by_key(|(_, product, ..)| {
        expected.moved.iter().filter(|(_, other, ..)| other == product).count()
    });
    let product = busiest.unwrap().1;
    let of_it: Vec<_> = expected.moved.iter().filter(|(_, other, ..)| *other == product).collect();
    let half = of_it[of_it.len() / 2];
    let recorded_at = sqlx::query_scalar("select recorded_at from events where position = $1")
        .bind(half.0)
        .fetch_one(pool)
        .await
        .unwrap();
    for as_of in [AsOf::Position(half.0), AsOf::Time(recorded_at)] {
        let up_to: i64 = match as_of {
            AsOf::Position(position) => position,
            AsOf::Time(_) | AsOf::Now => sqlx::query_scalar("select souk_position_at($1)")
                .bind(recorded_at)
                .fetch_one(pool)
                .await
                .unwrap(),
        };
        let past: Vec<_> = of_it.iter().filter(|moved| moved.0 <= up_to).collect();
        for balance in stock_history::stock_as_of(pool, product, as_of).await.unwrap() {
            let last = past.iter().rev().find(|moved| moved.2 == balance.warehouse).unwrap();
            let found = [balance.on_hand, balance.reserved, balance.held];
            assert_eq!((balance.position, found), (last.0, last.5));
        }
        let filter = &MovementFilter { product: Some(product), as_of, ..MovementFilter::default() };
        let found = all(|page| async move { stock_history::history(pool, filter, &page).await }).await;
        assert!(found.is_sorted_by(|a, b| (a.position, a.warehouse) > (b.position, b.warehouse)));
        assert_eq!(found.len(), past.len());
        let filter = &MovementFilter { to: Some(recorded_at), warehouses: &[half.2], ..*filter };
        let found = all(|page| async move { stock_history::history(pool, filter, &page).await }).await;
        assert_eq!(found.len(), past.iter().filter(|moved| moved.2 == half.2).count());
        let filter = &MovementFilter {
            from: Some(recorded_at),
            as_of: AsOf::Now,
            to: None,
            ..*filter
        };
        let later = all(|page| async move { stock_history::history(pool, filter, &page).await }).await;
        assert!(later.iter().all(|row| row.recorded_at >= recorded_at));
    }
    let reserved = &MovementFilter {
        order: expected.orders.keys().next().copied(),
        newest_first: false,
        ..MovementFilter::default()
    };
    let rows = all(|page| async move { stock_history::history(pool, reserved, &page).await }).await;
    assert!(rows.iter().all(|row| row.order == reserved.order));
}
