use chrono::TimeDelta;
use commands::{
    Call,
    inventory::HoldStock,
    orders::{NewLine, NewOrder},
};
use domain::{
    ids::{HoldId, ProductId},
    inventory::{Stock, StockCommand},
    quantity::Quantity,
};
use event_store::{Actor, CommandContext, Declined, Unit, ids};

use crate::shop::{Shop, code, customer, line, order_of};

fn wanted(product: ProductId, units: u32, minutes: u32) -> HoldStock {
    HoldStock {
        product,
        quantity: Quantity::new(units).unwrap(),
        preferred: Vec::new(),
        minutes,
    }
}

#[tokio::test]
async fn a_hold_keeps_units_for_its_holder_and_placing_consumes_it() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "1", 5).await;
    let holder = customer();
    let hold = shop.inventory.hold(&holder, wanted(product, 4, 10)).await.unwrap().result.hold;
    assert_eq!(
        code(shop.orders.place(&customer(), order_of(&[(product, 2)])).await),
        "inventory.insufficient_stock"
    );
    let with_hold = NewOrder {
        lines: vec![NewLine { hold: Some(hold), ..line(product, 5) }],
        ..order_of(&[])
    };
    let thief = shop.orders.place(&customer(), with_hold.clone()).await;
    assert_eq!(code(thief), "inventory.hold_not_found");
    shop.orders.place(&holder, with_hold.clone()).await.unwrap();
    let level = shop.level(product, warehouse).await;
    assert_eq!((level.reserved, level.held), (5, 0));
    assert_eq!(code(shop.orders.place(&holder, with_hold).await), "inventory.hold_not_found");
}

#[tokio::test]
async fn a_hold_is_given_back_by_its_holder_only() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "1", 5).await;
    let holder = customer();
    let hold = shop.inventory.hold(&holder, wanted(product, 4, 10)).await.unwrap().result.hold;
    assert_eq!(code(shop.inventory.release_hold(&customer(), hold).await), "inventory.hold_not_found");
    assert_eq!(shop.level(product, warehouse).await.held, 4);
    shop.inventory.release_hold(&holder, hold).await.unwrap();
    assert_eq!(shop.level(product, warehouse).await.held, 0);
    assert_eq!(code(shop.inventory.release_hold(&holder, hold).await), "inventory.hold_not_found");
}

#[tokio::test]
async fn the_sweeper_leaves_holds_alone_that_have_time_left() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "1", 5).await;
    let kept = shop.inventory.hold(&customer(), wanted(product, 1, 10)).await.unwrap().result;
    let over = shop.inventory.hold(&customer(), wanted(product, 2, 10)).await.unwrap().result;
    assert_eq!(shop.inventory.release_expired_holds().await.unwrap(), 0);
    // The claim is only a hint: a wrong one makes the sweeper ask, and the stock itself says no.
    sqlx::query("update claims set holder = regexp_replace(holder, '[0-9]+/[0-9]+$', '1/0') where key = $1")
        .bind(over.hold.stream())
        .execute(shop.log.pool())
        .await
        .unwrap();
    assert_eq!(shop.inventory.release_expired_holds().await.unwrap(), 0);
    assert_eq!(shop.level(product, warehouse).await.held, 3);
    assert!(kept.expires_at.is_some());
}

/// The hold is written as if an hour had passed since.
#[tokio::test]
async fn the_sweeper_releases_what_has_expired() {
    let shop = Shop::open().await;
    let (product, warehouse) = shop.stocked("TEA", "1", 5).await;
    let hold = HoldId::from_uuid(ids::uuid());
    let began = ids::now() - TimeDelta::hours(1);
    let expires_at = began + TimeDelta::minutes(10);
    let holder = format!("{}//{}", product.stream(), expires_at.timestamp_millis());
    let unit = Unit::new(CommandContext::new(Actor::SYSTEM)).claims("hold", &hold.stream());
    shop.log
        .execute(unit, move |decision| -> Result<(), Declined<()>> {
            let quantity = Quantity::new(3).unwrap();
            let command = StockCommand::Hold {
                hold,
                quantity,
                preferred: Vec::new(),
                expires_at,
                now: began,
            };
            decision.decide::<Stock>(&product.stream(), command)?.unwrap();
            decision.claim("hold", &hold.stream(), &holder)?;
            Ok(())
        })
        .await
        .unwrap();
    assert_eq!(shop.level(product, warehouse).await.held, 3);
    assert_eq!(shop.inventory.release_expired_holds().await.unwrap(), 1);
    assert_eq!(shop.level(product, warehouse).await.held, 0);
    assert_eq!(shop.inventory.release_expired_holds().await.unwrap(), 0);
}

#[tokio::test]
async fn a_hold_of_another_product_or_too_long_is_refused() {
    let shop = Shop::open().await;
    let (tea, _) = shop.stocked("TEA", "1", 5).await;
    let (cocoa, _) = shop.stocked("COCOA", "1", 5).await;
    let holder = customer();
    assert_eq!(code(shop.inventory.hold(&holder, wanted(tea, 1, 61)).await), "inventory.invalid_hold_time");
    let hold = shop.inventory.hold(&holder, wanted(tea, 1, 10)).await.unwrap().result.hold;
    let mismatched = NewOrder {
        lines: vec![NewLine { hold: Some(hold), ..line(cocoa, 1) }],
        ..order_of(&[])
    };
    assert_eq!(code(shop.orders.place(&holder, mismatched).await), "orders.hold_mismatch");
    assert_eq!(
        code(shop.inventory.hold(&Call::new(commands::Caller::Anonymous), wanted(tea, 1, 1)).await),
        "permission_denied"
    );
}
