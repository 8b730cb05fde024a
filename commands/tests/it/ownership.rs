use commands::{
    Call, Caller,
    orders::{ChangeStatus, NewOrder, NewReturn},
};
use domain::{
    identity::Role,
    ids::CompanyId,
    orders::{OrderStatus, ReturnedLine},
    quantity::Quantity,
    text::Zone,
};
use event_store::ids;

use crate::shop::{Shop, call_of, cash, code, customer, new_product, order_of, reason};

const fn step(to: OrderStatus, part: Option<u16>) -> ChangeStatus {
    ChangeStatus { to, part, expected_version: None }
}

#[tokio::test]
async fn a_customer_touches_its_own_orders_only() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "1", 10).await;
    let owner = customer();
    let placed = shop.place(&owner, &[(product, 1)]).await.result;
    let lines = vec![ReturnedLine { line: 1, quantity: Quantity::ONE }];
    let other = customer();
    assert_eq!(
        code(shop.orders.cancel(&other, placed.order, reason(), None).await),
        "orders.order_not_found"
    );
    let returns =
        shop.orders.request_return(&other, placed.order, NewReturn { lines, reason: reason() }).await;
    assert_eq!(code(returns), "orders.order_not_found");
    assert_eq!(code(shop.orders.confirm(&owner, placed.order).await), "permission_denied");
    let for_another = NewOrder {
        customer: other.caller.account(),
        ..order_of(&[(product, 1)])
    };
    assert_eq!(code(shop.orders.place(&owner, for_another).await), "orders.foreign_customer");
    let nobody = Call::new(Caller::Anonymous);
    assert_eq!(code(shop.orders.place(&nobody, order_of(&[(product, 1)])).await), "permission_denied");
    assert_eq!(shop.order(placed.order).await.customer(), owner.caller.account());
}

#[tokio::test]
async fn a_vendor_moves_the_parts_of_its_company_only() {
    let shop = Shop::open().await;
    let (own, other) = (CompanyId::from_uuid(ids::uuid()), CompanyId::from_uuid(ids::uuid()));
    let warehouse = shop.warehouse("MAIN").await;
    let mut products = Vec::new();
    for (sku, company) in [("OWN", own), ("OTHER", other)] {
        shop.company(company).await;
        let mut new = new_product(sku, "1");
        new.company = Some(company);
        let product = shop.register(new).await;
        shop.receive(product, warehouse, 5).await;
        products.push((product, 1));
    }
    let placed = shop.orders.place(&customer(), cash(&products)).await.unwrap().result;
    let vendor = call_of(Role::Vendor, &[], Some(own));
    shop.orders.change_status(&vendor, placed.order, step(OrderStatus::Processing, None)).await.unwrap();
    let state = shop.order(placed.order).await;
    assert_eq!(state.part_status(1), Some(OrderStatus::Processing));
    assert_eq!(state.part_status(2), Some(OrderStatus::Confirmed), "the other company's part stays");
    let foreign =
        shop.orders.change_status(&vendor, placed.order, step(OrderStatus::Processing, Some(2))).await;
    assert_eq!(code(foreign), "orders.unknown_part");
    let stranger = call_of(Role::Vendor, &[], Some(CompanyId::from_uuid(ids::uuid())));
    let unseen =
        shop.orders.change_status(&stranger, placed.order, step(OrderStatus::Processing, None)).await;
    assert_eq!(code(unseen), "orders.order_not_found");
    assert_eq!(code(shop.orders.cancel(&vendor, placed.order, reason(), None).await), "permission_denied");
}

#[tokio::test]
async fn a_location_admin_sees_the_orders_of_its_zones_only() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "1", 10).await;
    let into = |zone: &str| NewOrder {
        zone: Some(Zone::parse(zone).unwrap()),
        ..order_of(&[(product, 1)])
    };
    let north = shop.orders.place(&customer(), into("north")).await.unwrap().result.order;
    let south = shop.orders.place(&customer(), into("south")).await.unwrap().result.order;
    let admin = call_of(Role::LocationAdmin, &["north"], None);
    shop.orders.confirm(&admin, north).await.unwrap();
    assert_eq!(code(shop.orders.confirm(&admin, south).await), "orders.order_not_found");
    assert_eq!(code(shop.orders.place(&admin, into("south")).await), "orders.zone_not_allowed");
}

#[tokio::test]
async fn a_customers_zone_restricts_where_it_orders_to() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "1", 10).await;
    let buyer = call_of(Role::Customer, &["north", "east"], None);
    let placed = shop.place(&buyer, &[(product, 1)]).await.result;
    assert_eq!(shop.order(placed.order).await.zone().unwrap().as_str(), "north");
    let south = NewOrder {
        zone: Some(Zone::parse("south").unwrap()),
        ..order_of(&[(product, 1)])
    };
    assert_eq!(code(shop.orders.place(&buyer, south).await), "orders.zone_not_allowed");
}
