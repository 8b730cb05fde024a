//! Carts: what is put in is there, whoever comes at once; and what a cart shows is what its order bills.

use std::collections::BTreeMap;

use commands::{
    Call, Caller, CommandError,
    cart::{CART_SCOPE, CartIssue, CartToken, Checkout, ShownCart},
    orders::{LineProduct, NewOrder, OrderAccepted},
    pricing::{CouponDraft, PromotionDraft},
    vendors::NewCompany,
};
use domain::{
    catalog::{Prices, ReviseProduct},
    identity::Role,
    ids::{CompanyId, ProductId},
    money::{BasisPoints, Currency, Money, UnitPrice},
    pricing::{
        Activation, BuyXGetY, CouponCode, FixedOff, Grant, Limits, Offer, PercentageOff, Reward, Scope,
        Stacking,
    },
    quantity::Quantity,
    text::{LocalizedText, Zone},
    vendors::{DeliveryFee, RegisterCompany},
};
use event_store::ids;
use futures_util::future::join_all;

use crate::shop::{Shop, call_of, customer, new_product, order_of, reason, refused};

fn units(number: u32) -> Quantity {
    Quantity::new(number).unwrap()
}

fn pounds(amount: &str) -> Money {
    Money::parse(amount, Currency::GBP).unwrap()
}

fn guest() -> Call {
    Call::new(Caller::Anonymous)
}

fn code(text: &str) -> CouponCode {
    CouponCode::parse(text).unwrap()
}

fn offer(reward: Reward) -> Offer {
    Offer {
        reward,
        scope: Scope::default(),
        minimum: None,
        cap: None,
        stacking: Stacking::Stackable,
    }
}

fn percent(points: u16) -> Offer {
    let rate = BasisPoints::try_from(points).unwrap();
    offer(Reward::Percentage(PercentageOff { rate }))
}

fn from_cart() -> NewOrder {
    order_of(&[])
}

fn codes(issues: &[CartIssue]) -> Vec<&str> {
    issues.iter().map(|issue| issue.code.as_str()).collect()
}

/// Numbers that look random, and are the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn units(&mut self, most: u64) -> Quantity {
        units(u32::try_from(self.below(most) + 1).unwrap())
    }
}

impl Shop {
    async fn put(
        &self,
        call: &Call,
        token: Option<&CartToken>,
        product: ProductId,
        number: u32,
    ) -> Option<CartToken> {
        let product = LineProduct::Id(product);
        self.carts.add_item(call, token, product, units(number)).await.unwrap().1
    }

    async fn shown(&self, call: &Call, token: Option<&CartToken>) -> ShownCart {
        self.carts.show(call, token, Checkout::default()).await.unwrap()
    }

    async fn contents(&self, call: &Call, token: Option<&CartToken>) -> BTreeMap<ProductId, u32> {
        let cart = self.shown(call, token).await;
        cart.lines.iter().map(|line| (line.product, line.quantity.get())).collect()
    }

    async fn order_cart(&self, call: &Call) -> Result<OrderAccepted, CommandError> {
        self.orders.place_cart(call, from_cart()).await.map(|executed| executed.result)
    }

    async fn coupon(&self, text: &str, of: Offer, limits: Limits) {
        let draft = CouponDraft {
            grant: Grant::Offer(Box::new(of)),
            from: None,
            until: None,
            limits,
        };
        self.pricing.create_coupon(&Call::system(), code(text), draft).await.unwrap();
    }

    async fn promotion(&self, of: Offer, limits: Limits) {
        let draft = PromotionDraft {
            name: LocalizedText::single("en", "Sale").unwrap(),
            from: None,
            until: None,
            offer: of,
            limits,
            priority: 0,
            activation: Activation::Automatic,
        };
        self.pricing.create_promotion(&Call::system(), draft).await.unwrap();
    }

    /// A vendor who brings goods to Erbil for 1.37, from 40 on for nothing.
    async fn vendor(&self) -> CompanyId {
        let id = CompanyId::from_uuid(ids::uuid());
        let company = RegisterCompany {
            name: LocalizedText::single("en", "Zagros").unwrap(),
            description: None,
            zones: Vec::new(),
            commission_rate: BasisPoints::try_from(1_000).unwrap(),
            delivery_fees: vec![DeliveryFee {
                zone: Some(Zone::parse("erbil").unwrap()),
                fee: pounds("1.37"),
                free_from: Some(pounds("40")),
            }],
        };
        let new = NewCompany { id: Some(id), company };
        self.vendors.register_company(&Call::system(), new).await.unwrap().result.company
    }

