//! What users of other shops complain about, by the number of the complaint.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, future::join_all, stream};
use reqwest::Method;
use serde_json::{Value, json};
use souk_tests::Client;

use super::{Shopper, dinars, held, item, shop};

#[tokio::test]
async fn vendure_2187_parallel_adding_drops_no_item() {
    let (app, admin, [tea, rice]) = shop().await;
    let mut products = vec![tea, rice];
    for number in 0..6 {
        products.push(admin.product(&format!("P-{number}"), "100").await);
    }
    let shoppers = [
        Shopper::of(&app.customer().await),
        Shopper::guest(&app, &products[0], 1).await,
    ];
    for shopper in shoppers {
        // A guest's cart began with one.
        let before = u64::from(shopper.token.is_some());
        let adds = (0..32).map(|number: usize| shopper.add(&products[number % 8], 1));
        for reply in join_all(adds).await {
            reply.ok();
        }
        let cart = shopper.cart().await;
        let held = held(&cart);
        assert_eq!(held.len(), 8);
        assert_eq!(held.iter().map(|(_, units)| units).sum::<u64>(), 32 + before);
    }
}

/// Nobody is told to come again with another version, and nobody needs to sleep.
#[tokio::test]
async fn commercetools_1386_parallel_changes_conflict_with_nothing() {
    let (app, _, [tea, rice]) = shop().await;
    let shopper = Shopper::of(&app.customer().await);
    shopper.add(&tea, 1).await.ok();
    shopper.add(&rice, 1).await.ok();
    let changes = (0..24).map(|number: u32| {
        let (shopper, tea, rice) = (&shopper, &tea, &rice);
        async move {
            match number % 3 {
                0 => shopper.set(tea, number + 2).await,
                1 => shopper.add(rice, 1).await,
                _ => shopper.send(Method::GET, "", None).await,
            }
        }
    });
    for reply in join_all(changes).await {
        reply.ok();
    }
    let cart = shopper.cart().await;
    let held = held(&cart);
    assert_eq!(held[1], (rice.as_str(), 9));
    assert!((2..=23).contains(&held[0].1), "one of those that were set: {held:?}");
}

#[tokio::test]
async fn saleor_16485_a_discount_shows_at_once_and_needs_no_worker() {
    let (app, admin, [tea, _]) = shop().await;
    let shopper = Shopper::of(&app.customer().await);
    shopper.add(&tea, 3).await.ok();
    let sale = json!({"name": {"en": "Sale"}, "reward": {"type": "percentage", "percent": "10"}});
    let sale = admin.post("/api/v1/promotions", &sale).await.created();
    let cart = shopper.cart().await;
    assert_eq!(cart["totals"]["total"], dinars("27000"));
    assert_eq!(
        (&cart["items"][0]["discount"], &cart["discounts"][0]["promotion_id"]),
        (&dinars("3000"), &sale["id"])
    );
    admin.delete(&format!("/api/v1/promotions/{}", sale["id"].as_str().unwrap())).await.ok();
    assert_eq!(shopper.cart().await["totals"]["total"], dinars("30000"));
}

#[tokio::test]
async fn medusa_12226_all_off_leaves_exactly_nothing() {
    let (app, admin, [_, rice]) = shop().await;
    let sale = json!({"name": {"en": "Free"}, "reward": {"type": "percentage", "percent": "100"}});
    admin.post("/api/v1/promotions", &sale).await.created();
    let customer = app.customer().await;
    let shopper = Shopper::of(&customer);
    shopper.add(&rice, 7).await.ok();
    assert_eq!(shopper.cart().await["totals"]["total"], dinars("0"));
    let placed = customer.post("/api/v1/orders", &json!({"from_cart": true})).await.created();
    assert_eq!(placed["totals"]["total"], dinars("0"));
}

async fn products(admin: &Client, warehouse: &str, number: usize) -> Vec<String> {
    let made = stream::iter(0..number).map(|index| async move {
        let product = admin.product(&format!("LINE-{index}"), "125").await;
        admin.stock(&product, warehouse, 50).await.ok();
        product
    });
    made.buffered(16).collect().await
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let begun = Instant::now();
    let done = work.await;
    (done, begun.elapsed())
}

/// Vendure took 5 s to change one quantity among 200, Medusa 10 s to add the eighth product.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn vendure_226_and_medusa_10751_a_cart_of_200_lines_stays_quick() {
    let (app, admin, _) = shop().await;
    let warehouse = admin.warehouse("MANY").await;
    let products = products(&admin, &warehouse, 200).await;
    let sale = json!({"name": {"en": "Sale"}, "reward": {"type": "percentage", "percent": "10"}});
    admin.post("/api/v1/promotions", &sale).await.created();
    let customer = app.customer().await;
    let shopper = Shopper::of(&customer);
    let guest = Shopper::guest(&app, &products[0], 2).await;
    guest.remove(&products[0]).await.ok();
    let mut adding = Vec::new();
    for product in &products {
        adding.push(timed(async { shopper.add(product, 2).await.ok() }).await.1);
        guest.add(product, 2).await.ok();
    }
    let (first, last) = (median(adding[..20].to_vec()), median(adding[180..].to_vec()));
    assert!(last < first * 4 + Duration::from_millis(50), "the first took {first:?}, the last {last:?}");
    let mut changing = Vec::new();
    let mut showing = Vec::new();
    for product in &products[..9] {
        changing.push(timed(async { shopper.set(product, 3).await.ok() }).await.1);
        showing.push(timed(shopper.cart()).await.1);
    }
    let (changing, showing) = (median(changing), median(showing));
    assert!(changing < Duration::from_millis(500), "a change took {changing:?}");
    assert!(showing < Duration::from_millis(1_000), "a look took {showing:?}");
    let cart = shopper.cart().await;
    assert_eq!((cart["items"].as_array().map(Vec::len), &cart["is_valid"]), (Some(200), &json!(true)));
    assert_eq!(held(&guest.cart().await).len(), 200);
    let more = guest.check("/items", item(&admin.product("MORE", "1").await, 1)).await;
    more.problem(409, "cart.too_many_lines");
    let placed = customer.post("/api/v1/orders", &json!({"from_cart": true})).await.created();
    assert_eq!(placed["totals"], cart["totals"]);
    let lines = cart["discounts"][0]["lines"].as_array().map(Vec::len);
    assert_eq!((lines, &cart["totals"]["delivery"]), (Some(200), &dinars("0")));
    assert_eq!(Value::Null, shopper.cart().await["id"]);
}
