//! What may be asked of an order, a return and a counter.

use super::{AppliedDiscount, CreditLine, FraudReason, Fulfilment, PaymentMethod, ReturnedLine};
use crate::{
    ids::{AccountId, CompanyId, EventId, OrderId, ProductId, ReturnId, WarehouseId},
    inventory::Allocation,
    money::{BasisPoints, Currency, Money, UnitPrice},
    pricing::LineRate,
    quantity::Quantity,
    sealed::Sealed,
    text::{Country, ExternalId, Reason, Sku, Zone},
};

/// A request to one order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(
    clippy::large_enum_variant,
    reason = "an order is placed once, and a command is handed over, never kept"
)]
pub enum OrderCommand {
    /// Commit to buy.
    Place(PlaceOrder),
    /// Agree on other goods before anything has shipped.
    Edit {
        /// The whole order as it shall be; who buys, where it goes and how it is paid are not looked at.
        order: Box<PlaceOrder>,
        /// Why.
        reason: Reason,
    },
    /// Make it binding.
    Confirm {
        /// The counter's next number.
        invoice_number: u64,
    },
    /// Start to pick a part (`None`: every part that waits).
    Process {
        /// Which part.
        part: Option<u16>,
    },
    /// Ship a part (`None`: every part that is processed). The use case deducts the stock in the same unit.
    Ship {
        /// Which part.
        part: Option<u16>,
    },
    /// Book a part's arrival (`None`: every part that is shipped).
    Deliver {
        /// Which part.
        part: Option<u16>,
    },
    /// Call it off before anything has shipped.
    Cancel {
        /// Why.
        reason: Reason,
    },
    /// Hold it, because it looks like fraud. The same agreement is flagged once.
    Flag {
        /// The placement or edit that looks so.
        agreement: EventId,
        /// The points of all reasons.
        score: u16,
        /// Why.
        reasons: Vec<FraudReason>,
        /// From how many orders the model had learned.
        model_version: u64,
    },
    /// It is no fraud.
    ClearFlag {
        /// What the reviewer found.
        note: Option<Reason>,
    },
    /// It is fraud. The use case cancels it in the same unit.
    ConfirmFraud {
        /// What the reviewer found.
        note: Option<Reason>,
    },
    /// Take back units of delivered lines; never more than were sold.
    ReturnLines {
        /// With which return.
        return_id: ReturnId,
        /// Which units.
        lines: Vec<ReturnedLine>,
    },
    /// The return was rejected.
    WithdrawReturn {
        /// Which return.
        return_id: ReturnId,
    },
}

/// An order to place. Prices and allocations were decided in the same unit, from the streams themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceOrder {
    /// Who buys.
    pub customer: Option<AccountId>,
    /// Its number in another system.
    pub external_id: Option<ExternalId>,
    /// Country of the delivery.
    pub country: Option<Country>,
    /// Zone of the delivery.
    pub zone: Option<Zone>,
    /// Where the goods go.
    pub delivery_address: Option<Sealed>,
    /// What the customer's device calls itself.
    pub device: Option<Sealed>,
    /// Delivery or pickup.
    pub fulfilment: Fulfilment,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// The order's one currency.
    pub currency: Currency,
    /// At least one, at most [`super::MAX_LINES`].
    pub lines: Vec<PlaceLine>,
    /// What promotions and coupons take off, split over the lines already.
    pub discounts: Vec<AppliedDiscount>,
    /// Any further discount on the order, split over what those leave of the lines by largest remainder; at most that.
    pub discount: Money,
    /// Delivery fee, beside those of the vendors in `terms`.
    pub delivery: Money,
    /// Tax on top, beside that of the lines' rates.
    pub tax: Money,
    /// The smallest amount that there are coins for; absent where the total is not rounded.
    pub cash_step: Option<Money>,
    /// What holds for each vendor with terms, at most one each; a vendor without any pays no commission and charges
    /// nothing for delivery.
    pub terms: Vec<VendorTerms>,
}

/// What holds for one vendor's lines and parts when an order is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VendorTerms {
    /// Which vendor.
    pub company: CompanyId,
    /// What the marketplace keeps of each line.
    pub commission_rate: BasisPoints,
    /// What the vendor charges for bringing each part; never negative.
    pub delivery_fee: Option<Money>,
    /// From this much on (the vendor's lines less their discounts) it charges nothing.
    pub free_from: Option<Money>,
}

/// One line to place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceLine {
    /// Which product.
    pub product: ProductId,
    /// Its code.
    pub sku: Sku,
    /// How many base units.
    pub quantity: Quantity,
    /// The price of one; never negative.
    pub unit_price: UnitPrice,
    /// What it is taxed with.
    pub tax: Option<LineRate>,
    /// The vendor.
    pub company: Option<CompanyId>,
    /// The warehouses that fill it; they sum to the quantity, or are empty for a service.
    pub allocations: Vec<Allocation>,
}

/// A request to one return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReturnCommand {
    /// Ask for it.
    Request(RequestReturn),
    /// Allow it.
    Approve,
    /// Book the arrival of the units.
    Receive {
        /// Where they went.
        warehouse: WarehouseId,
    },
    /// Pay back.
    Credit {
        /// The counter's next number.
        credit_number: u64,
    },
    /// Refuse it, before it is received.
    Reject {
        /// Why.
        reason: Reason,
    },
}

/// A return to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestReturn {
    /// The order.
    pub order: Option<OrderId>,
    /// Who returns.
    pub customer: Option<AccountId>,
    /// Its number in another system.
    pub external_id: Option<ExternalId>,
    /// Country of the sale.
    pub country: Option<Country>,
    /// The currency of all lines.
    pub currency: Currency,
    /// At least one; totals were computed from the order's frozen lines.
    pub lines: Vec<CreditLine>,
    /// Why.
    pub reason: Reason,
}

/// A request to one counter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CounterCommand {
    /// Give out the next number.
    Issue {
        /// The document's id in the API's form.
        document: String,
    },
}
