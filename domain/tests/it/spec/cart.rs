use domain::{
    cart::{
        Cart, CartCommand, CartError, CartEvent, CartLine, Closing, MAX_GUEST_CHANGES, MAX_GUEST_LINES,
        MAX_LINES, MAX_QUANTITY,
    },
    decider::Decider,
    fixtures::{account, cart, must, order, price, product, units},
    pricing::{CouponCode, MAX_COUPONS},
    spec::given,
};

fn started() -> CartEvent {
    CartEvent::CartStarted { owner: Some(account(1)) }
}

fn guest_started() -> CartEvent {
    CartEvent::CartStarted { owner: None }
}

fn line(of: u64, quantity: u32) -> CartLine {
    CartLine {
        product: product(of),
        quantity: units(quantity),
        unit_price: price("2.55"),
    }
}

fn add(of: u64, quantity: u32) -> CartCommand {
    CartCommand::Add(line(of, quantity))
}

fn added(of: u64, quantity: u32) -> CartEvent {
    CartEvent::ItemAdded {
        product: product(of),
        quantity: units(quantity),
        unit_price: price("2.55"),
    }
}

fn set(of: u64, quantity: u32) -> CartCommand {
    CartCommand::SetQuantity { product: product(of), quantity: units(quantity) }
}

fn changed(of: u64, quantity: u32) -> CartEvent {
    CartEvent::QuantityChanged { product: product(of), quantity: units(quantity) }
}

fn code(text: &str) -> CouponCode {
    must(CouponCode::parse(text))
}

fn coupon_added(text: &str) -> CartEvent {
    CartEvent::CouponAdded { code: code(text) }
}

fn handed_over() -> CartEvent {
    CartEvent::CartHandedOver { to: cart(2) }
}

fn ordered() -> CartEvent {
    CartEvent::CartOrdered { order: order(1) }
}

fn lines_of(history: &[CartEvent]) -> Vec<(u64, u32)> {
    let state = given::<Cart>(history).state();
    let lines = state.open().map(|cart| cart.lines.clone()).unwrap_or_default();
    let of = |line: CartLine| {
        let number = (1..=9).find(|number| product(*number) == line.product);
        (number.unwrap_or_default(), line.quantity.get())
    };
    lines.into_iter().map(of).collect()
}

#[test]
fn a_cart_begins_once() {
    let start = || CartCommand::Start { owner: Some(account(1)) };
    given::<Cart>(&[]).when(start()).then(&[started()]);
    given::<Cart>(&[started()]).when(start()).then_err(CartError::AlreadyStarted);
    given::<Cart>(&[started(), ordered()]).when(start()).then_err(CartError::AlreadyStarted);
    given::<Cart>(&[]).when(add(1, 1)).then_err(CartError::NotFound);
}

#[test]
fn adding_a_product_again_adds_its_units() {
    given::<Cart>(&[started(), added(1, 2)]).when(add(1, 3)).then(&[added(1, 3)]);
    assert_eq!(lines_of(&[started(), added(1, 2), added(2, 1), added(1, 3)]), [(1, 5), (2, 1)]);
}

#[test]
fn a_cart_remembers_the_price_of_the_latest_adding() {
    let dearer = CartEvent::ItemAdded {
        product: product(1),
        quantity: units(1),
        unit_price: price("2.95"),
    };
    let state = given::<Cart>(&[started(), added(1, 2), dearer, changed(1, 7)]).state();
    let known = state.open().and_then(|cart| cart.line(product(1))).copied();
    assert_eq!(known, Some(CartLine { unit_price: price("2.95"), ..line(1, 7) }));
}

#[test]
fn a_quantity_is_set_for_what_is_in_the_cart() {
    given::<Cart>(&[started(), added(1, 2)]).when(set(1, 5)).then(&[changed(1, 5)]);
    given::<Cart>(&[started(), added(1, 2)]).when(set(1, 2)).then_nothing();
    given::<Cart>(&[started(), added(1, 2)]).when(set(2, 5)).then_err(CartError::ItemNotFound);
    assert_eq!(lines_of(&[started(), added(1, 2), changed(1, 5)]), [(1, 5)]);
}

