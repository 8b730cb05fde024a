//! Nobody keeps goods for ever: after a turn others go first.

use chrono::{DateTime, TimeDelta, Utc};
use commands::{
    Call,
    inventory::HoldStock,
    orders::{NewLine, NewOrder},
};
use domain::{ids::ProductId, quantity::Quantity};
use event_store::ids;

use crate::shop::{Shop, code, customer, line, order_of};

fn wanted(product: ProductId, minutes: u32) -> HoldStock {
    HoldStock {
        product,
        quantity: Quantity::new(1).unwrap(),
        preferred: Vec::new(),
        minutes,
    }
}

/// As if the holder's turn had begun `minutes` ago.
async fn turn_began(shop: &Shop, minutes: i64) {
    let began = (ids::now() - TimeDelta::minutes(minutes)).timestamp_millis().to_string();
    sqlx::query("update claims set holder = $1 where scope = 'hold_turn'")
        .bind(began)
        .execute(shop.log.pool())
        .await
        .unwrap();
}

async fn hold_until(shop: &Shop, holder: &Call, product: ProductId) -> DateTime<Utc> {
    shop.inventory.hold(holder, wanted(product, 30)).await.unwrap().result.expires_at.unwrap()
}

#[tokio::test]
async fn a_turn_lasts_an_hour_and_then_others_go_first_for_an_hour() {
    let shop = Shop::open().await;
    let (tea, _) = shop.stocked("TEA", "1", 50).await;
    let (cocoa, _) = shop.stocked("COCOA", "1", 50).await;
    let holder = customer();
    assert!(hold_until(&shop, &holder, tea).await > ids::now() + TimeDelta::minutes(29));
    turn_began(&shop, 50).await;
    // Ten minutes of the turn are left, however long is asked for.
    assert!(hold_until(&shop, &holder, tea).await < ids::now() + TimeDelta::minutes(11));
    turn_began(&shop, 61).await;
    assert_eq!(code(shop.inventory.hold(&holder, wanted(tea, 30)).await), "inventory.hold_too_soon");
    // Others are not kept waiting, nor is he with other goods.
    hold_until(&shop, &customer(), tea).await;
    hold_until(&shop, &holder, cocoa).await;
    turn_began(&shop, 121).await;
    assert!(hold_until(&shop, &holder, tea).await > ids::now() + TimeDelta::minutes(29));
}

#[tokio::test]
async fn whoever_buys_what_he_holds_begins_anew() {
    let shop = Shop::open().await;
    let (tea, _) = shop.stocked("TEA", "1", 50).await;
    let holder = customer();
    let hold = shop.inventory.hold(&holder, wanted(tea, 30)).await.unwrap().result.hold;
    turn_began(&shop, 61).await;
    let order = NewOrder {
        lines: vec![NewLine { hold: Some(hold), ..line(tea, 1) }],
        ..order_of(&[])
    };
    shop.orders.place(&holder, order).await.unwrap();
    hold_until(&shop, &holder, tea).await;
}

#[tokio::test]
async fn turns_are_forgotten_when_they_keep_nobody_waiting_any_more() {
    let shop = Shop::open().await;
    let (tea, _) = shop.stocked("TEA", "1", 50).await;
    hold_until(&shop, &customer(), tea).await;
    turn_began(&shop, 119).await;
    assert_eq!(shop.inventory.forget_hold_turns().await.unwrap(), 0);
    turn_began(&shop, 121).await;
    assert_eq!(shop.inventory.forget_hold_turns().await.unwrap(), 1);
    assert_eq!(shop.inventory.forget_hold_turns().await.unwrap(), 0);
}
