use commands::{
    Call, CommandError,
    orders::{ChangeStatus, LineProduct, NewLine, NewOrder},
};
use domain::{
    catalog::ProductKind,
    ids::{OrderId, ProductId},
    orders::OrderStatus,
    quantity::Quantity,
    text::{ExternalId, Sku},
};
use event_store::{Idempotency, ids};
use serde_json::json;

use crate::shop::{Shop, cash, code, customer, new_product, order_of, reason, refused};

const fn step(to: OrderStatus, part: Option<u16>) -> ChangeStatus {
    ChangeStatus { to, part, expected_version: None }
}

#[tokio::test]
async fn placing_reserves_and_cancelling_gives_back_exactly_that() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "2.55", 10).await;
    let buyer = customer();
    let placed = shop.place(&buyer, &[(product, 4)]).await.result;
    assert_eq!(placed.status, OrderStatus::Pending);
    assert_eq!(placed.totals.total.decimal(), "10.20");
    assert_eq!(shop.level(product, warehouse).await.reserved, 4);
    let cancelled = shop.orders.cancel(&buyer, placed.order, reason(), None).await.unwrap().result;
    assert_eq!(cancelled.status, OrderStatus::Cancelled);
    let level = shop.level(product, warehouse).await;
    assert_eq!((level.on_hand, level.reserved, level.available()), (10, 0, 10));
    let before = shop.events().await;
    shop.orders.cancel(&buyer, placed.order, reason(), None).await.unwrap();
    assert_eq!(shop.events().await, before, "cancelling again changes nothing");
}

#[tokio::test]
async fn a_cash_order_is_confirmed_and_goes_all_the_way() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "2.55", 10).await;
    let placed = shop.orders.place(&customer(), cash(&[(product, 4)])).await.unwrap().result;
    assert_eq!((placed.status, placed.invoice_number), (OrderStatus::Confirmed, Some(1)));
    let system = Call::system();
    let early = shop.orders.change_status(&system, placed.order, step(OrderStatus::Shipped, None)).await;
    assert_eq!(code(early), "orders.not_processed");
    for (to, on_hand, reserved) in [
        (OrderStatus::Processing, 10, 4),
        (OrderStatus::Shipped, 6, 0),
        (OrderStatus::Delivered, 6, 0),
    ] {
        let now = shop.orders.change_status(&system, placed.order, step(to, None)).await.unwrap().result;
        assert_eq!(now.status, to);
        let level = shop.level(product, warehouse).await;
        assert_eq!((level.on_hand, level.reserved), (on_hand, reserved), "{to}");
    }
    let late = shop.orders.cancel(&system, placed.order, reason(), None).await;
    assert_eq!(code(late), "orders.already_shipped");
    let odd = shop.orders.change_status(&system, placed.order, step(OrderStatus::Cancelled, None)).await;
    assert_eq!(code(odd), "orders.status_not_reachable");
}

#[tokio::test]
async fn two_lines_of_one_product_are_decided_together() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "1", 6).await;
    let refusal = refused(shop.orders.place(&customer(), order_of(&[(product, 4), (product, 4)])).await);
    assert_eq!(refusal.code, "inventory.insufficient_stock");
    let pointers: Vec<&str> = refusal.faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/lines/0/quantity", "/lines/1/quantity"]);
    let numbers = &refusal.faults[0].numbers;
    assert_eq!(numbers["requested"], 8);
    assert_eq!(numbers["available"], 6);
    assert_eq!(numbers["by_warehouse"], json!([{"warehouse": warehouse.to_string(), "available": 6}]));
    let placed = shop.place(&customer(), &[(product, 2), (product, 4)]).await.result;
    let state = shop.order(placed.order).await;
    let filled: Vec<u32> = state.lines().iter().map(|line| line.allocations[0].quantity.get()).collect();
    assert_eq!(filled, [2, 4]);
    assert_eq!(shop.level(product, warehouse).await.reserved, 6);
}

#[tokio::test]
async fn one_order_is_filled_from_several_warehouses_part_by_part() {
    let shop = Shop::open().await;
    let product = shop.product("TEA", "1").await;
    let (small, large) = (shop.warehouse("SMALL").await, shop.warehouse("LARGE").await);
    shop.receive(product, small, 3).await;
    shop.receive(product, large, 5).await;
    let placed = shop.orders.place(&customer(), cash(&[(product, 7)])).await.unwrap().result;
    let state = shop.order(placed.order).await;
    assert_eq!(state.parts().len(), 2);
    assert_eq!(state.parts()[0].warehouse, Some(large), "the fullest first");
    let system = Call::system();
    for to in [OrderStatus::Processing, OrderStatus::Shipped] {
        let now = shop.orders.change_status(&system, placed.order, step(to, Some(1))).await.unwrap().result;
        assert_eq!(now.status, OrderStatus::Confirmed, "the other part waits");
    }
    assert_eq!(shop.level(product, large).await.on_hand, 0);
    let waiting = shop.level(product, small).await;
    assert_eq!((waiting.on_hand, waiting.reserved), (3, 2));
}