    async fn reprice(&self, product: ProductId, price: &str) {
        let base = UnitPrice::parse(price, Currency::GBP).unwrap();
        let prices = Prices { base, discounted: None, wholesale: None };
        let parts = ReviseProduct { prices: Some(prices), ..ReviseProduct::default() };
        self.catalog.revise_product(&Call::system(), product, parts, None).await.unwrap();
    }
}

/// A shop with vendors, promotions and coupons, and goods in two warehouses each.
async fn busy_shop() -> (Shop, Vec<ProductId>) {
    let shop = Shop::open().await;
    let (near, far) = (shop.warehouse("NEAR").await, shop.warehouse("FAR").await);
    let vendors = [None, Some(shop.vendor().await), Some(shop.vendor().await)];
    let mut products = Vec::new();
    for (number, price) in ["0.333", "1.005", "2.55", "9.99", "0.001", "17.45"].into_iter().enumerate() {
        let mut new = new_product(&format!("P-{number}"), price);
        new.company = vendors[number % 3];
        let product = shop.register(new).await;
        shop.receive(product, near, 700).await;
        shop.receive(product, far, 5_000).await;
        products.push(product);
    }
    let limits = Limits { total: Some(10), per_customer: None };
    shop.promotion(percent(725), Limits { total: None, per_customer: Some(3) }).await;
    let rate = BasisPoints::try_from(10_000).unwrap();
    shop.promotion(offer(Reward::BuyXGetY(BuyXGetY { buy: units(2), get: units(1), rate })), limits)
        .await;
    shop.coupon("THREE", offer(Reward::Fixed(FixedOff { amount: pounds("3.01") })), Limits::default())
        .await;
    (shop, products)
}

/// Vendure 3091: what was shown and what was billed drifted apart by cents; here both are one computation.
#[tokio::test]
async fn vendure_3091_what_the_cart_shows_is_what_the_order_bills_to_the_cent() {
    let (shop, products) = busy_shop().await;
    let mut chance = Chance(7);
    for round in 0..24 {
        let buyer = call_of(Role::Customer, &["erbil"], None);
        let mut seen = None;
        for again in 0..=u32::from(round % 2 == 0) {
            for _ in 0..=chance.below(5) {
                let product = products[usize::try_from(chance.below(6)).unwrap()];
                let number = chance.units(12);
                shop.carts.add_item(&buyer, None, LineProduct::Id(product), number).await.unwrap();
            }
            if round % 3 == 0 && again == 0 {
                shop.put(&buyer, None, products[3], 2).await;
                shop.carts.add_coupon(&buyer, None, code("three")).await.unwrap();
            }
            let before = shop.events().await;
            let shown = shop.shown(&buyer, None).await;
            assert!(shown.is_valid(), "{:?}", shown.issues);
            assert_eq!(shop.events().await, before, "looking takes nothing");
            let checked = shop.carts.validate_checkout(&buyer, Checkout::default()).await.unwrap();
            assert_eq!(checked, shown);
            let placed = shop.order_cart(&buyer).await.unwrap();
            assert_eq!(shown.totals, Some(placed.totals), "round {round}");
            assert_eq!(shown.discounts, placed.discounts);
            let lines: Vec<_> = shop.order(placed.order).await.lines().to_vec();
            assert_eq!(lines.len(), shown.lines.len());
            for (line, billed) in shown.lines.iter().zip(&lines) {
                assert_eq!((line.product, line.total), (billed.product, Some(billed.total)));
                assert_eq!((line.discount, line.unit_price), (billed.discount, Some(billed.unit_price)));
            }
            let totals = placed.totals;
            seen = Some((totals.delivery.minor(), totals.discount.minor()));
        }
        assert!(seen.is_some());
    }
}

#[tokio::test]
async fn delivery_is_part_of_what_a_cart_comes_to() {
    let (shop, products) = busy_shop().await;
    let buyer = call_of(Role::Customer, &["erbil"], None);
    // Of a vendor, and more than one warehouse has: two parts, each brought for 1.37.
    shop.put(&buyer, None, products[4], 5_100).await;
    let shown = shop.shown(&buyer, None).await;
    assert_eq!(shown.totals.map(|totals| totals.delivery), Some(pounds("2.74")));
    let pickup = Checkout {
        fulfilment: domain::orders::Fulfilment::Pickup,
        ..Checkout::default()
    };
    let shown = shop.carts.show(&buyer, None, pickup).await.unwrap();
    assert_eq!(shown.totals.map(|totals| totals.delivery), Some(pounds("0")));
}

