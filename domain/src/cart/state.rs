//! The cart: what it holds, and every rule about that.

use super::{
    CartCommand, CartError, CartEvent, CartLine, MAX_GUEST_CHANGES, MAX_GUEST_LINES, MAX_LINES, MAX_QUANTITY,
};
use crate::{
    decider::Decider,
    ids::{AccountId, CartId, OrderId, ProductId},
    pricing::{CouponCode, MAX_COUPONS},
    quantity::Quantity,
};

/// What one account or one guest thinks of buying.
#[derive(Debug)]
pub struct Cart;

/// What is known of a cart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CartState {
    /// Nothing has happened yet.
    #[default]
    Absent,
    /// It can be filled.
    Open(OpenCart),
    /// CRT-3.
    Closed(Closing),
}

/// A cart that can be filled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenCart {
    /// Whose it is; `None` where a guest shops.
    pub owner: Option<AccountId>,
    /// In the order in which they were first put in, each product once.
    pub lines: Vec<CartLine>,
    /// In the order in which they were put on, each once.
    pub coupons: Vec<CouponCode>,
    /// How often anything was put in, put on or changed.
    pub changes: u32,
}

/// What became of a closed cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// It was ordered.
    Ordered(OrderId),
    /// An account's cart took everything.
    HandedOver(CartId),
}

impl CartState {
    /// What it holds, while it can be filled.
    #[must_use]
    pub const fn open(&self) -> Option<&OpenCart> {
        match self {
            Self::Open(cart) => Some(cart),
            Self::Absent | Self::Closed(_) => None,
        }
    }

    fn opened(&self) -> Result<&OpenCart, CartError> {
        match self {
            Self::Absent => Err(CartError::NotFound),
            Self::Open(cart) => Ok(cart),
            Self::Closed(_) => Err(CartError::Closed),
        }
    }
}

impl OpenCart {
    /// What it holds of a product.
    #[must_use]
    pub fn line(&self, product: ProductId) -> Option<&CartLine> {
        self.lines.iter().find(|line| line.product == product)
    }

    /// Nothing is in it.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    const fn max_lines(&self) -> usize {
        match self.owner {
            Some(_) => MAX_LINES,
            None => MAX_GUEST_LINES,
        }
    }

    fn check_changes(&self) -> Result<(), CartError> {
        if self.owner.is_none() && self.changes >= MAX_GUEST_CHANGES {
            return Err(CartError::TooManyChanges { max: MAX_GUEST_CHANGES });
        }
        Ok(())
    }

    /// All of `more` fits in beside what is there.
    fn check_fits(&self, more: &[CartLine]) -> Result<(), CartError> {
        let mut lines = self.lines.len();
        for line in more {
            let quantity = match self.line(line.product) {
                None => {
                    lines += 1;
                    Some(line.quantity)
                }
                Some(known) => known.quantity.checked_add(line.quantity),
            };
            check_quantity(quantity)?;
        }
        let max = self.max_lines();
        if lines > max {
            return Err(CartError::TooManyLines { max });
        }
        Ok(())
    }

    fn put(&mut self, added: &CartLine) {
        match self.lines.iter_mut().find(|line| line.product == added.product) {
            None => self.lines.push(*added),
            Some(known) => {
                // The sum was checked when it was decided.
                known.quantity = known.quantity.checked_add(added.quantity).unwrap_or(known.quantity);
                known.unit_price = added.unit_price;
            }
        }
    }
}

fn check_quantity(quantity: Option<Quantity>) -> Result<(), CartError> {
    match quantity {
        Some(quantity) if quantity.get() <= MAX_QUANTITY => Ok(()),
        Some(_) | None => Err(CartError::QuantityTooLarge { max: MAX_QUANTITY }),
    }
}

impl Decider for Cart {
    const KIND: &'static str = "cart";

    type State = CartState;
    type Command = CartCommand;
    type Event = CartEvent;
    type Error = CartError;

    fn decide(state: &CartState, command: CartCommand) -> Result<Vec<CartEvent>, CartError> {
        match command {
            CartCommand::Start { owner } => match state {
                CartState::Absent => Ok(vec![CartEvent::CartStarted { owner }]),
                CartState::Open(_) | CartState::Closed(_) => Err(CartError::AlreadyStarted),
            },
            CartCommand::Add(line) => add(state.opened()?, line),
            CartCommand::SetQuantity { product, quantity } => {
                set_quantity(state.opened()?, product, quantity)
            }
            CartCommand::Remove { product } => match state.opened()?.line(product) {
                Some(_) => Ok(vec![CartEvent::ItemRemoved { product }]),
                None => Err(CartError::ItemNotFound),
            },
            CartCommand::Clear => {
                let cart = state.opened()?;
                let is_clear = cart.is_empty() && cart.coupons.is_empty();
                Ok(if is_clear {
                    Vec::new()
                } else {
                    vec![CartEvent::CartCleared]
                })
            }
            CartCommand::AddCoupon { code } => add_coupon(state.opened()?, code),
            CartCommand::RemoveCoupon { code } => {
                if state.opened()?.coupons.contains(&code) {
                    Ok(vec![CartEvent::CouponRemoved { code }])
                } else {
                    Err(CartError::CouponNotFound)
                }
            }
            CartCommand::Merge { from, lines, coupons } => merge(state.opened()?, from, lines, coupons),
            CartCommand::HandOver { to } => match state {
                // Handing over twice is handing over once.
                CartState::Closed(Closing::HandedOver(cart)) if *cart == to => Ok(Vec::new()),
                CartState::Absent | CartState::Open(_) | CartState::Closed(_) => {
                    state.opened().map(|_| vec![CartEvent::CartHandedOver { to }])
                }
            },
            CartCommand::Order { order } => {
                if state.opened()?.is_empty() {
                    return Err(CartError::Empty);
                }
                Ok(vec![CartEvent::CartOrdered { order }])
            }
        }
    }

