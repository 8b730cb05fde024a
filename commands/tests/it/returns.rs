use commands::{
    Call,
    orders::{ChangeStatus, NewReturn},
};
use domain::{
    catalog::ProductKind,
    ids::{OrderId, ProductId, WarehouseId},
    orders::{OrderStatus, ReturnStatus, ReturnedLine},
    quantity::Quantity,
};

use crate::shop::{Shop, cash, code, customer, new_product, reason};

fn back(lines: &[(u16, u32)]) -> NewReturn {
    let lines = lines
        .iter()
        .map(|(line, units)| ReturnedLine { line: *line, quantity: Quantity::new(*units).unwrap() })
        .collect();
    NewReturn { lines, reason: reason() }
}

/// An order of goods (line 1 and 3) and a service (line 2), delivered.
async fn delivered(shop: &Shop, buyer: &Call) -> (OrderId, ProductId, WarehouseId) {
    let (product, warehouse) = shop.stocked("TEA", "2.50", 10).await;
    let mut post = new_product("POST", "4");
    post.kind = ProductKind::Service;
    let post = shop.register(post).await;
    let order =
        shop.orders.place(buyer, cash(&[(product, 3), (post, 1), (product, 2)])).await.unwrap().result.order;
    for to in [
        OrderStatus::Processing,
        OrderStatus::Shipped,
        OrderStatus::Delivered,
    ] {
        let step = ChangeStatus { to, part: None, expected_version: None };
        shop.orders.change_status(&Call::system(), order, step).await.unwrap();
    }
    (order, product, warehouse)
}

#[tokio::test]
async fn a_return_is_approved_received_and_refunded() {
    let shop = Shop::open().await;
    let buyer = customer();
    let (order, product, warehouse) = delivered(&shop, &buyer).await;
    assert_eq!(shop.level(product, warehouse).await.on_hand, 5);
    let asked =
        shop.orders.request_return(&buyer, order, back(&[(1, 2), (2, 1), (3, 1)])).await.unwrap().result;
    assert_eq!(asked.status, ReturnStatus::Requested);
    assert_eq!(asked.total.decimal(), "11.50");
    let system = Call::system();
    let id = asked.return_id;
    let early = shop.orders.receive_return(&system, id, warehouse, None).await;
    assert_eq!(code(early), "orders.return_not_approved");
    assert_eq!(code(shop.orders.approve_return(&buyer, id, None).await), "permission_denied");
    shop.orders.approve_return(&system, id, Some(1)).await.unwrap();
    shop.orders.receive_return(&system, id, warehouse, None).await.unwrap();
    assert_eq!(shop.level(product, warehouse).await.on_hand, 8, "both lines together, the service not");
    let refunded = shop.orders.refund_return(&system, id, None).await.unwrap().result;
    assert_eq!((refunded.status, refunded.credit_number), (ReturnStatus::Credited, Some(1)));
    let again = shop.orders.refund_return(&system, id, None).await.unwrap().result;
    assert_eq!(again.credit_number, Some(1));
    assert_eq!(shop.level(product, warehouse).await.on_hand, 8);
}

#[tokio::test]
async fn no_unit_comes_back_twice_and_a_rejected_return_frees_its_units() {
    let shop = Shop::open().await;
    let buyer = customer();
    let (order, _, _) = delivered(&shop, &buyer).await;
    let first = shop.orders.request_return(&buyer, order, back(&[(1, 3)])).await.unwrap().result;
    let twice = shop.orders.request_return(&buyer, order, back(&[(1, 1)])).await;
    assert_eq!(code(twice), "orders.return_exceeds_sold");
    shop.orders.reject_return(&Call::system(), first.return_id, reason(), None).await.unwrap();
    shop.orders.request_return(&buyer, order, back(&[(1, 3)])).await.unwrap();
}

#[tokio::test]
async fn what_has_not_arrived_cannot_come_back() {
    let shop = Shop::open().await;
    let buyer = customer();
    let (product, _) = shop.stocked("TEA", "1", 10).await;
    let order = shop.place(&buyer, &[(product, 1)]).await.result.order;
    assert_eq!(
        code(shop.orders.request_return(&buyer, order, back(&[(1, 1)])).await),
        "orders.not_delivered"
    );
}
