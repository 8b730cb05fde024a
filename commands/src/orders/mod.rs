//! Orders: placing, the way to the customer, calling off, and what comes back.
//!
//! An order, the stock that it takes, its invoice number and the holds that it consumes are one unit: all of it is
//! decided from the streams themselves under the append lock, and appended whole or not at all.

mod cancel;
mod document;
mod edit;
mod faults;
mod fraud;
mod from_cart;
mod place;
mod placing;
mod preview;
mod returns;
mod scope;
mod status;
mod terms;
mod traces;

use domain::{
    ids::{OrderId, ReturnId},
    money::Money,
    orders::{AppliedDiscount, OrderStatus, ReturnStatus, Totals},
};
use event_store::Log;
use serde::{Deserialize, Serialize};

pub use edit::OrderEdit;
pub use fraud::{
    FRAUD_SCREENING, FlagOrderJob, FlagReview, FraudFinding, FraudRulesAccepted, FraudRulesView,
    FraudScreening, REMEMBERED, forget_old,
};
pub use place::{LineProduct, NewLine, NewOrder};
pub use returns::NewReturn;
pub use status::ChangeStatus;

pub(crate) use document::issue;
pub(crate) use faults::Faults;
pub(crate) use place::{check_size, settle_buyer};
pub(crate) use preview::{Preview, preview};
pub(crate) use returns::{credit, receive};
pub(crate) use status::ship;

use crate::{
    code::codes,
    pricing::{CashSteps, Hints},
    vault::Vault,
};

codes! {
    EXTERNAL_ID_TAKEN = "orders.external_id_taken" Conflict "another order has this external id",
    LINES_REFUSED = "orders.lines_refused" Conflict "some lines cannot be ordered",
    BELOW_MINIMUM = "orders.below_minimum_quantity" Invalid "the quantity is below the product's minimum",
    NOT_SOLD_IN_ZONE = "orders.product_not_sold_in_zone" Conflict "the product is not sold in this zone",
    QUANTITY_OUT_OF_RANGE = "orders.quantity_out_of_range" Invalid "the lines of this product are too many units",
    HOLD_MISMATCH = "orders.hold_mismatch" Invalid "the hold is of another product or of another line's hold",
    ZONE_NOT_ALLOWED = "orders.zone_not_allowed" Forbidden "the account may not order into this zone",
    FOREIGN_CUSTOMER = "orders.foreign_customer" Forbidden "the caller may not order for somebody else",
    SCREENING_PENDING = "orders.screening_pending" Conflict "the order is still being looked at; try again",
    STATUS_NOT_REACHABLE = "orders.status_not_reachable" Invalid "an order cannot be set to this status",
}

/// The scope of the claims on orders' external ids; the holder is the order's stream.
pub const ORDER_EXTERNAL_ID_SCOPE: &str = "order_external_id";

/// The scope of the claims on returns' external ids; the holder is the return's stream.
pub const RETURN_EXTERNAL_ID_SCOPE: &str = "return_external_id";

/// The series of invoice numbers.
pub const INVOICE_SERIES: &str = "invoice";

/// The series of credit numbers.
pub const CREDIT_SERIES: &str = "credit";

/// The use cases on orders and returns.
#[derive(Clone)]
pub struct Orders {
    log: Log,
    vault: Vault,
    hints: Hints,
}

impl Orders {
    /// Use cases on `log`, with `vault` for the addresses that orders go to.
    #[must_use]
    pub fn new(log: Log, vault: Vault) -> Self {
        Self { log, vault, hints: Hints::default() }
    }

    /// The same, with cash orders rounded to what there are coins for.
    #[must_use]
    pub fn rounding(self, cash_steps: CashSteps) -> Self {
        Self { hints: Hints::rounding(cash_steps), ..self }
    }
}

/// What became of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderAccepted {
    /// Which order.
    pub order: OrderId,
    /// How far it has come.
    pub status: OrderStatus,
    /// Its version now: the `ETag`.
    pub version: i64,
    /// What it comes to.
    pub totals: Totals,
    /// What promotions and coupons took off, in the order in which they were applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<AppliedDiscount>,
    /// Its invoice's number, once it is confirmed.
    pub invoice_number: Option<u64>,
}

/// What became of a return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnAccepted {
    /// Which return.
    #[serde(rename = "return")]
    pub return_id: ReturnId,
    /// The order, where it is known.
    pub order: Option<OrderId>,
    /// How far it has come.
    pub status: ReturnStatus,
    /// Its version now: the `ETag`.
    pub version: i64,
    /// What is paid back.
    pub total: Money,
    /// Its credit's number, once it is refunded.
    pub credit_number: Option<u64>,
}