    fn evolve(state: &mut CartState, event: &CartEvent) {
        match event {
            CartEvent::CartStarted { owner } => {
                *state = CartState::Open(OpenCart { owner: *owner, ..OpenCart::default() });
            }
            CartEvent::CartHandedOver { to } => *state = CartState::Closed(Closing::HandedOver(*to)),
            CartEvent::CartOrdered { order } => *state = CartState::Closed(Closing::Ordered(*order)),
            CartEvent::ItemAdded { .. }
            | CartEvent::QuantityChanged { .. }
            | CartEvent::ItemRemoved { .. }
            | CartEvent::CartCleared
            | CartEvent::CouponAdded { .. }
            | CartEvent::CouponRemoved { .. }
            | CartEvent::CartMerged { .. } => {
                if let CartState::Open(cart) = state {
                    change(cart, event);
                }
            }
        }
    }
}

fn add(cart: &OpenCart, line: CartLine) -> Result<Vec<CartEvent>, CartError> {
    cart.check_changes()?;
    cart.check_fits(&[line])?;
    let CartLine { product, quantity, unit_price } = line;
    Ok(vec![CartEvent::ItemAdded { product, quantity, unit_price }])
}

fn set_quantity(
    cart: &OpenCart,
    product: ProductId,
    quantity: Quantity,
) -> Result<Vec<CartEvent>, CartError> {
    let known = cart.line(product).ok_or(CartError::ItemNotFound)?;
    if known.quantity == quantity {
        return Ok(Vec::new());
    }
    cart.check_changes()?;
    check_quantity(Some(quantity))?;
    Ok(vec![CartEvent::QuantityChanged { product, quantity }])
}

fn add_coupon(cart: &OpenCart, code: CouponCode) -> Result<Vec<CartEvent>, CartError> {
    if cart.coupons.contains(&code) {
        return Ok(Vec::new());
    }
    cart.check_changes()?;
    if cart.coupons.len() >= MAX_COUPONS {
        return Err(CartError::TooManyCoupons { max: MAX_COUPONS });
    }
    Ok(vec![CartEvent::CouponAdded { code }])
}

fn merge(
    cart: &OpenCart,
    from: CartId,
    lines: Vec<CartLine>,
    coupons: Vec<CouponCode>,
) -> Result<Vec<CartEvent>, CartError> {
    cart.check_fits(&lines)?;
    let room = MAX_COUPONS.saturating_sub(cart.coupons.len());
    let fresh = coupons.into_iter().filter(|code| !cart.coupons.contains(code));
    Ok(vec![CartEvent::CartMerged { from, lines, coupons: fresh.take(room).collect() }])
}

/// What happens to a cart while it is open.
fn change(cart: &mut OpenCart, event: &CartEvent) {
    cart.changes = cart.changes.saturating_add(1);
    match event {
        CartEvent::ItemAdded { product, quantity, unit_price } => {
            cart.put(&CartLine {
                product: *product,
                quantity: *quantity,
                unit_price: *unit_price,
            });
        }
        CartEvent::QuantityChanged { product, quantity } => {
            if let Some(line) = cart.lines.iter_mut().find(|line| line.product == *product) {
                line.quantity = *quantity;
            }
        }
        CartEvent::ItemRemoved { product } => cart.lines.retain(|line| line.product != *product),
        CartEvent::CartCleared => {
            cart.lines.clear();
            cart.coupons.clear();
        }
        CartEvent::CouponAdded { code } => cart.coupons.push(code.clone()),
        CartEvent::CouponRemoved { code } => cart.coupons.retain(|known| known != code),
        CartEvent::CartMerged { from: _, lines, coupons } => {
            lines.iter().for_each(|line| cart.put(line));
            cart.coupons.extend(coupons.iter().cloned());
        }
        CartEvent::CartStarted { .. } | CartEvent::CartHandedOver { .. } | CartEvent::CartOrdered { .. } => {}
    }
}
