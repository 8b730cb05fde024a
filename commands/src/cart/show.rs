//! What a cart holds, what it comes to and what stands in its way, at one moment: the placement looks, and takes
//! nothing.

use std::collections::HashSet;

use domain::{
    cart::{Cart, CartError, CartLine, OpenCart},
    catalog::{Product, ProductKind},
    customers::{AddressBook, AddressBookError},
    ids::{AccountId, AddressId, CartId, ProductId, WarehouseId},
    inventory::Stock,
    orders::{Fulfilment, PaymentMethod},
    pricing::{BOOK, PromotionBook},
    text::Zone,
};
use event_store::{Decision, StreamRef};

use super::{
    CartIssue, CartToken, Carts, ShownCart, ShownLine, StockCheck, Visit, contents, shown::suggestion,
};
use crate::{
    Call, CommandError, Refused, UseCase,
    customers::ZONE_OF_ADDRESS,
    execute::{Ruling, execute},
    orders::{LineProduct, NewLine, NewOrder, Preview, preview, settle_buyer},
    pricing::Hints,
};

/// How somebody thinks of ordering a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkout {
    /// Zone of the delivery; the address's, or a customer's own, where it is absent.
    pub zone: Option<Zone>,
    /// The customer's address that the goods would go to.
    pub address: Option<AddressId>,
    /// Delivery or pickup.
    pub fulfilment: Fulfilment,
    /// Warehouses in order of preference.
    pub preferred: Vec<WarehouseId>,
}

impl Default for Checkout {
    fn default() -> Self {
        Self {
            zone: None,
            address: None,
            fulfilment: Fulfilment::Delivery,
            preferred: Vec::new(),
        }
    }
}

/// Who would buy, and whereto.
#[derive(Debug, Clone)]
pub(super) struct Buyer {
    call: Call,
    customer: Option<AccountId>,
    checkout: Checkout,
    /// Why the order would be refused whatever is in it.
    pub(super) refused: Option<Refused>,
}

impl Buyer {
    pub(super) fn of(call: &Call, visit: &Visit, checkout: Checkout) -> Self {
        let mut buyer = Self {
            call: call.clone(),
            customer: visit.account(),
            checkout,
            refused: None,
        };
        // The address comes first, as it does with an order.
        if buyer.checkout.address.is_none() {
            buyer.settle();
        }
        buyer
    }

    fn settle(&mut self) {
        let outcome = settle_buyer(&self.call, &mut self.customer, &mut self.checkout.zone);
        if let Err(CommandError::Refused(refused)) = outcome {
            self.refused = Some(refused);
        }
    }

    /// The address decides the zone.
    fn settled(&self, decision: &mut Decision<'_>) -> Ruling<Self> {
        let mut settled = self.clone();
        let Some((address, customer)) = self.checkout.address.zip(self.customer) else {
            return Ok(settled);
        };
        let book = decision.state::<AddressBook>(&customer.stream())?;
        let Some(known) = book.address(address) else {
            settled.refused = Some(Refused::of(&AddressBookError::NotFound));
            return Ok(settled);
        };
        let asked = settled.checkout.zone.take();
        settled.checkout.zone = known.zone.clone().or_else(|| asked.clone());
        settled.settle();
        if asked.is_some() && asked != settled.checkout.zone {
            settled.refused = Some(ZONE_OF_ADDRESS.refusal_at("/zone"));
        }
        Ok(settled)
    }

    /// The order that the cart would become.
    fn order_of(&self, cart: &OpenCart) -> NewOrder {
        let line = |line: &CartLine| NewLine::new(LineProduct::Id(line.product), line.quantity);
        NewOrder {
            customer: self.customer,
            external_id: None,
            country: None,
            zone: self.checkout.zone.clone(),
            address: None,
            fulfilment: self.checkout.fulfilment,
            payment_method: PaymentMethod::Invoice,
            lines: cart.lines.iter().map(line).collect(),
            preferred: self.checkout.preferred.clone(),
            coupons: cart.coupons.clone(),
            promotions: Vec::new(),
        }
    }
}

