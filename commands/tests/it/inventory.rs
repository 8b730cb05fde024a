use commands::{
    Call,
    inventory::{AdjustStock, BulkMode, RowOutcome, SetThreshold},
};
use domain::{
    catalog::ProductKind,
    identity::Role,
    ids::{ProductId, WarehouseId},
};
use event_store::ids;

use crate::shop::{Shop, arrival, call_of, code, customer, new_product, reason, refused};

fn adjust(product: ProductId, warehouse: WarehouseId, delta: i64) -> AdjustStock {
    AdjustStock { product, warehouse, delta, reason: reason(), lot: None }
}

#[tokio::test]
async fn stock_is_received_adjusted_and_never_taken_below_what_is_reserved() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "1", 10).await;
    shop.place(&customer(), &[(product, 4)]).await;
    let system = Call::system();
    let after = shop.inventory.adjust_stock(&system, adjust(product, warehouse, -6)).await.unwrap().result;
    assert_eq!((after.on_hand, after.reserved, after.available), (4, 4, 0));
    let below = refused(shop.inventory.adjust_stock(&system, adjust(product, warehouse, -1)).await);
    assert_eq!(below.code, "inventory.below_committed");
    assert_eq!(below.faults[0].numbers["on_hand"], 4);
    let level = shop.level(product, warehouse).await;
    assert_eq!((level.on_hand, level.reserved), (4, 4), "the answer is what the log says");
}

#[tokio::test]
async fn only_counted_products_have_stock_and_only_in_open_warehouses() {
    let shop = Shop::open().await;
    let mut service = new_product("POST", "1");
    service.kind = ProductKind::Service;
    let service = shop.register(service).await;
    let (product, warehouse) = shop.stocked("TEA", "1", 1).await;
    let system = Call::system();
    let nowhere = WarehouseId::from_uuid(ids::uuid());
    let nothing = ProductId::from_uuid(ids::uuid());
    let receive = |product, warehouse| shop.inventory.receive(&system, arrival(product, warehouse, 1));
    assert_eq!(code(receive(service, warehouse).await), "inventory.not_goods");
    assert_eq!(code(receive(product, nowhere).await), "inventory.warehouse_not_found");
    assert_eq!(code(receive(nothing, warehouse).await), "catalog.product_not_found");
    let threshold = SetThreshold { product: service, warehouse, threshold: 3 };
    assert_eq!(code(shop.inventory.set_threshold(&system, threshold).await), "inventory.not_goods");
}

#[tokio::test]
async fn a_bulk_is_all_or_nothing_or_row_by_row() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "1", 5).await;
    let other = shop.product("COCOA", "1").await;
    let rows = vec![
        adjust(product, warehouse, -3),
        adjust(product, warehouse, -3),
        adjust(other, warehouse, 7),
    ];
    let system = Call::system();
    let none = refused(shop.inventory.bulk_adjust(&system, rows.clone(), BulkMode::AllOrNothing).await);
    assert_eq!(none.code, "inventory.rows_refused");
    assert_eq!(none.faults.len(), 1);
    assert_eq!(none.faults[0].pointer, "/1/delta");
    assert_eq!(none.faults[0].code, "inventory.below_committed");
    assert_eq!(shop.level(product, warehouse).await.on_hand, 5);
    let some = shop.inventory.bulk_adjust(&system, rows, BulkMode::PerRow).await.unwrap().result.rows;
    assert!(matches!(&some[0], RowOutcome::Adjusted { stock } if stock.on_hand == 2));
    assert!(matches!(&some[1], RowOutcome::Refused { code, .. } if code == "inventory.below_committed"));
    assert!(matches!(&some[2], RowOutcome::Adjusted { stock } if stock.on_hand == 7));
    assert_eq!(shop.level(other, warehouse).await.on_hand, 7);
}

#[tokio::test]
async fn a_location_admin_changes_the_warehouses_of_its_zones_only() {
    let shop = Shop::open().await;
    let north = shop.warehouse_in("N", &["north"]).await;
    let south = shop.warehouse_in("S", &["south"]).await;
    let central = shop.warehouse("C").await;
    let product = shop.product("TEA", "1").await;
    let admin = call_of(Role::LocationAdmin, &["north"], None);
    shop.inventory.receive(&admin, arrival(product, north, 1)).await.unwrap();
    for elsewhere in [south, central] {
        let refused = shop.inventory.receive(&admin, arrival(product, elsewhere, 1)).await;
        assert_eq!(code(refused), "inventory.warehouse_not_found");
    }
    let without_zones = call_of(Role::LocationAdmin, &[], None);
    let refused = shop.inventory.receive(&without_zones, arrival(product, north, 1)).await;
    assert_eq!(code(refused), "inventory.warehouse_not_found");
}

#[tokio::test]
async fn a_fact_from_the_future_is_refused() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "1", 1).await;
    let tomorrow = Call::system().effective_at(ids::now() + chrono::TimeDelta::days(1));
    let refused = shop.inventory.receive(&tomorrow, arrival(product, warehouse, 1)).await;
    assert_eq!(code(refused), "effective_at_in_future");
}