#[test]
fn a_product_is_taken_out_and_may_come_again() {
    let remove = || CartCommand::Remove { product: product(1) };
    let removed = || CartEvent::ItemRemoved { product: product(1) };
    given::<Cart>(&[started(), added(1, 2)]).when(remove()).then(&[removed()]);
    given::<Cart>(&[started(), added(1, 2), removed()]).when(remove()).then_err(CartError::ItemNotFound);
    assert_eq!(lines_of(&[started(), added(1, 2), removed(), added(2, 1), added(1, 1)]), [(2, 1), (1, 1)]);
}

#[test]
fn clearing_takes_coupons_too() {
    let history = [started(), added(1, 2), coupon_added("TEA-5")];
    let state = given::<Cart>(&history).when(CartCommand::Clear).then(&[CartEvent::CartCleared]);
    assert_eq!(state.open().map(|cart| (cart.is_empty(), cart.coupons.len())), Some((true, 0)));
    given::<Cart>(&[started()]).when(CartCommand::Clear).then_nothing();
    given::<Cart>(&[started(), coupon_added("TEA-5")])
        .when(CartCommand::Clear)
        .then(&[CartEvent::CartCleared]);
}

#[test]
fn a_coupon_is_put_on_once_and_taken_off() {
    let put = |text: &str| CartCommand::AddCoupon { code: code(text) };
    let take = |text: &str| CartCommand::RemoveCoupon { code: code(text) };
    given::<Cart>(&[started()]).when(put("TEA-5")).then(&[coupon_added("TEA-5")]);
    given::<Cart>(&[started(), coupon_added("TEA-5")]).when(put("tea-5")).then_nothing();
    given::<Cart>(&[started(), coupon_added("TEA-5")])
        .when(take("TEA-5"))
        .then(&[CartEvent::CouponRemoved { code: code("TEA-5") }]);
    given::<Cart>(&[started()]).when(take("TEA-5")).then_err(CartError::CouponNotFound);
    let mut history = vec![started()];
    history.extend((0..MAX_COUPONS).map(|number| coupon_added(&format!("C-{number}"))));
    given::<Cart>(&history)
        .when(put("ONE-MORE"))
        .then_err(CartError::TooManyCoupons { max: MAX_COUPONS });
}

#[test]
fn an_accounts_cart_holds_many_products_a_guests_fewer() {
    for (start, max) in [(started(), MAX_LINES), (guest_started(), MAX_GUEST_LINES)] {
        let mut history = vec![start];
        let products = u64::try_from(max).unwrap_or_default();
        history.extend((1..=products).map(|number| added(number, 1)));
        given::<Cart>(&history).when(add(products + 1, 1)).then_err(CartError::TooManyLines { max });
        given::<Cart>(&history).when(add(products, 1)).then(&[added(products, 1)]);
    }
}

#[test]
fn units_of_a_product_have_a_limit() {
    let refused = || CartError::QuantityTooLarge { max: MAX_QUANTITY };
    given::<Cart>(&[started()]).when(add(1, MAX_QUANTITY)).then(&[added(1, MAX_QUANTITY)]);
    given::<Cart>(&[started()]).when(add(1, MAX_QUANTITY + 1)).then_err(refused());
    given::<Cart>(&[started(), added(1, MAX_QUANTITY)]).when(add(1, 1)).then_err(refused());
    given::<Cart>(&[started(), added(1, MAX_QUANTITY)]).when(add(1, u32::MAX)).then_err(refused());
    given::<Cart>(&[started(), added(1, 1)]).when(set(1, u32::MAX)).then_err(refused());
}

#[test]
fn a_guests_cart_takes_so_many_changes_and_lets_go_all_the_same() {
    let mut history = vec![guest_started()];
    history.extend((0..MAX_GUEST_CHANGES).map(|_| added(1, 1)));
    let refused = || CartError::TooManyChanges { max: MAX_GUEST_CHANGES };
    given::<Cart>(&history).when(add(1, 1)).then_err(refused());
    given::<Cart>(&history).when(set(1, 1)).then_err(refused());
    given::<Cart>(&history).when(CartCommand::AddCoupon { code: code("TEA-5") }).then_err(refused());
    given::<Cart>(&history).when(CartCommand::HandOver { to: cart(2) }).then(&[handed_over()]);
    history[0] = started();
    given::<Cart>(&history).when(add(1, 1)).then(&[added(1, 1)]);
}

