//! What may happen to an order.

use serde::{Deserialize, Serialize};

use super::FraudReason;
use crate::{
    decider::Event,
    ids::{AccountId, CompanyId, EventId, ProductId, PromotionId, ReturnId, TaxRateId, WarehouseId},
    inventory::Allocation,
    money::{BasisPoints, Money, UnitPrice},
    pricing::{CouponCode, TaxTreatment},
    quantity::Quantity,
    sealed::Sealed,
    text::{Country, ExternalId, Reason, Sku, Zone},
};

/// Where `OrderPlaced` carries the address.
pub const DELIVERY_ADDRESS: &str = "/delivery_address";

/// Where `OrderPlaced` carries the device.
pub const DEVICE: &str = "/device";

/// How the goods reach the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fulfilment {
    /// Brought to the customer.
    Delivery,
    /// Fetched by the customer.
    Pickup,
}

/// How the customer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// Cash on delivery or pickup: the order is confirmed when it is placed.
    Cash,
    /// On account or by a provider: the order stays pending until it is confirmed.
    Invoice,
}

/// One line as it was agreed, frozen at placement. In JSON the amounts are decimal strings in the line's `currency`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLine {
    /// From 1, in the order's own sequence.
    pub number: u16,
    /// Which product.
    pub product: ProductId,
    /// Its code at that time.
    pub sku: Sku,
    /// How many base units.
    pub quantity: Quantity,
    /// The price of one, frozen.
    pub unit_price: UnitPrice,
    /// Unit price times quantity, rounded once, half to even.
    pub total: Money,
    /// This line's share of the order's discount, frozen; absent when there is none.
    pub discount: Option<Money>,
    /// The vendor.
    pub company: Option<CompanyId>,
    /// The tax on it, frozen; absent where it is not taxed.
    pub tax: Option<LineTax>,
    /// What the marketplace keeps of it, frozen; absent when it keeps nothing. In JSON `commission` is the amount and
    /// `commission_basis_points` the rate.
    pub commission: Option<Commission>,
    /// The warehouses that fill it; empty for a service line.
    pub allocations: Vec<Allocation>,
}

/// What the marketplace keeps of a line: the rate that was in force when it was placed, and what that came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commission {
    /// In hundredths of a percent of the line's total less its discount and the tax in it.
    pub rate: BasisPoints,
    /// That share, rounded once, half to even.
    pub amount: Money,
}

/// The tax on a line, or what is paid back of it. In JSON the amount is a decimal string in the line's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineTax {
    /// The rate that was in force when the line was placed.
    pub tax_rate: TaxRateId,
    /// In hundredths of a percent of the line's total less its discount.
    pub rate: BasisPoints,
    /// In the price or on top.
    pub treatment: TaxTreatment,
    /// How much it is.
    pub amount: Money,
}

/// What the order comes to: `total = subtotal - discount + delivery + tax + rounding`, to the minor unit.
/// In JSON the amounts are decimal strings beside one `currency` and its `exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Sum of the rounded lines.
    pub subtotal: Money,
    /// Order-level discount, at most the subtotal.
    pub discount: Money,
    /// Delivery fee.
    pub delivery: Money,
    /// Tax on top.
    pub tax: Money,
    /// What brings a cash order to an amount that there are coins for; negative where it is rounded down.
    pub rounding: Money,
    /// What the customer owes.
    pub total: Money,
}

/// The part of an order that one vendor ships from one warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// From 1.
    pub number: u16,
    /// The vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub company: Option<CompanyId>,
    /// The warehouse; absent for service lines only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse: Option<WarehouseId>,
    /// What the vendor charges for bringing it, frozen; part of the order's delivery fee. Absent when that is nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_fee: Option<Money>,
}

/// What a promotion or a coupon took off an order, frozen at placement. In JSON the amounts are decimal strings in the
/// discount's `currency`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppliedDiscount {
    /// The promotion; absent for a coupon with an offer of its own.
    pub promotion: Option<PromotionId>,
    /// The coupon; absent for a promotion that applied by itself.
    pub coupon: Option<CouponCode>,
    /// All that it took off.
    pub amount: Money,
    /// By line, so that they sum to the amount; part of the lines' own discounts.
    pub lines: Vec<DiscountedLine>,
    /// What the order holds of the promotion's limits; absent where there are none.
    pub promotion_limit: Option<HeldLimit>,
    /// What the order holds of the coupon's limits; absent where there are none.
    pub coupon_limit: Option<HeldLimit>,
}

/// What was taken off one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiscountedLine {
    /// The order's line.
    pub line: u16,
    /// How much.
    pub amount: Money,
}

