//! Why a request to a product, a category or a unit is refused.

use crate::refusal::{Fault, refusals};

/// Why a request to a product is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// There is no such product.
    #[error("product does not exist")]
    NotFound,
    /// A product registers once.
    #[error("product is registered already")]
    AlreadyRegistered,
    /// A discontinued product is history.
    #[error("product is discontinued")]
    Discontinued,
    /// Every price is zero or more.
    #[error("price must not be negative")]
    NegativePrice {
        /// Which price, as a JSON Pointer.
        pointer: &'static str,
    },
    /// All prices of a product are in one currency.
    #[error("prices must be in the currency of the base price")]
    CurrencyMismatch {
        /// Which price, as a JSON Pointer.
        pointer: &'static str,
    },
    /// A reduced price reduces.
    #[error("discounted price must be at most the base price")]
    DiscountAboveBase,
    /// See [`super::MAX_IMAGES`].
    #[error("product may have at most {max} images")]
    TooManyImages {
        /// The limit.
        max: usize,
    },
    /// Only `https` and this server's own paths are safe to show.
    #[error("image must be an https URL or a path of this server")]
    InvalidImageUrl {
        /// Which image, from 0.
        index: usize,
    },
    /// See [`super::MAX_CATEGORIES`].
    #[error("product may be in at most {max} categories")]
    TooManyCategories {
        /// The limit.
        max: usize,
    },
    /// Each category counts once.
    #[error("category is named twice")]
    RepeatedCategory {
        /// The second naming, from 0.
        index: usize,
    },
    /// See [`super::MAX_TAGS`].
    #[error("product may have at most {max} tags")]
    TooManyTags {
        /// The limit.
        max: usize,
    },
    /// Each tag counts once.
    #[error("tag is named twice")]
    RepeatedTag {
        /// The second naming, from 0.
        index: usize,
    },
    /// See [`super::MAX_SALE_ZONES`].
    #[error("product may be confined to at most {max} zones")]
    TooManySaleZones {
        /// The limit.
        max: usize,
    },
    /// A part is at most the whole.
    #[error("must be at most 100 percent")]
    PercentTooGreat {
        /// Which, as a JSON Pointer.
        pointer: &'static str,
    },
    /// See [`super::MAX_CERTIFICATIONS`].
    #[error("product may have at most {max} certifications")]
    TooManyCertifications {
        /// The limit.
        max: usize,
    },
}

refusals!(ProductError, faults = details {
    NotFound = "catalog.product_not_found" NotFound,
    AlreadyRegistered = "catalog.product_already_registered" Conflict,
    Discontinued = "catalog.product_discontinued" Conflict,
    NegativePrice = "catalog.negative_price" Invalid,
    CurrencyMismatch = "catalog.currency_mismatch" Invalid,
    DiscountAboveBase = "catalog.discount_above_base" Invalid,
    TooManyImages = "catalog.too_many_images" Invalid,
    InvalidImageUrl = "catalog.invalid_image_url" Invalid,
    TooManyCategories = "catalog.too_many_categories" Invalid,
    RepeatedCategory = "catalog.repeated_category" Invalid,
    TooManyTags = "catalog.too_many_tags" Invalid,
    RepeatedTag = "catalog.repeated_tag" Invalid,
    TooManySaleZones = "catalog.too_many_sale_zones" Invalid,
    PercentTooGreat = "catalog.percent_too_great" Invalid,
    TooManyCertifications = "catalog.too_many_certifications" Invalid,
});

impl ProductError {
    fn details(&self) -> Vec<Fault> {
        let pointer = match self {
            Self::NotFound | Self::AlreadyRegistered | Self::Discontinued => return Vec::new(),
            Self::NegativePrice { pointer }
            | Self::CurrencyMismatch { pointer }
            | Self::PercentTooGreat { pointer } => (*pointer).to_owned(),
            Self::DiscountAboveBase => "/prices/discounted".to_owned(),
            Self::TooManyImages { .. } => "/images".to_owned(),
            Self::InvalidImageUrl { index } => format!("/images/{index}/url"),
            Self::TooManyCategories { .. } => "/categories".to_owned(),
            Self::RepeatedCategory { index } => format!("/categories/{index}"),
            Self::TooManyTags { .. } => "/tags".to_owned(),
            Self::RepeatedTag { index } => format!("/tags/{index}"),
            Self::TooManySaleZones { .. } => "/sale_zones".to_owned(),
            Self::TooManyCertifications { .. } => "/certifications".to_owned(),
        };
        vec![Fault::at(pointer, self)]
    }
}

/// Why a request to a category is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CategoryError {
    /// There is no such category, or not any more.
    #[error("category does not exist")]
    NotFound,
    /// A category is created once.
    #[error("category exists already")]
    AlreadyCreated,
    /// Only `https` and this server's own paths are safe to show.
    #[error("image must be an https URL or a path of this server")]
    InvalidImageUrl,
}

refusals!(CategoryError, faults = details {
    NotFound = "catalog.category_not_found" NotFound,
    AlreadyCreated = "catalog.category_already_created" Conflict,
    InvalidImageUrl = "catalog.category_invalid_image_url" Invalid,
});

impl CategoryError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NotFound | Self::AlreadyCreated => Vec::new(),
            Self::InvalidImageUrl => vec![Fault::at("/image/url", self)],
        }
    }
}

/// Why a request to a unit of measure is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// There is no such unit.
    #[error("unit does not exist")]
    NotFound,
    /// A unit is defined once.
    #[error("unit is defined already")]
    AlreadyDefined,
    /// A retired unit is history.
    #[error("unit is retired")]
    Retired,
}

refusals!(UnitError {
    NotFound = "catalog.unit_not_found" NotFound,
    AlreadyDefined = "catalog.unit_already_defined" Conflict,
    Retired = "catalog.unit_retired" Conflict,
});

/// Why a request to a selling unit is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SellingUnitError {
    /// There is no such selling unit.
    #[error("selling unit does not exist")]
    NotFound,
    /// A selling unit is added once.
    #[error("selling unit is there already")]
    AlreadyAdded,
    /// A retired selling unit is history.
    #[error("selling unit is retired")]
    Retired,
    /// A price is zero or more.
    #[error("price must not be negative")]
    NegativePrice,
}

refusals!(SellingUnitError, faults = details {
    NotFound = "catalog.selling_unit_not_found" NotFound,
    AlreadyAdded = "catalog.selling_unit_already_added" Conflict,
    Retired = "catalog.selling_unit_retired" Conflict,
    NegativePrice = "catalog.selling_unit_negative_price" Invalid,
});

impl SellingUnitError {
    fn details(&self) -> Vec<Fault> {
        match self {
            Self::NotFound | Self::AlreadyAdded | Self::Retired => Vec::new(),
            Self::NegativePrice => vec![Fault::at("/price", self)],
        }
    }
}