#[test]
fn a_guests_goods_join_the_accounts_cart() {
    let merge = |lines: Vec<CartLine>, coupons: &[&str]| CartCommand::Merge {
        from: cart(1),
        lines,
        coupons: coupons.iter().map(|text| code(text)).collect(),
    };
    let merged = |lines: Vec<CartLine>, coupons: &[&str]| CartEvent::CartMerged {
        from: cart(1),
        lines,
        coupons: coupons.iter().map(|text| code(text)).collect(),
    };
    let history = [started(), added(1, 2), coupon_added("TEA-5")];
    let state = given::<Cart>(&history)
        .when(merge(vec![line(1, 3), line(2, 1)], &["TEA-5", "RICE-1"]))
        .then(&[merged(vec![line(1, 3), line(2, 1)], &["RICE-1"])]);
    let whole = state.open().map(|cart| (cart.lines.clone(), cart.coupons.clone()));
    assert_eq!(whole, Some((vec![line(1, 5), line(2, 1)], vec![code("TEA-5"), code("RICE-1")])));
    // What does not fit is not dropped: the guest keeps the cart.
    given::<Cart>(&history)
        .when(merge(vec![line(1, MAX_QUANTITY)], &[]))
        .then_err(CartError::QuantityTooLarge { max: MAX_QUANTITY });
    let many: Vec<CartLine> =
        (2..2 + u64::try_from(MAX_LINES).unwrap_or_default()).map(|of| line(of, 1)).collect();
    given::<Cart>(&history).when(merge(many, &[])).then_err(CartError::TooManyLines { max: MAX_LINES });
    // Coupons that are too many stay behind.
    let codes = ["A-1", "A-2", "A-3", "A-4", "A-5"];
    given::<Cart>(&history).when(merge(vec![], &codes)).then(&[merged(vec![], &codes[..4])]);
}

#[test]
fn handing_over_twice_is_handing_over_once() {
    let hand_over = |to: u64| CartCommand::HandOver { to: cart(to) };
    given::<Cart>(&[guest_started(), added(1, 2)]).when(hand_over(2)).then(&[handed_over()]);
    given::<Cart>(&[guest_started(), handed_over()]).when(hand_over(2)).then_nothing();
    given::<Cart>(&[guest_started(), handed_over()]).when(hand_over(3)).then_err(CartError::Closed);
    given::<Cart>(&[]).when(hand_over(2)).then_err(CartError::NotFound);
}

#[test]
fn a_cart_is_ordered_once_and_not_empty() {
    let order_it = |number: u64| CartCommand::Order { order: order(number) };
    given::<Cart>(&[started(), added(1, 2)]).when(order_it(1)).then(&[ordered()]);
    given::<Cart>(&[started()]).when(order_it(1)).then_err(CartError::Empty);
    given::<Cart>(&[started(), added(1, 2), ordered()]).when(order_it(2)).then_err(CartError::Closed);
}

#[test]
fn a_closed_cart_takes_nothing() {
    for (closed, as_what) in [
        (ordered(), Closing::Ordered(order(1))),
        (handed_over(), Closing::HandedOver(cart(2))),
    ] {
        let history = [started(), added(1, 2), closed];
        for command in [
            add(1, 1),
            set(1, 5),
            CartCommand::Remove { product: product(1) },
            CartCommand::Clear,
            CartCommand::AddCoupon { code: code("TEA-5") },
            CartCommand::RemoveCoupon { code: code("TEA-5") },
            CartCommand::Merge { from: cart(1), lines: vec![], coupons: vec![] },
        ] {
            given::<Cart>(&history).when(command).then_err(CartError::Closed);
        }
        assert_eq!(Cart::fold(&history), domain::cart::CartState::Closed(as_what));
    }
}
