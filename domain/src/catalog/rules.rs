//! What holds for every description and every set of prices.

use std::collections::HashSet;

use super::{ImageName, MAX_CATEGORIES, MAX_IMAGES, MAX_TAGS, Prices, ProductDetails, ProductError};

/// The longest image URL, in bytes: what every browser and proxy still takes.
const MAX_URL_BYTES: usize = 2_000;

pub(super) fn check_details(details: &ProductDetails) -> Result<(), ProductError> {
    if details.images.len() > MAX_IMAGES {
        return Err(ProductError::TooManyImages { max: MAX_IMAGES });
    }
    if let Some(index) = details.images.iter().position(|image| !is_safe_url(&image.url)) {
        return Err(ProductError::InvalidImageUrl { index });
    }
    if details.categories.len() > MAX_CATEGORIES {
        return Err(ProductError::TooManyCategories { max: MAX_CATEGORIES });
    }
    if let Some(index) = first_repeat(&details.categories) {
        return Err(ProductError::RepeatedCategory { index });
    }
    if details.tags.len() > MAX_TAGS {
        return Err(ProductError::TooManyTags { max: MAX_TAGS });
    }
    if let Some(index) = first_repeat(&details.tags) {
        return Err(ProductError::RepeatedTag { index });
    }
    Ok(())
}

pub(super) fn check_prices(prices: &Prices) -> Result<(), ProductError> {
    let all = [
        ("/prices/base", Some(prices.base)),
        ("/prices/discounted", prices.discounted),
        ("/prices/wholesale", prices.wholesale),
    ];
    for (pointer, price) in all {
        let Some(price) = price else { continue };
        if price.is_negative() {
            return Err(ProductError::NegativePrice { pointer });
        }
        if price.currency() != prices.base.currency() {
            return Err(ProductError::CurrencyMismatch { pointer });
        }
    }
    if prices.discounted.is_some_and(|reduced| reduced.micros() > prices.base.micros()) {
        return Err(ProductError::DiscountAboveBase);
    }
    Ok(())
}

fn first_repeat<T: Eq + std::hash::Hash>(items: &[T]) -> Option<usize> {
    let mut seen = HashSet::with_capacity(items.len());
    items.iter().position(|item| !seen.insert(item))
}

/// `https` with a host, or a path of this server (`//host` would leave it); where that leads to uploads, it names one.
pub(super) fn is_safe_url(url: &str) -> bool {
    let own_path = url.starts_with('/') && !url.starts_with("//");
    let https = url
        .strip_prefix("https://")
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric() || c == '['));
    let plain = !url.contains(|c: char| c.is_control() || c.is_whitespace() || c == '\\');
    let names_no_upload = ImageName::in_url(url).is_err();
    (own_path || https) && plain && !names_no_upload && url.len() <= MAX_URL_BYTES
}
