//! What a product was at any moment of its history.

use domain::catalog::ProductState;

use super::response::{ProductStateBody, attributes};
use crate::http::shapes::texts;

/// The state as an answer; `None` before the product was registered.
pub(super) fn state(state: &ProductState) -> Option<ProductStateBody> {
    let listing = state.listing()?;
    let details = &listing.details;
    Some(ProductStateBody {
        status: if state.is_active() {
            "active"
        } else {
            "discontinued"
        },
        sku: listing.sku.to_string(),
        title: texts(&details.title),
        description: details.description.as_ref().map(texts),
        categories: details.categories.iter().map(ToString::to_string).collect(),
        tags: details.tags.iter().map(ToString::to_string).collect(),
        attributes: attributes(details.attributes.clone()),
        base_price: listing.prices.base.into(),
        discounted_price: listing.prices.discounted.map(Into::into),
        wholesale_price: listing.prices.wholesale.map(Into::into),
        min_order_quantity: listing.min_order_quantity.get(),
        slug: listing.presentation.slug.as_ref().map(ToString::to_string),
        featured: listing.presentation.featured,
        sale_zones: listing.presentation.sale_zones.iter().map(ToString::to_string).collect(),
    })
}