/// What an order of a cart would come to.
pub(super) fn preview_of(
    decision: &mut Decision<'_>,
    hints: &Hints,
    cart: &OpenCart,
    buyer: &Buyer,
) -> Ruling<Preview> {
    preview(decision, hints, &buyer.order_of(cart))
}

impl Carts {
    /// The cart, with the totals of an order that would be placed now. Everything is seen at one moment, what was
    /// committed just before too.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub async fn show(
        &self,
        call: &Call,
        token: Option<&CartToken>,
        checkout: Checkout,
    ) -> Result<ShownCart, CommandError> {
        let visit = self.visit(call, UseCase::ShowCart, token).await?;
        self.shown(call, visit, checkout).await
    }

    /// As [`Self::show`], of a cart that there is.
    ///
    /// # Errors
    /// `cart.not_found` for a guest without one.
    pub async fn validate(
        &self,
        call: &Call,
        token: Option<&CartToken>,
        checkout: Checkout,
    ) -> Result<ShownCart, CommandError> {
        let visit = self.visit(call, UseCase::ShowCart, token).await?;
        let shown = self.shown(call, visit, checkout).await?;
        visit.check_guest(shown.cart)?;
        Ok(shown)
    }

    /// Everything that an order of the cart would be refused for, and by what it could be mended.
    ///
    /// # Errors
    /// `permission_denied` for a guest, who cannot order; as [`Self::show`].
    pub async fn validate_checkout(
        &self,
        call: &Call,
        checkout: Checkout,
    ) -> Result<ShownCart, CommandError> {
        call.require(UseCase::ValidateCheckout)?;
        let visit = self.visit(call, UseCase::ValidateCheckout, None).await?;
        self.shown(call, visit, checkout).await
    }

    async fn shown(&self, call: &Call, visit: Visit, checkout: Checkout) -> Result<ShownCart, CommandError> {
        let buyer = Buyer::of(call, &visit, checkout);
        if visit.hinted.is_none() {
            let mut nothing = ShownCart::default();
            nothing.issues.extend(of_the_whole(&buyer, true));
            return Ok(nothing);
        }
        let unit = visit.names(call.unit()).reads(StreamRef::of::<PromotionBook>(BOOK));
        let hints = self.hints.clone();
        let executed = execute(&self.log, call, unit, move |decision| {
            let cart = visit.open(decision)?;
            let held = contents(decision, cart)?;
            let buyer = buyer.settled(decision)?;
            let preview = preview_of(decision, &hints, &held, &buyer)?;
            show(decision, cart, &held, &buyer, preview)
        })
        .await?;
        Ok(executed.result)
    }

    /// Whether there is enough of everything in the cart, and nothing else about it.
    ///
    /// # Errors
    /// `cart.not_found` for a guest without one.
    pub async fn check_stock(
        &self,
        call: &Call,
        token: Option<&CartToken>,
    ) -> Result<Vec<StockCheck>, CommandError> {
        let visit = self.visit(call, UseCase::ShowCart, token).await?;
        if visit.hinted.is_none() {
            return visit.check_guest(None).map(|()| Vec::new());
        }
        let executed = execute(&self.log, call, visit.names(call.unit()), move |decision| {
            let cart = visit.open(decision)?;
            let held = contents(decision, cart)?;
            prefetch(decision, &held)?;
            let checks = held.lines.iter().map(|line| check(decision, line));
            Ok((cart, checks.collect::<Ruling<Vec<StockCheck>>>()?))
        })
        .await?;
        let (cart, checks) = executed.result;
        visit.check_guest(cart)?;
        Ok(checks)
    }
}

impl Visit {
    /// A guest has a cart to be looked at.
    fn check_guest(&self, cart: Option<CartId>) -> Result<(), CommandError> {
        match (self.account(), cart) {
            (None, None) => Err(Refused::of(&CartError::NotFound).into()),
            (Some(_), _) | (None, Some(_)) => Ok(()),
        }
    }
}

