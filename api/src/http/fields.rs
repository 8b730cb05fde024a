//! Collecting every fault of a request before refusing it, so that a form can show them all at once.

use std::{collections::BTreeMap, str::FromStr};

use domain::{
    ids::InvalidId,
    money::{Currency, Money, MoneyError, UnitPrice},
    pricing::CouponCodeError,
    quantity::Quantity,
    text::{LocalizedText, TextError},
};

use super::{
    Problem,
    problem::{ErrorItem, Place},
};

/// A reason to refuse one field, with its stable code.
pub trait FieldFault: std::fmt::Display {
    /// Stable code, in kebab case.
    fn code(&self) -> &'static str;
}

impl FieldFault for TextError {
    fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::TooLong { .. } => "too-long",
            Self::ControlCharacter => "control-character",
            Self::LanguageTag => "language-tag",
        }
    }
}

impl FieldFault for InvalidId {
    fn code(&self) -> &'static str {
        "invalid-id"
    }
}

impl FieldFault for CouponCodeError {
    fn code(&self) -> &'static str {
        "coupon-code"
    }
}

impl FieldFault for MoneyError {
    fn code(&self) -> &'static str {
        "invalid-amount"
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Fields(Vec<ErrorItem>);

impl Fields {
    /// Keeps the value, or notes why there is none.
    pub fn check<T, E: FieldFault>(&mut self, pointer: impl Into<String>, value: Result<T, E>) -> Option<T> {
        value.map_err(|fault| self.refuse(pointer, fault.code(), fault.to_string())).ok()
    }

    /// As [`Self::check`], for a field that may be left out.
    pub fn check_optional<I, T, E: FieldFault>(
        &mut self,
        pointer: impl Into<String>,
        value: Option<I>,
        parse: impl FnOnce(I) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match value {
            None => Some(None),
            Some(value) => self.check(pointer, parse(value)).map(Some),
        }
    }

    /// Every item of a list, or none of them.
    pub fn check_all<I, T, E: FieldFault>(
        &mut self,
        pointer: &str,
        values: impl IntoIterator<Item = I>,
        parse: impl Fn(I) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        let parsed: Vec<Option<T>> = values
            .into_iter()
            .enumerate()
            .map(|(index, value)| self.check(format!("{pointer}/{index}"), parse(value)))
            .collect();
        parsed.into_iter().collect()
    }

    /// An id of the wanted kind.
    pub fn id<T: FromStr<Err = InvalidId>>(&mut self, pointer: impl Into<String>, text: &str) -> Option<T> {
        self.check(pointer, text.parse())
    }

    /// At least one unit.
    pub fn quantity(&mut self, pointer: impl Into<String>, units: u32) -> Option<Quantity> {
        let quantity = Quantity::new(units);
        if quantity.is_none() {
            self.refuse(pointer, "zero-quantity", "must be at least 1");
        }
        quantity
    }

    /// A text by language.
    pub fn localized(
        &mut self,
        pointer: impl Into<String>,
        by_language: BTreeMap<String, String>,
    ) -> Option<LocalizedText> {
        self.check(pointer, LocalizedText::try_new(by_language))
    }

    /// A price of one unit.
    pub fn unit_price(&mut self, pointer: &str, amount: &str, currency: &str) -> Option<UnitPrice> {
        let currency = self.currency(&format!("{pointer}/currency"), currency)?;
        self.check(format!("{pointer}/amount"), UnitPrice::parse(amount, currency))
    }

    /// An amount that can be billed.
    pub fn money(&mut self, pointer: &str, amount: &str, currency: &str) -> Option<Money> {
        let currency = self.currency(&format!("{pointer}/currency"), currency)?;
        self.check(format!("{pointer}/amount"), Money::parse(amount, currency))
    }

    /// A supported currency.
    pub fn currency(&mut self, pointer: &str, code: &str) -> Option<Currency> {
        let currency = Currency::from_code(code).ok();
        if currency.is_none() {
            self.refuse(pointer, "unknown-currency", "currency is not supported");
        }
        currency
    }

    /// Notes a fault of the caller's own finding.
    pub fn refuse(&mut self, pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) {
        self.0.push(ErrorItem::new(Place::Body(pointer.into()), code, detail));
    }

    /// The problem that says all faults; call it when a value is missing.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        Problem::invalid_fields(self.0)
    }

    /// Whether nothing was found.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use domain::{ids::ProductId, text::Sku};

    use super::*;

    #[test]
    fn every_fault_is_collected_with_its_pointer() {
        let mut fields = Fields::default();
        assert!(fields.check("/sku", Sku::parse("a\0b")).is_none());
        assert!(fields.id::<ProductId>("/lines/0/product_id", "ord_1").is_none());
        assert!(fields.quantity("/lines/0/quantity", 0).is_none());
        assert!(fields.unit_price("/price", "1.5", "XXX").is_none());
        assert_eq!(fields.check("/name", Sku::parse("fine")).map(|sku| sku.to_string()), Some("fine".into()));
        let places: Vec<_> = fields.0.iter().map(|item| (item.place.clone(), item.code.as_ref())).collect();
        assert_eq!(
            places,
            [
                (Place::Body("/sku".into()), "control-character"),
                (Place::Body("/lines/0/product_id".into()), "invalid-id"),
                (Place::Body("/lines/0/quantity".into()), "zero-quantity"),
                (Place::Body("/price/currency".into()), "unknown-currency"),
            ]
        );
        assert_eq!(fields.into_problem().status(), 422);
    }
}
