//! Placing an order: what the caller asks for, and which streams the decision will look at.

use domain::{
    catalog::Product,
    customers::{AddressBookError, CustomerGroups},
    identity::Role,
    ids::{AccountId, AddressId, HoldId, OrderId, ProductId, PromotionId, WarehouseId},
    inventory::Stock,
    orders::{Fulfilment, MAX_LINES, Order, OrderError, PaymentMethod},
    pricing::{
        BOOK, Coupon, CouponCode, IssuedCoupon, MAX_COUPONS, PRICE_BOOK, PriceBook, PromotionBook,
        Redemptions,
    },
    quantity::Quantity,
    text::{Country, ExternalId, Sku, Zone},
};
use event_store::{Executed, StreamRef, Unit, ids};

use super::{
    FOREIGN_CUSTOMER, INVOICE_SERIES, ORDER_EXTERNAL_ID_SCOPE, OrderAccepted, Orders, ZONE_NOT_ALLOWED,
    document::reads_series, from_cart, placing::decide, traces::Traces,
};
use crate::{
    Call, CommandError, Permission, Refused, UseCase, cart,
    catalog::{SKU_SCOPE, holders},
    customers::{Delivery, ZONE_OF_ADDRESS},
    execute::{execute, refuse},
    inventory::HOLD_SCOPE,
    pricing::{REDEMPTION_SCOPE, TOO_MANY_COUPONS, reads_taxes},
};

/// What a line names its product by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineProduct {
    /// Its id.
    Id(ProductId),
    /// Its SKU.
    Sku(Sku),
}

impl LineProduct {
    /// The SKU, where it is named by that.
    pub(crate) fn sku(&self) -> Option<String> {
        match self {
            Self::Id(_) => None,
            Self::Sku(sku) => Some(sku.as_str().to_owned()),
        }
    }
}

/// One line to order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLine {
    /// Which product.
    pub product: LineProduct,
    /// How many base units.
    pub quantity: Quantity,
    /// The cart's hold on it.
    pub hold: Option<HoldId>,
}

/// An order to place. Prices come from the products, at the moment of the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrder {
    /// Who buys; the caller where it is absent and a customer calls.
    pub customer: Option<AccountId>,
    /// Its number in another system.
    pub external_id: Option<ExternalId>,
    /// Country of the delivery.
    pub country: Option<Country>,
    /// Zone of the delivery; the address's, or a customer's own, where it is absent.
    pub zone: Option<Zone>,
    /// The customer's address that the goods go to.
    pub address: Option<AddressId>,
    /// Delivery or pickup.
    pub fulfilment: Fulfilment,
    /// How it is paid; a cash order is confirmed at once.
    pub payment_method: PaymentMethod,
    /// What is bought.
    pub lines: Vec<NewLine>,
    /// Warehouses in order of preference; the others come after, fullest first.
    pub preferred: Vec<WarehouseId>,
    /// Coupons, in the order in which they are taken off; one that takes nothing off refuses the order.
    pub coupons: Vec<CouponCode>,
    /// Promotions that the price counts on; one that takes nothing off refuses the order.
    pub promotions: Vec<PromotionId>,
}

impl Orders {
    /// Places an order: prices it, reserves its stock (two lines of one product together, over several warehouses
    /// when one cannot fill it), and confirms it when it is paid in cash.
    ///
    /// # Errors
    /// Every fault of every line at once, with JSON Pointers and numbers: `catalog.product_not_found`,
    /// `customers.address_not_found`, `customers.address_changed`, `customers.zone_of_address`;
    /// `catalog.product_discontinued`, `orders.below_minimum_quantity`, `inventory.insufficient_stock`, …; where they
    /// differ the whole is `orders.lines_refused`. `orders.external_id_taken`, and the order's own rules.
    pub async fn place(&self, call: &Call, new: NewOrder) -> Result<Executed<OrderAccepted>, CommandError> {
        call.require(UseCase::PlaceOrder)?;
        self.decided(call, new, None).await
    }

