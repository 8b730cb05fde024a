//! What may happen to a product, to a category, and to the units that goods are measured in and sold by.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::AttributeValues;
use crate::{
    decider::Event,
    ids::{CategoryId, CompanyId, ProductId, UnitId},
    money::UnitPrice,
    quantity::Quantity,
    ratio::Ratio,
    slug::Slug,
    text::{Barcode, Code, ExternalId, LocalizedText, Reason, Sku, Tag, Zone},
};

/// Whether the product is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductKind {
    /// Goods with stock.
    Goods,
    /// A charge or service line (postage, bank charges): never reserved, never counted.
    Service,
}

/// The prices of one base unit, all in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    /// What everybody pays unless a better price applies.
    pub base: UnitPrice,
    /// The current reduced price, at most the base price.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discounted: Option<UnitPrice>,
    /// The price for wholesale customers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wholesale: Option<UnitPrice>,
}

/// One picture; the order in the list is the order of display.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// `https` URL, or a path of this server that begins with `/`.
    pub url: String,
    /// Alternative text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<LocalizedText>,
}

/// Everything about a product that its owner describes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductDetails {
    /// What it is called.
    pub title: LocalizedText,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<LocalizedText>,
    /// Categories, the primary one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<CategoryId>,
    /// Search words, without repeats.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// The printed code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<Barcode>,
    /// At most ten pictures.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// What else is known of it, as the definitions of attributes allow.
    #[serde(default, skip_serializing_if = "AttributeValues::is_empty")]
    pub attributes: AttributeValues,
}

/// How a product stands in the shop, beside what describes it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presentation {
    /// Its part of an address; unique among products, earlier ones too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<Slug>,
    /// It is among those that the shop shows first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub featured: bool,
    /// The only zones that it is sold in; absent where it is sold everywhere.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub sale_zones: BTreeSet<Zone>,
}

impl Presentation {
    /// Nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it is sold in a zone.
    #[must_use]
    pub fn is_sold_in(&self, zone: &Zone) -> bool {
        self.sale_zones.is_empty() || self.sale_zones.contains(zone)
    }
}

/// What is known of how sustainable a product is; what is absent is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sustainability {
    /// Grams of CO2 equivalents per base unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carbon_grams: Option<u64>,
    /// How much of it is recycled material.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recycled_percent: Option<u8>,
    /// How much of its packaging can be recycled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recyclable_packaging_percent: Option<u8>,
    /// How far it comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transport_km: Option<u32>,
    /// Certificates that it has.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub certifications: BTreeSet<Tag>,
}

/// A fact about one product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ProductEvent {
    /// It can be sold from now on.
    ProductRegistered {
        /// The seller's code.
        sku: Sku,
        /// Counted or not.
        kind: ProductKind,
        /// How it is described.
        details: ProductDetails,
        /// What it costs.
        prices: Prices,
        /// The fewest units of one order line.
        min_order_quantity: Quantity,
        /// Its id in another system.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        external_id: Option<ExternalId>,
        /// The vendor; absent where the marketplace itself sells.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        company: Option<CompanyId>,
        /// How it stands in the shop.
        #[serde(default, skip_serializing_if = "Presentation::is_empty")]
        presentation: Presentation,
    },
    /// It is described anew; the whole description is replaced.
    ProductDescribed {
        /// The new description.
        details: ProductDetails,
    },
    /// It costs something else from now on; placed orders keep their prices.
    ProductRepriced {
        /// The new prices.
        prices: Prices,
    },
    /// Its smallest order changed.
    MinimumOrderQuantitySet {
        /// The fewest units of one order line.
        min_order_quantity: Quantity,
    },
    /// It stands in the shop in another way; all of it is replaced.
    ProductPresented {
        /// How it stands in the shop.
        presentation: Presentation,
    },
    /// It is said how sustainable it is; all that was known is replaced.
    SustainabilityStated {
        /// What is known.
        sustainability: Sustainability,
    },
    /// It is not sold any more; its history stays.
    ProductDiscontinued {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Reason>,
    },
}

impl Event for ProductEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("ProductRegistered", 1),
        ("ProductDescribed", 1),
        ("ProductRepriced", 1),
        ("MinimumOrderQuantitySet", 1),
        ("ProductPresented", 1),
        ("SustainabilityStated", 1),
        ("ProductDiscontinued", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::ProductRegistered { .. } => "ProductRegistered",
            Self::ProductDescribed { .. } => "ProductDescribed",
            Self::ProductRepriced { .. } => "ProductRepriced",
            Self::MinimumOrderQuantitySet { .. } => "MinimumOrderQuantitySet",
            Self::ProductPresented { .. } => "ProductPresented",
            Self::SustainabilityStated { .. } => "SustainabilityStated",
            Self::ProductDiscontinued { .. } => "ProductDiscontinued",
        }
    }
}

