//! Promotions and coupons as answers show them.

use chrono::{DateTime, Utc};
use commands::pricing::{CouponAccepted, PromotionAccepted};
use domain::pricing::{Grant, Offer, Reward, Scope};
use projections::pricing::promotion_list::{CouponRow, Phase, PromotionRow, Usage, orders_of};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::shapes::{MoneyBody, Texts, texts};

/// What an offer takes off.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = Reward)]
pub enum RewardBody {
    /// A share of every line in scope.
    Percentage {
        /// Plain decimal.
        percent: String,
    },
    /// An amount off all lines in scope together.
    Fixed {
        /// How much.
        amount: MoneyBody,
    },
    /// Of every `buy + get` units in scope the cheapest `get` cost less.
    BuyXGetY {
        /// Units at their price.
        buy: u32,
        /// Units that cost less.
        get: u32,
        /// How much less; 100 is free.
        percent: String,
    },
    /// Products that together cost a price of their own.
    Bundle {
        /// What it is made of.
        items: Vec<BundleItemBody>,
        /// What one bundle costs.
        price: MoneyBody,
    },
}

/// Units of one product in a bundle.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BundleItem)]
pub struct BundleItemBody {
    /// `prd_…`
    pub product_id: String,
    /// How many base units.
    pub quantity: u32,
}

/// What and whom an offer is for; what is empty does not restrict.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Scope)]
pub struct ScopeBody {
    /// Products (`prd_…`), beside those of `categories`.
    pub products: Vec<String>,
    /// Products of these categories (`cat_…`), beside `products`.
    pub categories: Vec<String>,
    /// Products of these vendors (`com_…`) only.
    pub companies: Vec<String>,
    /// Orders into these zones only.
    pub zones: Vec<String>,
    /// Customers of these groups only.
    pub customer_groups: Vec<String>,
}

/// What is taken off, for what, and how much at most.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Offer)]
pub struct OfferBody {
    /// What it takes off.
    pub reward: RewardBody,
    /// For what and whom.
    pub scope: ScopeBody,
    /// Only when the order's lines come to at least this, before any discount.
    pub minimum: Option<MoneyBody>,
    /// Never more than this off one order.
    pub cap: Option<MoneyBody>,
    /// `stackable` or `exclusive`.
    pub stacking: &'static str,
}

impl From<&Reward> for RewardBody {
    fn from(reward: &Reward) -> Self {
        match reward {
            Reward::Percentage(off) => Self::Percentage { percent: off.rate.percent() },
            Reward::Fixed(off) => Self::Fixed { amount: off.amount.into() },
            Reward::BuyXGetY(deal) => Self::BuyXGetY {
                buy: deal.buy.get(),
                get: deal.get.get(),
                percent: deal.rate.percent(),
            },
            Reward::Bundle(bundle) => Self::Bundle {
                items: bundle
                    .items
                    .iter()
                    .map(|item| BundleItemBody {
                        product_id: item.product.to_string(),
                        quantity: item.quantity.get(),
                    })
                    .collect(),
                price: bundle.price.into(),
            },
        }
    }
}

pub(crate) fn strings<T: ToString>(of: impl IntoIterator<Item = T>) -> Vec<String> {
    of.into_iter().map(|one| one.to_string()).collect()
}

impl From<&Scope> for ScopeBody {
    fn from(scope: &Scope) -> Self {
        Self {
            products: strings(&scope.products),
            categories: strings(&scope.categories),
            companies: strings(&scope.companies),
            zones: strings(&scope.zones),
            customer_groups: strings(&scope.customer_groups),
        }
    }
}

impl From<&Offer> for OfferBody {
    fn from(offer: &Offer) -> Self {
        Self {
            reward: (&offer.reward).into(),
            scope: (&offer.scope).into(),
            minimum: offer.minimum.map(Into::into),
            cap: offer.cap.map(Into::into),
            stacking: offer.stacking.as_str(),
        }
    }
}

/// How many orders may have something; null where as many as like.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Limits)]
pub struct LimitsBody {
    /// In all.
    pub total: Option<u32>,
    /// Of one customer.
    pub per_customer: Option<u16>,
}

/// What something has granted in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Usage)]
pub struct UsageBody {
    /// Orders that have it; cancelled ones do not count.
    pub orders: i64,
    /// What it took off them.
    pub granted: MoneyBody,
}

impl From<&Usage> for UsageBody {
    fn from(usage: &Usage) -> Self {
        Self { orders: usage.orders, granted: usage.granted.into() }
    }
}

/// One promotion in one language.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Promotion)]
pub struct PromotionBody {
    /// `prm_…`
    pub id: String,
    /// What it is called, in the language of `Content-Language`.
    pub name: String,
    #[serde(flatten)]
    offer: OfferBody,
    /// When it begins.
    pub from: DateTime<Utc>,
    /// When it is over; null without an end.
    pub until: Option<DateTime<Utc>>,
    /// How many orders may have it.
    pub limits: LimitsBody,
    /// The greatest is applied first.
    pub priority: i16,
    /// `automatic`, or `coupon` where it waits for one.
    pub activation: &'static str,
    /// `scheduled`, `running`, `over` or `ended`.
    pub phase: &'static str,
    /// Its version: `If-Match` takes it.
    pub version: i64,
    /// When its creation was recorded.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
    /// What only those who manage promotions see.
    #[serde(flatten)]
    managed: Option<ManagedBody>,
}

