//! Promotions and coupons in the unit of a placement: who gets them, when, and never more often than their limits allow.

use std::collections::BTreeSet;

use commands::{
    Call, CommandError,
    orders::NewOrder,
    pricing::{CouponDraft, NewQuote, PromotionDraft, REDEMPTION_SCOPE},
};
use domain::{
    identity::Role,
    ids::{ProductId, PromotionId},
    money::{BasisPoints, Currency, Money},
    orders::OrderState,
    pricing::{
        Activation, CouponCode, FixedOff, Grant, Inapplicable, Limits, Offer, PercentageOff, Redemptions,
        RedemptionsState, Reward, Scope, Stacking,
    },
    text::LocalizedText,
};
use event_store::{AsOf, ids};
use futures_util::future::join_all;

use crate::shop::{Shop, call_of, code, customer, line, order_of, reason, refused};

fn pounds(amount: &str) -> Money {
    Money::parse(amount, Currency::GBP).unwrap()
}

fn tenth() -> Offer {
    let rate = BasisPoints::try_from(1_000).unwrap();
    Offer {
        reward: Reward::Percentage(PercentageOff { rate }),
        scope: Scope::default(),
        minimum: None,
        cap: None,
        stacking: Stacking::Stackable,
    }
}

fn draft(offer: Offer, limits: Limits) -> PromotionDraft {
    PromotionDraft {
        name: LocalizedText::single("en", "Sale").unwrap(),
        from: None,
        until: None,
        offer,
        limits,
        priority: 0,
        activation: Activation::Automatic,
    }
}

fn coupon(offer: Offer, limits: Limits) -> CouponDraft {
    CouponDraft {
        grant: Grant::Offer(Box::new(offer)),
        from: None,
        until: None,
        limits,
    }
}

const NO_LIMITS: Limits = Limits { total: None, per_customer: None };

fn in_total(limit: u32) -> Limits {
    Limits { total: Some(limit), per_customer: None }
}

fn per_customer(limit: u16) -> Limits {
    Limits { total: None, per_customer: Some(limit) }
}

fn codes(of: &[&str]) -> Vec<CouponCode> {
    of.iter().map(|code| CouponCode::parse(code).unwrap()).collect()
}

fn with_coupons(product: ProductId, coupons: &[&str]) -> NewOrder {
    NewOrder { coupons: codes(coupons), ..order_of(&[(product, 1)]) }
}

impl Shop {
    async fn promote(&self, draft: PromotionDraft) -> PromotionId {
        self.pricing.create_promotion(&Call::system(), draft).await.unwrap().result.promotion
    }

    async fn issue(&self, code: &str, draft: CouponDraft) {
        let code = CouponCode::parse(code).unwrap();
        self.pricing.create_coupon(&Call::system(), code, draft).await.unwrap();
    }

    async fn placed(&self, call: &Call, new: NewOrder) -> OrderState {
        let order = self.orders.place(call, new).await.unwrap().result.order;
        self.order(order).await
    }

    async fn used(&self, stream: &str) -> u32 {
        let RedemptionsState { used } =
            self.log.reader().load::<Redemptions>(stream, AsOf::Now).await.unwrap().state;
        used
    }

    async fn slots(&self) -> i64 {
        sqlx::query_scalar("select count(*) from claims where scope = $1")
            .bind(REDEMPTION_SCOPE)
            .fetch_one(self.log.pool())
            .await
            .unwrap()
    }
}

fn discount(order: &OrderState) -> Money {
    order.totals().unwrap().discount
}

#[tokio::test]
async fn an_order_gets_what_runs_at_its_position() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "10.00", 100).await;
    assert_eq!(discount(&shop.placed(&customer(), order_of(&[(product, 1)])).await), pounds("0"));
    let promotion = shop.promote(draft(tenth(), NO_LIMITS)).await;
    let order = shop.placed(&customer(), order_of(&[(product, 1)])).await;
    assert_eq!((discount(&order), order.discounts()[0].promotion), (pounds("1"), Some(promotion)));
    let rate = BasisPoints::try_from(5_000).unwrap();
    let half = Offer {
        reward: Reward::Percentage(PercentageOff { rate }),
        ..tenth()
    };
    let pricing = &shop.pricing;
    pricing.revise_promotion(&Call::system(), promotion, draft(half, NO_LIMITS), Some(1)).await.unwrap();
    assert_eq!(discount(&shop.placed(&customer(), order_of(&[(product, 1)])).await), pounds("5"));
    pricing.end_promotion(&Call::system(), promotion, None, None).await.unwrap();
    assert_eq!(discount(&shop.placed(&customer(), order_of(&[(product, 1)])).await), pounds("0"));
}