    /// Decides a placement: of the lines that it names, or of the cart of an account.
    pub(super) async fn decided(
        &self,
        call: &Call,
        mut new: NewOrder,
        cart_of: Option<AccountId>,
    ) -> Result<Executed<OrderAccepted>, CommandError> {
        // Refused below where it must be: a repeat gets its first answer, whatever became of the address since.
        let delivery = match self.delivery(call, &mut new).await {
            Ok(delivery) => Ok(delivery),
            Err(CommandError::Refused(refused)) => Err(refused),
            Err(error) => return Err(error),
        };
        settle_buyer(call, &mut new.customer, &mut new.zone)?;
        check_size(new.lines.len(), new.coupons.len())?;
        let traces =
            Traces::seal(&self.vault, call, new.customer, delivery.as_ref().ok().and_then(Option::as_ref))
                .await?;
        let order = OrderId::from_uuid(ids::uuid());
        let mut unit = match cart_of {
            None => self.names_streams(new_order(call.unit(), order), &new).await?,
            Some(account) => {
                let known = cart::hinted_contents(&self.log, account).await?;
                let unit = cart::names(call.unit(), account, known.as_ref().map(|(id, _)| *id));
                let held = known.map(|(_, held)| held).unwrap_or_default();
                self.names_streams(new_order(unit, order), &from_cart::filled(&new, &held)).await?
            }
        };
        if let Ok(Some(delivery)) = &delivery {
            unit = delivery.reads(unit);
        }
        let (caller, hints) = (call.caller.clone(), self.hints.clone());
        execute(&self.log, call, unit, move |decision| {
            let delivery = match &delivery {
                Ok(delivery) => delivery.as_ref(),
                Err(refused) => return refuse(refused.clone()),
            };
            match cart_of {
                None => decide(decision, &hints, &caller, order, &new, (delivery, &traces)),
                Some(account) => {
                    from_cart::decide(decision, &hints, &caller, (order, account), &new, (delivery, &traces))
                }
            }
        })
        .await
    }

    /// Copies the address that the goods go to; it decides the zone and the country.
    async fn delivery(&self, call: &Call, new: &mut NewOrder) -> Result<Option<Delivery>, CommandError> {
        let Some(address) = new.address else {
            return Ok(None);
        };
        let buyer = match call.caller.account() {
            Some(account) if !call.caller.may(Permission::PlaceOrdersForOthers) => Some(account),
            _ => new.customer,
        };
        let unknown = || Refused::of(&AddressBookError::NotFound);
        let delivery = Delivery::copy(&self.log, &self.vault, buyer.ok_or_else(unknown)?, address).await?;
        if let Some(zone) = &delivery.zone {
            if new.zone.as_ref().is_some_and(|asked| asked != zone) {
                return Err(ZONE_OF_ADDRESS.refusal_at("/zone").into());
            }
            new.zone = Some(zone.clone());
        }
        new.country = new.country.take().or_else(|| delivery.country.clone());
        Ok(Some(delivery))
    }

