//! Payouts: no item is paid twice, and none is lost.

use commands::{
    Call, CommandError, Executed,
    orders::{ChangeStatus, NewReturn},
    payouts::{NewPayout, PayoutAccepted, SettlePayout},
};
use domain::{
    identity::Role,
    ids::{CompanyId, OrderId, ProductId, ReturnId, WarehouseId},
    money::Currency,
    orders::{OrderStatus, ReturnedLine},
    payouts::{Item, PayoutStatus},
    quantity::Quantity,
    text::PaymentReference,
};
use event_store::{Idempotency, ids};

use crate::{
    shop::{Shop, call_of, code, reason},
    vendors::{gbp, new_company_id, stocked},
};

pub(crate) async fn deliver(shop: &Shop, order: OrderId) {
    for to in [
        OrderStatus::Confirmed,
        OrderStatus::Processing,
        OrderStatus::Shipped,
        OrderStatus::Delivered,
    ] {
        let step = ChangeStatus { to, part: None, expected_version: None };
        shop.orders.change_status(&Call::system(), order, step).await.unwrap();
    }
}

/// `count` delivered orders of one line of 10.00 each.
pub(crate) async fn delivered(shop: &Shop, product: ProductId, count: usize) -> Vec<OrderId> {
    let mut orders = Vec::new();
    for _ in 0..count {
        let order = shop.place(&Call::system(), &[(product, 1)]).await.result.order;
        deliver(shop, order).await;
        orders.push(order);
    }
    orders
}

pub(crate) async fn give_back(shop: &Shop, order: OrderId) -> ReturnId {
    let system = Call::system();
    let lines = vec![ReturnedLine { line: 1, quantity: Quantity::ONE }];
    let asked = shop.orders.request_return(&system, order, NewReturn { lines, reason: reason() }).await;
    let id = asked.unwrap().result.return_id;
    shop.orders.approve_return(&system, id, None).await.unwrap();
    let warehouse: WarehouseId = shop.warehouse(&format!("R-{}", id.as_uuid().simple())[..20]).await;
    shop.orders.receive_return(&system, id, warehouse, None).await.unwrap();
    shop.orders.refund_return(&system, id, None).await.unwrap();
    id
}

pub(crate) fn lines(orders: &[OrderId]) -> Vec<Item> {
    orders.iter().map(|order| Item::Line(*order, 1)).collect()
}

pub(crate) async fn pay(
    shop: &Shop,
    company: CompanyId,
    candidates: Vec<Item>,
) -> Result<Executed<PayoutAccepted>, CommandError> {
    let new = NewPayout { company, currency: Currency::GBP, candidates };
    shop.payouts.create_payout(&Call::system(), new).await
}

pub(crate) fn step(to: PayoutStatus) -> SettlePayout {
    SettlePayout {
        to,
        reference: (to == PayoutStatus::Paid).then(|| PaymentReference::parse("FT1").unwrap()),
        reason: (to == PayoutStatus::Failed).then(reason),
        expected_version: None,
    }
}

struct World {
    shop: Shop,
    company: CompanyId,
    product: ProductId,
}

async fn world() -> World {
    let shop = Shop::open().await;
    let company = new_company_id();
    shop.company(company).await;
    let product = stocked(&shop, "TEA", "10", company, 1_000).await;
    World { shop, company, product }
}

#[tokio::test]
async fn a_payout_is_created_approved_and_paid() {
    let World { shop, company, product } = world().await;
    let orders = delivered(&shop, product, 3).await;
    let payout = pay(&shop, company, lines(&orders)).await.unwrap().result;
    assert_eq!((payout.total, payout.items, payout.version), (gbp("27"), 3, 1));
    let (system, id) = (Call::system(), payout.payout);
    let early = shop.payouts.settle_payout(&system, id, step(PayoutStatus::Paid)).await;
    assert_eq!(code(early), "payouts.not_approved");
    shop.payouts.settle_payout(&system, id, step(PayoutStatus::Approved)).await.unwrap();
    let paid = shop.payouts.settle_payout(&system, id, step(PayoutStatus::Paid)).await.unwrap();
    assert_eq!(paid.result.status, PayoutStatus::Paid);
    let late = shop.payouts.settle_payout(&system, id, step(PayoutStatus::Failed)).await;
    assert_eq!(code(late), "payouts.already_paid");
    assert_eq!(code(pay(&shop, company, lines(&orders)).await), "payouts.nothing_due");
}

#[tokio::test]
async fn only_what_the_log_knows_as_delivered_and_the_companys_own_is_paid() {
    let World { shop, company, product } = world().await;
    let other = new_company_id();
    shop.company(other).await;
    let foreign = stocked(&shop, "RICE", "10", other, 10).await;
    let mut candidates = lines(&delivered(&shop, foreign, 1).await);
    let waiting = shop.place(&Call::system(), &[(product, 1)]).await.result.order;
    candidates.extend(lines(&[waiting, OrderId::from_uuid(ids::uuid())]));
    candidates.push(Item::Refund(ReturnId::from_uuid(ids::uuid()), 1));
    assert_eq!(code(pay(&shop, company, candidates.clone()).await), "payouts.nothing_due");
    deliver(&shop, waiting).await;
    assert_eq!(pay(&shop, company, candidates).await.unwrap().result.items, 1);
    let nobody = pay(&shop, new_company_id(), lines(&[waiting])).await;
    assert_eq!(code(nobody), "vendors.company_not_found");
    let vendor = call_of(Role::Vendor, &[], Some(company));
    let new = NewPayout { company, currency: Currency::GBP, candidates: Vec::new() };
    assert_eq!(code(shop.payouts.create_payout(&vendor, new).await), "permission_denied");
}