/// Vendure 2187: parallel adding lost items, and people slept 300 ms between calls.
#[tokio::test]
async fn vendure_2187_parallel_adding_loses_nothing_between_two_nodes() {
    let (shop, products) = busy_shop().await;
    let second = shop.beside().await;
    let buyer = customer();
    let adds = (0..48).map(|number: usize| {
        let node = if number.is_multiple_of(2) { &shop } else { &second };
        let (product, buyer) = (products[number % 6], &buyer);
        async move { node.put(buyer, None, product, 1).await }
    });
    join_all(adds).await;
    let wanted: BTreeMap<ProductId, u32> = products.iter().map(|product| (*product, 8)).collect();
    assert_eq!(shop.contents(&buyer, None).await, wanted);
    assert_eq!(second.contents(&buyer, None).await, wanted);
    let carts: i64 = sqlx::query_scalar("select count(*) from claims where scope = $1")
        .bind(CART_SCOPE)
        .fetch_one(shop.log.pool())
        .await
        .unwrap();
    assert_eq!(carts, 1, "an account has one cart, also when two begin it at once");
    // Some change while others take out: whatever comes first, nothing else is touched.
    let (a, b, c) = tokio::join!(
        shop.carts.set_quantity(&buyer, None, products[0], units(3)),
        second.carts.remove_item(&buyer, None, products[1]),
        second.put(&buyer, None, products[2], 5),
    );
    assert!(a.is_ok() && b.is_ok() && c.is_none());
    let mut wanted = wanted;
    wanted.insert(products[0], 3);
    wanted.remove(&products[1]);
    wanted.insert(products[2], 13);
    assert_eq!(shop.contents(&buyer, None).await, wanted);
}

#[tokio::test]
async fn a_cart_is_ordered_once_and_what_comes_meanwhile_is_not_lost() {
    let (shop, products) = busy_shop().await;
    let second = shop.beside().await;
    for _ in 0..6 {
        let buyer = customer();
        shop.put(&buyer, None, products[0], 2).await;
        let (one, other, _) = tokio::join!(
            shop.order_cart(&buyer),
            second.order_cart(&buyer),
            second.put(&buyer, None, products[1], 3),
        );
        // The second order finds nothing, or what was put in between the two.
        let orders: Vec<OrderAccepted> = [&one, &other].into_iter().flatten().cloned().collect();
        for failed in [one, other].into_iter().filter_map(Result::err) {
            assert_eq!(refused::<()>(Err(failed)).code, "cart.empty");
        }
        let mut bought: BTreeMap<ProductId, u32> = shop.contents(&buyer, None).await;
        for order in &orders {
            for line in shop.order(order.order).await.lines() {
                *bought.entry(line.product).or_default() += line.quantity.get();
            }
        }
        assert_eq!(bought, BTreeMap::from([(products[0], 2), (products[1], 3)]));
    }
}

#[tokio::test]
async fn a_refused_order_leaves_the_cart_as_it_is() {
    let shop = Shop::open().await;
    let (tea, _) = shop.stocked("TEA", "10.00", 3).await;
    let buyer = customer();
    assert_eq!(refused(shop.order_cart(&buyer).await).code, "cart.empty");
    shop.put(&buyer, None, tea, 5).await;
    let problem = refused(shop.order_cart(&buyer).await);
    assert_eq!(
        (problem.code, problem.faults[0].pointer.as_str()),
        ("inventory.insufficient_stock", "/lines/0/quantity")
    );
    let shown = shop.shown(&buyer, None).await;
    assert_eq!(codes(&shown.issues), ["inventory.insufficient_stock"]);
    assert_eq!((shown.is_valid(), shown.issues[0].suggested_quantity), (false, Some(3)));
    // What it would come to is told all the same.
    assert_eq!(shown.totals.map(|totals| totals.total), Some(pounds("50")));
    shop.carts.set_quantity(&buyer, None, tea, units(3)).await.unwrap();
    shop.order_cart(&buyer).await.unwrap();
    assert_eq!(refused(shop.order_cart(&buyer).await).code, "cart.empty");
    assert_eq!(shop.contents(&buyer, None).await, BTreeMap::new());
}

