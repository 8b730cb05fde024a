//! CRT-1 to CRT-3 against a map of products to units: whatever callers ask, in whatever order they come.

use std::collections::BTreeMap;

use domain::{
    cart::{Cart, CartCommand, CartEvent, CartLine, CartState, MAX_QUANTITY},
    decider::Decider,
    fixtures::{account, cart, price, product, units},
    ids::ProductId,
};
use proptest::prelude::*;

/// What one caller asks for.
#[derive(Debug, Clone, Copy)]
enum Ask {
    Add(u64, u32),
    Set(u64, u32),
    Remove(u64),
    Clear,
}

impl Ask {
    fn command(self) -> CartCommand {
        match self {
            Self::Add(of, number) => CartCommand::Add(line(of, number)),
            Self::Set(of, number) => {
                CartCommand::SetQuantity { product: product(of), quantity: units(number) }
            }
            Self::Remove(of) => CartCommand::Remove { product: product(of) },
            Self::Clear => CartCommand::Clear,
        }
    }
}

fn line(of: u64, number: u32) -> CartLine {
    CartLine {
        product: product(of),
        quantity: units(number),
        unit_price: price("1.25"),
    }
}

fn quantity() -> impl Strategy<Value = u32> {
    prop_oneof![9 => 1..=20_u32, 1 => Just(MAX_QUANTITY)]
}

fn ask() -> impl Strategy<Value = Ask> {
    prop_oneof![
        6 => (1..=6_u64, quantity()).prop_map(|(of, number)| Ask::Add(of, number)),
        2 => (1..=6_u64, quantity()).prop_map(|(of, number)| Ask::Set(of, number)),
        2 => (1..=6_u64).prop_map(Ask::Remove),
        1 => Just(Ask::Clear),
    ]
}

fn opened() -> CartState {
    Cart::fold(&[CartEvent::CartStarted { owner: Some(account(1)) }])
}

fn judge(state: &mut CartState, command: CartCommand) -> bool {
    let Ok(events) = Cart::decide(state, command) else {
        return false;
    };
    events.iter().for_each(|event| Cart::evolve(state, event));
    true
}

fn contents(state: &CartState) -> BTreeMap<ProductId, u32> {
    let lines = state.open().map(|cart| cart.lines.clone()).unwrap_or_default();
    let count = lines.len();
    let map: BTreeMap<_, _> = lines.into_iter().map(|line| (line.product, line.quantity.get())).collect();
    assert_eq!(map.len(), count, "each product once");
    map
}

proptest! {
    #[test]
    fn a_cart_holds_what_a_map_would(asks in prop::collection::vec(ask(), 0..60)) {
        let mut state = opened();
        let mut model: BTreeMap<ProductId, u32> = BTreeMap::new();
        for ask in asks {
            let accepted = judge(&mut state, ask.command());
            let expected = match ask {
                Ask::Add(of, number) => {
                    let sum = model.get(&product(of)).copied().unwrap_or_default() + number;
                    let fits = sum <= MAX_QUANTITY;
                    if fits {
                        model.insert(product(of), sum);
                    }
                    fits
                }
                Ask::Set(of, number) => {
                    let known = model.contains_key(&product(of));
                    if known {
                        model.insert(product(of), number);
                    }
                    known
                }
                Ask::Remove(of) => model.remove(&product(of)).is_some(),
                Ask::Clear => {
                    model.clear();
                    true
                }
            };
            prop_assert_eq!(accepted, expected, "{:?}", ask);
            prop_assert_eq!(contents(&state), model.clone());
        }
    }

    #[test]
    fn items_that_are_added_at_once_are_all_there_whoever_comes_first(
        adds in prop::collection::vec((1..=8_u64, 1..=50_u32), 1..40),
        order in any::<prop::sample::Index>(),
    ) {
        let run = |adds: &[(u64, u32)]| {
            let mut state = opened();
            for (of, number) in adds {
                assert!(judge(&mut state, CartCommand::Add(line(*of, *number))));
            }
            contents(&state)
        };
        let mut turned = adds.clone();
        turned.rotate_left(order.index(adds.len()));
        let mut backwards = adds.clone();
        backwards.reverse();
        prop_assert_eq!(run(&adds), run(&turned));
        prop_assert_eq!(run(&adds), run(&backwards));
    }

    #[test]
    fn merging_is_adding(
        own in prop::collection::vec((1..=8_u64, 1..=50_u32), 0..20),
        guests in prop::collection::vec((1..=8_u64, 1..=50_u32), 0..20),
    ) {
        let fill = |state: &mut CartState, adds: &[(u64, u32)]| {
            for (of, number) in adds {
                assert!(judge(state, CartCommand::Add(line(*of, *number))));
            }
        };
        let mut account = opened();
        fill(&mut account, &own);
        let mut guest = Cart::fold(&[CartEvent::CartStarted { owner: None }]);
        fill(&mut guest, &guests);
        let lines = guest.open().map(|cart| cart.lines.clone()).unwrap_or_default();
        assert!(judge(&mut account, CartCommand::Merge { from: cart(1), lines, coupons: vec![] }));
        let mut both = opened();
        fill(&mut both, &[own, guests].concat());
        prop_assert_eq!(contents(&account), contents(&both));
    }
}
