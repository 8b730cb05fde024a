use std::time::Duration;

use commands::{
    Call, CommandError,
    inventory::{AdjustStock, OpenWarehouse},
};
use domain::{
    identity::Role,
    text::{Code, LocalizedText, Zone},
};
use futures_util::future::join_all;

use crate::shop::{Shop, arrival, call_of, code, reason, refused};

#[tokio::test]
async fn a_warehouse_closes_when_it_is_empty_and_takes_nothing_in_afterwards() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "1", 3).await;
    let system = Call::system();
    let full = refused(shop.inventory.close_warehouse(&system, warehouse, None).await);
    assert_eq!(full.code, "inventory.warehouse_not_empty");
    assert_eq!(full.faults[0].numbers["product"], product.to_string());
    shop.receive(product, warehouse, 1).await;
    let clear = AdjustStock { product, warehouse, delta: -4, reason: reason(), lot: None };
    shop.inventory.adjust_stock(&system, clear).await.unwrap();
    shop.inventory.close_warehouse(&system, warehouse, None).await.unwrap();
    let late = shop.inventory.receive(&system, arrival(product, warehouse, 1)).await;
    assert_eq!(code(late), "inventory.warehouse_closed");
}

#[tokio::test]
async fn a_code_belongs_to_one_warehouse() {
    let shop = Shop::open().await;
    shop.warehouse("MAIN").await;
    let again = OpenWarehouse {
        code: Code::parse("MAIN").unwrap(),
        name: LocalizedText::single("en", "Again").unwrap(),
        country: None,
        zones: Vec::new(),
        location: None,
        shipping: Vec::new(),
    };
    assert_eq!(
        code(shop.inventory.open_warehouse(&Call::system(), again).await),
        "inventory.warehouse_code_taken"
    );
}

#[tokio::test]
async fn a_location_admin_opens_and_closes_warehouses_of_its_zones_only() {
    let shop = Shop::open().await;
    let admin = call_of(Role::LocationAdmin, &["north", "east"], None);
    let open = |code: &str, zones: &[&str]| OpenWarehouse {
        code: Code::parse(code).unwrap(),
        name: LocalizedText::single("en", code).unwrap(),
        country: None,
        zones: zones.iter().map(|zone| Zone::parse(zone).unwrap()).collect(),
        location: None,
        shipping: Vec::new(),
    };
    for zones in [[].as_slice(), &["south"], &["north", "south"]] {
        let refused = shop.inventory.open_warehouse(&admin, open("X", zones)).await;
        assert_eq!(code(refused), "inventory.zone_not_allowed");
    }
    let own = shop.inventory.open_warehouse(&admin, open("N", &["north"])).await.unwrap().result.warehouse;
    let shared = shop.warehouse_in("NS", &["north", "south"]).await;
    let unseen = shop.inventory.close_warehouse(&admin, shared, None).await;
    assert_eq!(code(unseen), "inventory.warehouse_not_found");
    shop.inventory.close_warehouse(&admin, own, None).await.unwrap();
}

/// As after a node that died between the steps of closing.
#[tokio::test]
async fn nothing_comes_into_a_closing_warehouse_and_closing_can_be_finished() {
    let shop = Shop::open().await;
    let (product, warehouse) = (shop.product("TEA", "1").await, shop.warehouse("MAIN").await);
    sqlx::query("insert into claims (scope, key, holder, position) values ('warehouse_closing', $1, $1, 1)")
        .bind(warehouse.stream())
        .execute(shop.log.pool())
        .await
        .unwrap();
    let system = Call::system();
    let closing = shop.inventory.receive(&system, arrival(product, warehouse, 1)).await;
    assert_eq!(code(closing), "inventory.warehouse_closing");
    shop.inventory.close_warehouse(&system, warehouse, None).await.unwrap();
}

/// Whatever the interleaving: a closed warehouse holds nothing.
#[tokio::test]
async fn closing_and_receiving_at_once_never_leaves_stock_in_a_closed_warehouse() {
    let shop = Shop::open().await;
    let (shop, system) = (&shop, &Call::system());
    for round in 0..16 {
        let warehouse = shop.warehouse(&format!("W{round}")).await;
        let mut products = Vec::new();
        for n in 0..8 {
            products.push(shop.product(&format!("P{round}-{n}"), "1").await);
        }
        let arrivals = join_all(products.iter().zip(0_u64..).map(|(product, n)| async move {
            tokio::time::sleep(Duration::from_micros(n * 700)).await;
            shop.inventory.receive(system, arrival(*product, warehouse, 1)).await.is_ok()
        }));
        let closing = async move {
            tokio::time::sleep(Duration::from_micros((round % 4) * 300)).await;
            shop.inventory.close_warehouse(system, warehouse, None).await
        };
        let (closing, arrived) = tokio::join!(closing, arrivals);
        match closing {
            Ok(_) => assert!(!arrived.contains(&true), "something came into a closed warehouse"),
            Err(CommandError::Refused(refused)) => assert_eq!(refused.code, "inventory.warehouse_not_empty"),
            Err(error) => panic!("{error}"),
        }
        for (product, arrived) in products.iter().zip(arrived) {
            assert_eq!(shop.level(*product, warehouse).await.on_hand, u64::from(arrived));
        }
    }
}
