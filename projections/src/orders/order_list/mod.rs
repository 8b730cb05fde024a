//! Orders: one row per order, with its lines and parts.

mod bought;
mod edit;
mod habits;
mod past;
mod progress;
mod project;
mod queries;
mod spent;
mod write;

use chrono::{DateTime, Utc};
use domain::{
    ids::{AccountId, CompanyId, OrderId, ProductId, TaxRateId, WarehouseId},
    inventory::Allocation,
    money::{BasisPoints, Currency, Money, UnitPrice},
    orders::{Fulfilment, LineTax, OrderStatus, PaymentMethod},
    quantity::Quantity,
    text::{Country, ExternalId, Zone},
};
use sqlx::{FromRow, Row, postgres::PgRow};
use uuid::Uuid;

pub use bought::bought;
pub use habits::{OrderHabits, OrderHour, habits, hours};
pub use past::{PastCursor, past};
pub use project::OrderList;
pub use queries::{
    OrderStats, by_external_id, by_ids, detail, get, get_with_checkpoint, lines_of, list, stats,
};
pub use spent::{CustomerSpent, spent_by};

use crate::columns::{Columns, UnknownWord, Word, undecodable, words};

/// How far the payment has come, as far as the order's own events tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentStatus {
    /// Nothing was paid.
    Pending,
    /// All of it: cash, taken at the delivery.
    Paid,
    /// Some of it was credited back.
    PartiallyRefunded,
    /// All of it was credited back.
    Refunded,
}

/// How far the delivery has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeliveryStatus {
    /// Nothing has left a warehouse.
    Pending,
    /// At least one part has left its warehouse.
    Picked,
    /// Every part has arrived.
    Delivered,
}

words! {
    PaymentStatus {
        Pending = "pending",
        Paid = "paid",
        PartiallyRefunded = "partially_refunded",
        Refunded = "refunded",
    }
    DeliveryStatus { Pending = "pending", Picked = "picked", Delivered = "delivered" }
}

/// The part of an order that one vendor ships from one warehouse.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PartRow {
    /// From 1.
    pub number: u16,
    /// The vendor.
    pub company: Option<CompanyId>,
    /// The warehouse; `None` for services only.
    pub warehouse: Option<WarehouseId>,
    /// How far it has come.
    pub status: OrderStatus,
}

/// One order, without its lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Which.
    pub id: OrderId,
    /// Who buys; `None` for an anonymous sale.
    pub customer: Option<AccountId>,
    /// Its number in another system.
    pub external_id: Option<String>,
    /// Country of the delivery.
    pub country: Option<String>,
    /// Zone of the delivery.
    pub zone: Option<String>,
    /// Delivery or pickup.
    pub fulfilment: Fulfilment,
    /// How it is paid.
    pub payment_method: PaymentMethod,
    /// How far the payment has come.
    pub payment_status: PaymentStatus,
    /// How far the delivery has come.
    pub delivery_status: DeliveryStatus,
    /// As far as the least advanced part.
    pub status: OrderStatus,
    /// Sum of the rounded lines.
    pub subtotal: Money,
    /// Order-level discount.
    pub discount: Money,
    /// Delivery fee.
    pub delivery: Money,
    /// Tax on top.
    pub tax: Money,
    /// What brings a cash order to an amount that there are coins for.
    pub rounding: Money,
    /// What the customer owes: subtotal - discount + delivery + tax + rounding.
    pub total: Money,
    /// What was credited back so far.
    pub credited: Money,
    /// Number of lines.
    pub line_count: u32,
    /// Base units over all lines.
    pub units: i64,
    /// Number of the invoice; `None` until it is confirmed.
    pub invoice_number: Option<i64>,
    /// By number from 1.
    pub parts: Vec<PartRow>,
    /// Why it was called off.
    pub cancel_reason: Option<String>,
    /// Whether it waits because it looks like fraud; as far as `fraud_flags` knows.
    pub is_held: bool,
    /// The stream's version: the number of the order's events.
    pub version: i64,
    /// When it was placed.
    pub placed_at: DateTime<Utc>,
    /// When the placing was recorded.
    pub recorded_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl OrderRow {
    /// The currency of all its amounts.
    #[must_use]
    pub const fn currency(&self) -> Currency {
        self.total.currency()
    }
}