#[tokio::test]
async fn changed_prices_and_what_is_not_sold_any_more_are_told() {
    let (shop, products) = busy_shop().await;
    let buyer = customer();
    shop.put(&buyer, None, products[2], 2).await;
    shop.put(&buyer, None, products[3], 1).await;
    shop.reprice(products[2], "2.95").await;
    shop.catalog.discontinue_product(&Call::system(), products[3], Some(reason()), None).await.unwrap();
    let shown = shop.shown(&buyer, None).await;
    assert_eq!(codes(&shown.issues), ["cart.price_changed", "catalog.product_discontinued"]);
    let [changed, gone] = shown.issues.as_slice() else {
        panic!("two issues")
    };
    assert_eq!((changed.blocks, &changed.numbers["added_price"]), (false, &"2.55".into()));
    assert_eq!(changed.numbers["unit_price"], "2.95");
    assert_eq!((gone.blocks, gone.suggested_quantity), (true, Some(0)));
    assert_eq!(shown.lines[0].unit_price, Some(UnitPrice::parse("2.95", Currency::GBP).unwrap()));
    assert_eq!(shown.totals.map(|totals| totals.subtotal), Some(pounds("5.90")));
    assert_eq!(refused(shop.order_cart(&buyer).await).code, "catalog.product_discontinued");
    // Whoever puts more in has seen the new price.
    shop.carts.remove_item(&buyer, None, products[3]).await.unwrap();
    shop.put(&buyer, None, products[2], 1).await;
    assert_eq!(codes(&shop.shown(&buyer, None).await.issues), Vec::<&str>::new());
    let nothing = shop.carts.add_item(&buyer, None, LineProduct::Id(products[3]), units(1)).await;
    assert_eq!(refused(nothing).code, "catalog.product_discontinued");
}

#[tokio::test]
async fn a_guests_cart_opens_to_its_token_alone() {
    let (shop, products) = busy_shop().await;
    let token = shop.put(&guest(), None, products[0], 2).await.unwrap();
    assert!(shop.put(&guest(), Some(&token), products[1], 1).await.is_none(), "told once");
    let other = shop.put(&guest(), None, products[2], 9).await.unwrap();
    let own = BTreeMap::from([(products[0], 2), (products[1], 1)]);
    assert_eq!(shop.contents(&guest(), Some(&token)).await, own);
    assert_eq!(shop.contents(&guest(), Some(&other)).await, BTreeMap::from([(products[2], 9)]));
    assert_eq!(shop.contents(&guest(), None).await, BTreeMap::new());
    assert_eq!(shop.contents(&customer(), Some(&token)).await, BTreeMap::new());
    // A token of somebody's own making is none, and nothing is remembered of it.
    let made_up = CartToken::parse(&"A".repeat(43)).unwrap();
    assert_eq!(shop.contents(&guest(), Some(&made_up)).await, BTreeMap::new());
    let given = shop.put(&guest(), Some(&made_up), products[0], 1).await.unwrap();
    assert_ne!(given.expose(), made_up.expose());
    let outcome = shop.carts.clear(&guest(), Some(&made_up)).await;
    assert_eq!(refused(outcome).code, "cart.not_found");
    // Nothing that is stored holds it.
    let stored: i64 = sqlx::query_scalar(
        "select (select count(*) from events where payload::text like $1 or metadata::text like $1 or aggregate_id like $1)
              + (select count(*) from claims where key like $1 or holder like $1)
              + (select count(*) from commands where result::text like $1)",
    )
    .bind(format!("%{}%", &token.expose()[..12]))
    .fetch_one(shop.log.pool())
    .await
    .unwrap();
    assert_eq!(stored, 0);
}

#[tokio::test]
async fn a_guests_goods_join_the_accounts_cart_once() {
    let (shop, products) = busy_shop().await;
    shop.coupon("FIVE", percent(500), Limits::default()).await;
    let buyer = customer();
    let token = shop.put(&guest(), None, products[0], 2).await.unwrap();
    shop.put(&guest(), Some(&token), products[1], 1).await;
    shop.carts.add_coupon(&guest(), Some(&token), code("THREE")).await.unwrap();
    shop.carts.add_coupon(&guest(), Some(&token), code("FIVE")).await.unwrap();
    shop.put(&buyer, None, products[1], 4).await;
    shop.pricing.end_coupon(&Call::system(), code("THREE"), None, None).await.unwrap();
    // Twice at the same moment, and once more.
    let merges = join_all((0..2).map(|_| shop.carts.merge(&buyer, Some(&token)))).await;
    let lines: usize = merges.into_iter().map(|merged| merged.unwrap().result.lines).sum();
    assert_eq!(lines, 2);
    assert_eq!(shop.carts.merge(&buyer, Some(&token)).await.unwrap().result.lines, 0);
    let shown = shop.shown(&buyer, None).await;
    assert_eq!(shop.contents(&buyer, None).await, BTreeMap::from([(products[0], 2), (products[1], 5)]));
    assert_eq!(shown.coupons, [code("FIVE")], "a coupon that has ended stays behind");
    // The guest's cart is nobody's now: not the guest's, and not the next one's who signs in.
    assert_eq!(shop.contents(&guest(), Some(&token)).await, BTreeMap::new());
    let stranger = customer();
    assert_eq!(shop.carts.merge(&stranger, Some(&token)).await.unwrap().result.lines, 0);
    assert_eq!(shop.contents(&stranger, None).await, BTreeMap::new());
    assert!(shop.put(&guest(), Some(&token), products[0], 1).await.is_some(), "another cart");
    // An account's own cart is no guest's, whoever knows its id.
    assert_eq!(shop.carts.merge(&stranger, None).await.unwrap().result.lines, 0);
}