#[tokio::test]
async fn many_payouts_at_once_on_two_nodes_pay_every_line_once() {
    let World { shop, company, product } = world().await;
    let second = shop.beside().await;
    let orders = delivered(&shop, product, 12).await;
    // Overlapping candidates, each pair of neighbours shares most of them.
    let attempts = (0..10).map(|number| {
        let candidates = lines(&orders[number % 4..number % 4 + 9]);
        let node = if number % 2 == 0 { &shop } else { &second };
        pay(node, company, candidates)
    });
    let outcomes = futures_util::future::join_all(attempts).await;
    let mut items = 0;
    for outcome in outcomes {
        match outcome {
            Ok(executed) => items += executed.result.items,
            Err(error) => assert_eq!(code::<()>(Err(error)), "payouts.nothing_due"),
        }
    }
    assert_eq!(items, 12);
}

#[tokio::test]
async fn a_failed_payout_gives_its_lines_back_whole() {
    let World { shop, company, product } = world().await;
    let orders = delivered(&shop, product, 4).await;
    let system = Call::system();
    let first = pay(&shop, company, lines(&orders)).await.unwrap().result.payout;
    let unexplained = SettlePayout { reason: None, ..step(PayoutStatus::Failed) };
    assert_eq!(code(shop.payouts.settle_payout(&system, first, unexplained).await), "payouts.reason_needed");
    shop.payouts.settle_payout(&system, first, step(PayoutStatus::Failed)).await.unwrap();
    let second = pay(&shop, company, lines(&orders)).await.unwrap().result;
    assert_eq!(second.items, 4);
    // Failing the first again must not free what is the second's by now.
    shop.payouts.settle_payout(&system, first, step(PayoutStatus::Failed)).await.unwrap();
    assert_eq!(code(pay(&shop, company, lines(&orders)).await), "payouts.nothing_due");
}

#[tokio::test]
async fn a_refund_after_the_payout_goes_into_the_next_one() {
    let World { shop, company, product } = world().await;
    let orders = delivered(&shop, product, 2).await;
    pay(&shop, company, lines(&orders)).await.unwrap();
    let refund = Item::Refund(give_back(&shop, orders[0]).await, 1);
    let owes = crate::shop::refused(pay(&shop, company, vec![refund]).await);
    assert_eq!((owes.code, &owes.faults[0].numbers["balance"]), ("payouts.nothing_to_pay", &"-9.00".into()));
    let mut candidates = lines(&delivered(&shop, product, 2).await);
    candidates.push(refund);
    let next = pay(&shop, company, candidates).await.unwrap().result;
    assert_eq!((next.total, next.items), (gbp("9"), 3));
    assert_eq!((next.earnings.refunds, next.earnings.refunded_commission), (gbp("10"), gbp("1")));
}

#[tokio::test]
async fn a_repeat_under_the_same_key_gets_the_first_payout() {
    let World { shop, company, product } = world().await;
    let orders = delivered(&shop, product, 2).await;
    let call = Call::system().idempotent(Idempotency { key: ids::uuid(), fingerprint: [7; 32] });
    let create = || {
        let candidates = lines(&orders);
        shop.payouts.create_payout(&call, NewPayout { company, currency: Currency::GBP, candidates })
    };
    let first = create().await.unwrap();
    let again = create().await.unwrap();
    assert!(again.replayed && again.result == first.result);
    assert_eq!(
        shop.payouts
            .create_payout(&call, NewPayout { company, currency: Currency::GBP, candidates: Vec::new() })
            .await
            .unwrap()
            .result,
        first.result,
        "what is due by now does not matter"
    );
}

#[tokio::test]
async fn a_payout_of_a_thousand_items_fails_and_is_created_again() {
    let World { shop, company, product } = world().await;
    let many: Vec<(ProductId, u32)> = vec![(product, 1); 999];
    let system = Call::system();
    let first = shop.place(&system, &many).await.result.order;
    deliver(&shop, first).await;
    let second = delivered(&shop, product, 1).await[0];
    let mut candidates: Vec<Item> = (1..=999).map(|line| Item::Line(first, line)).collect();
    // The last one is beyond the limit (and no line of the order).
    candidates.extend([Item::Line(second, 1), Item::Line(second, 2)]);
    let began = std::time::Instant::now();
    let payout = pay(&shop, company, candidates.clone()).await.unwrap().result;
    assert_eq!((payout.items, payout.total), (1_000, gbp("9000")));
    let failed = shop.payouts.settle_payout(&system, payout.payout, step(PayoutStatus::Failed)).await;
    assert_eq!(failed.unwrap().result.status, PayoutStatus::Failed);
    assert_eq!(pay(&shop, company, candidates).await.unwrap().result.items, 1_000);
    assert!(began.elapsed() < std::time::Duration::from_secs(20), "{:?}", began.elapsed());
}