    /// Names all that the decision will look at beside the order itself, so that it is decided once.
    pub(super) async fn names_streams(&self, unit: Unit, new: &NewOrder) -> Result<Unit, CommandError> {
        let mut unit = reads_taxes(unit)
            .reads(StreamRef::of::<PriceBook>(PRICE_BOOK))
            .reads(StreamRef::of::<PromotionBook>(BOOK));
        if let Some(customer) = new.customer
            && self.hints.asks_for_groups()
        {
            unit = unit.reads(StreamRef::of::<CustomerGroups>(customer.stream()));
        }
        if new.payment_method == PaymentMethod::Cash {
            unit = reads_series(unit, INVOICE_SERIES);
        }
        if let Some(external_id) = &new.external_id {
            unit = unit.claims(ORDER_EXTERNAL_ID_SCOPE, external_id.as_str());
        }
        let mut products = Vec::with_capacity(new.lines.len());
        let mut skus = Vec::new();
        for line in &new.lines {
            match &line.product {
                LineProduct::Id(id) => products.push(*id),
                LineProduct::Sku(sku) => skus.push(sku.as_str().to_owned()),
            }
            if let Some(hold) = line.hold {
                unit = unit.claims(HOLD_SCOPE, &hold.stream());
            }
        }
        if !skus.is_empty() {
            for sku in &skus {
                unit = unit.claims(SKU_SCOPE, sku);
            }
            products.extend(holders(&self.log, SKU_SCOPE, &skus).await?.into_iter().map(|(_, id)| id));
        }
        unit = self.names_limits(unit, new, &products).await?;
        for product in products {
            let id = product.stream();
            unit = unit.reads(StreamRef::of::<Product>(id.as_str())).reads(StreamRef::of::<Stock>(id));
        }
        Ok(unit)
    }

    /// Names what the limits of promotions and coupons will be looked up by.
    async fn names_limits(
        &self,
        mut unit: Unit,
        new: &NewOrder,
        products: &[ProductId],
    ) -> Result<Unit, CommandError> {
        let mut coupons: Vec<(CouponCode, IssuedCoupon)> = Vec::new();
        if !new.coupons.is_empty() {
            let codes: Vec<String> = new.coupons.iter().map(|code| code.as_str().to_owned()).collect();
            let known = self.log.reader().load_many::<Coupon>(&codes).await?;
            let known = new.coupons.iter().zip(known);
            coupons.extend(
                known.filter_map(|(code, known)| Some((code.clone(), known.state.coupon()?.clone()))),
            );
            for code in codes {
                unit = unit.reads(StreamRef::of::<Coupon>(code));
            }
        }
        let holds = self.hints.holds(ids::now(), new.customer, new.zone.as_ref(), products, &coupons);
        for stream in holds.streams {
            unit = unit.reads(StreamRef::of::<Redemptions>(stream));
        }
        for claim in holds.claims {
            unit = unit.claims(REDEMPTION_SCOPE, &claim);
        }
        Ok(unit)
    }
}

fn new_order(unit: Unit, order: OrderId) -> Unit {
    unit.reads(StreamRef::new_of::<Order>(order.stream()))
}

/// No more lines and coupons than are decided at once.
pub(crate) fn check_size(lines: usize, coupons: usize) -> Result<(), CommandError> {
    if lines > MAX_LINES {
        return Err(Refused::of(&OrderError::TooManyLines { max: MAX_LINES }).into());
    }
    if coupons > MAX_COUPONS {
        return Err(TOO_MANY_COUPONS.refusal_at("/coupons").into());
    }
    Ok(())
}

/// Customers order for themselves and into their zones; others may order for anybody.
pub(crate) fn settle_buyer(
    call: &Call,
    customer: &mut Option<AccountId>,
    zone: &mut Option<Zone>,
) -> Result<(), CommandError> {
    let Some(principal) = call.caller.principal() else {
        return Ok(());
    };
    if !call.caller.may(Permission::PlaceOrdersForOthers) {
        if customer.is_some_and(|customer| customer != principal.account) {
            return Err(FOREIGN_CUSTOMER.refusal_at("/customer").into());
        }
        *customer = call.caller.account();
    }
    if principal.role == Role::Customer && zone.is_none() {
        *zone = principal.zones.first().cloned();
    }
    let restricts = match principal.role {
        Role::Customer => !principal.zones.is_empty(),
        _ => call.caller.zones().is_some(),
    };
    if restricts && !zone.as_ref().is_some_and(|zone| principal.zones.contains(zone)) {
        return Err(ZONE_NOT_ALLOWED.refusal_at("/zone").into());
    }
    Ok(())
}
