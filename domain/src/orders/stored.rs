//! How an order's lines and totals are written: amounts as decimal strings beside one currency, because an order has
//! one currency and a thousand lines should not repeat it three times each.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

use super::{AppliedDiscount, Commission, DiscountedLine, HeldLimit, LineTax, OrderLine, Totals};
use crate::{
    ids::{CompanyId, ProductId, PromotionId, TaxRateId},
    inventory::Allocation,
    money::{BasisPoints, Currency, Money, MoneyError, UnitPrice},
    pricing::{CouponCode, TaxTreatment},
    quantity::Quantity,
    text::Sku,
};

#[derive(Serialize, Deserialize)]
struct StoredLine<'a> {
    number: u16,
    product: ProductId,
    sku: Cow<'a, Sku>,
    quantity: Quantity,
    currency: Currency,
    unit_price: Cow<'a, str>,
    total: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    discount: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tax: Option<StoredTax<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    company: Option<CompanyId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commission_basis_points: Option<BasisPoints>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commission: Option<Cow<'a, str>>,
    #[serde(default, skip_serializing_if = "<[Allocation]>::is_empty")]
    allocations: Cow<'a, [Allocation]>,
}

#[derive(Serialize, Deserialize)]
struct StoredTax<'a> {
    tax_rate: TaxRateId,
    rate: BasisPoints,
    treatment: TaxTreatment,
    amount: Cow<'a, str>,
}

impl StoredTax<'_> {
    fn of(tax: &LineTax) -> Self {
        let LineTax { tax_rate, rate, treatment, amount } = *tax;
        Self { tax_rate, rate, treatment, amount: amount.decimal().into() }
    }

    fn read(self, currency: Currency) -> Result<LineTax, MoneyError> {
        let Self { tax_rate, rate, treatment, amount } = self;
        Money::parse(&amount, currency).map(|amount| LineTax { tax_rate, rate, treatment, amount })
    }
}

impl Serialize for OrderLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        StoredLine {
            number: self.number,
            product: self.product,
            sku: Cow::Borrowed(&self.sku),
            quantity: self.quantity,
            currency: self.total.currency(),
            unit_price: self.unit_price.decimal().into(),
            total: self.total.decimal().into(),
            discount: self.discount.map(|discount| discount.decimal().into()),
            tax: self.tax.as_ref().map(StoredTax::of),
            company: self.company,
            commission_basis_points: self.commission.map(|commission| commission.rate),
            commission: self.commission.map(|commission| commission.amount.decimal().into()),
            allocations: Cow::Borrowed(&self.allocations),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for OrderLine {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredLine::deserialize(deserializer)?;
        let currency = stored.currency;
        let discount = stored.discount.map(|discount| Money::parse(&discount, currency)).transpose();
        let commission = stored
            .commission_basis_points
            .zip(stored.commission)
            .map(|(rate, amount)| Money::parse(&amount, currency).map(|amount| Commission { rate, amount }));
        let tax = stored.tax.map(|tax| tax.read(currency)).transpose();
        Ok(Self {
            number: stored.number,
            product: stored.product,
            sku: stored.sku.into_owned(),
            quantity: stored.quantity,
            unit_price: UnitPrice::parse(&stored.unit_price, currency).map_err(D::Error::custom)?,
            total: Money::parse(&stored.total, currency).map_err(D::Error::custom)?,
            discount: discount.map_err(D::Error::custom)?,
            tax: tax.map_err(D::Error::custom)?,
            company: stored.company,
            commission: commission.transpose().map_err(D::Error::custom)?,
            allocations: stored.allocations.into_owned(),
        })
    }
}

#[derive(Serialize, Deserialize)]
struct StoredTotals<'a> {
    currency: Currency,
    /// Written so that history can be read without our registry.
    exponent: u8,
    subtotal: Cow<'a, str>,
    discount: Cow<'a, str>,
    delivery: Cow<'a, str>,
    tax: Cow<'a, str>,
    /// Most orders are not rounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rounding: Option<Cow<'a, str>>,
    total: Cow<'a, str>,
}

impl Serialize for Totals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let currency = self.total.currency();
        StoredTotals {
            currency,
            exponent: currency.exponent(),
            subtotal: self.subtotal.decimal().into(),
            discount: self.discount.decimal().into(),
            delivery: self.delivery.decimal().into(),
            tax: self.tax.decimal().into(),
            rounding: (self.rounding.minor() != 0).then(|| self.rounding.decimal().into()),
            total: self.total.decimal().into(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Totals {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredTotals::deserialize(deserializer)?;
        let read = |amount: &str| Money::parse(amount, stored.currency);
        let totals = || -> Result<Self, MoneyError> {
            Ok(Self {
                subtotal: read(&stored.subtotal)?,
                discount: read(&stored.discount)?,
                delivery: read(&stored.delivery)?,
                tax: read(&stored.tax)?,
                rounding: stored.rounding.as_deref().map_or(Ok(Money::zero(stored.currency)), read)?,
                total: read(&stored.total)?,
            })
        };
        totals().map_err(D::Error::custom)
    }
}

#[derive(Serialize, Deserialize)]
struct StoredDiscount<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promotion: Option<PromotionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    coupon: Option<Cow<'a, CouponCode>>,
    currency: Currency,
    amount: Cow<'a, str>,
    lines: Vec<StoredShare>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    promotion_limit: Option<HeldLimit>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    coupon_limit: Option<HeldLimit>,
}

#[derive(Serialize, Deserialize)]
struct StoredShare {
    line: u16,
    amount: String,
}

impl Serialize for AppliedDiscount {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let share = |share: &DiscountedLine| StoredShare { line: share.line, amount: share.amount.decimal() };
        StoredDiscount {
            promotion: self.promotion,
            coupon: self.coupon.as_ref().map(Cow::Borrowed),
            currency: self.amount.currency(),
            amount: self.amount.decimal().into(),
            lines: self.lines.iter().map(share).collect(),
            promotion_limit: self.promotion_limit,
            coupon_limit: self.coupon_limit,
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for AppliedDiscount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = StoredDiscount::deserialize(deserializer)?;
        let read = |amount: &str| Money::parse(amount, stored.currency).map_err(D::Error::custom);
        let share =
            |share: &StoredShare| Ok(DiscountedLine { line: share.line, amount: read(&share.amount)? });
        Ok(Self {
            promotion: stored.promotion,
            coupon: stored.coupon.map(Cow::into_owned),
            amount: read(&stored.amount)?,
            lines: stored.lines.iter().map(share).collect::<Result<_, D::Error>>()?,
            promotion_limit: stored.promotion_limit,
            coupon_limit: stored.coupon_limit,
        })
    }
}