#[tokio::test]
async fn another_node_sees_at_once_that_a_promotion_has_ended() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "10.00", 100).await;
    let promotion = shop.promote(draft(tenth(), in_total(50))).await;
    let second = shop.beside().await;
    assert_eq!(discount(&second.placed(&customer(), order_of(&[(product, 1)])).await), pounds("1"));
    shop.pricing.end_promotion(&Call::system(), promotion, None, None).await.unwrap();
    assert_eq!(discount(&second.placed(&customer(), order_of(&[(product, 1)])).await), pounds("0"));
}

#[tokio::test]
async fn a_limit_in_total_is_exact_between_two_nodes_and_comes_back_with_a_cancellation() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "10.00", 200).await;
    let promotion = shop.promote(draft(tenth(), in_total(7))).await;
    let second = shop.beside().await;
    let all = join_all((0..40).map(|n| {
        let node = if n % 2 == 0 { &shop } else { &second };
        async move {
            let call = customer();
            let order = node.orders.place(&call, order_of(&[(product, 1)])).await.unwrap().result;
            (call, order)
        }
    }))
    .await;
    let reduced: Vec<_> = all.iter().filter(|(_, order)| !order.discounts.is_empty()).collect();
    assert_eq!(reduced.len(), 7, "everybody was served, seven of them cheaper");
    assert_eq!(shop.used(&promotion.stream()).await, 7);
    let (call, order) = reduced[3];
    for node in [&shop, &second] {
        // Cancelling twice gives back once.
        node.orders.cancel(call, order.order, reason(), None).await.unwrap();
    }
    assert_eq!(shop.used(&promotion.stream()).await, 6);
    assert_eq!(discount(&second.placed(&customer(), order_of(&[(product, 1)])).await), pounds("1"));
    assert_eq!(discount(&shop.placed(&customer(), order_of(&[(product, 1)])).await), pounds("0"));
}

#[tokio::test]
async fn a_limit_per_customer_is_exact_between_two_nodes_and_comes_back_with_a_cancellation() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "10.00", 200).await;
    shop.promote(draft(tenth(), per_customer(2))).await;
    let second = shop.beside().await;
    let buyers = [customer(), customer()];
    let all = join_all((0..20).map(|n| {
        let node = if n % 3 == 0 { &shop } else { &second };
        let call = &buyers[n % 2];
        async move { node.orders.place(call, order_of(&[(product, 1)])).await.unwrap().result }
    }))
    .await;
    let of_buyer = |buyer: usize| {
        let own = all.iter().enumerate().filter(move |(n, _)| n % 2 == buyer);
        own.filter(|(_, order)| !order.discounts.is_empty()).map(|(_, order)| order).collect::<Vec<_>>()
    };
    assert_eq!((of_buyer(0).len(), of_buyer(1).len(), shop.slots().await), (2, 2, 4));
    let taken: BTreeSet<_> =
        of_buyer(0).iter().map(|order| order.discounts[0].promotion_limit.unwrap().slot).collect();
    assert_eq!(taken, [Some(1), Some(2)].into());
    shop.orders.cancel(&buyers[0], of_buyer(0)[0].order, reason(), None).await.unwrap();
    assert_eq!(shop.slots().await, 3);
    assert_eq!(discount(&shop.placed(&buyers[0], order_of(&[(product, 1)])).await), pounds("1"));
    assert_eq!(discount(&shop.placed(&buyers[0], order_of(&[(product, 1)])).await), pounds("0"));
    // Nobody in particular has no slots.
    assert_eq!(discount(&shop.placed(&Call::system(), order_of(&[(product, 1)])).await), pounds("0"));
}