fn prefetch(decision: &mut Decision<'_>, cart: &OpenCart) -> Ruling<()> {
    let ids = cart.lines.iter().map(|line| line.product.stream());
    let streams: Vec<StreamRef> =
        ids.flat_map(|id| [StreamRef::of::<Product>(id.as_str()), StreamRef::of::<Stock>(id)]).collect();
    Ok(decision.prefetch(&streams, &[])?)
}

fn check(decision: &mut Decision<'_>, line: &CartLine) -> Ruling<StockCheck> {
    let product = decision.state::<Product>(&line.product.stream())?;
    let (is_active, is_counted) = (product.is_active(), product.kind() != Some(ProductKind::Service));
    let available = available(decision, line.product, is_counted)?;
    Ok(StockCheck {
        product: line.product,
        quantity: line.quantity,
        available,
        is_sufficient: is_active && available.is_none_or(|units| units >= u64::from(line.quantity.get())),
    })
}

fn available(decision: &mut Decision<'_>, product: ProductId, is_counted: bool) -> Ruling<Option<u64>> {
    if !is_counted {
        return Ok(None);
    }
    Ok(Some(decision.state::<Stock>(&product.stream())?.available()))
}

fn show(
    decision: &mut Decision<'_>,
    cart: Option<CartId>,
    held: &OpenCart,
    buyer: &Buyer,
    preview: Preview,
) -> Ruling<ShownCart> {
    let mut shown = ShownCart {
        cart,
        version: match cart {
            Some(cart) => decision.version::<Cart>(&cart.stream())?,
            None => 0,
        },
        coupons: held.coupons.clone(),
        totals: preview.totals,
        discounts: preview.discounts,
        ..ShownCart::default()
    };
    for (index, line) in held.lines.iter().enumerate() {
        let priced = preview.lines.iter().find(|(place, _)| *place == index).map(|(_, priced)| priced);
        let state = decision.state::<Product>(&line.product.stream())?.clone();
        let now = priced.map(|priced| priced.unit_price);
        shown.lines.push(ShownLine {
            product: line.product,
            sku: state.sku().cloned(),
            quantity: line.quantity,
            added_price: line.unit_price,
            unit_price: now,
            total: priced.map(|priced| priced.total),
            discount: priced.and_then(|priced| priced.discount),
        });
        shown.issues.extend(now.and_then(|now| CartIssue::of_price(line, now)));
        let mut seen = HashSet::new();
        for fault in preview.faults.iter().filter(|fault| place_of(&fault.pointer) == Some(index)) {
            // A fault is told once, however often the line has it.
            if seen.insert(fault.code) {
                let listing = state.listing().filter(|_| state.is_active());
                let is_counted = state.kind() != Some(ProductKind::Service);
                let available = available(decision, line.product, is_counted)?;
                shown.issues.push(CartIssue {
                    product: Some(line.product),
                    suggested_quantity: Some(suggestion(line.quantity, listing, available)),
                    ..CartIssue::of_fault(fault.clone())
                });
            }
        }
    }
    for (place, reason) in &preview.coupons {
        shown.issues.extend(held.coupons.get(*place).map(|coupon| CartIssue::of_coupon(coupon, reason)));
    }
    let general = preview.faults.into_iter().filter(|fault| place_of(&fault.pointer).is_none());
    shown.issues.extend(general.map(CartIssue::of_fault));
    shown.issues.extend(of_the_whole(buyer, held.is_empty()));
    Ok(shown)
}

/// What stands in the way whatever is in the cart.
fn of_the_whole(buyer: &Buyer, is_empty: bool) -> Vec<CartIssue> {
    let mut issues = Vec::new();
    if is_empty {
        issues.push(CartIssue::of(&CartError::Empty));
    }
    if let Some(refused) = &buyer.refused {
        issues.push(CartIssue {
            product: None,
            coupon: None,
            code: refused.code.to_owned(),
            message: refused.message.clone(),
            blocks: true,
            suggested_quantity: None,
            numbers: serde_json::Map::new(),
        });
    }
    issues
}

/// The line of a pointer such as `/lines/3/quantity`.
fn place_of(pointer: &str) -> Option<usize> {
    pointer.strip_prefix("/lines/")?.split('/').next()?.parse().ok()
}