/// What only those who manage promotions see.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromotionManaged)]
pub struct ManagedBody {
    /// Its name in every language.
    pub names: Texts,
    /// Orders that have it; cancelled ones do not count. Left out of what it was in the past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub redemptions: Option<i64>,
    /// By currency. Left out of what it was in the past.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Vec<UsageBody>>,
    /// Why it was ended.
    pub end_reason: Option<String>,
}

/// Tells answers of one version apart: what only managers see changes without it.
pub(super) fn besides(usage: &[Usage], phase: Phase) -> i64 {
    let granted = usage.iter().map(|usage| usage.granted.minor).sum::<i128>();
    let granted = i64::try_from(granted % 1_000_000_007).unwrap_or(0);
    let phase =
        Phase::ALL.iter().position(|known| *known == phase).and_then(|place| i64::try_from(place).ok());
    granted
        .wrapping_mul(31)
        .wrapping_add(orders_of(usage))
        .wrapping_mul(4)
        .wrapping_add(phase.unwrap_or(0))
        .abs()
}

impl PromotionBody {
    /// The row in the language `wanted`, and the language that its name is in.
    #[must_use]
    pub fn new(row: &PromotionRow, wanted: &str, now: DateTime<Utc>, is_managed: bool) -> (Self, String) {
        let (tag, name) = row.terms.name.pick(&[wanted]);
        let body = Self {
            id: row.id.to_string(),
            name: name.to_owned(),
            offer: (&row.terms.offer).into(),
            from: row.terms.validity.from,
            until: row.terms.validity.until,
            limits: LimitsBody {
                total: row.terms.limits.total,
                per_customer: row.terms.limits.per_customer,
            },
            priority: row.terms.priority,
            activation: row.terms.activation.as_str(),
            phase: row.phase(now).as_str(),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            managed: is_managed.then(|| ManagedBody {
                names: texts(&row.terms.name),
                redemptions: Some(orders_of(&row.usage)),
                usage: Some(row.usage.iter().map(Into::into).collect()),
                end_reason: row.end_reason.clone(),
            }),
        };
        (body, tag.to_owned())
    }

    /// As [`Self::new`] for a row of the past, of which it is not known what it had granted until then.
    #[must_use]
    pub fn past(row: &PromotionRow, wanted: &str, then: DateTime<Utc>, is_managed: bool) -> (Self, String) {
        let (mut body, tag) = Self::new(row, wanted, then, is_managed);
        if let Some(managed) = &mut body.managed {
            managed.redemptions = None;
            managed.usage = None;
        }
        (body, tag)
    }
}

/// One coupon.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Coupon)]
pub struct CouponBody {
    /// Its code, in capitals.
    pub code: String,
    /// The promotion that it stands for (`prm_…`); null where it has an offer of its own.
    pub promotion_id: Option<String>,
    /// What it takes off itself; null where it stands for a promotion.
    pub offer: Option<OfferBody>,
    /// From when on it is taken.
    pub from: DateTime<Utc>,
    /// When it is over; null without an end.
    pub until: Option<DateTime<Utc>>,
    /// How many orders may have it.
    pub limits: LimitsBody,
    /// `scheduled`, `running`, `over` or `ended`.
    pub phase: &'static str,
    /// Orders that have it; cancelled ones do not count.
    pub redemptions: i64,
    /// By currency.
    pub usage: Vec<UsageBody>,
    /// Why it was ended.
    pub end_reason: Option<String>,
    /// Its version: `If-Match` takes it.
    pub version: i64,
    /// When its creation was recorded.
    pub created_at: DateTime<Utc>,
    /// When its last change was recorded.
    pub updated_at: DateTime<Utc>,
}

impl CouponBody {
    /// The row as it stands at `now`.
    #[must_use]
    pub fn new(row: &CouponRow, now: DateTime<Utc>) -> Self {
        let (promotion, offer) = match &row.terms.grant {
            Grant::Promotion(promotion) => (Some(promotion.to_string()), None),
            Grant::Offer(offer) => (None, Some(offer.as_ref().into())),
        };
        Self {
            code: row.code.to_string(),
            promotion_id: promotion,
            offer,
            from: row.terms.validity.from,
            until: row.terms.validity.until,
            limits: LimitsBody {
                total: row.terms.limits.total,
                per_customer: row.terms.limits.per_customer,
            },
            phase: row.phase(now).as_str(),
            redemptions: orders_of(&row.usage),
            usage: row.usage.iter().map(Into::into).collect(),
            end_reason: row.end_reason.clone(),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// What became of a promotion.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PromotionAccepted, example = json!({"id": "prm_0190c7a2000070008000000000000001", "version": 1}))]
pub struct PromotionAcceptedBody {
    /// `prm_…`
    pub id: String,
    /// Its version now.
    pub version: i64,
}

impl From<&PromotionAccepted> for PromotionAcceptedBody {
    fn from(accepted: &PromotionAccepted) -> Self {
        Self {
            id: accepted.promotion.to_string(),
            version: accepted.version,
        }
    }
}

/// What became of a coupon.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CouponAccepted, example = json!({"code": "WELCOME-5", "version": 1}))]
pub struct CouponAcceptedBody {
    /// Its code.
    pub code: String,
    /// Its version now.
    pub version: i64,
}

impl From<&CouponAccepted> for CouponAcceptedBody {
    fn from(accepted: &CouponAccepted) -> Self {
        Self { code: accepted.code.to_string(), version: accepted.version }
    }
}
