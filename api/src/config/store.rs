//! What the shop is like.

use commands::pricing::CashSteps;
use domain::money::Currency;

use super::{ConfigError, Source};
use crate::http::locale::StoreLocales;

/// Settings of the store.
#[derive(Debug, Clone)]
pub struct StoreConfig {
    /// What it is called.
    pub name: String,
    /// Its languages.
    pub locales: StoreLocales,
    /// Its currency.
    pub currency: Currency,
    /// What cash orders are rounded to.
    pub cash_steps: CashSteps,
    /// Product answers kept in memory.
    pub cache_products: u32,
    /// For how long others may keep a public answer, in seconds.
    pub cache_max_age_s: u32,
}

impl StoreConfig {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first setting that is wrong.
    pub fn from_source(source: &Source) -> Result<Self, ConfigError> {
        let locales = |text: &str| {
            let tags = text.split(',').map(|tag| tag.trim().to_owned()).collect();
            StoreLocales::new(tags).ok_or("must be language tags, separated by commas")
        };
        let locales = source.parse("locales", locales)?.unwrap_or_default();
        let name = |text: &str| {
            let is_one_line = (1..=100).contains(&text.chars().count()) && !text.contains(char::is_control);
            is_one_line.then(|| text.to_owned()).ok_or("must be one line of 1 to 100 characters")
        };
        Ok(Self {
            name: source.parse("store_name", name)?.unwrap_or_else(|| "Souk".to_owned()),
            locales,
            currency: source.parse("currency", Currency::from_code)?.unwrap_or(Currency::IQD),
            cash_steps: source.parse("cash_steps", str::parse)?.unwrap_or_default(),
            cache_products: source.number("cache_products", 20_000, 0..=10_000_000)?,
            cache_max_age_s: source.number("cache_max_age_s", 10, 0..=86_400)?,
        })
    }
}
