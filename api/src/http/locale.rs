//! Which language a text is answered in: `?locale=`, else `Accept-Language`, else the store's first.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::header::ACCEPT_LANGUAGE, web};

/// The languages that the store speaks, the preferred one first: lower-case BCP 47 tags.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreLocales(Vec<String>);

impl StoreLocales {
    /// `None` without any, or with one that is no language tag.
    #[must_use]
    pub fn new(tags: Vec<String>) -> Option<Self> {
        let is_tag = |tag: &String| {
            (2..=35).contains(&tag.len())
                && tag.split('-').all(|part| {
                    (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
                })
        };
        (!tags.is_empty() && tags.iter().all(is_tag))
            .then(|| Self(tags.into_iter().map(|tag| tag.to_ascii_lowercase()).collect()))
    }

    /// The tag of a locale.
    #[must_use]
    pub fn tag(&self, locale: Locale) -> &str {
        self.0.get(usize::from(locale.0)).map_or("en", String::as_str)
    }

    /// Every tag.
    #[must_use]
    pub fn tags(&self) -> &[String] {
        &self.0
    }

    fn index(&self, wanted: &str) -> Option<Locale> {
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        self.0
            .iter()
            .position(|tag| tag.eq_ignore_ascii_case(wanted))
            .or_else(|| self.0.iter().position(|tag| primary(tag) == primary(wanted)))
            .and_then(|index| u8::try_from(index).ok())
            .map(Locale)
    }

    /// The best of the store's languages for a request. What cannot be spoken falls back, and never fails.
    #[must_use]
    pub fn choose(&self, query: &str, accept: Option<&str>) -> Locale {
        let asked = query.split('&').find_map(|pair| pair.strip_prefix("locale="));
        if let Some(locale) = asked.and_then(|tag| self.index(tag)) {
            return locale;
        }
        accept.and_then(|accept| self.best(accept)).unwrap_or_default()
    }

    fn best(&self, accept: &str) -> Option<Locale> {
        let mut best: Option<(u16, Locale)> = None;
        for range in accept.split(',').take(16) {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim();
            let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1_000, thousandths);
            let locale = if tag == "*" {
                Some(Locale::default())
            } else {
                self.index(tag)
            };
            if let Some(locale) = locale.filter(|_| weight > 0 && best.is_none_or(|(most, _)| weight > most))
            {
                best = Some((weight, locale));
            }
        }
        best.map(|(_, locale)| locale)
    }
}

/// A weight such as `0.8` in thousandths; what is none counts as 0.
fn thousandths(weight: &str) -> u16 {
    let (whole, decimals) = weight.trim().split_once('.').unwrap_or((weight.trim(), ""));
    let decimals: String = decimals.chars().chain("000".chars()).take(3).collect();
    match (whole.parse::<u16>(), decimals.parse::<u16>()) {
        (Ok(0), Ok(rest)) => rest,
        (Ok(1), Ok(_)) => 1_000,
        _ => 0,
    }
}

impl Default for StoreLocales {
    /// English, Arabic and Kurdish.
    fn default() -> Self {
        Self(["en", "ar", "ku"].map(str::to_owned).to_vec())
    }
}

/// One of the store's languages, small enough to be part of a cache's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Locale(u8);

impl Locale {
    /// The store's language with this number, from 0.
    #[must_use]
    pub const fn from_index(index: u8) -> Self {
        Self(index)
    }
}

impl FromRequest for Locale {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let accept = request.headers().get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let locales = request.app_data::<web::Data<StoreLocales>>();
        ready(
            Ok(locales.map_or_else(Self::default, |locales| locales.choose(request.query_string(), accept))),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_spoken_language_wins() {
        let locales = StoreLocales::new(vec!["en".into(), "ar".into(), "ku".into()]).unwrap();
        let tag = |query, accept| locales.tag(locales.choose(query, accept)).to_owned();
        assert_eq!(tag("", None), "en");
        assert_eq!(tag("", Some("ar")), "ar");
        assert_eq!(tag("", Some("fr, ku;q=0.3, ar-IQ;q=0.9")), "ar");
        assert_eq!(tag("", Some("fr;q=1, de")), "en");
        assert_eq!(tag("", Some("ar;q=0, *;q=0.1")), "en");
        assert_eq!(tag("", Some("ar;q=bogus, ku;q=0.001")), "ku");
        assert_eq!(tag("limit=3&locale=ku", Some("ar")), "ku");
        assert_eq!(tag("locale=xx", Some("ar")), "ar");
    }

    #[test]
    fn a_store_speaks_at_least_one_well_formed_language() {
        assert_eq!(StoreLocales::new(Vec::new()), None);
        assert_eq!(StoreLocales::new(vec!["en us".into()]), None);
    }
}