/// What an order holds of the limits of a promotion or coupon, until it is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldLimit {
    /// It counts in the limit in total.
    pub counted: bool,
    /// Its slot in the limit per customer, from 1; absent where there is no such limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u16>,
}

/// Units of one line that come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedLine {
    /// The order's line.
    pub line: u16,
    /// How many.
    pub quantity: Quantity,
}

/// A fact about one order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrderEvent {
    /// A customer committed to buy, and the stock is reserved.
    OrderPlaced {
        /// Who buys; absent for an anonymous sale of a legacy system.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        customer: Option<AccountId>,
        /// Its number in another system.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<ExternalId>,
        /// Country of the delivery.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        country: Option<Country>,
        /// Zone of the delivery.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        zone: Option<Zone>,
        /// Where the goods go: the customer's address as it was then, as JSON.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivery_address: Option<Sealed>,
        /// What the customer's device calls itself, where it does.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<Box<Sealed>>,
        /// Delivery or pickup.
        fulfilment: Fulfilment,
        /// How it is paid.
        payment_method: PaymentMethod,
        /// At least one.
        lines: Vec<OrderLine>,
        /// One per vendor and warehouse, in order of first appearance.
        parts: Vec<Part>,
        /// What it comes to.
        totals: Totals,
        /// What promotions and coupons took off, in the order in which they were applied; part of the totals' discount.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        discounts: Vec<AppliedDiscount>,
    },
    /// Other goods were agreed on before anything had shipped, and the stock is reserved anew. Its parts begin again;
    /// the invoice of a confirmed order is void, and the confirmation that follows names the next one.
    OrderEdited {
        /// At least one.
        lines: Vec<OrderLine>,
        /// One per vendor and warehouse, in order of first appearance.
        parts: Vec<Part>,
        /// What it comes to now.
        totals: Totals,
        /// What promotions and coupons take off now.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        discounts: Vec<AppliedDiscount>,
        /// Why.
        reason: Reason,
    },
    /// It is binding; the invoice is numbered.
    OrderConfirmed {
        /// From the counter `invoice`; no number is left out or used twice.
        invoice_number: u64,
    },
    /// A part is being picked and packed.
    PartProcessed {
        /// Which part.
        part: u16,
    },
    /// A part left the warehouse; its stock is deducted with it.
    PartShipped {
        /// Which part.
        part: u16,
    },
    /// A part arrived.
    PartDelivered {
        /// Which part.
        part: u16,
    },
    /// The whole order is called off; its stock is released with it.
    OrderCancelled {
        /// Why.
        reason: Reason,
    },
    /// It looks like fraud: it is held until somebody has looked at it.
    OrderFlagged {
        /// The placement or edit that looks so.
        agreement: EventId,
        /// The points of all reasons, at most 1,000.
        score: u16,
        /// Why.
        reasons: Vec<FraudReason>,
        /// From how many orders the model had learned.
        model_version: u64,
    },
    /// It is no fraud; it goes on.
    FlagCleared {
        /// What the reviewer found.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Reason>,
    },
    /// It is fraud; it is cancelled with it.
    FraudConfirmed {
        /// What the reviewer found.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<Reason>,
    },
    /// Some units are coming back; they cannot be returned again.
    LinesReturned {
        /// With which return.
        return_id: ReturnId,
        /// Which units.
        lines: Vec<ReturnedLine>,
    },
    /// A return was rejected; its units may be returned again.
    ReturnWithdrawn {
        /// Which return.
        return_id: ReturnId,
    },
}

impl Event for OrderEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("OrderPlaced", 1),
        ("OrderEdited", 1),
        ("OrderConfirmed", 1),
        ("PartProcessed", 1),
        ("PartShipped", 1),
        ("PartDelivered", 1),
        ("OrderCancelled", 1),
        ("OrderFlagged", 1),
        ("FlagCleared", 1),
        ("FraudConfirmed", 1),
        ("LinesReturned", 1),
        ("ReturnWithdrawn", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::OrderPlaced { .. } => "OrderPlaced",
            Self::OrderEdited { .. } => "OrderEdited",
            Self::OrderConfirmed { .. } => "OrderConfirmed",
            Self::PartProcessed { .. } => "PartProcessed",
            Self::PartShipped { .. } => "PartShipped",
            Self::PartDelivered { .. } => "PartDelivered",
            Self::OrderCancelled { .. } => "OrderCancelled",
            Self::OrderFlagged { .. } => "OrderFlagged",
            Self::FlagCleared { .. } => "FlagCleared",
            Self::FraudConfirmed { .. } => "FraudConfirmed",
            Self::LinesReturned { .. } => "LinesReturned",
            Self::ReturnWithdrawn { .. } => "ReturnWithdrawn",
        }
    }
}
