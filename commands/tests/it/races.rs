use std::collections::BTreeSet;

use commands::CommandError;
use domain::orders::{Counter, CounterState};
use event_store::{AsOf, EventFilter};
use futures_util::future::join_all;

use crate::shop::{Shop, cash, code, customer, order_of};

#[tokio::test]
async fn two_hundred_who_want_fifty_units_get_fifty_between_two_nodes() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("HOT", "1", 50).await;
    let second_node = shop.beside().await;
    let all = join_all((0..200).map(|n| {
        let node = if n % 2 == 0 { &shop } else { &second_node };
        async move { node.orders.place(&customer(), order_of(&[(product, 1)])).await }
    }))
    .await;
    let accepted = all.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(accepted, 50);
    for outcome in all.into_iter().filter(Result::is_err) {
        assert_eq!(code(outcome), "inventory.insufficient_stock");
    }
    let level = shop.level(product, warehouse).await;
    assert_eq!((level.on_hand, level.reserved, level.available()), (50, 50, 0));
}

#[tokio::test]
async fn invoice_numbers_have_no_gap_whoever_asks_at_once() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("HOT", "1", 60).await;
    let second_node = shop.beside().await;
    let all = join_all((0..100).map(|n| {
        let node = if n % 2 == 0 { &shop } else { &second_node };
        async move { node.orders.place(&customer(), cash(&[(product, 1)])).await }
    }))
    .await;
    let numbers: BTreeSet<u64> = all
        .into_iter()
        .filter_map(Result::ok)
        .filter_map(|executed| executed.result.invoice_number)
        .collect();
    assert_eq!(numbers, (1..=60).collect(), "forty were refused, and took no number");
    let counter = shop.log.reader().load::<Counter>("invoice", AsOf::Now).await.unwrap().state;
    assert_eq!(counter, CounterState { last: 60 });
}

#[tokio::test]
async fn positions_have_no_gap_and_an_order_is_one_unit() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("HOT", "1", 30).await;
    let outcomes = join_all((0..40).map(|_| {
        let shop = &shop;
        async move { shop.orders.place(&customer(), cash(&[(product, 1)])).await }
    }))
    .await;
    for outcome in outcomes {
        assert!(matches!(outcome, Ok(_) | Err(CommandError::Refused(_))));
    }
    let events = shop.log.reader().read(&EventFilter::default(), 10_000).await.unwrap();
    let positions: Vec<i64> = events.iter().map(|event| event.position).collect();
    assert_eq!(positions, (1..=i64::try_from(events.len()).unwrap()).collect::<Vec<_>>());
    let placed: Vec<_> = events.iter().filter(|event| event.event_type == "OrderPlaced").collect();
    assert_eq!(placed.len(), 30);
    for order in placed {
        let same_unit: BTreeSet<&str> = events
            .iter()
            .filter(|event| event.metadata.command_id == order.metadata.command_id)
            .map(|event| event.event_type.as_str())
            .collect();
        for part in ["OrderPlaced", "StockReserved", "NumberIssued", "OrderConfirmed"] {
            assert!(same_unit.contains(part), "{part}");
        }
    }
}