#[tokio::test]
async fn a_lowered_limit_counts_the_orders_above_it() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "10.00", 50).await;
    let promotion = shop.promote(draft(tenth(), per_customer(3))).await;
    let buyer = customer();
    let mut orders = Vec::new();
    for _ in 0..3 {
        orders.push(shop.orders.place(&buyer, order_of(&[(product, 1)])).await.unwrap().result.order);
    }
    let lower = draft(tenth(), per_customer(1));
    shop.pricing.revise_promotion(&Call::system(), promotion, lower, None).await.unwrap();
    for order in &orders[..2] {
        shop.orders.cancel(&buyer, *order, reason(), None).await.unwrap();
    }
    // The third order still holds its slot, though slots 1 and 2 are free.
    assert_eq!(discount(&shop.placed(&buyer, order_of(&[(product, 1)])).await), pounds("0"));
    shop.orders.cancel(&buyer, orders[2], reason(), None).await.unwrap();
    assert_eq!(discount(&shop.placed(&buyer, order_of(&[(product, 1)])).await), pounds("1"));
}

#[tokio::test]
async fn many_limited_promotions_cost_a_cold_node_one_more_decision() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "100.00", 50).await;
    for _ in 0..60 {
        let limits = Limits { total: Some(5), per_customer: Some(3) };
        let penny = Offer {
            reward: Reward::Fixed(FixedOff { amount: pounds("0.01") }),
            ..tenth()
        };
        shop.promote(draft(penny, limits)).await;
    }
    let cold = shop.beside().await;
    assert_eq!(discount(&cold.placed(&customer(), order_of(&[(product, 1)])).await), pounds("0.60"));
}

#[tokio::test]
async fn coupons_are_taken_or_refuse_the_order_with_their_reasons() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "10.00", 50).await;
    shop.issue("TENTH", coupon(tenth(), NO_LIMITS)).await;
    shop.issue("BIG", coupon(Offer { minimum: Some(pounds("50")), ..tenth() }, NO_LIMITS)).await;
    let order = shop.placed(&customer(), with_coupons(product, &["tenth"])).await;
    assert_eq!(discount(&order), pounds("1"));
    assert_eq!(order.discounts()[0].coupon, CouponCode::parse("TENTH").ok());
    let before = shop.events().await;
    let no = refused(shop.orders.place(&customer(), with_coupons(product, &["TENTH", "BIG", "NONE"])).await);
    let faults: Vec<_> = no.faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
    assert_eq!(no.code, "pricing.coupons_refused");
    assert_eq!(
        faults,
        [
            ("/coupons/1", "pricing.below_minimum"),
            ("/coupons/2", "pricing.unknown_coupon")
        ]
    );
    assert_eq!(no.faults[0].numbers["minimum"], "50.00");
    assert_eq!(shop.events().await, before, "nothing of it happened");
    let many = ["A11", "A12", "A13", "A14", "A15", "A16"];
    let too_many = shop.orders.place(&customer(), with_coupons(product, &many)).await;
    assert_eq!(code(too_many), "pricing.too_many_coupons");
    shop.pricing.end_coupon(&Call::system(), codes(&["TENTH"])[0].clone(), None, None).await.unwrap();
    let ended = shop.orders.place(&customer(), with_coupons(product, &["TENTH"])).await;
    assert_eq!(code(ended), "pricing.ended");
}

