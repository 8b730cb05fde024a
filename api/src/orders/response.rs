//! Orders and returns as answers show them.

use chrono::{DateTime, Utc};
use commands::orders::OrderAccepted;
use domain::{
    orders::{Fulfilment, LineTax, OrderStatus, PaymentMethod, Totals},
    pricing::TaxTreatment,
};
use projections::{
    orders::{
        order_list::{
            DeliveryStatus, OrderDetail, OrderLineRow, OrderRow, OrderStats, PartRow, PaymentStatus,
        },
        return_list::ReturnRow,
    },
    pricing::promotion_list::DiscountRow,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::address::DeliveryAddressBody;
use super::return_response::ReturnBody;
use crate::{http::shapes::MoneyBody, pricing::quote_response::DiscountBody};

/// What an order comes to: total = subtotal - discount + delivery + tax + rounding.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Totals)]
pub struct TotalsBody {
    /// Sum of the rounded lines.
    pub subtotal: MoneyBody,
    /// Order-level discount.
    pub discount: MoneyBody,
    /// Delivery fee.
    pub delivery: MoneyBody,
    /// Tax on top; what prices contain is not in it.
    pub tax: MoneyBody,
    /// What brings a cash order to an amount that there are coins for; negative where it is rounded down.
    pub rounding: MoneyBody,
    /// What the customer owes.
    pub total: MoneyBody,
}

impl From<&Totals> for TotalsBody {
    fn from(totals: &Totals) -> Self {
        Self {
            subtotal: totals.subtotal.into(),
            discount: totals.discount.into(),
            delivery: totals.delivery.into(),
            tax: totals.tax.into(),
            rounding: totals.rounding.into(),
            total: totals.total.into(),
        }
    }
}

/// What became of an order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderAccepted, example = json!({
    "id": "ord_0190c7a2000070008000000000000001",
    "status": "confirmed",
    "version": 2,
    "totals": {
        "subtotal": {"amount": "25000", "currency": "IQD", "exponent": 0},
        "discount": {"amount": "0", "currency": "IQD", "exponent": 0},
        "delivery": {"amount": "0", "currency": "IQD", "exponent": 0},
        "tax": {"amount": "0", "currency": "IQD", "exponent": 0},
        "rounding": {"amount": "0", "currency": "IQD", "exponent": 0},
        "total": {"amount": "25000", "currency": "IQD", "exponent": 0},
    },
    "discounts": [],
    "invoice_number": 1,
}))]
pub struct OrderAcceptedBody {
    /// `ord_…`
    pub id: String,
    /// `pending`, `confirmed`, `processing`, `shipped`, `delivered` or `cancelled`.
    #[schema(value_type = String)]
    pub status: OrderStatus,
    /// Its version now: `If-Match` takes it.
    pub version: i64,
    /// What it comes to.
    pub totals: TotalsBody,
    /// What promotions and coupons took off, in the order in which they were applied.
    pub discounts: Vec<DiscountBody>,
    /// Its invoice's number, once it is confirmed.
    pub invoice_number: Option<u64>,
}

impl From<&OrderAccepted> for OrderAcceptedBody {
    fn from(accepted: &OrderAccepted) -> Self {
        Self {
            id: accepted.order.to_string(),
            status: accepted.status,
            version: accepted.version,
            totals: (&accepted.totals).into(),
            discounts: accepted.discounts.iter().map(|discount| DiscountRow::from(discount).into()).collect(),
            invoice_number: accepted.invoice_number,
        }
    }
}