impl FromRow<'_, PgRow> for OrderRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.currency("currency")?;
        let line_count: i32 = row.try_get("line_count")?;
        Ok(Self {
            id: row.id("id", OrderId::from_uuid)?,
            customer: row.maybe_id("customer", AccountId::from_uuid)?,
            external_id: row.try_get("external_id")?,
            country: row.try_get("country")?,
            zone: row.try_get("zone")?,
            fulfilment: row.word("fulfilment")?,
            payment_method: row.word("payment_method")?,
            payment_status: row.word("payment_status")?,
            delivery_status: row.word("delivery_status")?,
            status: row.word("status")?,
            subtotal: row.money("subtotal", currency)?,
            discount: row.money("discount", currency)?,
            delivery: row.money("delivery", currency)?,
            tax: row.money("tax", currency)?,
            rounding: row.money("rounding", currency)?,
            total: row.money("total", currency)?,
            credited: row.money("credited", currency)?,
            line_count: line_count.unsigned_abs(),
            units: row.try_get("units")?,
            invoice_number: row.try_get("invoice_number")?,
            parts: parts(row)?,
            cancel_reason: row.try_get("cancel_reason")?,
            is_held: row.try_get("is_held")?,
            version: row.try_get("version")?,
            placed_at: row.try_get("placed_at")?,
            recorded_at: row.try_get("recorded_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

fn parts(row: &PgRow) -> Result<Vec<PartRow>, sqlx::Error> {
    let companies: Vec<Option<Uuid>> = row.try_get("part_companies")?;
    let warehouses: Vec<Option<Uuid>> = row.try_get("part_warehouses")?;
    let statuses: Vec<String> = row.try_get("part_statuses")?;
    (1_u16..)
        .zip(companies.into_iter().zip(warehouses).zip(statuses))
        .map(|(number, ((company, warehouse), status))| {
            Ok(PartRow {
                number,
                company: company.map(CompanyId::from_uuid),
                warehouse: warehouse.map(WarehouseId::from_uuid),
                status: OrderStatus::from_word(&status)
                    .map_err(|error| undecodable("part_statuses", error))?,
            })
        })
        .collect()
}

/// One line as it was agreed, and what came back of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderLineRow {
    /// From 1.
    pub number: u16,
    /// Which product.
    pub product: ProductId,
    /// Its code at that time.
    pub sku: String,
    /// How many base units.
    pub quantity: u32,
    /// Units that came back or are coming back.
    pub returned: u32,
    /// The price of one.
    pub unit_price: UnitPrice,
    /// Unit price times quantity, rounded once.
    pub total: Money,
    /// Its share of the order's discount.
    pub discount: Money,
    /// The tax on it; `None` where it is not taxed.
    pub tax: Option<LineTax>,
    /// The vendor.
    pub company: Option<CompanyId>,
    /// The warehouses that fill it; empty for a service.
    pub allocations: Vec<Allocation>,
}

impl FromRow<'_, PgRow> for OrderLineRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.currency("currency")?;
        let number: i32 = row.try_get("number")?;
        let warehouses: Vec<Uuid> = row.try_get("warehouses")?;
        let quantities: Vec<i64> = row.try_get("quantities")?;
        let quantity = |units: i64| {
            u32::try_from(units)
                .ok()
                .and_then(Quantity::new)
                .ok_or_else(|| undecodable("quantities", UnknownWord(units.to_string())))
        };
        let allocations = warehouses.into_iter().zip(quantities).map(|(warehouse, units)| {
            Ok(Allocation {
                warehouse: WarehouseId::from_uuid(warehouse),
                quantity: quantity(units)?,
            })
        });
        Ok(Self {
            number: u16::try_from(number)
                .map_err(|_| undecodable("number", UnknownWord(number.to_string())))?,
            product: row.id("product", ProductId::from_uuid)?,
            sku: row.try_get("sku")?,
            quantity: row.count("quantity")?,
            returned: row.count("returned")?,
            unit_price: row.unit_price("unit_price_micros", currency)?,
            total: row.money("total", currency)?,
            discount: row.money("discount", currency)?,
            tax: tax(row, currency)?,
            company: row.maybe_id("company", CompanyId::from_uuid)?,
            allocations: allocations.collect::<Result<_, sqlx::Error>>()?,
        })
    }
}

fn tax(row: &PgRow, currency: Currency) -> Result<Option<LineTax>, sqlx::Error> {
    let Some(tax_rate) = row.maybe_id("tax_rate", TaxRateId::from_uuid)? else {
        return Ok(None);
    };
    let points: i32 = row.try_get("tax_basis_points")?;
    let rate = u16::try_from(points).ok().and_then(|points| BasisPoints::try_from(points).ok());
    Ok(Some(LineTax {
        tax_rate,
        rate: rate.ok_or_else(|| undecodable("tax_basis_points", UnknownWord(points.to_string())))?,
        treatment: row.word("tax_treatment")?,
        amount: row.money("tax", currency)?,
    }))
}

/// One order with everything about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDetail {
    /// The order.
    pub order: OrderRow,
    /// By number.
    pub lines: Vec<OrderLineRow>,
}

/// Which orders are wanted; what is `None` or empty does not restrict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFilter {
    /// In this status.
    pub status: Option<OrderStatus>,
    /// Of this customer.
    pub customer: Option<AccountId>,
    /// Delivered to one of these zones.
    pub zones: Vec<Zone>,
    /// Delivered to this country.
    pub country: Option<Country>,
    /// With a part of this vendor.
    pub company: Option<CompanyId>,
    /// With a part from this warehouse.
    pub warehouse: Option<WarehouseId>,
    /// Placed at or after.
    pub from: Option<DateTime<Utc>>,
    /// Placed at or before.
    pub to: Option<DateTime<Utc>>,
    /// In this currency.
    pub currency: Option<Currency>,
    /// Total of at least so many minor units of its currency.
    pub total_gte: Option<i64>,
    /// Total of at most so many minor units.
    pub total_lte: Option<i64>,
    /// With this number in another system.
    pub external_id: Option<ExternalId>,
}

/// What orders can be sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OrderSort {
    /// When it was placed.
    #[default]
    PlacedAt,
    /// Its total in minor units, whatever the currency.
    Total,
}
