//! Things are put in, changed and taken out.

use domain::{
    cart::{Cart, CartCommand, CartError, CartLine},
    catalog::{Product, ProductError, ProductState},
    ids::ProductId,
    quantity::Quantity,
    refusal::{Fault, Refusal, RefusalKind},
};
use event_store::{Decision, Executed, StreamRef};

use super::{CartAccepted, CartToken, Carts, Fresh, Shopper, Visit, accepted, contents};
use crate::{
    Call, CommandError, Refused, UseCase,
    catalog::{SKU_SCOPE, holders, product_of},
    execute::{Ruling, execute, judge, refuse},
    orders::LineProduct,
    pricing::{Hints, price_source},
};

impl Carts {
    /// Puts units of a product in, beside those that are there; begins a cart where there is none. A guest gets the
    /// token of a cart that begins, which nobody can tell a second time.
    ///
    /// # Errors
    /// `catalog.product_not_found`, `catalog.product_discontinued`, `cart.too_many_lines`, `cart.quantity_too_large`,
    /// `cart.too_many_changes`.
    pub async fn add_item(
        &self,
        call: &Call,
        token: Option<&CartToken>,
        product: LineProduct,
        quantity: Quantity,
    ) -> Result<(Executed<CartAccepted>, Option<CartToken>), CommandError> {
        let visit = self.visit(call, UseCase::ChangeCart, token).await?;
        let fresh = Fresh::of(&visit)?;
        let mut unit = fresh.names(visit.names(call.unit()));
        let hinted = match &product {
            LineProduct::Id(id) => Some(*id),
            LineProduct::Sku(sku) => {
                unit = unit.claims(SKU_SCOPE, sku.as_str());
                holders(&self.log, SKU_SCOPE, &[sku.as_str().to_owned()]).await?.pop().map(|(_, id)| id)
            }
        };
        if let Some(id) = hinted {
            unit = unit.reads(StreamRef::of::<Product>(id.stream()));
        }
        let (begins, hints) = (fresh.cart, self.hints.clone());
        let executed = execute(&self.log, call, unit, move |decision| {
            let line = line_of(decision, &hints, &visit, &product, quantity)?;
            let cart = visit.open_or_start(decision, begins)?;
            judge::<Cart>(decision, &cart.stream(), CartCommand::Add(line))?;
            accepted(decision, Some(cart), Some(line.product))
        })
        .await?;
        let given = fresh.given(&executed.result).filter(|_| !executed.replayed);
        Ok((executed, given))
    }

    /// Has so many units of a product in the cart.
    ///
    /// # Errors
    /// `cart.item_not_found`, `cart.quantity_too_large`, `cart.too_many_changes`; `cart.not_found` for a guest without a
    /// cart.
    pub async fn set_quantity(
        &self,
        call: &Call,
        token: Option<&CartToken>,
        product: ProductId,
        quantity: Quantity,
    ) -> Result<Executed<CartAccepted>, CommandError> {
        self.change(call, token, CartCommand::SetQuantity { product, quantity }, Some(product)).await
    }

    /// Takes a product out.
    ///
    /// # Errors
    /// `cart.item_not_found`; `cart.not_found` for a guest without a cart.
    pub async fn remove_item(
        &self,
        call: &Call,
        token: Option<&CartToken>,
        product: ProductId,
    ) -> Result<Executed<CartAccepted>, CommandError> {
        self.change(call, token, CartCommand::Remove { product }, Some(product)).await
    }

    /// Takes everything out, coupons too. Clearing what is clear changes nothing.
    ///
    /// # Errors
    /// `cart.not_found` for a guest without one.
    pub async fn clear(
        &self,
        call: &Call,
        token: Option<&CartToken>,
    ) -> Result<Executed<CartAccepted>, CommandError> {
        self.change(call, token, CartCommand::Clear, None).await
    }

    /// A change of what there is.
    pub(super) async fn change(
        &self,
        call: &Call,
        token: Option<&CartToken>,
        command: CartCommand,
        product: Option<ProductId>,
    ) -> Result<Executed<CartAccepted>, CommandError> {
        let visit = self.visit(call, UseCase::ChangeCart, token).await?;
        execute(&self.log, call, visit.names(call.unit()), move |decision| {
            let Some(cart) = visit.open(decision)? else {
                return match visit.missing(&command) {
                    Some(refusal) => refuse(Refused::of(&refusal)),
                    None => accepted(decision, None, None),
                };
            };
            judge::<Cart>(decision, &cart.stream(), command.clone())?;
            accepted(decision, Some(cart), product)
        })
        .await
    }
}

impl Visit {
    /// What a command lacks where there is no cart. An account's that was not begun is an empty one; a guest's is none.
    const fn missing(&self, command: &CartCommand) -> Option<CartError> {
        match (self.shopper, command) {
            (Shopper::Guest, _) => Some(CartError::NotFound),
            (Shopper::Account(_), CartCommand::Clear) => None,
            (Shopper::Account(_), CartCommand::RemoveCoupon { .. }) => Some(CartError::CouponNotFound),
            (Shopper::Account(_), _) => Some(CartError::ItemNotFound),
        }
    }
}

/// The line that is put in, at the price of this moment for all units of it that the cart will hold.
fn line_of(
    decision: &mut Decision<'_>,
    hints: &Hints,
    visit: &Visit,
    product: &LineProduct,
    quantity: Quantity,
) -> Ruling<CartLine> {
    let product = match product {
        LineProduct::Id(id) => Some(*id),
        LineProduct::Sku(sku) => {
            decision.holder(SKU_SCOPE, sku.as_str())?.and_then(|holder| product_of(&holder))
        }
    };
    let Some(product) = product else {
        return refuse(not_on_sale(&ProductError::NotFound));
    };
    let prices = match decision.state::<Product>(&product.stream())? {
        ProductState::Absent => return refuse(not_on_sale(&ProductError::NotFound)),
        ProductState::Discontinued(_) => return refuse(not_on_sale(&ProductError::Discontinued)),
        ProductState::Active(listing) => listing.prices,
    };
    let open = visit.open(decision)?;
    let there = contents(decision, open)?.line(product).map(|line| line.quantity);
    let all = there.map_or(Some(quantity), |there| there.checked_add(quantity)).unwrap_or(quantity);
    let source = price_source(decision, hints, visit.account(), prices.wholesale.is_some())?;
    Ok(CartLine {
        product,
        quantity,
        unit_price: source.price(product, &prices, all),
    })
}

fn not_on_sale(refusal: &ProductError) -> Refused {
    // An unknown product makes the request wrong; the cart's own address exists.
    let kind = match refusal.kind() {
        RefusalKind::NotFound => RefusalKind::Invalid,
        other => other,
    };
    Refused {
        kind,
        faults: vec![Fault::at("/product", refusal)],
        ..Refused::of(refusal)
    }
}