/// An order without its lines.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderSummary)]
pub struct OrderSummaryBody {
    /// `ord_…`
    pub id: String,
    /// Who buys (`usr_…`); null for an anonymous sale.
    pub customer_id: Option<String>,
    /// Its number in another system.
    pub external_id: Option<String>,
    /// `pending`, `confirmed`, `processing`, `shipped`, `delivered` or `cancelled`.
    #[schema(value_type = String)]
    pub status: OrderStatus,
    /// `pending`, `paid`, `partially_refunded` or `refunded`.
    pub payment_status: &'static str,
    /// `pending`, `picked` or `delivered`.
    pub delivery_status: &'static str,
    /// `delivery` or `pickup`.
    #[schema(value_type = String)]
    pub fulfilment: Fulfilment,
    /// `cash` or `invoice`.
    #[schema(value_type = String)]
    pub payment_method: PaymentMethod,
    /// Country of the delivery.
    pub country: Option<String>,
    /// Zone of the delivery.
    pub zone: Option<String>,
    /// What it comes to.
    pub totals: TotalsBody,
    /// What was credited back so far.
    pub credited: MoneyBody,
    /// Number of lines.
    pub line_count: u32,
    /// Base units over all lines.
    pub units: i64,
    /// Number of the invoice.
    pub invoice_number: Option<i64>,
    /// What one vendor ships from one warehouse.
    pub parts: Vec<PartBody>,
    /// Why it was called off.
    pub cancel_reason: Option<String>,
    /// Whether it waits for a review because it looks like fraud.
    pub is_held: bool,
    /// Its version: `If-Match` takes it.
    pub version: i64,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When the placing was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

/// The part of an order that one vendor ships from one warehouse.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderPart)]
pub struct PartBody {
    /// From 1.
    pub number: u16,
    /// The vendor (`com_…`).
    pub company_id: Option<String>,
    /// `wrh_…`; null for services.
    pub warehouse_id: Option<String>,
    /// How far it has come.
    #[schema(value_type = String)]
    pub status: OrderStatus,
}

impl From<&PartRow> for PartBody {
    fn from(part: &PartRow) -> Self {
        Self {
            number: part.number,
            company_id: part.company.map(|id| id.to_string()),
            warehouse_id: part.warehouse.map(|id| id.to_string()),
            status: part.status,
        }
    }
}

impl From<OrderRow> for OrderSummaryBody {
    fn from(row: OrderRow) -> Self {
        Self {
            id: row.id.to_string(),
            customer_id: row.customer.map(|id| id.to_string()),
            external_id: row.external_id,
            status: row.status,
            payment_status: match row.payment_status {
                PaymentStatus::Pending => "pending",
                PaymentStatus::Paid => "paid",
                PaymentStatus::PartiallyRefunded => "partially_refunded",
                PaymentStatus::Refunded => "refunded",
            },
            delivery_status: match row.delivery_status {
                DeliveryStatus::Pending => "pending",
                DeliveryStatus::Picked => "picked",
                DeliveryStatus::Delivered => "delivered",
            },
            fulfilment: row.fulfilment,
            payment_method: row.payment_method,
            country: row.country,
            zone: row.zone,
            totals: TotalsBody {
                subtotal: row.subtotal.into(),
                discount: row.discount.into(),
                delivery: row.delivery.into(),
                tax: row.tax.into(),
                rounding: row.rounding.into(),
                total: row.total.into(),
            },
            credited: row.credited.into(),
            line_count: row.line_count,
            units: row.units,
            invoice_number: row.invoice_number,
            parts: row.parts.iter().map(PartBody::from).collect(),
            cancel_reason: row.cancel_reason,
            is_held: row.is_held,
            version: row.version,
            placed_at: row.placed_at,
            recorded_at: row.recorded_at,
            updated_at: row.updated_at,
        }
    }
}

/// One order.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Order)]
pub struct OrderBody {
    #[serde(flatten)]
    summary: OrderSummaryBody,
    /// By number; a vendor sees its own.
    lines: Vec<LineBody>,
    /// What promotions and coupons took off, in the order in which they were applied; a vendor sees its lines' share.
    discounts: Vec<DiscountBody>,
    /// What came back, or is coming back.
    returns: Vec<ReturnBody>,
    /// Where it goes; left out for readers who may not see it, and where the order names no address.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery_address: Option<DeliveryAddressBody>,
}

/// One line as it was agreed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderLine)]
pub struct LineBody {
    /// From 1.
    number: u16,
    /// `prd_…`
    product_id: String,
    /// Its code at that time.
    sku: String,
    /// How many base units.
    quantity: u32,
    /// Units that came back or are coming back.
    returned: u32,
    /// The price of one.
    unit_price: MoneyBody,
    /// Unit price times quantity, rounded once.
    total: MoneyBody,
    /// Its share of the order's discount.
    discount: MoneyBody,
    /// The tax on it; null where it is not taxed.
    tax: Option<LineTaxBody>,
    /// The vendor (`com_…`).
    company_id: Option<String>,
    /// The warehouses that fill it.
    allocations: Vec<AllocationBody>,
}

/// The tax on a line.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LineTax)]
pub struct LineTaxBody {
    /// `tax_…`: the rate that was in force when the line was placed.
    tax_rate_id: String,
    /// Of the line's total less its discount.
    percent: String,
    /// `exclusive`: on top of it; `inclusive`: in it.
    #[schema(value_type = String)]
    treatment: TaxTreatment,
    /// How much it is.
    amount: MoneyBody,
}

impl From<&LineTax> for LineTaxBody {
    fn from(tax: &LineTax) -> Self {
        Self {
            tax_rate_id: tax.tax_rate.to_string(),
            percent: tax.rate.percent(),
            treatment: tax.treatment,
            amount: tax.amount.into(),
        }
    }
}

/// Units from one warehouse.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Allocation)]
pub struct AllocationBody {
    /// `wrh_…`
    warehouse_id: String,
    /// How many base units.
    quantity: u32,
}

impl From<OrderLineRow> for LineBody {
    fn from(row: OrderLineRow) -> Self {
        Self {
            number: row.number,
            product_id: row.product.to_string(),
            sku: row.sku,
            quantity: row.quantity,
            returned: row.returned,
            unit_price: row.unit_price.into(),
            total: row.total.into(),
            discount: row.discount.into(),
            tax: row.tax.as_ref().map(LineTaxBody::from),
            company_id: row.company.map(|id| id.to_string()),
            allocations: row
                .allocations
                .iter()
                .map(|allocation| AllocationBody {
                    warehouse_id: allocation.warehouse.to_string(),
                    quantity: allocation.quantity.get(),
                })
                .collect(),
        }
    }
}

impl OrderBody {
    /// The order with what came back of it.
    pub(crate) fn new(detail: OrderDetail, discounts: Vec<DiscountRow>, returns: Vec<ReturnRow>) -> Self {
        Self {
            summary: detail.order.into(),
            lines: detail.lines.into_iter().map(Into::into).collect(),
            discounts: discounts.into_iter().map(Into::into).collect(),
            returns: returns.into_iter().map(Into::into).collect(),
            delivery_address: None,
        }
    }

    /// The same, with where it goes.
    pub(crate) fn delivered_to(self, delivery_address: Option<DeliveryAddressBody>) -> Self {
        Self { delivery_address, ..self }
    }
}

/// How many orders are in one status, and what they come to.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderStats)]
pub struct OrderStatsBody {
    /// In which status.
    #[schema(value_type = String)]
    pub status: OrderStatus,
    /// How many.
    pub orders: i64,
    /// Base units over all their lines.
    pub units: i64,
    /// The sum of their totals.
    pub total: MoneyBody,
    /// The sum of what was credited back.
    pub credited: MoneyBody,
}

impl From<OrderStats> for OrderStatsBody {
    fn from(stats: OrderStats) -> Self {
        Self {
            status: stats.status,
            orders: stats.orders,
            units: stats.units,
            total: stats.total.into(),
            credited: stats.credited.into(),
        }
    }
}

/// Statistics of orders.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OrderStatistics)]
pub struct OrderStatisticsBody {
    /// How many orders there are.
    pub orders: i64,
    /// By status and currency.
    pub by_status: Vec<OrderStatsBody>,
}
