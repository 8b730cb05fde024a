//! What may be asked of promotions, and the parts of an offer, which coupons have too.

use chrono::{DateTime, Utc};
use commands::pricing::PromotionDraft;
use domain::{
    money::BasisPoints,
    pricing::{
        Activation, Bundle, BundleItem, BuyXGetY, FixedOff, Limits, Offer, PercentageOff, Reward, Scope,
        Stacking,
    },
    text::{Code, Reason, Zone},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::{
    Fields, Problem,
    shapes::{AmountRequest, Texts},
};

/// All of a promotion.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "name": {"en": "Ramadan offer", "ar": "عرض رمضان"},
    "reward": {"type": "percentage", "percent": "10"},
    "scope": {"zones": ["baghdad"]},
    "minimum": {"amount": "50000", "currency": "IQD"},
    "cap": {"amount": "20000", "currency": "IQD"},
    "limits": {"total": 500, "per_customer": 2},
    "priority": 10,
}))]
pub struct PromotionRequest {
    /// What it is called, by language.
    pub name: Texts,
    /// What it takes off.
    pub reward: RewardRequest,
    /// For what and whom; for everything and everybody where it is absent.
    #[serde(default)]
    pub scope: ScopeRequest,
    /// Only when the order's lines come to at least this, before any discount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum: Option<AmountRequest>,
    /// Never more than this off one order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cap: Option<AmountRequest>,
    /// `stackable`, or `exclusive`: it shares no line with other promotions and coupons.
    #[serde(default)]
    #[schema(value_type = String, default = "stackable")]
    pub stacking: Stacking,
    /// When it begins; at once where it is absent, or as before in a revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<DateTime<Utc>>,
    /// When it is over; never where it is absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<DateTime<Utc>>,
    /// How many orders may have it.
    #[serde(default)]
    pub limits: LimitsRequest,
    /// The greatest is applied first.
    #[serde(default)]
    pub priority: i16,
    /// `automatic`, or `coupon`: it waits for a coupon that stands for it.
    #[serde(default)]
    #[schema(value_type = String, default = "automatic")]
    pub activation: Activation,
}

/// What an offer takes off.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RewardRequest {
    /// A share of every line in scope.
    Percentage {
        /// Plain decimal, above 0 and at most 100, with at most two decimals.
        percent: String,
    },
    /// An amount off all lines in scope together.
    Fixed {
        /// More than nothing.
        amount: AmountRequest,
    },
    /// Of every `buy + get` units in scope the cheapest `get` cost less.
    BuyXGetY {
        /// Units at their price.
        buy: u32,
        /// Units that cost less.
        get: u32,
        /// How much less; 100 where it is absent: they are free.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        percent: Option<String>,
    },
    /// Products that together cost a price of their own.
    Bundle {
        /// At least one, at most twenty, each product once.
        items: Vec<BundleItemRequest>,
        /// What one bundle costs.
        price: AmountRequest,
    },
}

/// Units of one product in a bundle.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BundleItemRequest {
    /// `prd_…`
    pub product_id: String,
    /// How many base units.
    #[schema(minimum = 1)]
    pub quantity: u32,
}

/// What and whom an offer is for; what is left out does not restrict.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScopeRequest {
    /// Products (`prd_…`), beside those of `categories`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub products: Vec<String>,
    /// Products of these categories (`cat_…`), beside `products`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Products of these vendors (`com_…`) only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub companies: Vec<String>,
    /// Orders into these zones only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub zones: Vec<String>,
    /// Customers of these groups only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub customer_groups: Vec<String>,
}

/// How many orders may have something; without a number as many as like.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitsRequest {
    /// In all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub total: Option<u32>,
    /// Of one customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub per_customer: Option<u16>,
}

/// Why a promotion or coupon is ended.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"reason": "Sold out"}))]
pub struct EndRequest {
    /// In a person's words.
    #[serde(default)]
    pub reason: Option<String>,
}

impl RewardRequest {
    pub(crate) fn parse(&self, fields: &mut Fields) -> Option<Reward> {
        match self {
            Self::Percentage { percent } => {
                let rate = fields.check("/reward/percent", BasisPoints::parse_percent(percent))?;
                Some(Reward::Percentage(PercentageOff { rate }))
            }
            Self::Fixed { amount } => {
                Some(Reward::Fixed(FixedOff { amount: amount.parse(fields, "/reward/amount")? }))
            }
            Self::BuyXGetY { buy, get, percent } => {
                let rate = match percent {
                    None => Some(BasisPoints::MAX),
                    Some(percent) => fields.check("/reward/percent", BasisPoints::parse_percent(percent)),
                };
                let buy = fields.quantity("/reward/buy", *buy);
                let get = fields.quantity("/reward/get", *get);
                Some(Reward::BuyXGetY(BuyXGetY { buy: buy?, get: get?, rate: rate? }))
            }
            Self::Bundle { items, price } => {
                let price = price.parse(fields, "/reward/price");
                let items: Vec<Option<BundleItem>> =
                    items.iter().enumerate().map(|(index, item)| item.parse(fields, index)).collect();
                let items: Option<Vec<BundleItem>> = items.into_iter().collect();
                Some(Reward::Bundle(Bundle { items: items?, price: price? }))
            }
        }
    }
}