#[tokio::test]
async fn a_coupon_of_a_promotion_counts_in_the_limits_of_both() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "10.00", 50).await;
    let by_coupon = PromotionDraft {
        activation: Activation::Coupon,
        ..draft(tenth(), in_total(2))
    };
    let promotion = shop.promote(by_coupon).await;
    let stands_for = |limits| CouponDraft {
        grant: Grant::Promotion(promotion),
        from: None,
        until: None,
        limits,
    };
    shop.issue("FIRST", stands_for(per_customer(1))).await;
    shop.issue("OTHER", stands_for(NO_LIMITS)).await;
    let buyer = customer();
    let order = shop.orders.place(&buyer, with_coupons(product, &["FIRST"])).await.unwrap().result;
    let again = shop.orders.place(&buyer, with_coupons(product, &["FIRST"])).await;
    assert_eq!(code(again), "pricing.used_up_by_customer");
    assert_eq!(discount(&shop.placed(&buyer, with_coupons(product, &["OTHER"])).await), pounds("1"));
    let used_up = shop.orders.place(&customer(), with_coupons(product, &["FIRST"])).await;
    assert_eq!(code(used_up), "pricing.used_up");
    assert_eq!((shop.used(&promotion.stream()).await, shop.slots().await), (2, 1));
    shop.orders.cancel(&buyer, order.order, reason(), None).await.unwrap();
    assert_eq!((shop.used(&promotion.stream()).await, shop.slots().await), (1, 0));
    shop.pricing.end_promotion(&Call::system(), promotion, None, None).await.unwrap();
    let ended = shop.orders.place(&customer(), with_coupons(product, &["OTHER"])).await;
    assert_eq!(code(ended), "pricing.ended");
}

#[tokio::test]
async fn a_coupon_stands_for_a_promotion_that_waits_for_coupons() {
    let shop = Shop::open().await;
    let automatic = shop.promote(draft(tenth(), NO_LIMITS)).await;
    let of = |promotion| CouponDraft {
        grant: Grant::Promotion(promotion),
        from: None,
        until: None,
        limits: NO_LIMITS,
    };
    let call = Call::system();
    let create = |promotion| shop.pricing.create_coupon(&call, codes(&["ABC"])[0].clone(), of(promotion));
    assert_eq!(code(create(automatic).await), "pricing.coupon_promotion_automatic");
    let unknown = PromotionId::from_uuid(ids::uuid());
    assert_eq!(code(create(unknown).await), "pricing.coupon_promotion_unknown");
    let both = tokio::join!(
        shop.pricing.create_coupon(&call, codes(&["ONCE"])[0].clone(), coupon(tenth(), NO_LIMITS)),
        shop.pricing.create_coupon(&call, codes(&["once"])[0].clone(), coupon(tenth(), NO_LIMITS)),
    );
    let taken = if both.0.is_ok() { both.1 } else { both.0 };
    assert_eq!(code(taken), "pricing.coupon_code_taken");
}

#[tokio::test]
async fn an_order_that_counts_on_a_promotion_is_not_placed_without_it() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "10.00", 50).await;
    let promotion = shop.promote(draft(tenth(), in_total(1))).await;
    let counting = || NewOrder { promotions: vec![promotion], ..order_of(&[(product, 1)]) };
    shop.orders.place(&customer(), counting()).await.unwrap();
    let no = refused(shop.orders.place(&customer(), counting()).await);
    assert_eq!((no.code, no.faults[0].pointer.as_str()), ("pricing.used_up", "/promotion_ids/0"));
    shop.pricing.end_promotion(&Call::system(), promotion, None, None).await.unwrap();
    assert_eq!(code(shop.orders.place(&customer(), counting()).await), "pricing.ended");
}

