//! Promotions and coupons, with how many orders have them and what they granted; and what was taken off each order.

mod project;
mod queries;
mod write;

use chrono::{DateTime, Utc};
use domain::{
    ids::PromotionId,
    money::{Currency, Money},
    orders::AppliedDiscount,
    pricing::{Activation, CouponCode, CouponTerms, PromotionTerms, Validity},
};
use serde::Deserialize;
use sqlx::{FromRow, Row, postgres::PgRow};

pub use project::PromotionList;
pub(super) use queries::push_phase;
pub use queries::{coupon, coupons, discounts_of, promotion, promotions};

use crate::{
    Sum,
    columns::{Columns, undecodable},
};

/// Where a promotion or coupon stands at some moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// It has not begun.
    Scheduled,
    /// It runs.
    Running,
    /// Its time has passed.
    Over,
    /// It was ended.
    Ended,
}

impl Phase {
    /// Every phase.
    pub const ALL: &'static [Self] = &[Self::Scheduled, Self::Running, Self::Over, Self::Ended];

    /// As in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Over => "over",
            Self::Ended => "ended",
        }
    }

    pub(super) fn of(validity: &Validity, ended: bool, now: DateTime<Utc>) -> Self {
        if ended {
            Self::Ended
        } else if validity.is_over(now) {
            Self::Over
        } else if validity.holds(now) {
            Self::Running
        } else {
            Self::Scheduled
        }
    }
}

/// What something has granted in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// Orders that have it; cancelled ones do not count.
    pub orders: i64,
    /// What it took off them.
    pub granted: Sum,
}

/// One promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromotionRow {
    /// Which.
    pub id: PromotionId,
    /// All of it.
    pub terms: PromotionTerms,
    /// It was ended.
    pub ended: bool,
    /// Why.
    pub end_reason: Option<String>,
    /// By currency.
    pub usage: Vec<Usage>,
    /// The stream's version.
    pub version: i64,
    /// When its creation was recorded.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl PromotionRow {
    /// Where it stands at `now`.
    #[must_use]
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        Phase::of(&self.terms.validity, self.ended, now)
    }

    /// Whether anybody may see it: it runs, and for everybody who buys.
    #[must_use]
    pub fn is_public(&self, now: DateTime<Utc>) -> bool {
        self.phase(now) == Phase::Running && self.terms.activation == Activation::Automatic
    }
}

/// One coupon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CouponRow {
    /// Its code.
    pub code: CouponCode,
    /// All of it.
    pub terms: CouponTerms,
    /// It was ended.
    pub ended: bool,
    /// Why.
    pub end_reason: Option<String>,
    /// By currency.
    pub usage: Vec<Usage>,
    /// The stream's version.
    pub version: i64,
    /// When its creation was recorded.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
    id: uuid::Uuid,
}

impl CouponRow {
    /// Where it stands at `now`.
    #[must_use]
    pub fn phase(&self, now: DateTime<Utc>) -> Phase {
        Phase::of(&self.terms.validity, self.ended, now)
    }
}

/// Orders that have something.
#[must_use]
pub fn orders_of(usage: &[Usage]) -> i64 {
    usage.iter().map(|usage| usage.orders).sum()
}

#[derive(Deserialize)]
struct StoredUsage {
    currency: Currency,
    orders: i64,
    granted: i64,
}

fn usage(row: &PgRow) -> Result<Vec<Usage>, sqlx::Error> {
    let stored: Vec<StoredUsage> = row.json("usage")?;
    let one = |stored: StoredUsage| Usage {
        orders: stored.orders,
        granted: Sum { minor: stored.granted.into(), currency: stored.currency },
    };
    Ok(stored.into_iter().map(one).collect())
}

impl FromRow<'_, PgRow> for PromotionRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.id("id", PromotionId::from_uuid)?,
            terms: row.json("terms")?,
            ended: row.try_get("ended")?,
            end_reason: row.try_get("end_reason")?,
            usage: usage(row)?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }
}

impl FromRow<'_, PgRow> for CouponRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            code: code(row.try_get("code")?)?,
            terms: row.json("terms")?,
            ended: row.try_get("ended")?,
            end_reason: row.try_get("end_reason")?,
            usage: usage(row)?,
            version: row.try_get("version")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            id: row.try_get("id")?,
        })
    }
}

fn code(text: &str) -> Result<CouponCode, sqlx::Error> {
    CouponCode::parse(text).map_err(|error| undecodable("code", error))
}

/// What was taken off an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DiscountRow {
    /// The promotion; absent for a coupon with an offer of its own.
    pub promotion: Option<PromotionId>,
    /// The coupon; absent where the promotion applied by itself.
    pub coupon: Option<CouponCode>,
    /// All that it took off.
    pub amount: Money,
    /// By line: number from 1, and how much.
    pub lines: Vec<(u16, Money)>,
}

impl FromRow<'_, PgRow> for DiscountRow {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let currency = row.currency("currency")?;
        let lines: Vec<(u16, i64)> = row.json("lines")?;
        let coupon: Option<&str> = row.try_get("coupon")?;
        Ok(Self {
            promotion: row.maybe_id("promotion", PromotionId::from_uuid)?,
            coupon: coupon.map(code).transpose()?,
            amount: row.money("amount", currency)?,
            lines: lines
                .into_iter()
                .map(|(line, minor)| (line, Money::from_minor(minor, currency)))
                .collect(),
        })
    }
}

impl DiscountRow {
    /// Keeps the shares of these lines, and their sum as the amount; false where nothing is left.
    pub fn narrow(&mut self, lines: &[u16]) -> bool {
        self.lines.retain(|(line, _)| lines.contains(line));
        let minor = self.lines.iter().map(|(_, amount)| amount.minor()).sum();
        self.amount = Money::from_minor(minor, self.amount.currency());
        !self.lines.is_empty()
    }
}

impl From<&AppliedDiscount> for DiscountRow {
    fn from(discount: &AppliedDiscount) -> Self {
        Self {
            promotion: discount.promotion,
            coupon: discount.coupon.clone(),
            amount: discount.amount,
            lines: discount.lines.iter().map(|share| (share.line, share.amount)).collect(),
        }
    }
}

/// Which promotions are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PromotionFilter {
    /// The present, for phases.
    pub now: DateTime<Utc>,
    /// In this phase.
    pub phase: Option<Phase>,
    /// That come to an order like this.
    pub activation: Option<Activation>,
    /// Of this kind of reward.
    pub kind: Option<&'static str>,
}

/// Which coupons are wanted; what is `None` does not restrict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CouponFilter {
    /// The present, for phases.
    pub now: DateTime<Utc>,
    /// In this phase.
    pub phase: Option<Phase>,
    /// That stand for this promotion.
    pub promotion: Option<PromotionId>,
}

/// What promotions can be sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum PromotionSort {
    /// When its creation was recorded.
    #[default]
    CreatedAt,
    /// The order in which they are applied.
    Priority,
    /// When it begins.
    From,
}