/// Everything about a category that is described, and not where it hangs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryDetails {
    /// What it is called.
    pub name: LocalizedText,
    /// Its part of an address; unique among categories, earlier ones too.
    pub slug: Slug,
    /// What is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<LocalizedText>,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// Its place among its sisters: the least first, then by name.
    pub sort_order: u32,
    /// It is shown on the first page.
    pub shown_on_home: bool,
    /// Customers see it.
    pub active: bool,
}

/// A fact about one category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum CategoryEvent {
    /// It is in the tree from now on.
    CategoryCreated {
        /// How it is described.
        details: CategoryDetails,
        /// Below which it hangs; absent at the top.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<CategoryId>,
    },
    /// It is described anew; the whole description is replaced.
    CategoryDescribed {
        /// The new description.
        details: CategoryDetails,
    },
    /// It hangs elsewhere from now on, with everything below it.
    CategoryMoved {
        /// Below which; absent at the top.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<CategoryId>,
    },
    /// It is not in the tree any more.
    CategoryRemoved,
}

impl Event for CategoryEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("CategoryCreated", 1),
        ("CategoryDescribed", 1),
        ("CategoryMoved", 1),
        ("CategoryRemoved", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::CategoryCreated { .. } => "CategoryCreated",
            Self::CategoryDescribed { .. } => "CategoryDescribed",
            Self::CategoryMoved { .. } => "CategoryMoved",
            Self::CategoryRemoved => "CategoryRemoved",
        }
    }
}

/// What a unit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Pieces.
    Count,
    /// Weight.
    Mass,
    /// Volume.
    Volume,
    /// Length.
    Length,
    /// Area.
    Area,
}

/// Everything about a unit of measure that is described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitDetails {
    /// What it is called.
    pub name: LocalizedText,
    /// How it is written behind a number.
    pub symbol: LocalizedText,
    /// What it measures.
    pub dimension: Dimension,
    /// How many of the dimension's first unit (piece, gram, millilitre, millimetre, square centimetre) it is.
    pub scale: Ratio,
}

/// A fact about one unit of measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnitEvent {
    /// Goods can be measured in it.
    UnitDefined {
        /// Its short code, unique for ever.
        code: Code,
        /// What it is.
        details: UnitDetails,
    },
    /// It is described anew; the whole description is replaced.
    UnitRevised {
        /// The new description.
        details: UnitDetails,
    },
    /// Nothing new is sold by it.
    UnitRetired,
}

impl Event for UnitEvent {
    const CATALOGUE: &'static [(&'static str, u16)] =
        &[("UnitDefined", 1), ("UnitRevised", 1), ("UnitRetired", 1)];

    fn name(&self) -> &'static str {
        match self {
            Self::UnitDefined { .. } => "UnitDefined",
            Self::UnitRevised { .. } => "UnitRevised",
            Self::UnitRetired => "UnitRetired",
        }
    }
}

/// Everything about a selling unit that is described.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SellingUnitDetails {
    /// The unit of measure that it is called by.
    pub unit: UnitId,
    /// A name of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<LocalizedText>,
    /// How many base units of the product are in it.
    pub contains: Ratio,
    /// What one of it costs; absent where it costs what is in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<UnitPrice>,
    /// The printed code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barcode: Option<Barcode>,
    /// The seller's code, unique among those of products and selling units.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sku: Option<Sku>,
}

/// A fact about one selling unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SellingUnitEvent {
    /// A product is sold by it.
    SellingUnitAdded {
        /// Which product.
        product: ProductId,
        /// What it is.
        details: SellingUnitDetails,
    },
    /// It is described anew; the whole description is replaced.
    SellingUnitRevised {
        /// The new description.
        details: SellingUnitDetails,
    },
    /// The product is not sold by it any more.
    SellingUnitRetired,
}

impl Event for SellingUnitEvent {
    const CATALOGUE: &'static [(&'static str, u16)] = &[
        ("SellingUnitAdded", 1),
        ("SellingUnitRevised", 1),
        ("SellingUnitRetired", 1),
    ];

    fn name(&self) -> &'static str {
        match self {
            Self::SellingUnitAdded { .. } => "SellingUnitAdded",
            Self::SellingUnitRevised { .. } => "SellingUnitRevised",
            Self::SellingUnitRetired => "SellingUnitRetired",
        }
    }
}