impl BundleItemRequest {
    fn parse(&self, fields: &mut Fields, index: usize) -> Option<BundleItem> {
        let product = fields.id(format!("/reward/items/{index}/product_id"), &self.product_id);
        let quantity = fields.quantity(format!("/reward/items/{index}/quantity"), self.quantity);
        Some(BundleItem { product: product?, quantity: quantity? })
    }
}

impl ScopeRequest {
    fn parse(&self, fields: &mut Fields) -> Option<Scope> {
        let products = fields.check_all("/scope/products", &self.products, |id| id.parse());
        let categories = fields.check_all("/scope/categories", &self.categories, |id| id.parse());
        let companies = fields.check_all("/scope/companies", &self.companies, |id| id.parse());
        let zones = fields.check_all("/scope/zones", &self.zones, |zone| Zone::parse(zone));
        let groups =
            fields.check_all("/scope/customer_groups", &self.customer_groups, |code| Code::parse(code));
        Some(Scope {
            products: products?.into_iter().collect(),
            categories: categories?.into_iter().collect(),
            companies: companies?.into_iter().collect(),
            zones: zones?.into_iter().collect(),
            customer_groups: groups?.into_iter().collect(),
        })
    }
}

/// The parts of an offer, as promotions and coupons name them.
pub(super) struct OfferParts<'a> {
    pub(super) reward: &'a RewardRequest,
    pub(super) scope: &'a ScopeRequest,
    pub(super) minimum: Option<&'a AmountRequest>,
    pub(super) cap: Option<&'a AmountRequest>,
    pub(super) stacking: Stacking,
}

impl OfferParts<'_> {
    /// The offer, or notes in `fields`.
    pub(super) fn parse(&self, fields: &mut Fields) -> Option<Offer> {
        let amount = |fields: &mut Fields, amount: Option<&AmountRequest>, pointer| match amount {
            None => Some(None),
            Some(amount) => amount.parse(fields, pointer).map(Some),
        };
        let reward = self.reward.parse(fields);
        let scope = self.scope.parse(fields);
        let minimum = amount(fields, self.minimum, "/minimum");
        let cap = amount(fields, self.cap, "/cap");
        Some(Offer {
            reward: reward?,
            scope: scope?,
            minimum: minimum?,
            cap: cap?,
            stacking: self.stacking,
        })
    }
}

impl From<LimitsRequest> for Limits {
    fn from(limits: LimitsRequest) -> Self {
        Self { total: limits.total, per_customer: limits.per_customer }
    }
}

/// The years that every part of the system can hold, to the microsecond that PostgreSQL holds.
pub(super) fn time(
    fields: &mut Fields,
    pointer: &str,
    time: Option<DateTime<Utc>>,
) -> Option<Option<DateTime<Utc>>> {
    use chrono::Datelike;
    let Some(time) = time else { return Some(None) };
    let micros = DateTime::from_timestamp_micros(time.timestamp_micros());
    match micros.filter(|time| (1_970..=9_999).contains(&time.year())) {
        Some(time) => Some(Some(time)),
        None => {
            fields.refuse(pointer, "time-out-of-range", "must be in the years 1970 to 9999");
            None
        }
    }
}

impl TryFrom<PromotionRequest> for PromotionDraft {
    type Error = Problem;

    fn try_from(request: PromotionRequest) -> Result<Self, Problem> {
        let mut fields = Fields::default();
        let name = fields.localized("/name", request.name);
        let from = time(&mut fields, "/from", request.from);
        let until = time(&mut fields, "/until", request.until);
        let offer = OfferParts {
            reward: &request.reward,
            scope: &request.scope,
            minimum: request.minimum.as_ref(),
            cap: request.cap.as_ref(),
            stacking: request.stacking,
        }
        .parse(&mut fields);
        let draft = || {
            Some(Self {
                name: name?,
                from: from?,
                until: until?,
                offer: offer?,
                limits: request.limits.into(),
                priority: request.priority,
                activation: request.activation,
            })
        };
        draft().ok_or_else(|| fields.into_problem())
    }
}

impl EndRequest {
    /// The reason, where one is given.
    ///
    /// # Errors
    /// 422 when it is no text that can be stored.
    pub(super) fn parse(self) -> Result<Option<Reason>, Problem> {
        let mut fields = Fields::default();
        let reason = fields.check_optional("/reason", self.reason, |text| Reason::parse(&text));
        reason.ok_or_else(|| fields.into_problem())
    }
}
