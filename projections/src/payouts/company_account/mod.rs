//! What companies earned, item by item; what is due, and the payouts that have the rest.

mod fold;
mod pending;
mod project;
mod queries;
mod write;

use chrono::{DateTime, Utc};
use domain::{
    ids::{CompanyId, OrderId, PayoutId, ReturnId},
    money::Money,
    payouts::{Earnings, Item, PayoutStatus},
};
use sqlx::{FromRow, Row, postgres::PgRow};

pub use fold::row_of;
pub use project::CompanyAccount;
pub use queries::{accounts, due, get, items_of, list};

use crate::{
    Sum,
    columns::{Columns, UnknownWord, undecodable},
};

/// One thing that a company earned or was charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemRow {
    /// Which.
    pub item: Item,
    /// Whose.
    pub company: CompanyId,
    /// The order, of a refund too.
    pub order: OrderId,
    /// What it adds.
    pub earnings: Earnings,
    /// Position of the event that made it.
    pub position: i64,
    /// When that happened.
    pub effective_at: DateTime<Utc>,
    /// When that was recorded.
    pub recorded_at: DateTime<Utc>,
    /// The payout that has it; `None` while it is due.
    pub payout: Option<PayoutId>,
}

impl FromRow<'_, PgRow> for ItemRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.currency("currency")?;
        let number: i32 = row.try_get("number")?;
        let number =
            u16::try_from(number).map_err(|_| undecodable("number", UnknownWord(number.to_string())))?;
        let kind: &str = row.try_get("kind")?;
        let source: OrderId = row.id("source", OrderId::from_uuid)?;
        let item = match kind {
            "line" => Item::Line(source, number),
            "delivery" => Item::Delivery(source, number),
            "refund" => Item::Refund(ReturnId::from_uuid(source.as_uuid()), number),
            other => return Err(undecodable("kind", UnknownWord(other.to_owned()))),
        };
        Ok(Self {
            item,
            company: row.id("company", CompanyId::from_uuid)?,
            order: row.id("order_id", OrderId::from_uuid)?,
            earnings: row.earnings(currency)?,
            position: row.try_get("position")?,
            effective_at: row.try_get("effective_at")?,
            recorded_at: row.try_get("recorded_at")?,
            payout: row.maybe_id("payout", PayoutId::from_uuid)?,
        })
    }
}

/// The account of one company in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountRow {
    /// Whose.
    pub company: CompanyId,
    /// Delivered lines.
    pub lines: i64,
    /// Totals of these less their discounts.
    pub sales: Sum,
    /// What the marketplace keeps of these.
    pub commission: Sum,
    /// What was credited to customers.
    pub refunds: Sum,
    /// The commission on that, given back.
    pub refunded_commission: Sum,
    /// The company's own delivery fees.
    pub delivery_fees: Sum,
    /// In payouts that are neither paid nor failed.
    pub in_payout: Sum,
    /// In payouts that are paid.
    pub paid: Sum,
}

impl AccountRow {
    /// What is owed: all that was earned less all that was charged and paid.
    #[must_use]
    pub const fn owed(&self) -> Sum {
        let minor = self.sales.minor - self.commission.minor - self.refunds.minor
            + self.refunded_commission.minor
            + self.delivery_fees.minor
            - self.paid.minor;
        Sum { minor, currency: self.sales.currency }
    }

    /// What no payout has yet.
    #[must_use]
    pub const fn due(&self) -> Sum {
        Sum {
            minor: self.owed().minor - self.in_payout.minor,
            currency: self.sales.currency,
        }
    }
}

impl FromRow<'_, PgRow> for AccountRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.currency("currency")?;
        let sum = |column| Ok::<_, sqlx::Error>(Sum { minor: row.wide(column)?, currency });
        Ok(Self {
            company: row.id("company", CompanyId::from_uuid)?,
            lines: row.try_get("lines")?,
            sales: sum("sales")?,
            commission: sum("commission")?,
            refunds: sum("refunds")?,
            refunded_commission: sum("refunded_commission")?,
            delivery_fees: sum("delivery_fees")?,
            in_payout: sum("in_payout")?,
            paid: sum("paid")?,
        })
    }
}

/// One payout, without its items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayoutRow {
    /// Which.
    pub id: PayoutId,
    /// Who is paid.
    pub company: CompanyId,
    /// How far it has come.
    pub status: PayoutStatus,
    /// How many items it was created with.
    pub item_count: u32,
    /// What they are.
    pub earnings: Earnings,
    /// What is paid.
    pub total: Money,
    /// What the bank calls the payment.
    pub reference: Option<String>,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// The stream's version: the number of the payout's events.
    pub version: i64,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When the payment was made.
    pub paid_at: Option<DateTime<Utc>>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl FromRow<'_, PgRow> for PayoutRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.currency("currency")?;
        let item_count: i32 = row.try_get("item_count")?;
        Ok(Self {
            id: row.id("id", PayoutId::from_uuid)?,
            company: row.id("company", CompanyId::from_uuid)?,
            status: row.word("status")?,
            item_count: item_count.unsigned_abs(),
            earnings: row.earnings(currency)?,
            total: row.money("total", currency)?,
            reference: row.try_get("reference")?,
            failure_reason: row.try_get("failure_reason")?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            paid_at: row.try_get("paid_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

/// Which payouts are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PayoutFilter {
    /// To this company.
    pub company: Option<CompanyId>,
    /// In this status.
    pub status: Option<PayoutStatus>,
}