#[tokio::test]
async fn what_does_not_fit_stays_with_the_guest() {
    let (shop, products) = busy_shop().await;
    let buyer = customer();
    let token = shop.put(&guest(), None, products[0], 600_000).await.unwrap();
    shop.put(&buyer, None, products[0], 600_000).await;
    let refusal = refused(shop.carts.merge(&buyer, Some(&token)).await);
    assert_eq!(refusal.code, "cart.quantity_too_large");
    assert_eq!(shop.contents(&guest(), Some(&token)).await, BTreeMap::from([(products[0], 600_000)]));
    assert_eq!(shop.contents(&buyer, None).await, BTreeMap::from([(products[0], 600_000)]));
}

/// Sylius 16303: a coupon made itself ineligible when the cart was computed a second time.
#[tokio::test]
async fn sylius_16303_a_coupon_on_the_cart_stays_eligible_however_often_one_looks() {
    let (shop, products) = busy_shop().await;
    let limits = Limits { total: Some(1), per_customer: Some(1) };
    let minimum = Offer { minimum: Some(pounds("20")), ..percent(5_000) };
    shop.coupon("ONCE", minimum, limits).await;
    let buyer = customer();
    shop.put(&buyer, None, products[3], 1).await;
    shop.carts.add_coupon(&buyer, None, code("ONCE")).await.unwrap();
    let shown = shop.shown(&buyer, None).await;
    assert_eq!(codes(&shown.issues), ["pricing.below_minimum"]);
    assert_eq!((shown.issues[0].coupon.clone(), shown.issues[0].blocks), (Some(code("ONCE")), true));
    shop.put(&buyer, None, products[3], 2).await;
    let first = shop.shown(&buyer, None).await;
    assert!(first.is_valid(), "{:?}", first.issues);
    for _ in 0..3 {
        assert_eq!(shop.shown(&buyer, None).await, first);
    }
    let placed = shop.order_cart(&buyer).await.unwrap();
    assert_eq!(Some(placed.totals), first.totals);
    // Now it is used up, for everybody and for the cart that comes next.
    shop.put(&buyer, None, products[3], 3).await;
    shop.carts.add_coupon(&buyer, None, code("ONCE")).await.unwrap();
    assert_eq!(codes(&shop.shown(&buyer, None).await.issues), ["pricing.used_up_by_customer"]);
    let outcome = shop.carts.add_coupon(&buyer, None, code("NONE")).await;
    assert_eq!(refused(outcome).code, "pricing.unknown_coupon");
}

#[tokio::test]
async fn coupons_are_applied_to_the_cart_all_or_none() {
    let (shop, products) = busy_shop().await;
    let minimum = Offer { minimum: Some(pounds("500")), ..percent(500) };
    shop.coupon("LARGE", minimum, Limits::default()).await;
    let buyer = customer();
    let apply = |codes: &[&str]| {
        let codes = codes.iter().map(|text| code(text)).collect();
        shop.carts.apply_coupons(&buyer, codes, Checkout::default())
    };
    assert_eq!(refused(apply(&["THREE"]).await).code, "cart.empty");
    shop.put(&buyer, None, products[3], 2).await;
    let refusal = refused(apply(&["THREE", "LARGE"]).await);
    assert_eq!((refusal.code, refusal.faults[0].pointer.as_str()), ("pricing.below_minimum", "/coupons/1"));
    assert_eq!(shop.shown(&buyer, None).await.coupons, []);
    apply(&["THREE"]).await.unwrap();
    apply(&["THREE"]).await.unwrap();
    assert_eq!(shop.shown(&buyer, None).await.coupons, [code("THREE")]);
}