#[tokio::test]
async fn a_quote_says_what_placing_would_do_and_takes_nothing() {
    let shop = Shop::open().await;
    let (product, _) = shop.stocked("TEA", "10.00", 50).await;
    let promotion = shop.promote(draft(tenth(), Limits { total: Some(1), per_customer: Some(1) })).await;
    shop.issue("TENTH", coupon(tenth(), per_customer(1))).await;
    let buyer = customer();
    let ask = |coupons: &[&str], is_strict| NewQuote {
        customer: None,
        zone: None,
        lines: vec![line(product, 2)],
        coupons: codes(coupons),
        is_strict,
    };
    let before = shop.events().await;
    let quote = shop.pricing.quote(&buyer, ask(&["TENTH", "NONE"], false)).await.unwrap();
    assert_eq!(
        (quote.subtotal, quote.discount, quote.total),
        (pounds("20"), pounds("3.80"), pounds("16.20"))
    );
    assert_eq!(quote.lines[0].discount, pounds("3.80"));
    assert_eq!(quote.refused, [(codes(&["NONE"])[0].clone(), Inapplicable::UnknownCoupon)]);
    assert_eq!((shop.events().await, shop.slots().await), (before, 0));
    let strict = shop.pricing.quote(&buyer, ask(&["TENTH", "NONE"], true)).await;
    assert_eq!(refused(strict).faults[0].pointer, "/coupons/1");
    let new = NewOrder {
        lines: vec![line(product, 2)],
        ..with_coupons(product, &["TENTH"])
    };
    let order = shop.orders.place(&buyer, NewOrder { promotions: vec![promotion], ..new }).await.unwrap();
    assert_eq!(order.result.totals.total, quote.total);
    let after = shop.pricing.quote(&buyer, ask(&["TENTH"], false)).await.unwrap();
    assert_eq!(after.passed, [(promotion, Inapplicable::UsedUpByCustomer { limit: 1 })]);
    assert_eq!(after.refused[0].1, Inapplicable::UsedUpByCustomer { limit: 1 });
    let of_another = shop.pricing.quote(&customer(), ask(&[], false)).await.unwrap();
    assert_eq!(of_another.passed, [(promotion, Inapplicable::UsedUp { limit: 1 })]);
    let standing = |code: &str| {
        let code = CouponCode::parse(code).unwrap();
        let (shop, buyer) = (&shop, buyer.caller.account());
        async move { shop.pricing.coupon_standing(&code, buyer).await.unwrap() }
    };
    assert_eq!(standing("TENTH").await, Some(Err(Inapplicable::UsedUpByCustomer { limit: 1 })));
    assert_eq!(standing("NONE").await, None);
}

#[tokio::test]
async fn a_quote_tells_every_fault_of_every_line() {
    let shop = Shop::open().await;
    let unknown = ProductId::from_uuid(ids::uuid());
    let ask = |lines| NewQuote {
        customer: None,
        zone: None,
        lines,
        coupons: vec![],
        is_strict: false,
    };
    let no = refused(shop.pricing.quote(&customer(), ask(vec![line(unknown, 1), line(unknown, 2)])).await);
    let pointers: Vec<_> = no.faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(
        (no.code, pointers),
        ("catalog.product_not_found", vec!["/lines/0/product", "/lines/1/product"])
    );
    assert_eq!(code(shop.pricing.quote(&customer(), ask(vec![])).await), "orders.no_lines");
}

#[tokio::test]
async fn only_those_who_manage_prices_make_promotions_and_coupons() {
    let shop = Shop::open().await;
    for role in [Role::LocationAdmin, Role::Vendor, Role::Customer, Role::Analyst] {
        let call = call_of(role, &["north"], None);
        assert_eq!(
            code(shop.pricing.create_promotion(&call, draft(tenth(), NO_LIMITS)).await),
            "permission_denied"
        );
        let code_of = codes(&["ABC"])[0].clone();
        assert_eq!(
            code(shop.pricing.create_coupon(&call, code_of, coupon(tenth(), NO_LIMITS)).await),
            "permission_denied"
        );
    }
    let admin = call_of(Role::SuperAdmin, &[], None);
    let promotion = shop.pricing.create_promotion(&admin, draft(tenth(), NO_LIMITS)).await.unwrap().result;
    let stale =
        shop.pricing.revise_promotion(&admin, promotion.promotion, draft(tenth(), NO_LIMITS), Some(7)).await;
    assert!(matches!(stale, Err(CommandError::PreconditionFailed { expected: 7, current: 1 })));
}

#[tokio::test]
async fn exclusive_promotions_are_refused_whoever_comes_first() {
    let shop = Shop::open().await;
    let second = shop.beside().await;
    let exclusive = || draft(Offer { stacking: Stacking::Exclusive, ..tenth() }, NO_LIMITS);
    let all = join_all((0..10).map(|n| {
        let node = if n % 2 == 0 { &shop } else { &second };
        async move { node.pricing.create_promotion(&Call::system(), exclusive()).await }
    }))
    .await;
    let (made, not): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
    assert_eq!(made.len(), 1);
    let first = made.into_iter().flatten().next().unwrap().result.promotion.to_string();
    for outcome in not {
        let no = refused(outcome);
        assert_eq!(no.code, "pricing.exclusive_overlap");
        assert_eq!(no.faults[0].numbers["promotions"][0]["promotion_id"], first.as_str());
    }
}
