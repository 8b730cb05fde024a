//! Carts that are filled, merged and ordered, after whatever else has happened. No projection minds them.

use chrono::{DateTime, TimeDelta, Utc};
use domain::{
    cart::{Cart, CartCommand, CartLine, CartState},
    decider::Decider,
    ids::{AccountId, CartId, OrderId, ProductId},
    money::{Currency, UnitPrice},
    pricing::CouponCode,
    quantity::Quantity,
};

use super::{chance::Chance, history::Written};

/// A cart with its state and version.
struct Filling(CartId, CartState, i64);

struct Carts {
    chance: Chance,
    now: DateTime<Utc>,
    events: Vec<Written>,
}

/// `events`, and at least so many more about carts.
pub(crate) fn appended(seed: u64, events: Vec<Written>, more: usize) -> Vec<Written> {
    let wanted = events.len() + more;
    let mut carts = Carts {
        chance: Chance::new(seed.wrapping_mul(43)),
        now: events.last().map_or_else(|| "2011-01-01T00:00:00Z".parse().unwrap(), |event| event.recorded_at),
        events,
    };
    while carts.events.len() < wanted {
        carts.round();
    }
    carts.events
}

impl Carts {
    /// A guest shops, signs in, thinks again, and orders.
    fn round(&mut self) {
        let owner = Some(AccountId::from_uuid(self.chance.uuid()));
        let (mut guest, mut own) = (self.begin(None), self.begin(owner));
        let (first, second) = (self.line(), self.line());
        let code = CouponCode::parse(self.chance.pick(&["TEA-5", "RICE"])).unwrap();
        for line in [first, second] {
            self.decide(&mut guest, CartCommand::Add(line));
        }
        let quantity = self.quantity();
        self.decide(&mut guest, CartCommand::SetQuantity { product: first.product, quantity });
        self.decide(&mut guest, CartCommand::AddCoupon { code: code.clone() });
        self.decide(&mut own, CartCommand::Add(second));
        let lines = guest.1.open().unwrap().lines.clone();
        let merge = CartCommand::Merge { from: guest.0, lines, coupons: vec![code.clone()] };
        self.decide(&mut own, merge);
        self.decide(&mut guest, CartCommand::HandOver { to: own.0 });
        self.decide(&mut own, CartCommand::RemoveCoupon { code });
        self.decide(&mut own, CartCommand::Remove { product: first.product });
        if self.chance.one_in(2) {
            self.decide(&mut own, CartCommand::Clear);
            let line = self.line();
            self.decide(&mut own, CartCommand::Add(line));
        }
        let order = OrderId::from_uuid(self.chance.uuid());
        self.decide(&mut own, CartCommand::Order { order });
        let mut left = self.begin(None);
        let line = self.line();
        self.decide(&mut left, CartCommand::Add(line));
        self.decide(&mut left, CartCommand::Clear);
    }

    fn begin(&mut self, owner: Option<AccountId>) -> Filling {
        let mut cart = Filling(CartId::from_uuid(self.chance.uuid()), CartState::default(), 0);
        self.decide(&mut cart, CartCommand::Start { owner });
        cart
    }

    fn quantity(&mut self) -> Quantity {
        Quantity::new(u32::try_from(self.chance.below(20)).unwrap() + 100).unwrap()
    }

    fn line(&mut self) -> CartLine {
        let micros = i64::try_from(self.chance.below(90_000_000)).unwrap();
        CartLine {
            product: ProductId::from_uuid(self.chance.uuid()),
            quantity: Quantity::new(u32::try_from(self.chance.below(20)).unwrap() + 1).unwrap(),
            unit_price: UnitPrice::from_micros(micros, Currency::GBP),
        }
    }

    fn decide(&mut self, cart: &mut Filling, command: CartCommand) {
        self.now += TimeDelta::milliseconds(i64::try_from(self.chance.below(9_000)).unwrap() + 1);
        let Filling(id, state, version) = cart;
        for event in Cart::decide(state, command).unwrap() {
            Cart::evolve(state, &event);
            *version += 1;
            let id = id.stream();
            let stream = (id.as_str(), *version);
            self.events.push(Written::by_souk::<Cart>(&event, stream, &mut self.chance, self.now));
        }
    }
}