#[tokio::test]
async fn all_faults_are_told_at_once() {
    let shop = Shop::open().await;
    let (tea, _) = shop.stocked("TEA", "1", 1).await;
    let gone = shop.product("GONE", "1").await;
    shop.catalog.discontinue_product(&Call::system(), gone, None, None).await.unwrap();
    let mut dozen = new_product("DOZEN", "1");
    dozen.min_order_quantity = Quantity::new(12).unwrap();
    let dozen = shop.register(dozen).await;
    let mut new = order_of(&[
        (ProductId::from_uuid(ids::uuid()), 1),
        (gone, 1),
        (dozen, 3),
        (tea, 2),
    ]);
    new.lines.push(NewLine::new(LineProduct::Sku(Sku::parse("NO-SUCH").unwrap()), Quantity::ONE));
    let refusal = refused(shop.orders.place(&customer(), new).await);
    assert_eq!(refusal.code, "orders.lines_refused");
    let mut faults: Vec<(&str, &str)> =
        refusal.faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
    faults.sort_unstable();
    assert_eq!(
        faults,
        [
            ("/lines/0/product", "catalog.product_not_found"),
            ("/lines/1/product", "catalog.product_discontinued"),
            ("/lines/2/quantity", "inventory.insufficient_stock"),
            ("/lines/2/quantity", "orders.below_minimum_quantity"),
            ("/lines/3/quantity", "inventory.insufficient_stock"),
            ("/lines/4/product", "catalog.product_not_found"),
        ]
    );
    assert_eq!(code(shop.orders.place(&customer(), order_of(&[])).await), "orders.no_lines");
}

#[tokio::test]
async fn forty_unknown_to_memory_lines_by_sku_are_one_decision() {
    let shop = Shop::open().await;
    let warehouse = shop.warehouse("MAIN").await;
    let mut new = order_of(&[]);
    for n in 0..40 {
        let product = shop.product(&format!("P{n}"), "1").await;
        shop.receive(product, warehouse, 1).await;
        new.lines.push(NewLine::new(LineProduct::Sku(Sku::parse(&format!("P{n}")).unwrap()), Quantity::ONE));
    }
    let cold = shop.beside().await;
    let placed = cold.orders.place(&customer(), new).await.unwrap().result;
    assert_eq!(placed.totals.total.decimal(), "40.00");
}

#[tokio::test]
async fn services_need_no_stock_and_prices_come_from_the_product() {
    let shop = Shop::open().await;
    let mut post = new_product("POST", "4.50");
    post.kind = ProductKind::Service;
    let post = shop.register(post).await;
    let mut reduced = new_product("SALE", "3.00");
    reduced.prices.discounted =
        Some(domain::money::UnitPrice::parse("1.001", domain::money::Currency::GBP).unwrap());
    let reduced = shop.register(reduced).await;
    let warehouse = shop.warehouse("MAIN").await;
    shop.receive(reduced, warehouse, 100).await;
    let placed = shop.place(&customer(), &[(post, 2), (reduced, 100)]).await.result;
    assert_eq!(placed.totals.total.decimal(), "109.10");
}

#[tokio::test]
async fn a_repeat_under_the_same_key_gets_the_first_answer_and_happens_once() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "1", 10).await;
    let idempotency = |fingerprint| Idempotency { key: ids::uuid(), fingerprint: [fingerprint; 32] };
    let first_key = idempotency(1);
    let buyer = customer().idempotent(first_key);
    let first = shop.orders.place(&buyer, cash(&[(product, 2)])).await.unwrap();
    let second = shop.orders.place(&buyer, cash(&[(product, 2)])).await.unwrap();
    assert!(!first.replayed && second.replayed);
    assert_eq!(first.result, second.result);
    assert_eq!(first.position, second.position);
    assert_eq!(shop.level(product, warehouse).await.reserved, 2);
    let other = buyer.clone().idempotent(Idempotency { fingerprint: [2; 32], ..first_key });
    let reused = shop.orders.place(&other, cash(&[(product, 3)])).await;
    assert!(matches!(reused, Err(CommandError::KeyReused)));
}

#[tokio::test]
async fn an_external_id_belongs_to_one_order() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "1", 10).await;
    let new = NewOrder {
        external_id: Some(ExternalId::parse("A-1").unwrap()),
        ..order_of(&[(product, 1)])
    };
    shop.orders.place(&customer(), new.clone()).await.unwrap();
    assert_eq!(code(shop.orders.place(&customer(), new).await), "orders.external_id_taken");
}

#[tokio::test]
async fn confirming_numbers_the_invoice_once_and_honours_the_version() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "1", 10).await;
    let placed = shop.place(&customer(), &[(product, 1)]).await.result;
    let system = Call::system();
    let stale = ChangeStatus {
        expected_version: Some(7),
        ..step(OrderStatus::Confirmed, None)
    };
    let refused = shop.orders.change_status(&system, placed.order, stale).await;
    assert!(matches!(refused, Err(CommandError::PreconditionFailed { expected: 7, current: 1 })));
    assert_eq!(shop.orders.confirm(&system, placed.order).await.unwrap().result.invoice_number, Some(1));
    assert_eq!(shop.orders.confirm(&system, placed.order).await.unwrap().result.invoice_number, Some(1));
    let next = shop.orders.place(&customer(), cash(&[(product, 1)])).await.unwrap().result;
    assert_eq!(next.invoice_number, Some(2), "confirming twice took no number");
    let unknown = shop.orders.confirm(&system, OrderId::from_uuid(ids::uuid())).await;
    assert_eq!(code(unknown), "orders.order_not_found");
}
